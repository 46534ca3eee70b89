"""Full-text search: PostgreSQL's tsvector or SQLite's FTS5, and OpenSearch where it is set up.

A searchable model has a `title` and a `search_text`; `AddSearchIndex` in a migration lets the
database itself keep the index in step with both. How each index is asked: common/engines.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Self

from django.db import models
from django.db.models import CharField, F, IntegerField, Value
from django.db.models.functions import Cast, Concat, StrIndex

from common import engines, words
from common.engines import Dialect, Scores, best_first, dialect_of
from common.operations import TableOperation
from common.words import Marker, Query, Term

#: With fewer rows that hold every word, rows that hold some of them follow.
ENOUGH = 5

_MOST_GUESSES = 12
_MOST_MENDED = 4
_WORTH_OF_MENDED = 0.7


@dataclass(frozen=True)
class Found:
    """What a search found.

    `ids` come best first, CANDIDATES at most. The first `complete` of them hold every word; the
    others come near. `instead` tells which words stood in for one that nothing holds.
    """

    ids: list[int] = field(default_factory=list)
    complete: int = 0
    terms: tuple[Term, ...] = ()
    instead: dict[str, list[str]] = field(default_factory=dict)
    # How well each one fits, to lay rows of several tables side by side.
    strengths: Scores = field(default_factory=dict)

    @cached_property
    def marker(self) -> Marker:
        return Marker(self.terms)


class SearchableQuerySet(models.QuerySet):
    """Rows that can be found by words. Needs `AddSearchIndex` in the model's migrations."""

    def find(self, text: str, *, open_ended: bool = False) -> Found:
        """Search these rows now. Narrow them to what the reader may see and wants first.

        Every word is wanted, "quotes" keep words together and a minus excludes. When few rows
        hold every word, those that hold the rarer of them follow, and a word that none of these
        rows holds is taken for a slip. At most four statements, however many rows there are.
        """
        return _find(self, words.understand(text, open_ended=open_ended))

    def resembling(self, sentence: str) -> list[int]:
        """Rows that share words with a sentence, most and rarest first, in one statement.

        For what is asked while somebody types: no ranks, no synonyms, no mended slips. Of a word
        that many rows hold only the newest count.
        """
        terms = [Term(((word,),)) for word in words.telling(sentence)]
        dialect = dialect_of(self)
        held = dialect.holding(self, [Query((term,)) for term in terms]) if terms else []
        score: dict[int, float] = {}
        for ids in held:
            for pk in ids:
                score[pk] = score.get(pk, 0.0) + math.log(1 + engines.MOST_ALIKE / len(ids))
        return sorted(score, key=lambda pk: (-score[pk], -pk))

    def matching(self, text: str, *, open_ended: bool = False) -> Self:
        """The rows `find` finds, annotated with `rank` (higher is better)."""
        ids = self.find(text, open_ended=open_ended).ids
        places = Value(f",{','.join(map(str, ids))},", output_field=CharField())
        place = Concat(Value(","), Cast("pk", CharField()), Value(","), output_field=CharField())
        return self.filter(pk__in=ids).annotate(
            rank=Value(0) - StrIndex(places, place, output_field=IntegerField())
        )

    def best_first(self) -> Self:
        return self.order_by(F("rank").desc(), "-pk")


def _find(rows: SearchableQuerySet, query: Query) -> Found:
    if not query.wanted:
        return Found()
    dialect = dialect_of(rows)
    quoted = tuple(term for term in query.wanted if term.is_quoted)
    loose = [term for term in query.wanted if not term.is_quoted]

    def scores_of(terms: Iterable[Term]) -> dict[Term, Scores]:
        """For each term the rows that hold it, and every quoted one, and none unwanted."""
        asked = {term: Query((*quoted, term), query.unwanted) for term in terms}
        parts = [(wish, Query((term,))) for term, wish in asked.items()]
        return dict(zip(asked, dialect.scored(rows, parts), strict=True)) if parts else {}

    complete = dialect.scored(rows, [(query, Query(query.wanted))])[0]
    if len(complete) >= ENOUGH or not loose:
        return Found(best_first(complete), len(complete), query.wanted, strengths=dict(complete))

    scores = scores_of(loose)
    missing = [term for term, held in scores.items() if not held]
    guesses = _guesses(dialect, rows, missing)
    guessed = scores_of({guess for term in missing for guess in guesses[term]})
    instead: dict[str, list[Term]] = {}
    for term in missing:
        hits = [guess for guess in guesses[term] if guessed[guess]][:_MOST_MENDED]
        for guess in hits:
            for pk, strength in guessed[guess].items():
                worth = _WORTH_OF_MENDED * strength
                scores[term][pk] = max(worth, scores[term].get(pk, 0.0))
        if hits:
            instead[term.typed] = hits
    near, whole = _nearest_first(scores, complete, knows_rarity=dialect.knows_rarity)
    return Found(
        list(near),
        whole,
        (*quoted, *scores, *chain.from_iterable(instead.values())),
        {typed: [guess.typed for guess in hits] for typed, hits in instead.items()},
        near,
    )


def _nearest_first(
    scores: dict[Term, Scores], complete: Scores, *, knows_rarity: bool
) -> tuple[Scores, int]:
    """Rows with all the words, then the others by strength and by the share of words they hold;
    and how many of them hold all.

    A rare word says more than a common one, so shares are weighed by rarity. Rows that hold less
    than half of what the best one holds are left out.
    """
    if all(scores.values()):
        wholes = set.intersection(*map(set, scores.values()))
        complete = complete | dict.fromkeys(wholes, 0.0)
    scores = {term: held for term, held in scores.items() if held}
    held_by_one = {pk for held in scores.values() for pk in held}
    every = held_by_one | complete.keys()
    rarity = {term: math.log(1 + len(every) / len(held)) for term, held in scores.items()}
    share = dict.fromkeys(every, 0.0)
    total = dict.fromkeys(every, 0.0)
    for term, held in scores.items():
        for pk, strength in held.items():
            share[pk] += rarity[term]
            total[pk] += strength * (1 if knows_rarity else rarity[term])
    whole = sum(rarity.values())
    # Of very common words, all rows that hold one may be newer than those that hold each.
    for pk in complete.keys() - held_by_one:
        share[pk], total[pk] = whole, complete[pk]
    least = max(share.values(), default=0.0) / 2
    near = [pk for pk in every if share[pk] >= least or pk in complete]
    near.sort(key=lambda pk: (pk not in complete, -total[pk] * share[pk], -pk))
    near = near[: engines.CANDIDATES]
    strengths = {pk: total[pk] * share[pk] / whole for pk in near}
    return strengths, sum(pk in complete for pk in near)


def _guesses(
    dialect: Dialect, rows: SearchableQuerySet, terms: list[Term]
) -> dict[Term, list[Term]]:
    """What may have been meant by words that none of the rows holds, likeliest first."""
    near = {term: words.near(term.typed) if len(term.phrases[0]) == 1 else [] for term in terms}
    asked = [phrase for phrases in near.values() for phrase in phrases]
    known = dialect.known(rows, asked) if asked else set()
    guesses = {}
    for term, phrases in near.items():
        held = words.without_doubles(phrase for phrase in phrases if phrase in known)
        guesses[term] = [Term((phrase,)) for phrase in held[:_MOST_GUESSES]]
        start = words.beginning(term.typed)
        if start and not held:
            guesses[term] = [Term(((start,),), is_open=True)]
    return guesses


class AddSearchIndex(TableOperation):
    """Migration step: index `title` (heavier) and `search_text` of a model for `find()`."""

    def describe(self) -> str:
        return f"Index {self.model_name} for search"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        return engines.DATABASES[vendor].index(table)


class RestoreSearchIndex(AddSearchIndex):
    """Migration step after a change of the table itself: SQLite makes the table anew for that,
    and its triggers go with the old one."""

    def describe(self) -> str:
        return f"Restore the search index of {self.model_name}"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor != "sqlite":
            return [], []
        made, undone = engines.DATABASES[vendor].index(table)
        again = [*undone, *made]
        return again, again
