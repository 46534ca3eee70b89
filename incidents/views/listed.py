"""The list of incidents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.pagination import page_of
from incidents import listing
from incidents.models import Incident
from people.models import Service, Team


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """Filters, sort and place live in the address; htmx swaps the results only."""
    now = timezone.now()
    today = timezone.localdate()
    filters = listing.Filters(request.GET, user=request.user)
    rows = filters.rows()
    page = page_of(rows.for_list(request.user), request.GET, order=("-filed_at", "-pk"))
    context = {
        "filters": filters,
        "chips": filters.chips(today=today),
        "page": page,
        "rows": listing.for_table(page.rows, now=now),
        "matched": listing.matched_in_words(rows),
        "tabs": filters.tabs(),
    }
    if not page.rows:
        context["helping"] = filters.helping(today=today)
        context["nothing_at_all"] = not Incident.objects.visible_to(request.user).exists()
    if "filters" in request.GET:
        context |= {
            "severities": Incident.Severity.choices,
            "kinds": Incident.Kind.choices,
            "states": Incident.State.choices,
            "services": Service.objects.visible_to(request.user).by_name(),
            "teams": Team.objects.visible_to(request.user).by_name(),
        }
    template = "incidents/_results.html" if request.htmx else "incidents/incident_list.html"
    return render(request, template, context)
