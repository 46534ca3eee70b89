"""What a pasted text is understood as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from django.utils.translation import gettext

from common import when
from common.dates import number

#: Characters, and lines, that are read at once.
LONGEST, MOST_LINES = 500_000, 20_000


class TooLong(ValueError):
    """More text than is read at once."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "That is more than {characters} characters or {lines} lines. "
                "Cut it into parts, or leave out what is not about the incident."
            ).format(characters=number(LONGEST), lines=number(MOST_LINES))
        )


@dataclass
class Line:
    """One event as it was understood; `raw` are the numbers of its lines, counted from 1.

    With a `question` its time is in doubt and `at` is None; each of `offers` is a time that can
    be typed instead. `told_in` is the zone to `zone`, its name. `on` is the day
    of an event of which no clock time is told.
    """

    text: str
    kind: str
    raw: tuple[int, ...]
    at: datetime | None = None
    until: datetime | None = None
    on: date | None = None
    precision: str = "unknown"
    zone: str = "UTC"
    source: str = ""
    typed: str = ""
    told_in: tzinfo | None = None
    question: str = ""
    offers: tuple[str, ...] = ()

    @property
    def moment(self) -> when.Moment | None:
        """As the one-line reader would have given it; None without a known time."""
        if self.on:
            begins = datetime(self.on.year, self.on.month, self.on.day, tzinfo=UTC)
            return when.Moment(begins, "UTC", "day")
        if self.at is None:
            return None
        return when.Moment(self.at, self.zone, self.precision, self.until)


@dataclass(frozen=True)
class NotPlaced:
    """A line that belongs to no event, and why."""

    number: int
    text: str
    why: str


@dataclass
class Pasted:
    """`passed_over` are lines that only say when or belong to the tool: days, zones, reactions."""

    lines: list[Line] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)
    passed_over: list[tuple[int, str]] = field(default_factory=list)

    @property
    def speakers(self) -> list[str]:
        """Each handle once, in the order of the telling."""
        return unique(line.source for line in self.lines)


def unique(sources: Iterable[str]) -> list[str]:
    return [source for source in dict.fromkeys(sources) if source]
