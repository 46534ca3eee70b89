"""The history page of an incident."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents import telling_history
from incidents.views.shared import find, may


@require_safe
def history(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    context = {
        "incident": incident,
        "entries": telling_history.of(incident),
        "may": may(request, incident),
    }
    return render(request, "incidents/incident_history.html", context)
