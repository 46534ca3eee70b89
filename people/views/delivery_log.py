"""The delivery log: what waits, what was given up and why, and another try."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.pagination import page_of
from people import delivery_log as log
from people.models import Delivery, Post
from people.permissions import can_administer


@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """`?by=channels` for channels, else mail; `state` and `q` narrow it down."""
    require(can_administer(request.user))
    model, state, words = log.asked_for(request.GET)
    found = log.rows(model, reader=request.user, state=state, words=words)
    page = page_of(found, request.GET, order=("-pk",))
    by = "channels" if model is Post else "mail"
    return render(
        request,
        "people/deliveries.html",
        {
            "page": page,
            "lines": log.lines(page.rows, reader=request.user),
            "by": by,
            "state": state,
            "words": words,
            "states": log.STATES,
            "any_given_up": model.objects.visible_to(request.user).given_up().exists(),
        },
    )


@require_POST
def try_again(request: HttpRequest, by: str, pk: int) -> HttpResponse:
    require(can_administer(request.user))
    model = Post if by == "channels" else Delivery
    row = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    if log.try_again(model.objects.filter(pk=row.pk)):
        messages.success(
            request,
            gettext("It goes out again in a moment.")
            if model is Post
            else gettext(
                "It goes out again in a moment, or when the working hours of its reader begin."
            ),
        )
    else:
        messages.info(
            request, gettext("Nothing was changed: it was not given up, or is on its way again.")
        )
    return _back(request, by)


@require_POST
def try_all_again(request: HttpRequest, by: str) -> HttpResponse:
    """Everything that was given up, also what the log does not show to this administrator."""
    require(can_administer(request.user))
    log.try_again((Post if by == "channels" else Delivery).objects.all())
    messages.success(
        request,
        gettext("What was given up goes out again in a moment.")
        if by == "channels"
        else gettext("What was given up goes out again, in the working hours of each reader."),
    )
    return _back(request, by)


def _back(request: HttpRequest, by: str) -> HttpResponse:
    """To what was asked for: there may be more of it."""
    _, state, words = log.asked_for(request.POST)
    asked = {"by": by} | {name: value for name, value in (("state", state), ("q", words)) if value}
    return redirect(f"{reverse('people:deliveries')}?{urlencode(asked)}")
