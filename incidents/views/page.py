"""The page of an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import downloads, drafts, papers
from incidents import around, custom, facts, links, paper, reading, response
from incidents.forms.response import UpdateForm
from incidents.listing import export
from incidents.models import Incident, TimelineEvent, Update
from incidents.picture import zone_in_words
from incidents.severity import levels
from incidents.story_page import story_of
from incidents.views.impact import severity_changes
from incidents.views.shared import find, find_for_page, may
from people.models import User

_MOST_UPDATES = 50


@require_safe
def detail(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The page; with ?as=markdown or ?as=json a file to keep, with ?as=csv its timeline."""
    incident = find_for_page(request, reference)
    reading.note_page(request, incident)
    form = request.GET.get("as")
    if form == "csv" or form in downloads.FORMS:
        row = export.rows(Incident.objects.filter(pk=incident.pk), request.user).get()
        told = export.one(row)
        if form == "csv":
            name = f"{incident.reference}-timeline"
            return downloads.file(export.timeline_as_csv(told), name=name, ending="csv")
        return downloads.kept(form, told, export.one_as_markdown(told))
    context = page_context(request, incident)
    if request.htmx.target == "timeline":
        return render(
            request, "incidents/_timeline.html", context | {"with_picture": not incident.is_ongoing}
        )
    return render(request, "incidents/incident_detail.html", context)


@require_safe
def pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    incident = find_for_page(request, reference)
    reading.note(request.user, incident, detail="PDF")
    page = paper.page(incident, request.user, now=timezone.now())
    back = incident.get_absolute_url()
    return papers.answer(request, page, name=f"{reference}.pdf", back=back)


def page_context(request: HttpRequest, incident: Incident, **more: Any) -> dict[str, Any]:
    """What the page shows. `incident` comes from `find_for_page`."""
    now, there = timezone.now(), incident.around
    story = story_of(incident, asked=request.GET, user=request.user, now=now)
    context = {
        "incident": incident,
        "may": may(request, incident),
        "facts": facts.of(incident, now=now),
        "took_part": facts.took_part(incident),
        "filed_after": facts.filed_after(incident),
        "answers": custom.answers(incident) if there["has_answers"] else [],
        "story": story,
        "event_count": len(story.lines),
        "picture": story.picture,
        "zone_words": zone_in_words(request.user.zone, incident.started_at or now),
        "connected": links.connections(incident, request.user) if there["has_links"] else [],
        "happened_before": _happened_before(incident, request.user) if there["has_checks"] else [],
        "covered_by": _covered_by(incident, request.user) if there["has_covering"] else [],
        "review": getattr(incident, "review", None),
        "levels": around.levels_of(incident),
        "event_kinds": TimelineEvent.Kind.choices,
        "sources": incident.sources.order_by("position", "pk") if incident.organisation else (),
        "severity_changes": severity_changes(incident) if incident.severity_reason else [],
        "updates": _updates(incident) if there["has_updates"] else [],
        "now": now,
    }
    if incident.is_ongoing:
        context |= _while_it_goes_on(request, incident, now)
    return context | more


def _happened_before(incident: Incident, user: User) -> QuerySet:
    return incident.effect_checks.visible_to(user).select_related("action").order_by("pk")


def _covered_by(incident: Incident, user: User) -> QuerySet:
    """Reviews that look at it beside another one."""
    return incident.also_reviewed_in.visible_to(user).select_related("incident").order_by("pk")


def _updates(incident: Incident) -> list[Update]:
    return list(incident.updates.select_related("by").order_by("-at", "-pk")[:_MOST_UPDATES])


def _while_it_goes_on(request: HttpRequest, incident: Incident, now: datetime) -> dict[str, Any]:
    """Roles, the severities one can change to, the form to tell everyone with what was typed
    before, and the page's version."""
    draft = response.draft_of(incident)
    typed = drafts.saved(request.user, draft)
    form = UpdateForm(
        None,
        now=now,
        zone=request.user.zone,
        initial={
            "text": typed.get("text", ""),
            "next": typed.get("next", ""),
            "form_token": drafts.new_token(),
        },
    )
    return {
        "levels": {level.severity: level for level in levels()},
        "duties": response.duties(incident),
        "page_version": response.page_version(incident, user=request.user, now=now),
        "update_draft": draft,
        "update_form": form,
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
