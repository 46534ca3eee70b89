"""What a reading gives: a moment, or a question back."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Moment:
    """A time as it was understood.

    `at` is aware UTC; `zone` is the zone that was typed, or else the reader's; `precision` is
    "exact", "about", "before", "between", or "day": then `at` is the first moment of that day and
    no clock time is known. `until` is the later end of a time between two, and None otherwise.
    """

    at: datetime
    zone: str
    precision: str = "exact"
    until: datetime | None = None


@dataclass(frozen=True)
class Span:
    """What a bare clock time refers to when something old is told.

    `latest` is the moment that was told last; a time that fits on several days goes near it.
    """

    first: datetime
    last: datetime
    latest: datetime


class NotRead(ValueError):
    """The text is no time we can keep. Each of `offers` can be typed in its place."""

    def __init__(self, message: str, offers: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.offers = offers


class Ambiguous(NotRead):
    """A time that daylight saving skipped or repeated, or a date that reads two ways."""
