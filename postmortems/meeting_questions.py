"""What is asked at each point of a meeting, and the moments around it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.models import TimelineEvent
from postmortems import premises, question_bank
from postmortems.board_parts import GOALS
from postmortems.models import AgendaStep, BankQuestion, Goal, MeetingClock, Review
from postmortems.question_bank import Asked

Step = AgendaStep.Kind
Situation = BankQuestion.Situation

#: More events than this, and only the key moments are walked.
MOST_EVENTS = 12
_OF_SITUATION: dict[str, Situation] = {
    Step.SURPRISE: Situation.SURPRISE,
    Step.FACTORS: Situation.CONDITIONS,
    Step.SAFER: Situation.SAFER,
    Step.CLOSE: Situation.CLOSING,
}
_WITHOUT_BANK = {
    Step.TIMELINE: _("Which moments belong on the timeline, and where were they seen?"),
    **{goal.value: words.prompt for goal, words in GOALS.items()},
}


def asked(
    review: Review,
    clock: MeetingClock,
    step: AgendaStep,
    events: list[TimelineEvent],
    bank: list[BankQuestion],
) -> list[Asked]:
    """The questions of the step, at least one."""
    brought_up = question_bank.occasions(review.incident, events)
    if clock.situation:
        found = question_bank.fitting(bank, brought_up, only=[clock.situation], most=12)
    elif step.kind == Step.PREMISES:
        found = [Asked(premise) for premise in premises.PREMISES]
    elif step.kind == Step.TIMELINE:
        found = question_bank.along(bank, _to_walk(events))
    elif step.kind in _OF_SITUATION:
        found = question_bank.fitting(bank, (), only=[_OF_SITUATION[step.kind]], most=4)
    else:
        most = max(2, min(6, round(step.minutes / 4)))
        found = question_bank.fitting(bank, brought_up, part=Goal(step.kind), most=most)
    return found or [Asked(_WITHOUT_BANK.get(step.kind, gettext("What else belongs here?")))]


def _to_walk(events: list[TimelineEvent]) -> list[TimelineEvent]:
    key = [event for event in events if event.is_key]
    return key if len(events) > MOST_EVENTS and key else events


def around(events: list[TimelineEvent], event: TimelineEvent | None) -> list[TimelineEvent]:
    """The event with the one before and the one after it; `is_here` marks it."""
    if event is None:
        return []
    at = events.index(event)
    shown = events[max(0, at - 1) : at + 2]
    for each in shown:
        each.is_here = each.pk == event.pk
    return shown
