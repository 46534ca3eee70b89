"""Everything the screen of a meeting shows, read in a fixed number of statements.

It is made to be shared: texts of the board and of the timeline, never a perspective, a private
word or who wrote something.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext

from incidents.models import TimelineEvent
from people.models import User
from postmortems import deidentification, meeting, meeting_questions, permissions, question_bank
from postmortems.meeting_captured import Captured, OnBoard, on_board
from postmortems.models import AgendaStep, BankQuestion, Goal, MeetingClock, Review
from postmortems.question_bank import Asked

Step = AgendaStep.Kind
Situation = BankQuestion.Situation

_ARC = 94.25  # once around the ring of the clock

#: What a line becomes in each step unless somebody chooses.
_FIRST_CHOICE: dict[str, str] = {
    Step.PREMISES: Goal.WHY,
    Step.TIMELINE: Goal.WHY,
    Step.SURPRISE: meeting.SURPRISE,
    Step.WHY: Goal.WHY,
    Step.WRONG: Goal.WRONG,
    Step.RIGHT: Goal.RIGHT,
    Step.DIFFERENTLY: Goal.DIFFERENTLY,
    Step.FACTORS: meeting.FACTOR,
    Step.SAFER: Goal.WRONG,
    Step.CLOSE: meeting.QUESTION,
}
#: The same for those who do not name factors.
_FOR_EVERYBODY = _FIRST_CHOICE | {Step.FACTORS: Goal.WHY}


class StepShown(NamedTuple):
    kind: str
    label: str
    minutes: int
    used: int  # minutes, rounded
    mark: str  # "done", "current" or ""


@dataclass(frozen=True)
class Screen:
    review: Review
    clock: MeetingClock
    steps: list[StepShown]
    step: StepShown
    asked: list[Asked]
    number: int
    events: dict[int, int]
    around: list[TimelineEvent]
    board: OnBoard
    in_the_room: list[tuple[str, list[Asked]]]
    suggested: list[tuple[str, str]]
    seconds_used: int
    first_choice: str
    is_open: bool
    can_run: bool
    #: What people wrote, as it may stand on the screen.
    texts: list[str]

    @cached_property
    def names(self) -> list[str]:
        """Words of the screen that lead to a person. Looked for only where a page says them: a
        poll that finds nothing new never asks."""
        if not self.can_run or self.clock.started_at is not None:
            return []
        return _names(self.review, self.texts)

    @property
    def state(self) -> str:
        """ "planned", "running", "paused" or "ended"."""
        if self.clock.ended_at:
            return "ended"
        if self.clock.is_running:
            return "running"
        return "paused" if self.clock.started_at else "planned"

    @property
    def captured(self) -> Captured:
        return self.board.of_step(self.step.kind)

    @property
    def place(self) -> str:
        return meeting.place_of(self.clock)

    @property
    def question(self) -> Asked:
        return self.asked[self.number]

    @property
    def reminder(self) -> Asked:
        """What helps when the talk turns to persons; another one for each question."""
        _, kept = self.in_the_room[1]
        return kept[self.number % len(kept)] if kept else Asked("")

    @property
    def count(self) -> int:
        return len(self.asked)

    @property
    def event_number(self) -> int | None:
        event = self.question.event
        return self.events.get(event.pk) if event else None

    @property
    def seconds_left(self) -> int:
        """Negative once the step takes longer than planned."""
        return self.step.minutes * 60 - self.seconds_used

    @property
    def words_left(self) -> str:
        """ "6 min left", "last minute" or "2 min over"."""
        left = self.seconds_left
        if left >= 60:
            return gettext("{number} min left").format(number=-(-left // 60))
        if left > 0:
            return gettext("last minute")
        return (
            gettext("{number} min over").format(number=-left // 60)
            if left <= -60
            else gettext("time is up")
        )

    @property
    def arc(self) -> str:
        planned = max(self.step.minutes * 60, 1)
        return f"{_ARC * min(self.seconds_used / planned, 1):.1f} {_ARC}"

    @property
    def is_first(self) -> bool:
        return self.number == 0 and self.steps[0].mark == "current"

    @property
    def is_last(self) -> bool:
        return self.number == self.count - 1 and self.steps[-1].mark == "current"

    @property
    def minutes_planned(self) -> int:
        return sum(step.minutes for step in self.steps)

    @property
    def minutes_used(self) -> int:
        return sum(step.used for step in self.steps)

    def neighbour(self, step: int) -> tuple[str, int]:
        """(step, question) one further (1) or one back (-1); the last question leads into the
        next step, and the first one back into the step before."""
        there = self.number + step
        if 0 <= there < self.count or self.clock.situation:
            return self.step.kind, max(0, min(there, self.count - 1))
        kinds = [each.kind for each in self.steps]
        at = kinds.index(self.step.kind) + step
        if 0 <= at < len(kinds):
            return kinds[at], 0
        return self.step.kind, self.number


def screen(review: Review, user: User, *, now: datetime) -> Screen:
    """What everybody in the meeting sees; `can_run` is this person's."""
    clock = meeting.clock_of(review)
    agenda = meeting.agenda(review)
    here = next((step for step in agenda if step.kind == clock.step), agenda[0])
    events = list(review.incident.events.in_order())
    bank = list(BankQuestion.objects.asked())
    asked = meeting_questions.asked(review, clock, here, events, bank)
    number = min(clock.asked, len(asked) - 1)
    used = here.used_seconds + clock.seconds_running(now=now)
    board = on_board(review, user, began=clock.started_at)
    can_run = review.takes_contributions and permissions.can_guide(user, review)
    return Screen(
        review=review,
        clock=clock,
        steps=(steps := _steps(agenda, here)),
        step=next(step for step in steps if step.mark == "current"),
        asked=asked,
        number=number,
        events={event.pk: place for place, event in enumerate(events, start=1)},
        around=meeting_questions.around(events, asked[number].event),
        board=board,
        in_the_room=[
            (situation.label, question_bank.fitting(bank, (), only=[situation], most=5))
            for situation in question_bank.IN_THE_ROOM
        ],
        suggested=[
            (one.situation, Situation(one.situation).label)
            for one in question_bank.occasions(review.incident, events)
        ],
        seconds_used=used,
        first_choice=_FIRST_CHOICE[here.kind] if can_run else _FOR_EVERYBODY[here.kind],
        is_open=review.takes_contributions,
        can_run=can_run,
        texts=[
            *(event.text for event in events),
            *(line.text for line in board.lines),
        ],
    )


def _names(review: Review, texts: list[str]) -> list[str]:
    """What certainly leads to a person in these texts, each spelling once: two statements."""
    directory = deidentification.Directory.around(review)
    found = [
        text[span.start : span.end]
        for text in texts
        for span in deidentification.spans(text, directory)
        if span.is_sure
    ]
    return list(dict.fromkeys(found))


def _steps(agenda: list[AgendaStep], here: AgendaStep) -> list[StepShown]:
    at = agenda.index(here)
    return [
        StepShown(
            step.kind,
            str(step.get_kind_display()),
            step.minutes,
            round(step.used_seconds / 60),
            "done" if place < at else "current" if place == at else "",
        )
        for place, step in enumerate(agenda)
    ]
