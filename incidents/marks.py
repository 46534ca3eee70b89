"""The numbered marks of the picture: where each goes, so that none hides another.

What was learned only later stands in a row of its own. Where there is no room for single marks, one
wide mark says how many events it stands for.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

from django.utils.translation import gettext, ngettext

from incidents import event_times
from incidents.models import Precision, TimelineEvent
from incidents.scale import Scale

Kind = TimelineEvent.Kind

NOTICING = {Kind.DETECTION, Kind.OBSERVATION, Kind.TRIGGER}
FINDING_OUT = {Kind.DIAGNOSIS, Kind.DECISION, Kind.ESCALATION, Kind.COMMUNICATION}
REPAIRING = {Kind.ACTION, Kind.MITIGATION, Kind.RESOLUTION}
LETTER = 6.6  # width of a letter in the picture's text
FIRST_Y = 158.0
STEP = 22.0
_HALF = 11.0
_ROWS = 3
_LATER_BELOW = 34.0  # from the last row of marks to that of what was learned later
#: Paths around the middle of the mark; circles and squares have elements of their own.
_PATHS = {"triangle": "M-12 9L0 -12L12 9z", "diamond": "M0 -12L12 0L0 12L-12 0z"}
_ROUGH = {Precision.ABOUT, Precision.DERIVED, Precision.BEFORE, Precision.BETWEEN}


class Marked(NamedTuple):
    """What the picture shows of an event with a time: the fields of a TimelineEvent that count,
    and its number in the list."""

    number: int
    pk: int
    beside_id: int | None
    at: datetime
    until: datetime | None
    zone: str
    precision: str
    kind: str
    is_key: bool
    learned_later: bool
    is_shown: bool = True
    on: str = ""

    @classmethod
    def of(cls, number: int, event: TimelineEvent, *, at: datetime, is_shown: bool) -> Self:
        return cls(
            number, event.pk, event.beside_id, at, event.until, event.zone, event.precision,
            event.kind, event.is_key, event.learned_later, is_shown,
        )  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """A circle, triangle, square or diamond that leads to its event in the list; a "cluster" to
    the first of several. All numbers are pixels; `bar` reaches over a time between two, measured
    from `x`."""

    x: float
    y: float
    number: str
    shape: str
    label: str
    href: str
    path: str = ""
    is_rough: bool = False
    has_accounts: bool = False
    bar: tuple[float, float] | None = None
    left: float = 0
    width: float = 0

    @property
    def middle(self) -> float:
        """Of a cluster, which reaches to the right of where its first event stands."""
        return round(self.left + self.width / 2, 1)


class Lanes(NamedTuple):
    marks: list[Mark]
    bottom: float
    later_y: float | None


@dataclass
class _Moment:
    """An event with the other accounts of it; they share its mark."""

    event: Marked
    accounts: int = 1


@dataclass
class _Item:
    """What takes a place in a row: one moment, or those that found no room beside it."""

    x: float
    row: int
    free_from: float
    moments: list[_Moment] = field(default_factory=list)


def place(events: Sequence[Marked], scale: Scale, width: float, zone: zoneinfo.ZoneInfo) -> Lanes:
    """`events` are in order."""
    moments = _moments(events)
    then = _in_rows([one for one in moments if not one.event.learned_later], scale, width, _ROWS)
    later = _in_rows([one for one in moments if one.event.learned_later], scale, width, 1)
    bottom = FIRST_Y + STEP * max((item.row for item in then), default=0)
    marks = [_mark(item, FIRST_Y + STEP * item.row, scale, width, zone) for item in then]
    if not later:
        return Lanes(marks, bottom, None)
    later_y = bottom + _LATER_BELOW
    marks += [_mark(item, later_y, scale, width, zone) for item in later]
    return Lanes(marks, later_y, later_y)


def _moments(events: Iterable[Marked]) -> list[_Moment]:
    by_root: dict[int, _Moment] = {}
    for event in events:
        root = event.beside_id or event.pk
        if root in by_root:
            by_root[root].accounts += 1
        else:
            by_root[root] = _Moment(event)
    return list(by_root.values())


def _in_rows(moments: list[_Moment], scale: Scale, width: float, most: int) -> list[_Item]:
    """Each into the first row with room; where all are full, to the mark placed last."""
    items: list[_Item] = []
    edges: list[float] = []
    for moment in moments:
        x, reach = _reach(moment.event, scale, width)
        left = min(x - _HALF, reach[0]) if reach else x - _HALF
        right = max(x + _HALF, reach[1]) if reach else x + _HALF
        row = next((row for row, edge in enumerate(edges) if left >= edge), len(edges))
        if row < most:
            if row == len(edges):
                edges.append(0.0)
            items.append(_Item(x, row, edges[row], [moment]))
            edges[row] = right
        else:
            item = items[-1]
            item.moments.append(moment)
            start, room = _room_of_cluster(item, width)
            edges[item.row] = max(edges[item.row], start + room)
    return items


def _reach(event: Marked, scale: Scale, width: float) -> tuple[float, tuple[float, float] | None]:
    """Where the mark stands, and from where to where it may have happened."""
    first = _inside(scale.x(event.at), width)
    if event.until is None:
        return first, None
    last = _inside(scale.x(event.until), width)
    return round((first + last) / 2, 1), (first, last)


def _inside(x: float, width: float) -> float:
    return min(max(x, _HALF), width - _HALF)


def _room_of_cluster(item: _Item, width: float) -> tuple[float, float]:
    """(left edge, width) of the wide mark; at the right edge of the picture it gives way."""
    room = len(_how_many(item)) * LETTER + 14
    return max(item.free_from, min(item.x - _HALF, width - 2 - room)), room


def _how_many(item: _Item) -> str:
    count = len(item.moments)
    return ngettext("{count} event", "{count} events", count).format(count=count)


def _mark(item: _Item, y: float, scale: Scale, width: float, zone: zoneinfo.ZoneInfo) -> Mark:
    first = item.moments[0]
    x, href = round(item.x, 1), f"#e{first.event.pk}"
    if len(item.moments) > 1:
        left, room = _room_of_cluster(item, width)
        label = gettext("{events}, {first} to {last}, from {clock}").format(
            events=_how_many(item),
            first=first.event.number,
            last=item.moments[-1].event.number,
            clock=event_times.told(first.event, zone).local,
        )
        keys = sum(moment.event.is_key for moment in item.moments)
        label += gettext(", {keys} of them key moments").format(keys=keys) if keys else ""
        return Mark(
            x, y, _how_many(item), "cluster", label, href,
            left=round(left - x, 1), width=round(room, 1),
        )  # fmt: skip
    event = first.event
    shape = _shape(event)
    _, reach = _reach(event, scale, width)
    is_wide = reach is not None and reach[1] - reach[0] > 2 * _HALF
    return Mark(
        x,
        y,
        str(event.number),
        shape,
        _label(first, zone),
        href,
        _PATHS.get(shape, ""),
        is_rough=event.precision in _ROUGH,
        has_accounts=first.accounts > 1,
        bar=(round(reach[0] - x, 1), round(reach[1] - x, 1)) if reach and is_wide else None,
    )


def _label(moment: _Moment, zone: zoneinfo.ZoneInfo) -> str:
    time = event_times.told(moment.event, zone)
    at = time.in_words if time.hedge else gettext("at {clock}").format(clock=time.local)
    label = gettext("{number}, event {at}").format(number=moment.event.number, at=at)
    if moment.accounts > 1:
        label += gettext(", {accounts} accounts").format(accounts=moment.accounts)
    return label + gettext(", learned later") if moment.event.learned_later else label


def _shape(event: Marked) -> str:
    if event.is_key:
        return "diamond"
    if Kind(event.kind) in NOTICING:
        return "circle"
    return "triangle" if Kind(event.kind) in FINDING_OUT else "square"
