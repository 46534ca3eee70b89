"""An idea for a fix that comes up while people look at what happened: kept, and not decided yet."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from actions import parking, permissions, workflow
from actions.forms.deciding import ParkForm
from actions.forms.settings import ParkingRuleForm
from common import drafts
from common.access import require
from common.forms import form_page, posted
from common.history import TextConflict, record
from people.permissions import can_administer
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
        gettext("Ideas are parked by those who guide the review. Say it to one of them."),
    )
    require_premises(request.user, review)
    form = ParkForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Nothing was parked. Write the idea in the line first."))
    else:
        try:
            workflow.create(
                by=request.user,
                values=form.values(team=review.incident.team),
                is_agreed=False,
                review=review,
                token=drafts.sending(request.POST),
            )
        except workflow.AlreadySent:
            pass
        if request.htmx:
            return HttpResponse(status=204)
    return redirect("postmortems:meeting", review.reference)


@form_page
def resting(request: HttpRequest) -> HttpResponse:
    """Settings for administrators: how long parked ideas rest."""
    require(can_administer(request.user))
    form = ParkingRuleForm(posted(request), instance=parking.rule())
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            with transaction.atomic():
                rule = form.save()
                record(request.user, "changed how long ideas rest", rule, str(rule))
        except TextConflict as conflict:
            status = 409
            form.shows(conflict.current)
        else:
            messages.success(request, gettext("Saved. It holds for ideas parked from now on."))
            return redirect("actions:resting")
    return render(request, "actions/resting.html", {"form": form}, status=status)
