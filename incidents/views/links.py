"""Connections of an incident with others this person may see."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common.access import require
from common.addresses import word
from common.forms import form_page, posted
from incidents import links, permissions
from incidents.forms.moves import LinkForm
from incidents.forms.timed import with_answers
from incidents.models import Incident
from incidents.views.shared import find, may
from incidents.workflow import NotReady

_MOST_FOUND = 8


@form_page
def link(request: HttpRequest, reference: str) -> HttpResponse:
    """What it is connected with; connect it with another, by reference or by searching."""
    incident = find(request, reference)
    require(permissions.can_edit(request.user, incident))
    form = LinkForm(with_answers(posted(request)), others=Incident.objects.visible_to(request.user))
    if form.is_valid():
        answers = form.cleaned_data
        try:
            links.connect(incident, other=answers["other"], kind=answers["kind"], by=request.user)
        except NotReady as reason:
            form.add_error("other", str(reason))
        else:
            messages.success(request, gettext("Connected. Both pages show it."))
            return redirect("incidents:link", incident.reference)
    words = word(request.GET, "q").strip()[:200]
    connected = links.connections(incident, request.user)
    context = {
        "incident": incident,
        "form": form,
        "words": words,
        "found": _found(request, incident, words, connected),
        "connected": connected,
        "may": may(request, incident),
        "review": getattr(incident, "review", None),
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/incident_link.html", context, status=status)


def _found(
    request: HttpRequest, incident: Incident, words: str, connected: list[links.Connection]
) -> list[Incident]:
    """Those with the words or, without any, those whose title says something alike."""
    known = {incident.pk, *(each.other.pk for each in connected)}
    visible = Incident.objects.visible_to(request.user).exclude(pk__in=known)
    if words:
        return list(visible.matching(words).best_first().defer("search_text")[:_MOST_FOUND])
    ids = visible.resembling(incident.title)[:_MOST_FOUND]
    found = visible.defer("search_text").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


@require_POST
def unlink(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Take a connection back, from whichever side."""
    incident = find(request, reference)
    require(permissions.can_edit(request.user, incident))
    link = links.find(incident, pk, request.user)
    if link is None:
        raise Http404
    try:
        links.disconnect(link, by=request.user)
    except NotReady as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, gettext("No longer connected. The history of both says so."))
    return redirect("incidents:link", incident.reference)
