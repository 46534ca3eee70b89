"""What every page of a review does first, and how it answers when something is in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import drafts
from common.access import require
from common.forms import NoteForm
from common.merging import by_words
from postmortems import noting, permissions, premises, workflow
from postmortems.live import page_version
from postmortems.models import Goal, Review

NOT_STAFFED = _(
    "It has been asked for, and the managers of {team} name who guides it. It is "
    "written by the people who were there. When it is published, everybody finds "
    "it in the lessons."
)
NOT_OPEN = _(
    "The people who were there are writing it in private. When it is published, "
    "everybody finds it in the lessons."
)
_NEVER_SHOWN = {"csrfmiddlewaretoken", "seen", "mark", "form_token"}


def find(request: HttpRequest, reference: str) -> Review:
    """The review as this person may know of it; 404 like one that never existed."""
    review: Review = get_object_or_404(
        Review.objects.visible_to(request.user)
        .select_related("incident__team", "facilitator", "reviewer")
        .annotate(covers_restricted=noting.covers_restricted("pk")),
        incident__reference=reference,
    )
    noting.note_page(request, review, covers_restricted=review.covers_restricted)
    return review


def find_readable(request: HttpRequest, reference: str) -> Review:
    """The same for its working text: 403 for whoever may not read that."""
    review = find(request, reference)
    require(permissions.can_read_draft(request.user, review), NOT_OPEN)
    return review


def why_not_open(review: Review) -> str:
    """What somebody reads who may know of a review and not read it yet."""
    if review.state == Review.State.REQUESTED:
        return NOT_STAFFED.format(team=review.incident.team)
    return str(NOT_OPEN)


def find_to_contribute(request: HttpRequest, reference: str) -> Review:
    """The same for adding to it: 403 without standing, and before the premises are accepted."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    workflow.require_premises(request.user, review)
    return review


def find_to_edit(request: HttpRequest, reference: str) -> Review:
    """The same for those who guide it."""
    review = find(request, reference)
    require(permissions.can_edit(request.user, review))
    workflow.require_premises(request.user, review)
    return review


def find_to_guide(request: HttpRequest, reference: str) -> Review:
    """The review for whoever names people and moves it along."""
    review = find(request, reference)
    require(
        permissions.can_guide(request.user, review),
        gettext(
            "Nothing was changed. The facilitator and the managers of the owning team do that."
        ),
    )
    return review


def goal_named(name: str) -> Goal:
    """The part of the board that an address names."""
    if name not in Goal.values:
        raise Http404
    return Goal(name)


def who_else_writes(request: HttpRequest, review: Review, place: str) -> dict[str, Any]:
    """What templates/postmortems/_others_here.html and _writes.html show of a `place` in the
    review: see postmortems/presence.py."""
    seen = page_version(review.reference, user=request.user)
    return {"place": place, "here": seen.here.get(place, ""), "page_version": seen.mark}


def premises_first(request: HttpRequest, review: Review) -> HttpResponse | None:
    """The way to the premises, for who opens a page to write on without having accepted them."""
    if premises.have_been_accepted(request.user, review):
        return None
    address = reverse("postmortems:premises", args=[review.reference])
    return redirect(f"{address}?{urlencode({'next': request.path})}")


def back(request: HttpRequest, review: Review, part: str = "") -> HttpResponse:
    """To the page of the review, at one of its parts."""
    return redirect(review.get_absolute_url() + (f"#{part}" if part else ""))


def refuse(request: HttpRequest, review: Review, error: workflow.Refused) -> HttpResponse:
    """Say why a move did not happen, on the page of the review."""
    messages.error(request, str(error))
    return back(request, review)


def once(request: HttpRequest, review: Review, deed: Callable[[], object]) -> None:
    """Do what a form asks for that makes something, but for its second click. Raises what the
    deed raises; then it can be sent again."""
    with transaction.atomic():
        sending = drafts.sending(request.POST)
        if drafts.mark_sent(sending, request.user, review.get_absolute_url()):
            deed()


def keep_typed(
    request: HttpRequest, review: Review, error: workflow.Refused, *, back_to: str = ""
) -> HttpResponse:
    """The review changed its stage while somebody wrote: what they typed is shown, to be copied."""
    typed = [
        (name.replace("_", " "), value)
        for name, values in request.POST.lists()
        for value in values
        if value and name not in _NEVER_SHOWN
    ]
    response = render(
        request,
        "postmortems/not_kept.html",
        {
            "review": review,
            "why": str(error),
            "typed": typed,
            "back_to": back_to or review.get_absolute_url(),
        },
        status=409,
    )
    if request.htmx:
        response["HX-Retarget"] = "body"
        response["HX-Reswap"] = "innerHTML"
    return response


class Collision(NamedTuple):
    """One text that two people changed. Pieces are ("same" | "gone" | "new", text)."""

    label: str
    theirs: list[tuple[str, str]]
    mine: list[tuple[str, str]]


def collisions(texts: list[tuple[str, str, str]]) -> list[Collision]:
    """From (label, theirs, mine): those that differ, each side with its own words marked."""
    return [
        Collision(
            label,
            [piece for piece in by_words(mine, theirs) if piece[0] != "gone"],
            [piece for piece in by_words(theirs, mine) if piece[0] != "gone"],
        )
        for label, theirs, mine in texts
        if theirs != mine
    ]


def note_page(
    request: HttpRequest,
    review: Review,
    form: NoteForm,
    *,
    name: str,
    title: str,
    meanwhile: str | None = None,
) -> HttpResponse:
    """A short text by itself: refused (422), or (409) beside what somebody saved `meanwhile`."""
    context: dict[str, Any] = {"review": review, "form": form, "text": form[name], "title": title}
    if meanwhile is not None:
        label = str(form[name].label)
        context["collisions"] = collisions([(label, meanwhile, form.cleaned_data[name])])
        # Sending again is a decision made with both texts in sight.
        form.shows(meanwhile)
    status = 422 if meanwhile is None else 409
    return render(request, "postmortems/note.html", context, status=status)
