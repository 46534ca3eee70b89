"""File an incident, read it, edit it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common import drafts, history
from common.access import require
from common.addresses import word
from common.forms import form_page, posted
from incidents import conflicts, facts, permissions, similar, timeline, workflow
from incidents.forms.incident import KINDS, EditForm, FileForm, levels
from incidents.models import Incident, IncidentLink, TimelineEvent
from incidents.picture import picture
from incidents.views.shared import find, may
from people.models import Service

#: Name of the autosaved draft of the form.
DRAFT = "incident"


# Filing -----------------------------------------------------------------------------------------
@form_page
def file(request: HttpRequest) -> HttpResponse:
    """Four answers. A second click, or a retry, leads to the incident already filed."""
    require(permissions.can_file(request.user))
    now = timezone.now()
    services = Service.objects.visible_to(request.user).select_related("team").by_name()
    settings: dict[str, Any] = {"services": services, "now": now, "zone": request.user.zone}
    if request.method != "POST":
        draft = drafts.saved(request.user, DRAFT)
        form = FileForm(initial=draft, **settings)
        return _form(request, form, token=drafts.new_token(), draft=draft)
    token = request.POST.get("form_token", "")
    if token and (address := drafts.first_address(token)):
        return redirect(address)
    form = FileForm(request.POST, **settings)
    if not form.is_valid():
        return _form(request, form, token=token or drafts.new_token(), status=422)
    try:
        incident = _file(request, form, token, now)
    except workflow.AlreadyFiled as earlier:
        return redirect(earlier.address or "incidents:list")
    except workflow.NotReady as reason:
        form.add_error(None, str(reason))
        return _form(request, form, token=token, status=422)
    drafts.discard(request.user, DRAFT)
    messages.success(request, f"Filed as {incident.reference}. Add to its timeline in plain lines.")
    return redirect(incident)


def _file(request: HttpRequest, form: FileForm, token: str, now: Any) -> Incident:
    answers = form.cleaned_data
    return workflow.file_incident(
        by=request.user,
        kind=answers["kind"],
        title=answers["title"],
        severity=answers["severity"],
        moments=answers["moments"],
        services=answers["services"],
        summary=answers["summary"],
        impact=answers["impact"],
        visibility=answers["visibility"],
        form_token=token,
        now=now,
    )


def _form(
    request: HttpRequest,
    form: FileForm,
    *,
    token: str,
    draft: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    title = str(form["title"].value() or "")
    context = {
        "form": form,
        "form_token": token,
        "draft": draft,
        "draft_name": DRAFT,
        "kinds": KINDS,
        "levels": levels(),
        "similar": similar.to(title, user=request.user),
    }
    return render(request, "incidents/incident_new.html", context, status=status)


@require_POST
def discard_draft(request: HttpRequest) -> HttpResponse:
    drafts.discard(request.user, DRAFT)
    messages.info(request, "The draft is gone. Nothing was filed.")
    return redirect("incidents:list")


@require_safe
def similar_incidents(request: HttpRequest) -> HttpResponse:
    found = similar.to(
        request.GET.get("title", ""), user=request.user, besides=word(request.GET, "besides")
    )
    return render(request, "incidents/_similar.html", {"similar": found})


# Reading ----------------------------------------------------------------------------------------
@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    incident = get_object_or_404(
        Incident.objects.visible_to(request.user).for_page(request.user), reference=reference
    )
    if incident.is_restricted:
        history.record(request.user, "read", incident)
    return render(request, "incidents/incident_detail.html", page_context(request, incident))


def page_context(request: HttpRequest, incident: Incident, **more: Any) -> dict[str, Any]:
    """What the page shows. `incident` comes from `for_page`."""
    now = timezone.now()
    events = list(incident.events.in_order().select_related("author"))
    for event in events:
        event.incident = incident
    return {
        "incident": incident,
        "may": may(request, incident),
        "facts": facts.of(incident, now=now),
        "days": timeline.by_day(
            events, newest_first=incident.is_ongoing, editable=_editable(request, events)
        ),
        "event_count": len(events),
        "picture": picture(incident, events, zone=request.user.zone, now=now),
        "connected": _connected(request, incident),
        "review": getattr(incident, "review", None),
        "levels": {level.severity: level for level in levels()},
        "event_kinds": TimelineEvent.Kind.choices,
        "sources": incident.sources.order_by("position", "pk") if incident.organisation else (),
        "now": now,
    } | more


def _editable(request: HttpRequest, events: list[TimelineEvent]) -> frozenset[int]:
    return frozenset(
        event.pk for event in events if permissions.can_edit_event(request.user, event)
    )


def _connected(request: HttpRequest, incident: Incident) -> list[tuple[str, Incident]]:
    """(how, other incident) from both sides, only those this person may see."""
    visible = Incident.objects.visible_to(request.user).values("pk")
    links = IncidentLink.objects.filter(
        Q(incident=incident, other__in=visible) | Q(other=incident, incident__in=visible)
    ).select_related("incident", "other")
    found = []
    for link in links.order_by("pk"):
        if link.incident_id == incident.pk:
            found.append((link.get_kind_display(), link.other))
        else:
            found.append((BACKWARDS[IncidentLink.Kind(link.kind)], link.incident))
    return found


BACKWARDS = {
    IncidentLink.Kind.RELATED: "Related to",
    IncidentLink.Kind.CAUSED_BY: "Led to",
    IncidentLink.Kind.DUPLICATE: "Also told in",
}


@require_safe
def actions(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    context = {
        "incident": incident,
        "actions": incident.actions.visible_to(request.user).for_list(),
        "may": may(request, incident),
    }
    return render(request, "incidents/incident_actions.html", context)


# Editing ----------------------------------------------------------------------------------------
@form_page
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    require(permissions.can_edit(request.user, incident))
    services = Service.objects.visible_to(request.user).by_name()
    form = EditForm(
        posted(request),
        incident=incident,
        services=services,
        now=timezone.now(),
        zone=request.user.zone,
        around=timeline.span(incident),
    )
    if not form.is_bound:
        return _edit_page(request, incident, form)
    if not form.is_valid():
        return _edit_page(request, incident, form, status=422)
    try:
        workflow.edit_incident(
            incident,
            seen=form.cleaned_data["seen"],
            by=request.user,
            changes=form.changes,
            services=form.cleaned_data["services"],
        )
    except history.EditConflict as conflict:
        return _edit_page(request, incident, form, status=409, theirs=conflict.current)
    messages.success(request, "Saved. The earlier wording stays in the history.")
    return redirect(incident)


def _edit_page(
    request: HttpRequest,
    incident: Incident,
    form: EditForm,
    *,
    status: int = 200,
    theirs: Incident | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"incident": incident, "form": form}
    if theirs is not None:
        context["conflict"] = conflicts.of_incident(form, theirs, zone=request.user.zone)
        # Sending again is a decision made with both versions in sight.
        form.data = {**form.data.dict(), "seen": str(theirs.version)}
    return render(request, "incidents/incident_edit.html", context, status=status)
