"""Two people saved the same text: what fits together is combined by itself, and can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common import drafts
from common.access import require
from common.history import EditConflict
from common.models import Revision, Versioned
from common.undo import say_with_undo
from people.models import User
from postmortems import permissions, perspectives, workflow, writing
from postmortems.models import (
    ContributingFactor,
    Finding,
    Line,
    Mitigator,
    OpenQuestion,
    Perspective,
    Review,
    Section,
    Surprise,
)
from postmortems.roles import role_of
from postmortems.views.shared import NOT_OPEN, find, keep_typed

_SALT = "postmortems.combined"
_WITHIN = 3_600  # seconds
_TRIES = 5
_MODELS = {
    model.__name__.lower(): model
    for model in (
        Section, Finding, Surprise, ContributingFactor, Mitigator, OpenQuestion, Perspective
    )
}  # fmt: skip
Row = Section | Finding | Line | Perspective | Review


def saved_by(review: Review, current: Versioned) -> str:
    """Who saved the version that is there now, by role."""
    last = Revision.objects.about(current).order_by("-version").values_list("author").first()
    author = last[0] if last else None
    if author is None:
        return gettext("somebody")
    return role_of(author, review, review.participants.filter(user=author).first())


def combine(
    request: HttpRequest,
    review: Review,
    conflict: EditConflict,
    mine: Mapping[str, str],
    *,
    seen: int,
    save: Callable[[dict[str, str], int], Any],
    fits: Callable[[Any], bool] = bool,
) -> bool:
    """Save both people's edits as one where they touch different lines, and say so.

    `save` takes the texts and the version they go on; `fits` says of a row as it is now whether
    the texts are all that differs. False when a person has to choose, or others keep saving at
    this moment; `conflict` is then with what they saved last.
    """
    for _ in range(_TRIES):
        current = conflict.current
        both = writing.combined(current, mine, seen=seen) if fits(current) else None
        if both is None:
            return False
        who = saved_by(review, current)
        try:
            save(both, current.version)
        except EditConflict as another:
            conflict.current = another.current
        else:
            break
    else:
        return False
    if all(both[name] == getattr(current, name) for name in both):
        return True
    label = type(current).__name__.lower()
    drafts.save(request.user, _kept(review, label, current.pk), dict(mine))
    token = signing.dumps([request.user.pk, label, current.pk, current.version], salt=_SALT)
    say_with_undo(
        request,
        gettext("Saved. Combined with what you saved in another window.")
        if isinstance(current, Perspective)
        else gettext("Saved. Combined with what {role} wrote meanwhile.").format(role=who),
        address=reverse("postmortems:uncombine", args=[review.reference]),
        token=token,
    )
    return True


def _kept(review: Review, label: str, pk: int) -> str:
    return f"combined-{review.reference}-{label}-{pk}"


@require_POST
def uncombine(request: HttpRequest, reference: str) -> HttpResponse:
    """Give back what the others had saved, and show this person's own words to be copied."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    workflow.require_premises(request.user, review)
    try:
        person, label, pk, theirs = signing.loads(
            request.POST.get("token", ""), salt=_SALT, max_age=_WITHIN
        )
    except signing.BadSignature as error:
        raise Http404 from error
    if person != request.user.pk:
        raise Http404
    row = _row(review, label, pk)
    require(_may_edit(request.user, row))
    try:
        is_back = _take_apart(row, review, theirs=theirs, by=request.user)
    except workflow.Refused as error:
        return keep_typed(request, review, error)
    typed = drafts.saved(request.user, _kept(review, label, pk))
    drafts.discard(request.user, _kept(review, label, pk))
    context = {
        "review": review,
        "title": gettext("Taken apart again") if is_back else gettext("Somebody wrote on since"),
        "why": gettext("What the others had saved stands there again. Yours is here.")
        if is_back
        else gettext("The text stays as it is now. What you had written is here."),
        "typed": [(name, value) for name, value in typed.items() if value],
    }
    return render(request, "postmortems/not_kept.html", context)


def _row(review: Review, label: str, pk: int) -> Row:
    if label == "review":
        return review
    row: Row = get_object_or_404(_MODELS[label].objects.filter(review=review), pk=pk)
    row.review = review
    return row


def _may_edit(user: User, row: Row) -> bool:
    if isinstance(row, Perspective):
        return row.author_id == user.pk
    if isinstance(row, Finding):
        return permissions.can_edit_finding(user, row)
    if isinstance(row, Line):
        return permissions.can_edit_line(user, row)
    return permissions.can_edit(user, row if isinstance(row, Review) else row.review)


def _take_apart(row: Row, review: Review, *, theirs: int, by: User) -> bool:
    if isinstance(row, Perspective):
        return perspectives.take_apart(review, row, theirs=theirs, combined=theirs + 1)
    return writing.take_apart(row, theirs=theirs, combined=theirs + 1, by=by)
