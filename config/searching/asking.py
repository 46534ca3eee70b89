"""Find lessons, reviews and incidents by the same words, and lay them side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from common.search import Found, SearchableQuerySet, find_in
from common.words import Marker
from config.searching.places import PLACES, Hit, Place
from lessons import facets
from lessons.asking import Asked
from lessons.facets import Count
from people.models import User

#: (place, key).
Row = tuple[str, int]

#: The share of each other thing that tells of the same incident that a line gains.
_SUPPORT = 0.2
#: Beyond this many the page says "1,000+": these are listed and counted by facets, the others not.
MOST = 1_000


@dataclass(frozen=True)
class Answer:
    """What was found. `order` is (place, key), best first and MOST at most; `is_cut` says that
    there is more; `found` says more of each place."""

    order: list[Row] = field(default_factory=list)
    complete: int = 0
    is_cut: bool = False
    found: dict[str, Found] = field(default_factory=dict)
    # How what is listed divides, by facet.
    counts: dict[str, list[Count]] = field(default_factory=dict)

    @property
    def marker(self) -> Marker:
        return Marker(chain.from_iterable(one.terms for one in self.found.values()))

    @property
    def instead(self) -> dict[str, list[str]]:
        """What stood in for words that nothing shown holds as they were typed."""
        taken: dict[str, dict[str, None]] = {}
        for one in self.found.values():
            for typed, others in one.instead.items():
                taken.setdefault(typed, {}).update(dict.fromkeys(others))
        return {typed: list(others) for typed, others in taken.items()}


def answer(asked: Asked, user: User) -> Answer:
    """Everything this person may see that fits, MOST at most. Without words the newest."""
    places = {one.name: rows(one, asked, user) for one in PLACES if one.name in asked.places}
    if asked.words:
        found = find_in(places, asked.words)
    else:
        found = {name: _newest(one) for name, one in places.items()}
    lines = _lines(found)
    is_cut = len(lines) > MOST
    keys: dict[str, list[int]] = {place.name: [] for place in PLACES}
    for line in lines[:MOST]:
        keys[line.place].append(line.pk)
    counts, incident_of = facets.division(user, **keys)
    incident_of |= {("incidents", pk): pk for pk in keys["incidents"]}
    lines = _together(lines[:MOST], incident_of, told_once=len(places) > 1)
    return Answer(
        [(line.place, line.pk) for line in lines],
        sum(not line.is_near for line in lines),
        is_cut,
        found,
        counts,
    )


def rows(place: Place, asked: Asked, user: User) -> SearchableQuerySet:
    """What this person may find in a place, narrowed by the filters."""
    fits = asked.rule(lambda name, values: place.fits(user, name, values))
    return place.rows(user).filter(fits)


def _newest(rows: SearchableQuerySet) -> Found:
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    return Found(ids, len(ids), strengths={pk: 1 / place for place, pk in enumerate(ids, 1)})


class _Line(NamedTuple):
    place: str
    pk: int
    is_near: bool
    strength: float


def laid_together(
    found: Mapping[str, Found], incident_of: Mapping[Row, int], *, told_once: bool
) -> list[Row]:
    """All places in one order: what holds every word first, then by strength. What tells of the
    same incident supports each other; if `told_once`, an incident whose review was found stands
    there once, as the review."""
    lines = _together(_lines(found), incident_of, told_once=told_once)
    return [(line.place, line.pk) for line in lines]


def _lines(found: Mapping[str, Found]) -> list[_Line]:
    lines = [
        _Line(name, pk, at >= one.complete, one.strengths[pk])
        for name, one in found.items()
        for at, pk in enumerate(one.ids)
    ]
    return sorted(lines, key=_best_first)


def _best_first(line: _Line) -> tuple[bool, float]:
    return line.is_near, -line.strength


def _together(
    lines: list[_Line], incident_of: Mapping[Row, int], *, told_once: bool
) -> list[_Line]:
    told: dict[int, list[_Line]] = defaultdict(list)
    kept = []
    for line in lines:
        incident = incident_of.get((line.place, line.pk))
        if incident is None:
            kept.append(line)
        else:
            told[incident].append(line)
    for same in told.values():
        if len(same) == 1:  # as most are: nothing supports it
            kept += same
            continue
        whole = sum(line.strength for line in same)
        for line in _once(same) if told_once else same:
            strength = line.strength + _SUPPORT * (whole - line.strength)
            kept.append(line._replace(strength=strength))
    return sorted(kept, key=_best_first)


def _once(same: list[_Line]) -> list[_Line]:
    """Without the incident where there is its review, which is as good as the better of them."""
    twins = [line for line in same if line.place in {"incidents", "reviews"}]
    if len(twins) < 2:
        return same
    review = next(line for line in twins if line.place == "reviews")
    better = min(twins, key=_best_first)
    best = review._replace(is_near=better.is_near, strength=max(t.strength for t in twins))
    return [best, *(line for line in same if line not in twins)]


def place_named(name: str) -> Place:
    return next(place for place in PLACES if place.name == name)


def hits(answer: Answer, shown: Iterable[Row], user: User) -> list[Hit]:
    """The lines of one page, in their order."""
    wanted = list(shown)
    marker = answer.marker
    held = {}
    for name in dict.fromkeys(name for name, _ in wanted):
        ids = [pk for place, pk in wanted if place == name]
        for pk, hit in place_named(name).hits(user, ids, marker).items():
            held[name, pk] = hit
    return [held[one] for one in wanted if one in held]
