"""Several people at one review: what others changed, and who is writing where."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from postmortems import board_page, permissions, presence
from postmortems.live import page_version
from postmortems.views.board import one_part
from postmortems.views.shared import find_readable, find_to_contribute, goal_named


@require_safe
def live(request: HttpRequest, reference: str) -> HttpResponse:
    """The parts of the page that others may have changed; 304 when nobody has.

    `of` names the page that asks: a part by itself, or a place where somebody writes, which only
    wants to know who else does.
    """
    seen = page_version(reference, user=request.user)
    version = f'"{seen.mark}"'
    if seen.mark and request.headers.get("If-None-Match") == version:
        return HttpResponseNotModified(headers={"ETag": version})
    review = find_readable(request, reference)
    of = request.GET.get("of", "")
    context = {"review": review, "swap": True, "page_version": seen.mark, "of": of}
    if presence.is_place(of):
        context |= {"place": of, "here": seen.here.get(of, "")}
        template = "postmortems/_live_place.html"
    elif of:
        context["part"] = one_part(request, review, goal_named(of), here=seen.here)
        context["can_edit"] = context["part"].form is not None and permissions.can_edit(
            request.user, review
        )
        template = "postmortems/_live_part.html"
    else:
        context["board"] = board_page.board(
            review, request.user, now=timezone.now(), here=seen.here
        )
        template = "postmortems/_live.html"
    answer = render(request, template, context)
    answer["ETag"] = version
    return answer


@require_POST
def writing(request: HttpRequest, reference: str) -> HttpResponse:
    """This person is writing at a place of the review, or has just left it (`gone`)."""
    review = find_to_contribute(request, reference)
    place = request.POST.get("place", "")
    if not presence.is_place(place):
        raise Http404
    if "gone" in request.POST:
        presence.leave(review, request.user)
    elif review.takes_contributions:
        presence.say(review, request.user, place)
    return HttpResponse(status=204)
