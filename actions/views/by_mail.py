"""The pages behind the answers of a reminder: GET shows one page, POST acts, nobody logs in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from actions import effects, mail_links, permissions, snoozing, workflow
from actions.forms.deciding import DropForm
from actions.forms.doing import DateForm, ProofForm, SnoozeForm
from actions.forms.effect import HeldForm
from actions.mail_links import Link
from actions.models import Action
from common.dates import say
from common.forms import ProductForm, form_page, posted

State = Action.State

#: What a form asks for in sentences.
_SENTENCES = ("proof", "reason", "risk_carried_by", "sentence")
_ANSWERED = (_("It was answered already"), _("Each link answers once."), 410)


class _Used(Exception):
    """Somebody answered with this link before."""


@dataclass(frozen=True)
class Answer:
    """`form` is what is asked; `act` does it with what was typed, and `said` tells so."""

    heading: str
    button: str
    said: str | Callable[[dict[str, Any]], str]
    form: ProductForm
    act: Callable[[dict[str, Any]], object]


@csrf_exempt
@never_cache
@login_not_required
@form_page
def answer(request: HttpRequest, token: str, deed: str) -> HttpResponse:
    """The signature in the address is what allows it: no session, and no cookie to be forged."""
    try:
        link = mail_links.read(token, deed)
    except mail_links.Over:
        return _say(
            request,
            gettext("The link is no longer good"),
            gettext("It was good for two weeks."),
            410,
            _typed(request),
        )
    if link is None:
        raise Http404
    with timezone.override(link.user.zone):
        return _answer(request, link)


def _answer(request: HttpRequest, link: Link) -> HttpResponse:
    if link.is_used:
        return _say(request, *_ANSWERED, _typed(request))
    if became := _became(link):
        if request.method == "POST":
            return _say(request, gettext("Nothing was changed"), became, 409, _typed(request))
        return _say(request, gettext("Nothing waits for an answer"), became, 410)
    try:
        asked = _ASKED[link.deed](request, link)
    except workflow.NotReady as nothing:
        return _say(request, gettext("Nothing is asked now"), str(nothing), 409, _typed(request))
    if asked.form.is_valid():
        try:
            with transaction.atomic():
                if not link.use():
                    raise _Used
                asked.act(asked.form.cleaned_data)
        except _Used:
            return _say(request, *_ANSWERED, _typed(request))
        except workflow.NotReady as refusal:
            return _say(request, gettext("Nothing was changed"), str(refusal), 409, _typed(request))
        said = asked.said if isinstance(asked.said, str) else asked.said(asked.form.cleaned_data)
        return _say(request, gettext("Thank you"), said, 200)
    context = {"link": link, "action": link.action, "asked": asked, "form": asked.form,
               "today": timezone.localdate()}  # fmt: skip
    status = 422 if asked.form.is_bound else 200
    return render(request, "actions/by_mail.html", context, status=status)


def _became(link: Link) -> str:
    """What became of an action that this link answers no more; "" while it does."""
    action = link.action
    if (
        action.is_open
        or link.deed == "held"
        or (link.deed == "drop" and action.state == State.PARKED)
    ):
        return ""
    label = action.get_state_display()
    state = label[0].lower() + label[1:]
    when = action.verified_at or action.done_at
    if when is None:
        return gettext("{reference} is {state} by now.").format(
            reference=action.reference, state=state
        )
    return gettext("{reference} is {state} by now, since {day}.").format(
        reference=action.reference, state=state, day=say(timezone.localdate(when), "j F")
    )


def _typed(request: HttpRequest) -> list[str]:
    """The sentences that were sent, to be copied where they were not taken."""
    return [text for name in _SENTENCES if (text := request.POST.get(name, "").strip())]


def _say(
    request: HttpRequest, heading: str, text: str, status: int, typed: Sequence[str] = ()
) -> HttpResponse:
    context = {"heading": heading, "text": text, "typed": typed}
    return render(request, "actions/by_mail_said.html", context, status=status)


def _done(request: HttpRequest, link: Link) -> Answer:
    return Answer(
        gettext("It is done"),
        gettext("Mark it done"),
        gettext("Somebody else is asked to look whether it worked."),
        ProofForm(posted(request)),
        lambda typed: workflow.finish(link.action, by=link.user, **typed),
    )


def _date(request: HttpRequest, link: Link) -> Answer:
    return Answer(
        gettext("A new date"),
        gettext("Move the date"),
        gettext("It has a new date. The old one stays visible."),
        DateForm(
            posted(request),
            today=timezone.localdate(),
            present=link.action.due_on,
            initial={"due_on": request.GET.get("due_on", "")},
        ),
        lambda typed: workflow.redate(link.action, by=link.user, **typed),
    )


def _drop(request: HttpRequest, link: Link) -> Answer:
    """Raises NotReady when nobody would hear of a suggestion."""
    action, user = link.action, link.user
    decides = permissions.can_decide_against(user, action)
    if not decides and (nobody := workflow.nobody_decides(action, by=user)):
        raise workflow.NotReady(nobody)
    is_promised = action.state != Action.State.PARKED
    deed = workflow.drop if decides else workflow.suggest_dropping
    return Answer(
        gettext("Decide not to do it") if decides else gettext("Suggest not to do it"),
        gettext("Decide") if decides else gettext("Ask the managers of the team"),
        gettext("Decided. Its page says why, and the reminders stop.")
        if decides
        else gettext("The managers of the team are asked to decide. Until then it stays as it is."),
        DropForm(posted(request), is_promised=is_promised and decides, rests_because=""),
        lambda typed: deed(action, by=user, **typed),
    )


def _snooze(request: HttpRequest, link: Link) -> Answer:
    return Answer(
        gettext("Remind me later"),
        "",
        lambda typed: snoozing.said(typed["until"]),
        SnoozeForm(posted(request), today=timezone.localdate()),
        lambda typed: snoozing.snooze(link.action, by=link.user, **typed),
    )


def _held(request: HttpRequest, link: Link) -> Answer:
    """Raises NotReady when somebody answered it meanwhile, or its day is still to come."""
    today = timezone.localdate()
    check = effects.question(link.action, today=today)
    if check is None or check.due_on > today:
        raise workflow.NotReady(
            gettext("Its page shows what was answered, and when it is asked again.")
        )
    return Answer(
        gettext("Did it hold?"),
        gettext("Keep the answer"),
        gettext("Kept, with its date. Thank you for looking again."),
        HeldForm(posted(request)),
        lambda typed: effects.answer(check, by=link.user, **typed),
    )


_ASKED = {"done": _done, "date": _date, "drop": _drop, "snooze": _snooze, "held": _held}
