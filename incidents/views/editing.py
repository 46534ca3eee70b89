"""Change what an incident says."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from common import history
from common.access import require
from common.forms import form_page, posted
from incidents import conflicts, permissions, timeline, workflow
from incidents.forms.editing import EditForm
from incidents.models import Incident
from incidents.views.shared import find
from people.models import Service


@form_page
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    incident = find(request, reference)
    require(permissions.can_edit(request.user, incident))
    services = Service.objects.visible_to(request.user).select_related("team").by_name()
    form = EditForm(
        posted(request),
        incident=incident,
        services=services,
        now=timezone.now(),
        zone=request.user.zone,
        around=timeline.span(incident),
    )
    if not form.is_bound:
        return _edit_page(request, incident, form)
    if not form.is_valid():
        return _edit_page(request, incident, form, status=422)
    try:
        workflow.edit_incident(
            incident,
            seen=form.cleaned_data["seen"],
            by=request.user,
            changes=form.changes,
            services=form.cleaned_data["services"],
            figures=form.figures,
            answers=form.answers,
        )
    except history.EditConflict as conflict:
        return _edit_page(request, incident, form, status=409, theirs=conflict.current)
    messages.success(request, gettext("Saved. The earlier wording stays in the history."))
    return redirect(incident)


def _edit_page(
    request: HttpRequest,
    incident: Incident,
    form: EditForm,
    *,
    status: int = 200,
    theirs: Incident | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"incident": incident, "form": form}
    if theirs is not None:
        context["conflict"] = conflicts.of_incident(form, theirs, zone=request.user.zone)
        # Sending again is a decision made with both versions in sight.
        again = cast(QueryDict, form.data).copy()
        again["seen"] = str(theirs.version)
        form.data = again
    return render(request, "incidents/incident_edit.html", context, status=status)
