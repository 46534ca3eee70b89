"""The timeline: read a line as it is typed, add it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from common import drafts, when
from common.access import require
from common.addresses import word
from common.dates import number
from common.forms import HOLDS_KEY, holds_key
from common.text import one_line
from incidents import milestones, permissions, telling, timeline
from incidents.models import Incident
from incidents.views import pasting
from incidents.views.page import page_context
from incidents.views.shared import find, find_for_page

_LONGEST_LINE = 4_000


@require_safe
def read_line(request: HttpRequest) -> HttpResponse:
    """How a line (`line`, with the `incident` it is for) or a time (`field` names it) is read."""
    now = timezone.now()
    context = {"now": now, "input_id": request.GET.get("input", "")[:40]}
    try:
        if "line" in request.GET:
            incident = find(request, word(request.GET, "incident"))
            lines = _lines(request.GET["line"])
            if len(lines) == 1:
                reading = _reading(request, incident, lines[0], now)
                place = timeline.neighbours(incident, reading.moment)
                context |= {"reading": reading, "place": place}
            context["count"] = len(lines)
        else:
            typed = request.GET.get(request.GET.get("field", "")[:40], "")
            may_be_ahead = request.GET.get("kind") == Incident.Kind.GAME_DAY
            if milestones.is_denied(typed):
                context["never"] = True
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


def _reading(
    request: HttpRequest, incident: Incident, line: str, now: datetime
) -> timeline.Reading:
    if len(line) > _LONGEST_LINE:
        raise when.NotRead(
            gettext("The line has more than {most} characters. Shorten it.").format(
                most=number(_LONGEST_LINE)
            )
        )
    kind = request.POST.get("kind", request.GET.get("kind", ""))
    return timeline.read_line(
        line, around=timeline.span(incident), now=now, zone=request.user.zone, kind=kind
    )


def _lines(text: str) -> list[str]:
    return [line for line in map(one_line, text.splitlines()) if line]


@require_POST
def add_event(request: HttpRequest, reference: str) -> HttpResponse:
    """Add one line; several are looked over first. A time that is in question is asked about."""
    incident = find(request, reference)
    require(permissions.can_add_to_timeline(request.user, incident))
    line = request.POST.get("use_line", request.POST.get("line", ""))
    lines = _lines(line)
    if len(lines) > 1:
        return _look_over(request, incident, line)
    try:
        if not lines:
            raise when.NotRead(gettext("Say what happened: 14:32 failed over to replica."))
        if holds_key(line):
            raise when.NotRead(str(HOLDS_KEY))
        reading = _reading(request, incident, lines[0], timezone.now())
    except when.NotRead as refusal:
        return _page(request, reference, line=line, refusal=refusal, status=422)
    added = telling.add_events(incident, [reading], by=request.user)
    if request.htmx:
        return _page(request, reference, added=added)
    messages.success(request, gettext("Added to the timeline."))
    return redirect(f"{incident.get_absolute_url()}#e{added[-1].pk}")


def _look_over(request: HttpRequest, incident: Incident, text: str) -> HttpResponse:
    """Several lines are kept as the draft of the page on which they are looked over."""
    name = pasting.draft_of(incident)
    draft = {"zone": request.user.zone.key} | drafts.saved(request.user, name)
    earlier = str(draft.get("text", "")).rstrip()
    if earlier and text.strip() not in earlier:
        text = f"{earlier}\n\n{text}"
    drafts.save(request.user, name, draft | {"text": text, "step": "read"})
    address = reverse("incidents:paste", args=[incident.reference])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _page(
    request: HttpRequest, reference: str, *, status: int = 200, **more: object
) -> HttpResponse:
    """The incident's page, or with htmx only its timeline and picture."""
    incident = find_for_page(request, reference)
    context = page_context(request, incident, **more)
    template = "incidents/_story.html" if request.htmx else "incidents/incident_detail.html"
    return render(request, template, context, status=status)
