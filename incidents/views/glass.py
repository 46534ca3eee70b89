"""Break the glass of a restricted incident: for administrators, with a reason, for an hour."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from common.access import require
from common.forms import form_page
from incidents import glass, permissions
from incidents.models import Incident


@form_page
def break_glass(request: HttpRequest, reference: str) -> HttpResponse:
    """GET asks the same of every reference: whether there is one is not told before the deed."""
    visible = Incident.objects.visible_to(request.user).filter(reference=reference).first()
    if not permissions.can_break_glass(request.user):
        if visible is None:
            raise Http404
        require(False, gettext("You can read it without. Nothing was changed."))
    if visible is not None:
        return redirect(visible)
    context = {"reference": reference, "shortest": glass.SHORTEST, "longest": glass.LONGEST}
    if request.method != "POST":
        return render(request, "incidents/glass.html", context)
    reason = request.POST.get("reason", "")
    incident = glass.closed_to(request.user, reference)
    if incident is None:
        raise Http404
    try:
        glass.break_it(incident, by=request.user, reason=reason, now=timezone.now())
    except glass.NoReason:
        context |= {"reason": reason, "is_missing": True}
        return render(request, "incidents/glass.html", context, status=403)
    messages.success(
        request,
        gettext(
            "You can read it for an hour. Everybody it is restricted to is told, with your name."
        ),
    )
    return redirect(incident)
