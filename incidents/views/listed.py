"""The list of incidents, and the same rows as a file."""

from __future__ import annotations

from itertools import islice

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import downloads, papers
from common.languages import english
from incidents import paper
from incidents.listing import export, page
from incidents.listing.facets import Facets
from incidents.listing.filters import Filters
from incidents.models import Incident


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """Filters, sort and place live in the address; htmx swaps the results only."""
    filters = Filters(request.GET, user=request.user)
    shown, counted = page.page(filters, request.GET), page.counts(filters)
    context = {
        "filters": filters,
        "chips": filters.chips(),
        "heads": filters.heads(),
        "page": shown,
        "rows": page.for_table(shown.rows, now=timezone.now()),
        "matched": counted.matched,
        "in_view": counted.in_view[filters.view],
        "tabs": page.tabs(filters, counted),
    }
    if not shown.rows:
        context["helping"] = page.helping(filters)
        context["nothing_at_all"] = not Incident.objects.visible_to(request.user).exists()
    if filters.is_open:
        facets = Facets(filters)
        context |= {"facets": facets.all(), "questions": facets.questions()}
    template = "incidents/_results.html" if request.htmx else "incidents/incident_list.html"
    response = render(request, template, context)
    if request.htmx:
        # Without the fields that were left empty.
        response["HX-Push-Url"] = f"{request.path}?{filters.query}"
    return response


@require_safe
def export_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows with the same filters, all pages of it."""
    filters = Filters(request.GET, user=request.user)
    return downloads.file(export.as_csv(filters), name="incidents", ending="csv")


@require_safe
def export_json(request: HttpRequest) -> StreamingHttpResponse:
    """The same as JSON; docs/exports.md tells what is in it."""
    with english():
        filters = Filters(request.GET, user=request.user)
        parts = export.as_json(filters, now=timezone.now())
    return downloads.file(parts, name="incidents", ending="json")


@require_safe
def export_markdown(request: HttpRequest) -> StreamingHttpResponse:
    """The same to read without a program."""
    filters = Filters(request.GET, user=request.user)
    return downloads.file(export.as_markdown(filters), name="incidents", ending="md")


@require_safe
def export_pdf(request: HttpRequest) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    filters = Filters(request.GET, user=request.user)
    incidents = list(islice(export.incidents(filters), papers.MOST_ROWS + 1))
    chosen = [f"{chip.label} {chip.words}" for chip in filters.chips()]
    html = paper.list_page(incidents, chosen, today=timezone.localdate())
    back = f"{reverse('incidents:list')}?{filters.query}"
    return papers.answer(request, html, name="incidents.pdf", back=back)
