"""The impact of an incident: what people noticed, how bad it was, how long each part took."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from incidents import facts
from incidents.models import Incident
from incidents.severity import QUESTIONS, levels
from incidents.views.shared import find_for_page, may


@require_safe
def impact(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find_for_page(request, reference)
    context = {
        "incident": incident,
        "may": may(request, incident),
        "levels": {level.severity: level for level in levels()},
        "impact_answers": _answered(incident),
        "severity_changes": severity_changes(incident),
        "state_changes": incident.state_changes.select_related("by").order_by("-at", "-pk")[:50],
        "milestones": facts.milestone_rows(incident, reader=request.user.zone.key),
        "now": timezone.now(),
    }
    return render(request, "incidents/incident_impact.html", context)


def _answered(incident: Incident) -> list[tuple[str, str]]:
    """(question, answer) of those that were answered."""
    answers = getattr(incident, "impact_answers", None)
    if answers is None:
        return []
    return [
        (answers._meta.get_field(name).verbose_name, getattr(answers, f"get_{name}_display")())
        for name in QUESTIONS
        if getattr(answers, name)
    ]


def severity_changes(incident: Incident) -> list[dict[str, object]]:
    """Newest first: from, to, who, when and why."""
    labels = dict(Incident.Severity.choices)
    changes = incident.severity_changes.select_related("by").order_by("-at", "-pk")[:50]
    return [
        {
            "before": labels.get(change.before, change.before),
            "after": labels[change.after],
            "reason": change.reason,
            "by": change.by or gettext("The system"),
            "at": change.at,
        }
        for change in changes
    ]
