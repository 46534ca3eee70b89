"""The meeting of a review: its agenda, its clock, and what is captured in it.

Everybody who looks sees the same: the state is one row, and the clock runs on the server's time.
A deed that somebody else has done a moment ago changes nothing, so that two people at the keys
never undo each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common import drafts
from common.history import mark_of, record, require_seen
from incidents.models import TimelineEvent
from people.models import User
from postmortems import board, lines
from postmortems.models import (
    AgendaStep,
    ContributingFactor,
    Goal,
    MeetingClock,
    OpenQuestion,
    Review,
    Surprise,
)
from postmortems.workflow import NotReady, locked, open_to_write, require_open

Step = AgendaStep.Kind

#: Minutes for each step, in the order of the agenda, where no length is arranged.
MINUTES: dict[str, dict[str, int]] = {
    Review.Depth.LIGHT: dict(zip(Step, (1, 5, 1, 4, 3, 1, 1, 1, 2, 1), strict=True)),
    Review.Depth.STANDARD: dict(zip(Step, (3, 12, 4, 12, 8, 4, 4, 5, 5, 3), strict=True)),
    Review.Depth.DEEP: dict(zip(Step, (4, 20, 6, 20, 12, 5, 5, 8, 7, 3), strict=True)),
}
SURPRISE, QUESTION, FACTOR = "surprise", "question", "factor"
#: What a line can be captured as, in the order of the keys 1 to 7.
CAPTURE_AS = [
    (Goal.WHY, _("Made sense")),
    (Goal.WRONG, _("Wrong, safer")),
    (Goal.RIGHT, pgettext_lazy("what went right", "Right")),
    (Goal.DIFFERENTLY, _("Differently")),
    (SURPRISE, _("Surprise")),
    (QUESTION, _("Open question")),
    (FACTOR, _("Factor")),
]
#: Where a factor stands in the catalogue until somebody sorts it.
NOT_SORTED = "To be sorted"
_LONGEST_LINE = 500


# The agenda -------------------------------------------------------------------------------------
def whole_agenda(review: Review) -> list[AgendaStep]:
    """Every step in its order, as planned or as `proposed`; steps that are left out have 0
    minutes. Rows that are not saved yet have no key."""
    saved = {step.kind: step for step in review.agenda.all()}
    minutes = proposed(review)
    return [
        saved.get(kind)
        or AgendaStep(review=review, kind=kind, position=place, minutes=minutes[kind])
        for place, kind in enumerate(Step)
    ]


def proposed(review: Review) -> dict[str, int]:
    """Minutes for each step by the depth of the review. Together they are as long as the meeting
    that is arranged, whatever its length."""
    minutes = MINUTES[review.depth]
    if not review.meeting_at:
        return minutes
    length, usual = review.meeting_minutes, sum(minutes.values())
    shares = {kind: length * each / usual for kind, each in minutes.items()}
    given = {kind: max(1, int(share)) for kind, share in shares.items()}
    while (missing := length - sum(given.values())) != 0:
        # To whom most is owed; or, where every step has to have a minute, from the longest one.
        owed = max(given, key=lambda kind: shares[kind] - given[kind])
        longest = max(given, key=lambda kind: given[kind])
        given[owed if missing > 0 else longest] += 1 if missing > 0 else -1
    return given


def agenda(review: Review) -> list[AgendaStep]:
    """The steps that take place; never none."""
    steps = whole_agenda(review)
    return [step for step in steps if step.minutes] or steps[:1]


def mark_of_agenda(steps: list[AgendaStep]) -> str:
    """Stands in the form for the minutes it was opened with."""
    return mark_of(_in_words({step.kind: step.minutes for step in steps}))


@transaction.atomic
def plan(review: Review, minutes: Mapping[str, int], *, mark: str, by: User) -> None:
    """Keep the minutes of every step (Step values). Raises TextConflict when somebody else has
    changed them since `mark`."""
    review = open_to_write(review)
    steps = whole_agenda(review)
    stands = _in_words({step.kind: step.minutes for step in steps})
    require_seen(stands, mark=mark, wanted=_in_words(minutes))
    if not any(minutes.values()):
        raise NotReady(gettext("Give at least one step some minutes."))
    for step in steps:
        step.minutes = minutes[step.kind]
        step.save()
    record(by, "planned the meeting", review)


def _in_words(minutes: Mapping[str, int]) -> str:
    return ", ".join(
        gettext("{step} {minutes} min").format(step=kind.label, minutes=minutes[kind])
        for kind in Step
    )


# The clock --------------------------------------------------------------------------------------
def clock_of(review: Review) -> MeetingClock:
    """As it stands; of a meeting that nobody began yet, a row that is not saved."""
    clock = MeetingClock.objects.filter(review=review).first()
    return clock or MeetingClock(review=review, step=agenda(review)[0].kind)


def place_of(clock: MeetingClock) -> str:
    """Where a meeting stands, to be sent along with the wish to go on from there."""
    return f"{clock.step}.{clock.asked}.{clock.situation}"


@transaction.atomic
def start(review: Review, *, by: User, now: datetime) -> None:
    """Begin, go on after a pause, or take it up again after its end."""
    review, clock = _ours(review)
    if clock.is_running:
        return
    if clock.started_at is None or clock.ended_at is not None:
        record(by, "began the meeting", review)
    clock.started_at = clock.started_at or now
    clock.ended_at = None
    clock.running_since = now
    _keep(clock)


@transaction.atomic
def pause(review: Review, *, now: datetime) -> None:
    review, clock = _ours(review)
    if clock.is_running:
        _note_time(review, clock, now=now)
        clock.running_since = None
        _keep(clock)


@transaction.atomic
def end(review: Review, *, by: User, now: datetime) -> None:
    review, clock = _ours(review)
    if clock.ended_at is not None:
        return
    if clock.started_at is None:
        raise NotReady(gettext("The meeting has not begun yet, so there is nothing to end."))
    _note_time(review, clock, now=now)
    clock.running_since = None
    clock.ended_at = now
    _keep(clock)
    record(by, "ended the meeting", review)


@transaction.atomic
def go(
    review: Review, *, seen: str, step: str, asked: int, now: datetime, situation: str = ""
) -> None:
    """To a question of a step, or of a situation in it, if the meeting still stands at `seen`
    (place_of)."""
    review, clock = _ours(review)
    if place_of(clock) != seen:
        return
    if clock.step != step:
        _note_time(review, clock, now=now)
        clock.step = step
    clock.asked = asked
    clock.situation = situation
    _keep(clock)


@transaction.atomic
def ask_about(review: Review, situation: str, *, seen: str) -> None:
    """Put questions for a situation on the screen (BankQuestion.Situation), or "" for those of
    the step again."""
    review, clock = _ours(review)
    if place_of(clock) == seen:
        clock.situation = situation
        clock.asked = 0
        _keep(clock)


def _ours(review: Review) -> tuple[Review, MeetingClock]:
    review = locked(review)
    require_open(review)
    return review, clock_of(review)


def _note_time(review: Review, clock: MeetingClock, *, now: datetime) -> None:
    """Add what ran since the clock was started to the step, and count from now on."""
    if not clock.is_running:
        return
    used = clock.seconds_running(now=now)
    step = next((each for each in whole_agenda(review) if each.kind == clock.step), None)
    if step and step.pk is None:
        step.save()
    AgendaStep.objects.filter(review=review, kind=clock.step).update(
        used_seconds=F("used_seconds") + used
    )
    clock.running_since = now


def _keep(clock: MeetingClock) -> None:
    clock.version += 1
    clock.save()


# What is said -----------------------------------------------------------------------------------
@transaction.atomic
def capture(
    review: Review,
    *,
    author: User,
    kind: str,
    text: str,
    token: str = "",
    event: TimelineEvent | None = None,
) -> bool:
    """Keep one line as a card of a part (Goal), a surprise, an open question or a factor.

    In a problem, what follows "->" is what would make it safer. False when the showing of the form
    with this `token` was sent before: then nothing is written again. Raises NotReady for a line
    that is too long for what it is to become.
    """
    if not drafts.mark_sent(token, author, review.get_absolute_url()):
        return False
    if kind == SURPRISE:
        lines.add(review, Surprise, by=author, fields={"text": text})
    elif kind in {QUESTION, FACTOR}:
        if len(text) > _LONGEST_LINE:
            said = (
                gettext("An open question is one line of at most {most} characters.")
                if kind == QUESTION
                else gettext("A factor is one line of at most {most} characters.")
            )
            raise NotReady(said.format(most=_LONGEST_LINE))
        if kind == QUESTION:
            lines.add(review, OpenQuestion, by=author, fields={"text": text})
        else:
            fields = {"text": text, "category": NOT_SORTED}
            ties = {"events": [event]} if event else None
            lines.add(review, ContributingFactor, by=author, fields=fields, ties=ties)
    else:
        problem, _, safer = text.replace("→", "->").partition("->")
        fields = {"text": text}
        if kind == Goal.WRONG and problem.strip() and safer.strip():
            fields = {"text": problem.strip(), "safer": safer.strip()}
        board.add_card(
            review, author=author, goal=kind, fields=fields, events=[event] if event else ()
        )
    return True
