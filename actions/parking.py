"""Ideas rest before they are decided: the first fix that comes up is seldom the best one."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext

from actions.models import Action, ParkingRule
from common.dates import say
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
    return gettext(
        "It rests until {day}, so that it is decided with fresh eyes. Wait until then, or say why "
        "it cannot wait."
    ).format(day=say(day, "l j F"))
