"""Ideas rest before they are decided: the first fix that comes up is seldom the best one."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from actions.models import Action, ParkingRule
from people import working_days
from people.models import Team


def rule() -> ParkingRule:
    """How long ideas rest; a row that is not saved while nobody has said so."""
    return ParkingRule.objects.first() or ParkingRule(pk=1)


def decide_from(team: Team | None) -> date:
    """The first day on which an idea that is parked today can be decided, by the working days of
    the team."""
    days = working_days.of(team) if team else working_days.MONDAY_TO_FRIDAY
    return days.after(timezone.localdate(), rule().working_days)


def why_not_yet(action: Action) -> str:
    """A sentence for whoever wants to decide a resting idea."""
    day = action.decide_from_on
    return (
        f"It rests until {day:%A} {day.day} {day:%B}, so that it is decided with fresh eyes. Wait "
        "until then, or say why it cannot wait."
    )
