"""People who listen in to learn: they read the draft, come to the meeting, and write nothing.

One of them may sit beside the facilitator, to learn to guide. Neither reads a perspective before
it is opened to everyone in the review.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext

from common.history import record
from incidents.models import Involvement
from people.models import User
from people.notifications import Telling, tell
from postmortems.booking import call_off
from postmortems.invitation import Meeting
from postmortems.models import Review
from postmortems.workflow import (
    BEFORE_READING,
    WITH_READER,
    NotReady,
    locked,
    require_state,
    take_off_incident,
)

LEARNER = Involvement.Capacity.LEARNER


@transaction.atomic
def seat(review: Review, people: Sequence[User], *, by: User, beside: bool = False) -> list[User]:
    """Name them as learners and tell them, each once. Returns who is new.

    With `beside`, the one person sits beside the facilitator; whoever sat there goes on listening.
    """
    review = locked(review)
    require_state(review, BEFORE_READING[1:], gettext("Nobody was named."))
    if beside and len(people) != 1:
        raise NotReady(gettext("One person at a time sits beside the facilitator. Name one."))
    for person in people:
        _require_uninvolved(person, review)
    new = []
    for person in people:
        _, is_new = Involvement.objects.get_or_create(
            incident=review.incident, user=person, capacity=LEARNER
        )
        if is_new:
            new.append(person)
    if beside and review.shadow_id != people[0].pk:
        review.shadow = people[0]
        review.save(update_fields=["shadow", "updated_at"])
        record(by, "named who sits beside the facilitator", review)
    tell(
        Telling(
            person,
            "review_seat",
            review,
            f"review-{review.pk}-seat-{_number(review, person)}",
            {"from": by.pk, "beside": beside},
        )
        for person in new
    )
    if new:
        record(by, "named learners", review, f"{len(new)} named")
    return new


def _number(review: Review, person: User) -> int:
    """Of the row that names them: asked again later, they are told again."""
    return review.incident.involvements.get(user=person, capacity=LEARNER).pk


def _require_uninvolved(person: User, review: Review) -> None:
    if person.pk == review.facilitator_id:
        raise NotReady(gettext("{person} guides this review.").format(person=person))
    if person.pk == review.reviewer_id:
        raise NotReady(
            gettext("{person} is the second pair of eyes and comes fresh to it.").format(
                person=person
            )
        )
    if review.participants.taking_part().filter(user=person).exists():
        raise NotReady(
            gettext("{person} takes part. Learners listen, and were not there.").format(
                person=person
            )
        )


@transaction.atomic
def unseat(review: Review, person: User, *, by: User) -> None:
    """They listen no longer, and the meeting leaves their calendar."""
    review = locked(review)
    require_state(review, (*BEFORE_READING, *WITH_READER), gettext("Nothing was changed."))
    take_off_incident(review, person, LEARNER)
    if meeting := Meeting.of(review):
        call_off(review, meeting, [person], by=by)
    if review.shadow_id == person.pk:
        review.shadow = None
        review.save(update_fields=["shadow", "updated_at"])
    person.notifications.about(review).filter(kind="review_seat").delete()
    record(by, "took a learner off", review)


def give_up(review: Review, person: User) -> None:
    """Whoever takes part from now on, or guides it, no longer only listens."""
    take_off_incident(review, person, LEARNER)
    if review.shadow_id == person.pk:
        review.shadow = None
        review.save(update_fields=["shadow"])
