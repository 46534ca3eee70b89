"""An idea for a fix that comes up while people look at what happened: kept, and not decided yet."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from actions import permissions, workflow
from actions.forms import ParkForm
from common.access import require
from postmortems.models import Review
from postmortems.workflow import require_premises


@require_POST
def park(request: HttpRequest, reference: str) -> HttpResponse:
    """Park what stands in the capture line of the meeting. Sent twice, it is parked once."""
    review = get_object_or_404(
        Review.objects.visible_to(request.user).select_related("incident__team"),
        incident__reference=reference,
    )
    require(
        permissions.can_create_in(request.user, review),
        "Ideas are parked by those who guide the review. Say it to one of them.",
    )
    require_premises(request.user, review)
    form = ParkForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was parked. Write the idea in the line first.")
    else:
        try:
            workflow.create(
                by=request.user,
                values=form.values(team=review.incident.team),
                is_agreed=False,
                review=review,
                token=request.POST.get("form_token", ""),
            )
        except workflow.AlreadySent:
            pass
        if request.htmx:
            return HttpResponse(status=204)
    return redirect("postmortems:meeting", review.reference)
