"""Moves of an incident: state, severity, and who can see it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from common.access import require
from common.forms import form_page, posted
from incidents import moves, permissions, timeline
from incidents.forms.moves import MoveForm, SeverityForm
from incidents.models import Incident
from incidents.severity import levels
from incidents.views.impact import severity_changes
from incidents.views.shared import find
from incidents.workflow import NotReady

State = Incident.State


@form_page
def move(request: HttpRequest, reference: str) -> HttpResponse:
    """Move to the state `to`. GET asks for what that state needs."""
    incident = find(request, reference)
    asked = request.POST if request.method == "POST" else request.GET
    to = asked.get("to", "")
    if to == State.CLOSED:
        require(
            permissions.can_close(request.user, incident),
            gettext(
                "Incidents are closed by the facilitator or the team’s manager. Nothing was "
                "changed."
            ),
        )
    require(permissions.can_edit(request.user, incident))
    going_to = to if to in State.values else State.RESOLVED
    is_back = moves.is_back(incident, going_to)
    form = MoveForm(
        posted(request),
        others=Incident.objects.visible_to(request.user),
        to=to,
        is_back=is_back,
        initial={"to": going_to},
        now=timezone.now(),
        zone=request.user.zone,
        around=timeline.span(incident),
    )
    if form.is_valid():
        answers = form.cleaned_data
        try:
            moved = moves.move(
                incident,
                to=answers["to"],
                by=request.user,
                now=timezone.now(),
                reason=answers["reason"],
                at=answers["at"],
                close_reason=answers["close_reason"],
                duplicate_of=answers["duplicate_of"],
            )
        except NotReady as reason:
            form.add_error(None, str(reason))
        else:
            state = moved.get_state_display().lower()
            messages.success(request, gettext("Now: {state}.").format(state=state))
            return redirect(incident)
    context = {
        "incident": incident,
        "form": form,
        "to": going_to,
        "to_words": State(going_to).label,
        "is_back": is_back,
        "review": _review_of(request, incident) if going_to == State.CLOSED else None,
    }
    return render(
        request, "incidents/incident_move.html", context, status=422 if form.is_bound else 200
    )


def _review_of(request: HttpRequest, incident: Incident) -> object | None:
    """What a refusal to close points to, as far as this person may know of it."""
    found = Incident.objects.with_review_for(request.user).get(pk=incident.pk)
    return getattr(found, "review", None)


@form_page
def severity(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    require(permissions.can_edit(request.user, incident))
    form = SeverityForm(
        posted(request),
        initial={"severity": _asked(request) or incident.severity},
    )
    if form.is_valid():
        changed = moves.change_severity(
            incident,
            to=form.cleaned_data["severity"],
            reason=form.cleaned_data["reason"],
            answers=form.impact_answers,
            by=request.user,
            now=timezone.now(),
        )
        messages.success(
            request,
            gettext("Now {severity}. Nobody is judged by it.").format(
                severity=changed.get_severity_display()
            ),
        )
        return redirect(incident)
    context = {
        "incident": incident,
        "form": form,
        "levels": levels(),
        "severity_changes": severity_changes(incident),
    }
    return render(
        request, "incidents/incident_severity.html", context, status=422 if form.is_bound else 200
    )


def _asked(request: HttpRequest) -> str:
    """The severity that was picked from the menu."""
    to = request.GET.get("to", "")
    return to if to in Incident.Severity.values else ""


@form_page
def restrict(request: HttpRequest, reference: str) -> HttpResponse:
    """Only the people named on it, or everyone here. GET says what that means, POST does it."""
    incident = find(request, reference)
    require(permissions.can_restrict(request.user, incident))
    if request.method != "POST":
        return render(request, "incidents/incident_restrict.html", _who_sees(incident))
    to = request.POST.get("visibility", "")
    if to not in Incident.Visibility.values:
        return render(request, "incidents/incident_restrict.html", _who_sees(incident), status=422)
    now_so = moves.set_visibility(incident, to=to, by=request.user)
    messages.success(
        request,
        gettext("Only the people named on it can see it now.")
        if now_so.is_restricted
        else gettext("Everyone here can read it now."),
    )
    return redirect(incident)


def _who_sees(incident: Incident) -> dict[str, object]:
    """The incident, and everybody who would still see it when it is restricted."""
    return {"incident": incident, "names": permissions.who_sees_it_restricted(incident)}
