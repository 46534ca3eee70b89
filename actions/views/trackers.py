"""Trackers: the settings of administrators, and the door through which trackers tell."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from actions import tickets, trackers
from actions.forms.settings import TrackerForm
from actions.models import Tracker
from common.access import require
from common.forms import form_page, posted
from people.permissions import can_administer

#: Bytes of one telling. Trackers send some kilobytes.
MOST_TOLD = 1_000_000


@form_page
@never_cache
def tracker_list(request: HttpRequest) -> HttpResponse:
    """Which trackers are known; a POST adds one and shows its secret, this once."""
    require(can_administer(request.user))
    form = TrackerForm(posted(request))
    if form.is_valid():
        tracker = tickets.add_tracker(form.save(commit=False), by=request.user)
        return render(
            request,
            "actions/tracker_secret.html",
            {"tracker": tracker, "origin": settings.SITE_ORIGIN},
        )
    context = {
        "form": form,
        "trackers": Tracker.objects.order_by("address"),
        "origin": settings.SITE_ORIGIN,
    }
    return render(request, "actions/trackers.html", context, status=422 if form.errors else 200)


@require_POST
def take_away(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    tracker = get_object_or_404(Tracker, pk=pk)
    tickets.take_away(tracker, by=request.user)
    messages.success(
        request,
        gettext("{tracker} is taken away. Its tickets are links now.").format(tracker=tracker),
    )
    return redirect("actions:trackers")


@csrf_exempt
@login_not_required
@require_POST
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """A tracker tells something. The raw body is checked before it is read, and what has no right
    signature learns nothing, not even whether there is such a tracker."""
    length = request.headers.get("Content-Length", "")
    if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MOST_TOLD:
        return HttpResponse("Too large.\n", status=413, content_type="text/plain")
    tracker = Tracker.objects.filter(pk=pk).first()
    try:
        body = request.body
    except RawPostDataException:
        body = None  # a form with files, which no tracker sends
    if tracker is None or body is None or not trackers.is_signed(tracker, body, request.headers):
        return HttpResponse("Not signed.\n", status=401, content_type="text/plain")
    try:
        tickets.hear(tracker, body, request.headers, now=timezone.now())
    except tickets.NotUnderstood:
        return HttpResponse("Not understood.\n", status=400, content_type="text/plain")
    return HttpResponse(status=204)
