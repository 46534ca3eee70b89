"""From time to place along the axis of a picture, with honest breaks in long quiet stretches."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise

Piece = tuple[datetime, datetime]

_MOST_BREAKS = 2
_FEWEST_POINTS = 5
_LONG_SHARE = 0.35  # of the whole story: such a gap is cut out
_MARGIN_SHARE = 0.05  # of what stays: so much of a cut gap is still shown on either side
_STEPS = [
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 30, 90, 180, 365, 1825, 3650, 36500)),
]


def shown_pieces(moments: list[datetime]) -> list[Piece]:
    """The stretches to draw, from moments in order: all of it, or without its longest gaps."""
    start, end = moments[0], moments[-1]
    total = end - start
    gaps = sorted(
        ((later - earlier, earlier, later) for earlier, later in pairwise(moments)),
        reverse=True,
    )
    cut = [gap for gap in gaps[:_MOST_BREAKS] if gap[0] > total * _LONG_SHARE]
    if len(moments) < _FEWEST_POINTS or not cut:
        return [(start, end)]
    margin = (total - sum((gap[0] for gap in cut), timedelta())) * _MARGIN_SHARE
    pieces, begin = [], start
    for _, earlier, later in sorted(cut, key=lambda gap: gap[1]):
        pieces.append((begin, earlier + margin))
        begin = later - margin
    return [*pieces, (begin, end)]


class Scale:
    """Places in a drawing `width` wide: `pad` free at both ends, `gap` for each break."""

    def __init__(self, pieces: list[Piece], width: float, *, pad: float, gap: float) -> None:
        self.pieces = pieces
        shown = sum((end - start for start, end in pieces), timedelta())
        room = width - 2 * pad - gap * (len(pieces) - 1)
        self._per_second = room / max(1.0, shown.total_seconds())
        self.edges: list[tuple[float, float]] = []
        left = pad
        for start, end in pieces:
            right = left + (end - start).total_seconds() * self._per_second
            self.edges.append((round(left, 1), round(right, 1)))
            left = right + gap
        self.step = _STEPS[-1]

    @property
    def breaks(self) -> Iterator[tuple[float, timedelta]]:
        """Where each break stands, and how much time it leaves out."""
        for (before, after), (first, second) in zip(
            pairwise(self.edges), pairwise(self.pieces), strict=True
        ):
            yield (before[1] + after[0]) / 2, second[0] - first[1]

    def x(self, at: datetime) -> float:
        for (start, end), (left, _) in zip(self.pieces, self.edges, strict=True):
            if at <= end:
                return round(max(left, left + (at - start).total_seconds() * self._per_second), 1)
        return self.edges[-1][1]

    def spans(self, start: datetime, end: datetime) -> list[tuple[float, float]]:
        """Where a stretch of time lies, in one part for each piece it touches."""
        found = []
        for begin, finish in self.pieces:
            first, last = max(start, begin), min(end, finish)
            if first < last:
                found.append((self.x(first), self.x(last)))
        return found

    def ticks(self, zone: zoneinfo.ZoneInfo, *, room: float) -> list[tuple[datetime, float]]:
        """Round local times at least `room` apart, with their places. Sets `step`."""
        self.step = next(
            (step for step in _STEPS if step.total_seconds() * self._per_second >= room), _STEPS[-1]
        )
        found = []
        for start, end in self.pieces:
            local = start.astimezone(zone).replace(tzinfo=None)
            midnight = datetime.combine(local.date(), time(0))
            tick = midnight + self.step * ((local - midnight) // self.step)
            while (at := tick.replace(tzinfo=zone)) <= end:
                if at >= start:
                    found.append((tick, self.x(at)))
                tick += self.step
        return found
