"""A published review that no longer guides anybody: archived, or followed by a later one.

Its publications stay readable under their addresses, with a word on why they stand apart.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from people.models import User
from postmortems.models import Review
from postmortems.workflow import NotReady, State, locked, move_on, require_state


@transaction.atomic
def archive(
    review: Review, *, by: User, reason: str = "", superseded_by: Review | None = None
) -> Review:
    """Set a published review apart, for a reason or for a later review that says more."""
    review = locked(review)
    if review.state == State.ARCHIVED:
        return review
    if review.state != State.PUBLISHED and review.published_at:
        raise NotReady(
            gettext("Not archived. A new revision of it is being written: publish that one first.")
        )
    require_state(
        review, (State.PUBLISHED,), gettext("Not archived. Only what is published can be.")
    )
    if superseded_by is not None:
        if superseded_by.pk == review.pk:
            raise NotReady(gettext("Not archived. Name another review than this one."))
        if superseded_by.state != State.PUBLISHED:
            raise NotReady(
                gettext(
                    "Not archived. The review of {reference} is not published yet, so readers "
                    "would be led to nothing."
                ).format(reference=superseded_by.reference)
            )
    if not reason.strip() and superseded_by is None:
        raise NotReady(
            gettext(
                "Not archived. Say in a sentence why, or name the review that says more by now."
            )
        )
    review.archived_reason, review.superseded_by = reason.strip(), superseded_by
    review.save(update_fields=["archived_reason", "superseded_by"])
    return move_on(review, State.ARCHIVED, by=by, verb=gettext_noop("archived the review"))


@transaction.atomic
def bring_back(review: Review, *, by: User) -> Review:
    """As if it had never been set apart; the reason stays in the row."""
    review = locked(review)
    if review.state == State.PUBLISHED:
        return review
    require_state(review, (State.ARCHIVED,), gettext("Nothing was changed."))
    review.superseded_by = None
    review.save(update_fields=["superseded_by"])
    return move_on(review, State.PUBLISHED, by=by, verb=gettext_noop("brought the review back"))
