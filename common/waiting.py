"""The shape of one thing that waits for somebody on their home page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


class Private(str):
    """A detail that says who may not read it: a lock stands before it."""

    __slots__ = ()
    is_private = True


@dataclass(frozen=True)
class Waiting:
    """One row of "Waiting for you": what, why and how long it takes, and one button.

    `part` picks the colour of the glyph: "", "part-why", "part-diff" or "part-wrong". Rows are
    shown by `until`, the soonest first, and those without one last. `everything` is the name and
    the address of the page that has all rows of its kind.
    """

    title: str
    url: str
    button: str
    icon: str
    part: str = ""
    details: tuple[str, ...] = field(default_factory=tuple)
    until: datetime | None = None
    everything: tuple[str, str] = ("", "")


def soonest(rows: list[Waiting], *, most: int) -> list[Waiting]:
    """At most `most` rows, the soonest first."""
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: row.until or last)[:most]
