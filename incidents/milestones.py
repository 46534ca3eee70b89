"""The five milestones: their names in sentences, their order, and their columns.

Of each is known when it was, or that it did not happen, or nothing: three different things.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import when
from common.templatetags.times import moment_in_words
from incidents.models import MILESTONES, Milestone, Precision

#: As headings and in sentences that name two of them.
LABELS = {
    "started": _("Impact started"),
    "detected": _("Noticed"),
    "acknowledged": _("Somebody took it on"),
    "mitigated": _("Impact stopped"),
    "resolved": _("Resolved"),
}
#: As the trail names them.
NAMES = {
    "started": "start",
    "detected": "noticing",
    "acknowledged": "acknowledging",
    "mitigated": "end of the impact",
    "resolved": "resolution",
}
#: What the trail says, and what is read, where something is known not to have happened.
NEVER_IN_WORDS = "did not happen"
_ALSO_NEVER = {
    NEVER_IN_WORDS, "didn't happen", "didn’t happen", "never", "never happened",
    "hände inte", "det hände inte", "inträffade inte", "aldrig", "hände aldrig",
}  # fmt: skip


class DidNotHappen:
    """Said of a milestone in place of a Moment. False, since there is no time."""

    def __bool__(self) -> bool:
        return False


DID_NOT_HAPPEN: Final = DidNotHappen()
#: None means not known.
Answer = when.Moment | DidNotHappen | None


def is_denied(typed: str) -> bool:
    """Whether somebody wrote that it did not happen."""
    return " ".join(typed.lower().split()).rstrip(".") in _ALSO_NEVER


def columns(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Columns of the named milestones."""
    fields: dict[str, Any] = {}
    for name, answer in answers.items():
        if isinstance(answer, when.Moment):
            at, precision, zone = answer.at, answer.precision, answer.zone
        else:
            denied = isinstance(answer, DidNotHappen)
            at, zone = None, "UTC"
            precision = Precision.NEVER if denied else Precision.UNKNOWN
        fields |= {f"{name}_at": at, f"{name}_precision": precision, f"{name}_zone": zone}
    return fields


def as_typed(milestone: Milestone, zone: zoneinfo.ZoneInfo) -> str:
    """What stands in its field, so that reading it again gives the same."""
    if milestone.at:
        return when.written(milestone.at, zone, milestone.precision)
    return str(Precision.NEVER.label) if milestone.never else ""


def out_of_order(known: Mapping[str, datetime | None]) -> tuple[str, str] | None:
    """The first milestone that is before an earlier one, with a sentence about both.

    Says the same as the database's `incident_milestones_in_order`.
    """
    before: tuple[str, datetime] | None = None
    for name in MILESTONES:
        at = known.get(name)
        if at is None:
            continue
        if before and at < before[1]:
            return name, _in_a_sentence(name, at, *before)
        before = (name, at)
    return None


def _in_a_sentence(name: str, at: datetime, earlier: str, earlier_at: datetime) -> str:
    sentence = gettext(
        "{later} ({later_at}) is before {earlier} ({earlier_at}). One of them is off by more than "
        "it seems: correct either, or leave the one nobody is sure of empty."
    ).format(
        later=LABELS[name],
        later_at=_in_full(at),
        earlier=LABELS[earlier],
        earlier_at=_in_full(earlier_at),
    )
    if (earlier, name) == ("started", "detected"):
        # A warning may well come first. What is noticed here is the effect.
        sentence += " " + gettext(
            "Did a warning come before anybody felt it? Put the warning into the timeline, and "
            "write here when the effect was noticed."
        )
    return sentence


def _in_full(at: datetime) -> str:
    """With the seconds, where they are kept: they may be the whole difference."""
    words = moment_in_words(at, now=timezone.now())
    seconds = f"{at:%S}"
    if seconds == "00":
        return words
    clock = f"{timezone.localtime(at):%H:%M}"
    return words.replace(clock, f"{clock}:{seconds}", 1)


def in_utc(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "not known"


def was(milestone: Milestone) -> str:
    """For the trail: the time in UTC, "did not happen" or "not known"."""
    return NEVER_IN_WORDS if milestone.never else in_utc(milestone.at)
