"""The pulse after a review: asked once, counted without a trace, shown from five answers up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from people.models import User
from people.notifications import Telling, tell
from postmortems.models import PulseCount, PulseTicket, Review
from postmortems.workflow import NotReady

Question = PulseCount.Question
#: Fewer answers than this could lead back to somebody.
ENOUGH = 5


@dataclass(frozen=True)
class Pulse:
    """`answers` are (question, [(answer, how many)]) in words; empty while there are too few. Where
    all answers are alike there is nothing behind the question: it would say of everybody who
    answered what they said."""

    answers: list[tuple[str, list[tuple[str, int]]]]
    total: int


TOO_FEW = Pulse([], 0)


def digest_of(review: Review, user: User, *, key: str | None = None) -> str:
    """Names the ticket of a person. Nobody can make it without the secret key; `key` is an earlier
    one."""
    return salted_hmac(
        "postmortems.pulse", f"{review.pk}-{user.pk}", secret=key, algorithm="sha256"
    ).hexdigest()


def _tickets(review: Review, user: User) -> QuerySet[PulseTicket]:
    """The ticket of this person, whichever of our keys it was made with."""
    keys = (None, *settings.SECRET_KEY_FALLBACKS)
    return review.pulse_tickets.filter(digest__in=[digest_of(review, user, key=k) for k in keys])


def ask(review: Review, *, now: datetime) -> None:
    """Ask everybody who took part, once: another revision asks nobody again, and nobody is
    reminded. Call it in the transaction that publishes."""
    if review.pulse_counts.exists():
        return
    people = [one.user for one in review.participants.taking_part().select_related("user")]
    PulseCount.objects.bulk_create(
        PulseCount(review=review, question=question, answer=answer)
        for question in Question
        for answer in PulseCount.Answer
    )
    # Sorted by what looks like chance, so that their order tells nothing.
    digests = sorted(digest_of(review, person) for person in people)
    PulseTicket.objects.bulk_create(PulseTicket(review=review, digest=each) for each in digests)
    tell(
        Telling(
            person,
            "review_pulse",
            review,
            f"review-{review.pk}-pulse",
            due_at=now,
        )
        for person in people
    )


def may_answer(review: Review, user: User) -> bool:
    """Took part, and has not answered yet."""
    return _tickets(review, user).exists()


@transaction.atomic
def answer(review: Review, user: User, answers: dict[str, str]) -> None:
    """Count the answers (PulseCount.Question: Answer) and tear up the ticket. Nothing else is
    written: no trail, no time, no session."""
    torn_up, _ = _tickets(review, user).delete()
    if not torn_up:
        raise NotReady(gettext("Your answer is counted already."))
    for question, given in sorted(answers.items()):
        review.pulse_counts.filter(question=question, answer=given).update(count=F("count") + 1)


def of(review: Review) -> Pulse | None:
    """What those who took part said, in one statement; None when nobody was asked."""
    counts = {(row.question, row.answer): row.count for row in review.pulse_counts.all()}
    if not counts:
        return None
    total = sum(count for (question, _), count in counts.items() if question == Question.LEARNED)
    if total < ENOUGH:
        return TOO_FEW
    answers = []
    for question in Question:
        given = [(each.label, counts[question, each]) for each in PulseCount.Answer]
        are_alike = any(count == total for _, count in given)
        answers.append((question.label, [] if are_alike else given))
    return Pulse(answers, total)
