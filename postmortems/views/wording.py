"""Hints for the words somebody is writing. Nothing of the text is kept or logged."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.coach import LABELS
from postmortems import wording
from postmortems.views.shared import find_to_contribute

_LONGEST_PHRASE = 500


@require_POST
def hints(request: HttpRequest) -> HttpResponse:
    """For a text that belongs to no review."""
    found = wording.read(request.POST.get("text", ""))
    return render(request, "postmortems/_hints.html", {"hints": found})


@require_POST
def hints_here(request: HttpRequest, reference: str) -> HttpResponse:
    """For a text of this review: without the phrases its people decided to keep."""
    review = find_to_contribute(request, reference)
    found = wording.read(request.POST.get("text", ""), review=review)
    return render(request, "postmortems/_hints.html", {"hints": found, "review": review})


@require_POST
def keep_wording(request: HttpRequest, reference: str) -> HttpResponse:
    """Don't ask about a phrase again, in this review."""
    review = find_to_contribute(request, reference)
    phrase, label = request.POST.get("phrase", ""), request.POST.get("label", "")
    if label not in LABELS or not 0 < len(phrase) <= _LONGEST_PHRASE:
        return HttpResponse("That is no phrase of a hint.", status=400)
    wording.keep(review, phrase=phrase, label=label)
    return HttpResponse(status=204)
