"""The history page of an incident."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents import permissions, telling_history
from incidents.views.shared import find, may


@require_safe
def history(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    taken_out = telling_history.taken_out(incident)
    for event in taken_out:
        event.incident = incident
    context = {
        "incident": incident,
        "entries": telling_history.of(incident),
        "taken_out": taken_out,
        "may_put_back": {
            event.pk for event in taken_out if permissions.can_edit_event(request.user, event)
        },
        "may": may(request, incident),
    }
    return render(request, "incidents/incident_history.html", context)
