"""Pastes that tell the newest first, as status pages and activity feeds do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from incidents.pasting.grouping import Entry
from incidents.pasting.shapes import Is, Token

_DAY = 24 * 60
#: One step forward among this many back is disorder.
_STEPS_BACK = 5


def as_it_happened(items: Sequence[Entry | Token]) -> list[Entry | Token]:
    """The items with the oldest first; a heading stays in front of what it is about."""
    if not is_newest_first(items):
        return list(items)
    parts: list[list[Entry | Token]] = [[]]
    for item in items:
        if isinstance(item, Token):
            parts.append([item])
        else:
            parts[-1].insert(1 if parts[-1] and isinstance(parts[-1][0], Token) else 0, item)
    # What is said about zones before the first event holds for all of them.
    leading = [part[0] for part in parts if len(part) == 1 and _is_zone(part[0])]
    return leading + [item for part in reversed(parts) for item in part]


def is_newest_first(items: Sequence[Entry | Token]) -> bool:
    """Each clock time is a little before the one above it, at least twice in the whole paste.

    Where that gives the same days as reading on, it makes no difference.
    """
    clocks = [
        item.stamp.clock.hour * 60 + item.stamp.clock.minute
        for item in items
        if isinstance(item, Entry) and item.stamp and item.stamp.clock
    ]
    back = forward = 0
    for one, next_ in pairwise(clocks):
        step = (next_ - one) % _DAY
        back += step > _DAY // 2
        forward += 0 < step <= _DAY // 2
    return back >= 2 and forward * _STEPS_BACK <= back


def _is_zone(item: Entry | Token) -> bool:
    return isinstance(item, Token) and bool(item.zone) and not (item.day and item.kind is Is.DAY)
