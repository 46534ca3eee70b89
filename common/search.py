"""Full-text search: PostgreSQL's tsvector or SQLite's FTS5, and OpenSearch where it is set up.

A searchable model has a `title` and a `search_text`; `AddSearchIndex` in a migration lets the
database itself keep the index in step with both. How each index is asked: common/engines.py.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
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
#: What it is worth to hold a word as typed (or with another ending), by another name of the same
#: thing, by what is related to it, and by what a slip may have meant.
_TYPED, _SAME, _RELATED, _MENDED = 1.0, 0.9, 0.5, 0.6
#: The share that further ways of holding the same word add to the best one.
_FURTHER = 0.25


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
        hold every word or another name of the same thing, those follow that hold the rarer of
        them or what is related, and a word that none of these rows holds is taken for a slip. At
        most four statements, however many rows there are.
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


@dataclass
class _Held:
    """The rows that hold a word in one way, with how much they make of it."""

    worth: float
    scores: Scores


#: For each word every way of holding it, the best first.
Ways = dict[Term, list[_Held]]


def _find(rows: SearchableQuerySet, query: Query) -> Found:
    if not query.wanted:
        return Found()
    dialect = dialect_of(rows)
    query = replace(query, wanted=tuple(_as_held(term, dialect) for term in query.wanted))
    quoted = tuple(term for term in query.wanted if term.is_quoted)
    loose = [term for term in query.wanted if not term.is_quoted]

    def ways_of(terms: Iterable[Term]) -> Ways:
        """For each term the rows that hold it, and every quoted one, and none unwanted."""
        parts = _parts(terms)
        asked = [(Query((*quoted, part), query.unwanted), Query((part,))) for _, _, part in parts]
        return _ways(parts, dialect.scored(rows, asked) if asked else [])

    # What is only related to a word counts where few rows hold the word itself.
    strict = Query(tuple(replace(term, related=()) for term in query.wanted), query.unwanted)
    parts = _parts(strict.wanted)
    whole, held = dialect.scored_closely(rows, strict, [part for _, _, part in parts])
    close = _ways(parts, held)
    if len(whole) >= ENOUGH or not loose:
        fits, _ = _fits(close, knows_rarity=dialect.knows_rarity)
        strengths = _with_the_others(fits, whole)
        return Found(list(strengths), len(strengths), query.wanted, strengths=strengths)

    ways = ways_of(loose)
    # Of very common words, all rows that hold one may be newer than those that hold each.
    for strict_term, term in zip(strict.wanted[len(quoted) :], loose, strict=True):
        for one, also in zip(ways[term], close[strict_term], strict=False):
            one.scores.update(also.scores)
    missing = [term for term, held in ways.items() if not any(one.scores for one in held)]
    guesses = _guesses(dialect, rows, missing)
    guessed = ways_of({guess for term in missing for guess in guesses[term]})
    instead: dict[str, list[Term]] = {}
    for term in missing:
        hits = [guess for guess in guesses[term] if guessed[guess][0].scores][:_MOST_MENDED]
        ways[term] = [_Held(_MENDED, guessed[guess][0].scores) for guess in hits]
        if hits:
            instead[term.typed] = hits
    near, complete = _nearest_first(ways, knows_rarity=dialect.knows_rarity)
    return Found(
        list(near),
        complete,
        (*quoted, *ways, *chain.from_iterable(instead.values())),
        {typed: [guess.typed for guess in hits] for typed, hits in instead.items()},
        near,
    )


def _as_held(term: Term, dialect: Dialect) -> Term:
    """A name that the index holds in part only finds much else: to it the term is but related."""
    names = [phrase for phrase in term.phrases[1:] if not dialect.cuts(phrase)]
    cut = [phrase for phrase in term.phrases[1:] if dialect.cuts(phrase)]
    return replace(term, phrases=(term.phrases[0], *names), related=(*cut, *term.related))


def _parts(terms: Iterable[Term]) -> list[tuple[Term, float, Term]]:
    """(term, worth, what to look for) for each way of holding a term, the best first."""
    return [
        (term, worth, part)
        for term in terms
        for worth, part in (
            (_TYPED, replace(term, phrases=term.phrases[:1], related=())),
            (_SAME, Term(term.phrases[1:])),
            (_RELATED, Term(term.related)),
        )
        if part.phrases
    ]


def _ways(parts: list[tuple[Term, float, Term]], scores: list[Scores]) -> Ways:
    ways: Ways = {}
    for (term, worth, _), held in zip(parts, scores, strict=True):
        ways.setdefault(term, []).append(_Held(worth, held))
    return ways


def _fits(ways: Ways, *, knows_rarity: bool) -> tuple[Scores, Scores]:
    """How well each row fits, on one scale for all of them, and how much of the words it holds.

    A rare word says more than a common one, and another word says more than another name of the
    same. No way of holding a word counts for rarer than the word as typed.
    """
    every = {pk for held in ways.values() for one in held for pk in one.scores}
    strength = dict.fromkeys(every, 0.0)
    share = dict.fromkeys(every, 0.0)
    whole = 0.0
    for held in ways.values():
        known = [one for one in held if one.scores]
        best: Scores = {}
        total: Scores = {}
        for one in known:
            own = _rarity(one.scores)
            says = min(own, _rarity(known[0].scores))
            worth = one.worth * (says / own if knows_rarity else says)
            for pk, times in one.scores.items():
                best[pk] = max(best.get(pk, 0.0), worth * times)
                total[pk] = total.get(pk, 0.0) + worth * times
        if best:
            rarity = _rarity(best)
            whole += rarity
            for pk in best:
                strength[pk] += best[pk] + _FURTHER * (total[pk] - best[pk])
                share[pk] += rarity
    share = {pk: held / whole for pk, held in share.items()}
    return {pk: strength[pk] / whole * math.sqrt(share[pk]) for pk in every}, share


def _rarity(held: Collection[int]) -> float:
    """By the most rows that are looked at, so that it means the same in every search."""
    return math.log(1 + engines.CANDIDATES / len(held))


def _with_the_others(fits: Scores, whole: Scores) -> Scores:
    """The rows that were weighed by the word, then the others as the engine has them."""
    best = best_first(fits)
    others = [pk for pk in best_first(whole) if pk not in fits]
    least = fits[best[-1]] / whole[others[0]] if best and others else 0.0
    return {pk: fits[pk] for pk in best} | {pk: least * whole[pk] for pk in others}


def _nearest_first(ways: Ways, *, knows_rarity: bool) -> tuple[Scores, int]:
    """Rows with all the words, then the others, each by strength; and how many hold all. To hold
    what is related to a word is not to hold it.

    Rows that hold less than half of what the best one holds are left out.
    """
    strengths, share = _fits(ways, knows_rarity=knows_rarity)
    holders = [
        {pk for one in held if one.worth > _RELATED for pk in one.scores} for held in ways.values()
    ]
    complete = set.intersection(*holders)
    least = max(share.values(), default=0.0) / 2
    near = [pk for pk in strengths if share[pk] >= least or pk in complete]
    near.sort(key=lambda pk: (pk not in complete, -strengths[pk], -pk))
    near = near[: engines.CANDIDATES]
    return {pk: strengths[pk] for pk in near}, sum(pk in complete for pk in near)


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
