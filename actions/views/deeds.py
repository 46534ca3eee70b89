"""What can be done with one action: each a small page that works from a mail, and one POST."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from actions import parking, permissions, promise, snoozing, workflow
from actions.forms.deciding import AgreeForm, DropForm, KeepForm
from actions.forms.doing import (
    BlockForm,
    DateForm,
    HelpersForm,
    NotYetForm,
    OwnerForm,
    ProofForm,
    SnoozeForm,
    WorkedForm,
)
from actions.models import Action
from actions.views.action import find
from actions.views.evidence import Brought, brought
from common.access import require
from common.forms import ProductForm, form_page, posted
from common.middleware import takes_files

WHO = _("This is for its owner and for those who guide the review it comes from.")


def _do(
    request: HttpRequest,
    action: Action,
    deed: Callable[[], object],
    said: str,
    form: ProductForm | None = None,
) -> HttpResponse:
    """Do it and go back to the action, or say in plain words why not. What was typed into the
    `form` is shown then, to be copied."""
    try:
        deed()
    except workflow.NotReady as refusal:
        if form:
            return refuse(request, action, str(refusal), typed=_texts_in(form))
        messages.error(request, gettext("Nothing was changed. {refusal}").format(refusal=refusal))
    else:
        messages.success(request, said)
    return redirect(action)


def refuse(
    request: HttpRequest,
    action: Action,
    refusal: str,
    *,
    typed: Sequence[str] = (),
    heading: str = "",
) -> HttpResponse:
    """A page that says why something is not done. What was `typed` is there to be copied."""
    context = {
        "action": action,
        "heading": heading or gettext("Nothing was changed"),
        "refusal": refusal,
        "typed": typed,
        "today": timezone.localdate(),
    }
    return render(request, "actions/action_deed.html", context, status=409)


def _texts_in(form: ProductForm) -> list[str]:
    """The sentences that were typed into it."""
    bound = [each for each in form if isinstance(each.field, forms.CharField)]
    return [text for each in bound if (text := (each.data or "").strip())]


def _ask(
    request: HttpRequest,
    action: Action,
    form: ProductForm,
    *,
    heading: str,
    refusal: str = "",
    brought: Brought | None = None,
    **words: object,
) -> HttpResponse:
    """The small page of a deed, with what was typed, what needs a second look, and what became of
    files that were brought along. With a `refusal` it says why there is nothing to ask."""
    if refusal and form.is_bound:
        return refuse(request, action, refusal, typed=_texts_in(form))
    if refusal:
        return refuse(request, action, refusal, heading=heading)
    context = {
        "action": action,
        "form": form,
        "heading": heading,
        "today": timezone.localdate(),
        "is_restricted": any(row.is_restricted for row in permissions.sources(action)),
        "brought": brought,
        "outcome": brought and brought.outcome,
        **words,
    }
    status = 422 if form.errors else brought.status if brought else 200
    return render(request, "actions/action_deed.html", context, status=status)


def _rests_because(action: Action) -> str:
    return parking.why_not_yet(action) if action.rests(on=timezone.localdate()) else ""


@form_page
def agree(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(permissions.guides(request.user, action), WHO)
    sources, today = permissions.sources(action), timezone.localdate()
    promised = promise.days_by_priority(sources, action.team, today=today)
    form = AgreeForm(
        posted(request),
        owners=permissions.possible_owners(sources),
        today=today,
        priority=action.priority,
        promised=promised,
        rests_because=_rests_because(action),
        initial={
            "owner": action.owner_id,
            "due_on": action.due_on or promised.get(action.priority),
            "done_test": action.done_test,
        },
    )
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: workflow.agree(action, by=request.user, **form.cleaned_data),
            gettext("Agreed. Reminders go to the owner until somebody has checked that it worked."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "agree"),
        heading=gettext("Agree to do it"),
        text=gettext("A promise has a person, a day and a sign that anybody could see."),
        button=gettext("Agree"),
    )


@form_page
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(permissions.can_assign(request.user, action), WHO)
    form = OwnerForm(
        posted(request),
        owners=permissions.possible_owners(permissions.sources(action)),
        initial={"owner": action.owner_id},
    )
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        return _do(
            request,
            action,
            lambda: workflow.assign(action, owner, by=request.user),
            gettext("{owner} owns {reference} now and is told.").format(
                owner=owner, reference=action.reference
            ),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "assign"),
        heading=gettext("Hand it to someone else"),
        text=gettext(
            "Talk to them first. They get a mail with the date and the sign that it worked."
        ),
        button=gettext("Hand it over"),
    )


@form_page
def helpers(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(permissions.can_assign(request.user, action), WHO)
    form = HelpersForm(
        posted(request),
        people=permissions.possible_owners(permissions.sources(action)).exclude(pk=action.owner_id),
        initial={"helpers": list(action.helpers.all())},
    )
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: workflow.set_helpers(action, form.cleaned_data["helpers"], by=request.user),
            gettext("Saved. Whoever is new is told."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "helpers"),
        heading=gettext("Who helps?"),
        text=gettext("Talk to them first. One person owns it; others may work on it."),
        button=gettext("Save"),
    )


@require_POST
def start(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(permissions.can_progress(request.user, action), WHO)
    return _do(
        request,
        action,
        lambda: workflow.start(action, by=request.user),
        gettext("It is in progress."),
    )


@form_page
def block(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(permissions.can_progress(request.user, action), WHO)
    form = BlockForm(posted(request), initial={"blocked_on": action.blocked_on})
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: workflow.block(action, by=request.user, **form.cleaned_data),
            gettext(
                "Its page says what it waits for. The date stays; move it if it no longer fits."
            ),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "block"),
        heading=gettext("It waits for something"),
        text=gettext("Say what, so that somebody can help."),
        button=gettext("Save"),
    )


@takes_files
@form_page
def finish(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(permissions.can_progress(request.user, action), WHO)
    form, files = ProofForm(posted(request), initial={"proof": action.proof}), brought(request)
    if form.is_valid() and files.keep(request, action):
        return _do(
            request,
            action,
            lambda: workflow.finish(action, by=request.user, **form.cleaned_data),
            gettext("Done. Somebody else is asked to look whether it worked."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        brought=files,
        refusal=workflow.refuses(action, "finish"),
        heading=gettext("It is done"),
        text=gettext("How we wanted to know: {done_test}").format(done_test=action.done_test)
        if action.done_test
        else "",
        button=gettext("Mark it done"),
    )


@takes_files
@form_page
def verify(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(
        permissions.can_verify(request.user, action),
        gettext(
            "Somebody else than the person who did it checks it: the team, or those who guide it."
        ),
    )
    form, files = WorkedForm(posted(request)), brought(request)
    if form.is_valid() and files.keep(request, action):
        return _do(
            request,
            action,
            lambda: workflow.verify(action, by=request.user, **form.cleaned_data),
            gettext("Verified. In a month, and in three, it is asked whether it held."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        brought=files,
        refusal=workflow.refuses(action, "verify"),
        heading=gettext("It worked"),
        text=gettext("How we wanted to know: {done_test}").format(done_test=action.done_test)
        if action.done_test
        else "",
        button=gettext("It worked"),
    )


@form_page
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    action = find(request, reference)
    require(
        permissions.can_verify(request.user, action)
        or permissions.can_progress(request.user, action),
        WHO,
    )
    form = NotYetForm(posted(request))
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: workflow.reopen(action, by=request.user, **form.cleaned_data),
            gettext("It is in progress again, and its owner is told what is missing."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "reopen"),
        heading=gettext("Not yet"),
        text=gettext("That is a good answer. Say what you tried and what you saw."),
        button=gettext("Give it back"),
    )


@form_page
def redate(request: HttpRequest, reference: str) -> HttpResponse:
    """?due_on=2017-03-03 picks one of the days on offer; the form still has to be sent."""
    action = find(request, reference)
    require(permissions.can_plan(request.user, action), WHO)
    today = timezone.localdate()
    form = DateForm(
        posted(request),
        today=today,
        present=action.due_on,
        initial={"due_on": request.GET.get("due_on", "")},
    )
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: workflow.redate(action, by=request.user, **form.cleaned_data),
            gettext("It has a new date. The old one stays visible."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "redate"),
        heading=gettext("A new date"),
        text=gettext("Plans change. Which day is honest?"),
        button=gettext("Move the date"),
        offers=form.offers,
    )


@form_page
def snooze(request: HttpRequest, reference: str) -> HttpResponse:
    """No reminders to its owner for a while."""
    action = find(request, reference)
    require(permissions.can_progress(request.user, action), WHO)
    form = SnoozeForm(posted(request), today=timezone.localdate())
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: snoozing.snooze(action, by=request.user, **form.cleaned_data),
            snoozing.said(form.cleaned_data["until"]),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "snooze"),
        heading=gettext("Remind later"),
        snoozes=True,
        button=gettext("Until that day"),
    )


@require_POST
def wake(request: HttpRequest, reference: str) -> HttpResponse:
    """Reminders go on before the break is over."""
    action = find(request, reference)
    require(permissions.can_progress(request.user, action), WHO)
    return _do(
        request,
        action,
        lambda: snoozing.wake(action, by=request.user),
        gettext("The break is over. Reminders go on."),
    )


@form_page
def drop(request: HttpRequest, reference: str) -> HttpResponse:
    """A manager decides; its owner suggests it to the managers with one sentence."""
    action, user = find(request, reference), request.user
    decides = permissions.can_decide_against(user, action)
    require(decides or permissions.can_plan(user, action), WHO)
    is_promised = action.state not in {Action.State.PARKED, Action.State.DECLINED}
    form = DropForm(
        posted(request),
        is_promised=is_promised and decides,
        rests_because=_rests_because(action) if decides else "",
        initial={"reason": action.drop_suggestion.reason} if action.awaits_decision else {},
    )
    if form.is_valid():
        if decides:
            return _do(
                request,
                action,
                lambda: workflow.drop(action, by=user, **form.cleaned_data),
                gettext("Decided. Its page says why, and the reminders stop."),
                form,
            )
        return _do(
            request,
            action,
            lambda: workflow.suggest_dropping(action, by=user, **form.cleaned_data),
            gettext("The managers of the team are asked to decide. Until then it stays as it is."),
            form,
        )
    return _ask(
        request,
        action,
        form,
        refusal=workflow.refuses(action, "drop" if decides else "suggest")
        or ("" if decides else workflow.nobody_decides(action, by=user)),
        heading=gettext("Decide not to do it") if decides else gettext("Suggest not to do it"),
        text=gettext("Saying why in one sentence counts as an answer.")
        if decides
        else gettext("The managers of the team decide. Your sentence goes to them."),
        button=gettext("Decide") if decides else gettext("Ask them"),
    )


@form_page
def keep(request: HttpRequest, reference: str) -> HttpResponse:
    """It was suggested not to do it, and it is done all the same."""
    action, user = find(request, reference), request.user
    require(
        permissions.can_decide_against(user, action),
        gettext("This is for the managers of the team."),
    )
    form = KeepForm(posted(request))
    if form.is_valid():
        return _do(
            request,
            action,
            lambda: workflow.keep(action, by=user, **form.cleaned_data),
            gettext("It stays, and its owner is told why."),
            form,
        )
    said = (
        gettext("What was suggested: {reason}").format(reason=action.drop_suggestion.reason)
        if action.awaits_decision
        else ""
    )
    return _ask(
        request,
        action,
        form,
        refusal="" if said else gettext("Nothing waits for a decision any more."),
        heading=gettext("Do it all the same"),
        text=said,
        button=gettext("Keep it"),
    )


@require_POST
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """The suggestion not to do it, by whoever made it."""
    action, user = find(request, reference), request.user
    require(
        permissions.can_take_back_suggestion(user, action), gettext("This is for who suggested it.")
    )
    return _do(
        request,
        action,
        lambda: workflow.take_back_suggestion(action, by=user),
        gettext("The suggestion is taken back. It stays as it was."),
    )
