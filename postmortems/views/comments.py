"""What people say at a place of a review: on the working text, and on what was published."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import drafts
from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from postmortems import comments as talk
from postmortems import permissions, workflow
from postmortems.forms.board import CommentForm
from postmortems.models import Comment, Review
from postmortems.views.shared import (
    NOT_OPEN,
    collisions,
    find,
    find_readable,
    find_to_contribute,
    keep_typed,
    once,
)

_PAGE = 50
_OTHERS_WORDS = _("Nothing was changed. Everybody changes only what they said themselves.")


def _talked_about(request: HttpRequest, reference: str, place: str, *, to_write: bool) -> Review:
    """The review, for who may speak or listen at this place of it."""
    if not talk.is_place(place):
        raise Http404
    if place != Comment.PUBLISHED:
        return (find_to_contribute if to_write else find_readable)(request, reference)
    review = find(request, reference)
    if not review.publications.exists():
        raise Http404
    return review


def _comment(request: HttpRequest, reference: str, pk: int) -> Comment:
    review = find(request, reference)
    rows = review.comments.all()
    if not permissions.can_read_draft(request.user, review):
        # Whoever may not read the working text learns nothing of what is said about it.
        require(rows.filter(place=Comment.PUBLISHED, pk=pk).exists(), NOT_OPEN)
    comment = get_object_or_404(rows, pk=pk)
    comment.review = review
    return comment


def _premises(request: HttpRequest, comment: Comment) -> None:
    if comment.place != Comment.PUBLISHED:
        workflow.require_premises(request.user, comment.review)


@require_safe
def comments(request: HttpRequest, reference: str, place: str) -> HttpResponse:
    """A whole thread, the newest last; `before` is the oldest one that was shown."""
    review = _talked_about(request, reference, place, to_write=False)
    rows = review.comments.at(place).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    shown = list(rows[: _PAGE + 1])
    people = list(review.participants.all())
    for comment in shown:
        comment.review = review
    context = {
        "review": review,
        "place": place,
        "said": [talk.said(one, request.user, people) for one in reversed(shown[:_PAGE])],
        "earlier": shown[_PAGE - 1].pk if len(shown) > _PAGE else None,
        "back": talk.address(Comment(review=review, **_place(place))),
    }
    return render(request, "postmortems/comments.html", context)


def _place(place: str) -> dict[str, object]:
    if place.startswith("card-"):
        return {"place": "card", "finding_id": int(place.removeprefix("card-"))}
    return {"place": place}


@require_safe
def readers(request: HttpRequest, reference: str) -> HttpResponse:
    """Whom a comment may call: everybody who can read the working text."""
    review = find_readable(request, reference)
    people = permissions.draft_readers(review).exclude(pk=request.user.pk)
    return render(request, "components/readers.html", {"readers": people})


@require_POST
def add_comment(request: HttpRequest, reference: str, place: str) -> HttpResponse:
    review = _talked_about(request, reference, place, to_write=True)
    form = CommentForm(request.POST)
    if not form.is_valid():
        context = {"review": review, "form": form, "place": place}
        return render(request, "postmortems/comment.html", context, status=422)
    try:
        once(
            request,
            review,
            lambda: talk.add(review, place, author=request.user, text=form.cleaned_data["text"]),
        )
    except workflow.Refused as error:
        return keep_typed(request, review, error)
    drafts.discard(request.user, talk.draft_of(review, place))
    return redirect(talk.address(Comment(review=review, **_place(place))))


@require_POST
def settle_comments(request: HttpRequest, reference: str, place: str) -> HttpResponse:
    review = _talked_about(request, reference, place, to_write=True)
    # On what everybody reads, those who guide the review say when something is settled.
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    upto = request.POST.get("upto", "")
    if not (upto.isascii() and upto.isdecimal() and len(upto) < 19):
        raise Http404
    try:
        count = talk.settle(review, place, upto=int(upto), by=request.user)
    except workflow.Refused as error:
        messages.error(request, str(error))
    else:
        if count:
            messages.success(
                request, gettext("Settled. It is folded away and can be taken up again.")
            )
    return redirect(talk.address(Comment(review=review, **_place(place))))


@form_page
def edit_comment(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    comment = _comment(request, reference, pk)
    require(permissions.can_edit_comment(request.user, comment), _OTHERS_WORDS)
    _premises(request, comment)
    review = comment.review
    form = CommentForm(posted(request), initial={"text": comment.text})
    context = {"review": review, "comment": comment, "form": form, "seen": comment.version}
    context["keep_theirs"] = talk.address(comment)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            talk.edit(comment, author=request.user, seen=seen_version(request), text=text)
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            status = 409
            context["seen"] = conflict.current.version
            theirs = conflict.current.text
            context["collisions"] = collisions([(str(form["text"].label), theirs, text)])
        else:
            return redirect(talk.address(comment))
    return render(request, "postmortems/comment.html", context, status=status)


@require_POST
def remove_comment(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    comment = _comment(request, reference, pk)
    require(permissions.can_remove_comment(request.user, comment), _OTHERS_WORDS)
    _premises(request, comment)
    address = talk.address(comment)
    try:
        talk.remove(comment, by=request.user)
    except workflow.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The comment is removed."))
    return redirect(address)


@require_POST
def reopen_comment(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    comment = _comment(request, reference, pk)
    require(permissions.can_contribute(request.user, comment.review), NOT_OPEN)
    workflow.require_premises(request.user, comment.review)
    try:
        talk.reopen(comment, by=request.user)
    except workflow.Refused as error:
        messages.error(request, str(error))
    return redirect(talk.address(comment))
