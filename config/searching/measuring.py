"""How well the search finds what readers want, by queries whose answers people have named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from common.search import SearchableQuerySet, find_in
from config.searching.asking import laid_together
from incidents.models import Incident
from lessons.models import Lesson
from postmortems.models import PublishedWords

#: How many answers a reader looks at.
LOOKED_AT = 5


class NotReadable(Exception):
    """The file holds no queries of this form; the message says where it differs."""


@dataclass(frozen=True)
class Wanted:
    """A query and the names (`import_key`) of the incidents a reader wants to see for it."""

    query: str
    relevant: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A query and the names of what was found for it, best first."""

    wanted: Wanted
    found: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The share of what is wanted that stands among the first; of seven wanted, five will
        do."""
        seen = sum(name in self.found[:LOOKED_AT] for name in self.wanted.relevant)
        return seen / min(len(self.wanted.relevant), LOOKED_AT)

    @property
    def reciprocal_rank(self) -> float:
        """1 when the first one found is wanted, 1/2 for the second; 0 when none is."""
        places = (place for place, name in enumerate(self.found, 1) if self._is_wanted(name))
        return next((1 / place for place in places), 0.0)

    def _is_wanted(self, name: str) -> bool:
        return name in self.wanted.relevant


@dataclass(frozen=True)
class Judgement:
    queries: list[Judged]
    # Names in the file that no incident here has.
    unknown: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return fmean(one.recall for one in self.queries)

    @property
    def mean_reciprocal_rank(self) -> float:
        return fmean(one.reciprocal_rank for one in self.queries)

    @property
    def misses(self) -> list[Judged]:
        """Where something wanted is not among the first, or does not come first."""
        return [one for one in self.queries if one.recall < 1 or one.reciprocal_rank < 1]


def read(text: str) -> list[Wanted]:
    """The queries of a file: {"queries": [{"query": …, "relevant": [name, …]}, …]}."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadable(f"it is not JSON ({error}).") from error
    queries = held.get("queries") if isinstance(held, dict) else None
    if not isinstance(queries, list) or not queries:
        raise NotReadable('it needs a list of "queries" with at least one in it.')
    return [_wanted(one, place) for place, one in enumerate(queries, 1)]


def _wanted(one: Any, place: int) -> Wanted:
    held = one if isinstance(one, dict) else {}
    query, relevant = held.get("query"), held.get("relevant")
    if not isinstance(query, str) or not query.strip():
        raise NotReadable(f'query {place} needs a text under "query".')
    if not isinstance(relevant, list) or not relevant or not all(map(_is_name, relevant)):
        raise NotReadable(f'query {place} needs a list of names under "relevant".')
    return Wanted(query, tuple(dict.fromkeys(relevant)))


def _is_name(one: Any) -> bool:
    return isinstance(one, str) and bool(one)


def judge(queries: Iterable[Wanted]) -> Judgement:
    """Ask the search each query, among the incidents that were loaded from files, their reviews
    and their lessons: only those have a name that a file of queries can speak of."""
    loaded = Incident.objects.exclude(import_key=None)
    names = dict(loaded.values_list("pk", "import_key"))
    told = PublishedWords.objects.filter(review__incident__in=loaded)
    learned = Lesson.objects.published().filter(source_review__incident__in=loaded)
    rows: dict[str, SearchableQuerySet] = {
        "lessons": learned, "reviews": told, "incidents": loaded
    }  # fmt: skip
    incident_of = {
        **{("lessons", pk): of for pk, of in learned.values_list("pk", "source_review__incident")},
        **{("reviews", pk): of for pk, of in told.values_list("pk", "review__incident")},
        **{("incidents", pk): pk for pk in names},
    }
    judged = []
    for one in queries:
        found = find_in(rows, one.query)
        order = laid_together(found, incident_of, told_once=False)
        judged.append(Judged(one, tuple(dict.fromkeys(names[incident_of[row]] for row in order))))
    named = {name for one in judged for name in one.wanted.relevant}
    return Judgement(judged, sorted(named - set(names.values())))
