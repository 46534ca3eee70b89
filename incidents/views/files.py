"""Files of an incident: the Evidence tab, the files themselves, and what is said of them."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_safe

from common.access import require
from common.forms import form_page, posted
from common.middleware import takes_files
from incidents import permissions, reading
from incidents.files import evidence as collected
from incidents.files import keeping, serving
from incidents.files.refusal import MEGABYTE
from incidents.forms.files import AttachForm, DescribeForm
from incidents.models import Attachment, Incident
from incidents.views.shared import find, may


# Serving ------------------------------------------------------------------------------------------
@require_safe
def attachment(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    return _noted(request, find_attachment(request, reference, pk))


@require_safe
def thumbnail(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    return serving.thumbnail(request, find_attachment(request, reference, pk))


@require_safe
def in_text(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A picture by its number alone, as texts name it: ![what it shows](file:12)."""
    pictures_only = Attachment.objects.visible_to(request.user).exclude(width=None)
    pictures_only = pictures_only.select_related("incident")
    return _noted(request, get_object_or_404(pictures_only, pk=pk))


def _noted(request: HttpRequest, found: Attachment) -> HttpResponseBase:
    reading.note(request.user, found.incident, gettext_noop("fetched a file"), found.name)
    return serving.answer(request, found)


def find_attachment(request: HttpRequest, reference: str, pk: int) -> Attachment:
    incident = find(request, reference)
    found = get_object_or_404(Attachment.objects.select_related("event"), incident=incident, pk=pk)
    found.incident = incident
    return found


# The Evidence tab ---------------------------------------------------------------------------------
@takes_files
@form_page
def evidence(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything there is to look at, and the place to add to it."""
    incident = find(request, reference)
    if request.method == "POST":
        require(
            permissions.can_attach(request.user, incident),
            gettext(
                "Files are attached by the people named on it. Say “I was part of this” first."
            ),
        )
        return _attach(request, incident)
    form = AttachForm(initial={"event": _event_asked_for(request)}, incident=incident)
    return _page(request, incident, form)


def _event_asked_for(request: HttpRequest) -> str:
    asked = request.GET.get("event", "")
    return asked if asked.isascii() and asked.isdigit() and len(asked) < 19 else ""


def _attach(request: HttpRequest, incident: Incident) -> HttpResponse:
    form = AttachForm(request.POST, incident=incident)
    page = partial(_page, request, incident, form)
    return serving.attach(request, incident, form, page, back=_list(incident))


def _page(
    request: HttpRequest,
    incident: Incident,
    form: AttachForm,
    *,
    outcome: keeping.Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    """The tab, or for our script only what there is now and what was refused."""
    found = collected.of(incident, user=request.user)
    context = {
        "incident": incident,
        "evidence": found,
        "evidence_count": found.count,
        "form": form,
        "outcome": outcome,
        "may": may(request, incident),
        "most_bytes": keeping.most_bytes(),
        "most_megabytes": keeping.most_bytes() // MEGABYTE,
    }
    template = "incidents/_evidence.html" if request.htmx else "incidents/evidence.html"
    return render(request, template, context, status=status)


# What is said of a file ---------------------------------------------------------------------------
@form_page
def describe(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """What it shows and which event it belongs to."""
    found = find_attachment(request, reference, pk)
    require(permissions.can_attach(request.user, found.incident))
    form = DescribeForm(posted(request), attachment=found)
    context = {"incident": found.incident, "attachment": found}
    template = "incidents/attachment_edit.html"
    return serving.describe(request, found, form, template, context, back=_list(found.incident))


@form_page
def remove(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = find_attachment(request, reference, pk)
    require(
        permissions.can_remove_attachment(request.user, found),
        gettext("Files are removed by who attached them, the facilitator and the team’s manager."),
    )
    context = {"incident": found.incident, "attachment": found}
    template = "incidents/attachment_remove.html"
    return serving.remove(request, found, template, context, back=_list(found.incident))


def _list(incident: Incident) -> str:
    return reverse("incidents:evidence", args=[incident.reference])
