"""The timeline: read a line as it is typed, add it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common import when
from common.access import require
from common.addresses import word
from common.text import one_line
from incidents import milestones, permissions, telling, timeline
from incidents.models import Incident
from incidents.views.page import page_context
from incidents.views.shared import find

_MOST_LINES = 200
_LONGEST_LINE = 4_000


@require_safe
def read_line(request: HttpRequest) -> HttpResponse:
    """How a line (`line`, with the `incident` it is for) or a time (`field` names it) is read."""
    now = timezone.now()
    context = {"now": now, "input_id": request.GET.get("input", "")[:40]}
    try:
        if "line" in request.GET:
            incident = find(request, word(request.GET, "incident"))
            readings = _readings(request, incident, request.GET["line"], now)
            context["readings"] = readings
            if len(readings) == 1:
                context["place"] = timeline.neighbours(incident, readings[0].moment)
        else:
            typed = request.GET.get(request.GET.get("field", "")[:40], "")
            may_be_ahead = request.GET.get("kind") == Incident.Kind.GAME_DAY
            if milestones.is_denied(typed):
                context["never"] = milestones.NEVER_IN_WORDS
            elif typed.strip() and request.GET.get("field") == "next":
                context["moment"] = when.read_promise(typed, now=now, zone=request.user.zone)
            elif typed.strip():
                # "time" is that of an event; milestones have one time.
                context["moment"] = when.read(
                    typed,
                    now=now,
                    zone=request.user.zone,
                    may_be_ahead=may_be_ahead,
                    may_be_between=request.GET.get("field") == "time",
                )
    except when.NotRead as refusal:
        context["refusal"] = refusal
    return render(request, "incidents/_reading.html", context)


def _readings(
    request: HttpRequest, incident: Incident, text: str, now: datetime
) -> list[timeline.Reading]:
    """Each line of a pasted log is an event of its own."""
    lines = [line for line in map(one_line, text.splitlines()) if line][: _MOST_LINES + 1]
    if len(lines) > _MOST_LINES:
        raise when.NotRead(f"That is more than {_MOST_LINES} lines. Add them in parts.")
    if any(len(line) > _LONGEST_LINE for line in lines):
        raise when.NotRead(f"A line has more than {_LONGEST_LINE:,} characters. Shorten it.")
    kind = request.POST.get("kind", request.GET.get("kind", ""))
    around = timeline.span(incident)
    return [
        timeline.read_line(line, around=around, now=now, zone=request.user.zone, kind=kind)
        for line in lines
    ]


@require_POST
def add_event(request: HttpRequest, reference: str) -> HttpResponse:
    """Add one line, or several pasted ones. A time that is in question is asked about."""
    incident = find(request, reference)
    require(permissions.can_add_to_timeline(request.user, incident))
    line = request.POST.get("use_line", request.POST.get("line", ""))
    try:
        readings = _readings(request, incident, line, timezone.now())
        if not readings:
            raise when.NotRead("Say what happened: 14:32 failed over to replica.")
    except when.NotRead as refusal:
        return _page(request, reference, line=line, refusal=refusal, status=422)
    added = telling.add_events(incident, readings, by=request.user)
    if request.htmx:
        return _page(request, reference, added=added)
    messages.success(request, _added(len(added)))
    return redirect(f"{incident.get_absolute_url()}#e{added[-1].pk}")


def _added(count: int) -> str:
    return "Added to the timeline." if count == 1 else f"Added {count} events to the timeline."


def _page(
    request: HttpRequest, reference: str, *, status: int = 200, **more: object
) -> HttpResponse:
    """The incident's page, or with htmx only its timeline and picture."""
    incident = get_object_or_404(
        Incident.objects.visible_to(request.user).for_page(request.user), reference=reference
    )
    context = page_context(request, incident, **more)
    template = "incidents/_story.html" if request.htmx else "incidents/incident_detail.html"
    return render(request, template, context, status=status)
