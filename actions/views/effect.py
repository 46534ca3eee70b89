"""Months later: did it happen again? The question, and what it is answered from."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from actions import effects, permissions
from actions.forms.effect import EffectForm
from actions.models import EffectCheck
from actions.views.action import find
from actions.views.deeds import refuse
from actions.workflow import NotReady
from common.access import require
from common.forms import form_page, posted
from incidents.models import Incident


@form_page
def effect(request: HttpRequest, reference: str) -> HttpResponse:
    """Beside the question stand the incidents since with the same service or factor."""
    action, user = find(request, reference), request.user
    require(
        permissions.can_tell_effect(user, action),
        gettext(
            "Whether it held is for those who guide the review it comes from, and the "
            "team’s managers."
        ),
    )
    today = timezone.localdate()
    check = effects.question(action, today=today)
    if check is None and request.method == "POST":
        typed = [request.POST.get("sentence", "").strip()]
        return refuse(
            request,
            action,
            gettext("Nothing is to be asked about it now."),
            typed=list(filter(None, typed)),
        )
    if check is None:
        messages.info(request, gettext("Nothing is to be asked about it now."))
        return redirect(action)
    since, are_more = effects.since(action, user)
    nameable = Incident.objects.visible_to(user)
    if not any(source.is_restricted for source in permissions.sources(action)):
        nameable = nameable.exclude(visibility=Incident.Visibility.RESTRICTED)
    is_due = check.due_on <= today
    form = EffectForm(
        posted(request),
        is_due=is_due,
        shown=[each.incident for each in since if each.may_be_named],
        nameable=nameable,
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            check = effects.answer(
                check,
                by=user,
                answer=given["answer"],
                sentence=given["sentence"],
                incidents=given["named"],
            )
        except NotReady as refusal:
            form.add_error(None, gettext("Nothing was changed. {refusal}").format(refusal=refusal))
        else:
            messages.success(request, gettext("Kept, with its date. Thank you for looking again."))
            if check.answer == EffectCheck.Answer.RECURRED:
                return redirect(f"{action.get_absolute_url()}#effect")
            return redirect(action)
    context = {
        "action": action,
        "check": check,
        "is_due": is_due,
        "since": since,
        "are_more": are_more,
        "form": form,
        "told": [told for told in effects.history(action, user) if told.check.answer],
    }
    return render(request, "actions/effect.html", context, status=422 if form.errors else 200)
