"""Find lessons, reviews and incidents by the same words, and lay them side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from common.keys import Listed
from common.search import Found, SearchableQuerySet
from common.words import Marker
from config.searching.places import PLACES, Hit, Place
from lessons.asking import Asked
from people.models import User
from postmortems.models import PublishedWords

#: Beyond this many the page says "1,000+": these are listed and counted by facets, the others not.
MOST = 1_000


@dataclass(frozen=True)
class Answer:
    """What was found. `order` is (place, key), best first and MOST at most; `is_cut` says that
    there is more; `found` says more of each place."""

    order: list[tuple[str, int]] = field(default_factory=list)
    complete: int = 0
    is_cut: bool = False
    found: dict[str, Found] = field(default_factory=dict)

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
    """Everything this person may see that fits, MOST of each place. Without words the newest."""
    rows = {
        place.name: place.rows(user).filter(
            asked.rule(lambda name, values, place=place: place.fits(user, name, values))
        )
        for place in PLACES
        if place.name in asked.places
    }
    found = {name: _find(one, asked.words) for name, one in rows.items()}
    return laid_together(found, told_once=len(rows) > 1)


def _find(rows: SearchableQuerySet, words: str) -> Found:
    if words:
        return rows.find(words)
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    return Found(ids, len(ids), strengths={pk: 1 / place for place, pk in enumerate(ids, 1)})


def laid_together(found: dict[str, Found], *, told_once: bool) -> Answer:
    """All places in one order: what holds every word first, then by strength. An incident whose
    review was found stands there once, as the review, if `told_once`."""
    told = _told_by_reviews(found) if told_once else {}
    incidents = found.get("incidents", Found())
    whole = set(incidents.ids[: incidents.complete])
    left_out = set(told.values())
    lines = []
    for rank, (name, one) in enumerate(found.items()):
        for place, pk in enumerate(one.ids[:MOST]):
            if name == "incidents" and pk in left_out:
                continue
            is_near, strength = place >= one.complete, one.strengths[pk]
            twin = told.get(pk) if name == "reviews" else None
            if twin is not None:
                strength = max(strength, incidents.strengths[twin])
                is_near &= twin not in whole
            lines.append((is_near, -strength, rank, place, name, pk))
    lines.sort()
    is_cut = len(lines) > MOST or any(len(one.ids) > MOST for one in found.values())
    lines = lines[:MOST]
    return Answer(
        [(name, pk) for *_, name, pk in lines],
        sum(not is_near for is_near, *_ in lines),
        is_cut,
        found,
    )


def _told_by_reviews(found: dict[str, Found]) -> dict[int, int]:
    """Of the reviews found, the incident each is about that was found as well."""
    if not {"reviews", "incidents"} <= found.keys():
        return {}
    words = PublishedWords.objects.filter(pk__in=Listed(found["reviews"].ids[:MOST]))
    incidents = set(found["incidents"].ids[:MOST])
    about = words.values_list("pk", "review__incident")
    return {pk: incident for pk, incident in about if incident in incidents}


def place_named(name: str) -> Place:
    return next(place for place in PLACES if place.name == name)


def hits(answer: Answer, shown: Iterable[tuple[str, int]], user: User) -> list[Hit]:
    """The lines of one page, in their order."""
    wanted = list(shown)
    marker = answer.marker
    held = {}
    for name in dict.fromkeys(name for name, _ in wanted):
        ids = [pk for place, pk in wanted if place == name]
        for pk, hit in place_named(name).hits(user, ids, marker).items():
            held[name, pk] = hit
    return [held[one] for one in wanted if one in held]
