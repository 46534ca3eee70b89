"""Full-text search: PostgreSQL's tsvector or SQLite's FTS5, and OpenSearch where it is set up.

A searchable model has a `title` and a `search_text`; `AddSearchIndex` in a migration lets the
database itself keep the index in step with both. How each index is asked: common/engines.py.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
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

#: For one word, and for all that are slips in one search: SQLite takes 500 parts of a statement,
#: and of each word its beginning is asked for, too.
_MOST_GUESSES = 12
_MOST_GUESSES_IN_ALL = 48
_MOST_MENDED = 4
#: What it is worth to hold a word as typed (or with another ending), by another name of the same
#: thing, by what is related to it, and by what a slip may have meant.
_TYPED, _SAME, _RELATED, _MENDED = 1.0, 0.9, 0.5, 0.6
#: The share that further ways of holding the same word add to the best one.
_FURTHER = 0.5


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
        most five statements, however many rows there are.
        """
        return _find([self], words.understand(text, open_ended=open_ended))[0]

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


def find_in(
    places: Mapping[str, SearchableQuerySet], text: str, *, open_ended: bool = False
) -> dict[str, Found]:
    """The same search in several tables, in as many statements as in one.

    A word is as rare as it is in all of them together, and is no slip when one of them holds it.
    """
    query = words.understand(text, open_ended=open_ended)
    return dict(zip(places, _find(list(places.values()), query), strict=True))


@dataclass(frozen=True)
class _Held:
    """The rows that hold a word in one way, with how much they make of it, place by place."""

    worth: float
    places: list[Scores]

    @cached_property
    def count(self) -> int:
        return sum(map(len, self.places))


#: For each word every way of holding it, the best first.
Ways = dict[Term, list[_Held]]


def _find(places: list[SearchableQuerySet], query: Query) -> list[Found]:
    if not (query.wanted and places):
        return [Found() for _ in places]
    dialect = dialect_of(places[0])
    query = replace(query, wanted=tuple(_as_held(term, dialect) for term in query.wanted))
    quoted = tuple(term for term in query.wanted if term.is_quoted)
    loose = [term for term in query.wanted if not term.is_quoted]

    # What is only related to a word counts where few rows hold the word itself.
    strict = Query(tuple(replace(term, related=()) for term in query.wanted), query.unwanted)
    parts = _parts(query.wanted)
    close = [part for _, worth, part in parts if worth > _RELATED]
    told = dialect.scored_closely(places, strict, close)
    held = [dict(zip(close, scores, strict=True)) for _, scores in told]
    lacking = [at for at, (whole, _) in enumerate(told) if len(whole) < ENOUGH and loose]

    def look_up(terms: Iterable[Term]) -> None:
        """In the places that lack, for each term the newest rows that hold it, and every quoted
        one, and none unwanted."""
        asked = {
            term: (Query(tuple(dict.fromkeys((*quoted, term))), query.unwanted), Query((term,)))
            for term in terms
        }
        if not (asked and lacking):
            return
        found = dialect.scored([places[at] for at in lacking], list(asked.values()))
        for at, scored in zip(lacking, found, strict=True):
            # Of very common words, all rows that hold one may be newer than those that hold each.
            for term, scores in zip(asked, scored, strict=True):
                held[at][term] = scores | held[at].get(term, {})

    def way(worth: float, part: Term) -> _Held:
        return _Held(worth, [one.get(part, {}) for one in held])

    # Of a single word alone, the rows that hold it were all weighed above.
    if len(query.wanted) > 1 or len(close) < len(parts):
        look_up(part for _, _, part in parts)
    ways: Ways = {}
    for term, worth, part in parts:
        ways.setdefault(term, []).append(way(worth, part))
    missing = [term for term in loose if lacking and not any(one.count for one in ways[term])]
    instead: dict[str, list[Term]] = {}

    def mend(guesses: dict[Term, list[Term]]) -> list[Term]:
        """Those for which none of the guesses stands among these rows."""
        look_up(chain.from_iterable(guesses.values()))
        for term, meant in guesses.items():
            hits = [guess for guess in meant if way(_MENDED, guess).count][:_MOST_MENDED]
            ways[term] = [way(_MENDED, guess) for guess in hits]
            if hits:
                instead[term.typed] = hits
        return [term for term in guesses if not ways[term]]

    # The beginning of a word where nothing nearer is: among these rows, not among all.
    mend(_beginnings(mend(_guesses(dialect, places, missing))))
    terms = (*query.wanted, *chain.from_iterable(instead.values()))
    said = {typed: [guess.typed for guess in hits] for typed, hits in instead.items()}
    return [
        replace(_nearest_first(fits) if at in lacking else _with_the_others(fits, whole),
                terms=terms, instead=said)
        for at, (fits, (whole, _)) in enumerate(zip(_fits(ways, len(places)), told, strict=True))
    ]  # fmt: skip


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


@dataclass
class _Fit:
    """How well a row fits, how much of the words it holds, and of how many of them."""

    strength: float = 0.0
    share: float = 0.0
    words: int = 0


@dataclass(frozen=True)
class _Fits:
    """The rows of one place that hold anything of the `words` that are wanted."""

    rows: dict[int, _Fit]
    words: int

    def is_whole(self, pk: int) -> bool:
        return self.rows[pk].words == self.words


def _fits(ways: Ways, places: int) -> list[_Fits]:
    """How well each row fits, on one scale for all of them.

    A rare word says more than a common one, and another word says more than another name of the
    same. No way of holding a word counts for rarer than the word as typed. To hold what is only
    related to a word is not to hold it.
    """
    fits: list[dict[int, _Fit]] = [defaultdict(_Fit) for _ in range(places)]
    whole = 0.0
    for held in ways.values():
        known = [(one, _rarity(one.count)) for one in held if one.count]
        if not known:
            continue
        rarity = _rarity(
            sum(one.count for one, _ in known if one.worth > _RELATED) or known[0][0].count
        )
        whole += rarity
        for at, rows in enumerate(fits):
            best: Scores = {}
            total: Scores = {}
            share: Scores = {}
            for one, own in known:
                says = one.worth * min(own, known[0][1])
                for pk, times in one.places[at].items():
                    best[pk] = max(best.get(pk, 0.0), says * times)
                    total[pk] = total.get(pk, 0.0) + says * times
                    share[pk] = max(share.get(pk, 0.0), one.worth)
            for pk in best:
                fit = rows[pk]
                fit.strength += best[pk] + _FURTHER * (total[pk] - best[pk])
                fit.share += share[pk] * rarity
                fit.words += share[pk] > _RELATED
    for rows in fits:
        for fit in rows.values():
            fit.share /= whole
            fit.strength *= math.sqrt(fit.share) / whole
    return [_Fits(dict(rows), len(ways)) for rows in fits]


def _rarity(count: int) -> float:
    """By the most rows that are looked at, so that it means the same in every search."""
    return math.log(1 + engines.CANDIDATES / count)


def _with_the_others(fits: _Fits, whole: Scores) -> Found:
    """The rows that were weighed by the word, then the others as the engine has them."""
    strengths = {pk: fit.strength for pk, fit in fits.rows.items()}
    best = best_first(strengths)
    others = [pk for pk in best_first(whole) if pk not in strengths]
    least = strengths[best[-1]] / whole[others[0]] if best and others else 0.0
    strengths = {pk: strengths[pk] for pk in best} | {pk: least * whole[pk] for pk in others}
    return Found(list(strengths), len(strengths), strengths=strengths)


def _nearest_first(fits: _Fits) -> Found:
    """Rows with all the words, then the others, each by strength; and how many hold all.

    Rows that hold less than half of what the best one holds are left out.
    """
    rows = fits.rows
    least = max((fit.share for fit in rows.values()), default=0.0) / 2
    near = [pk for pk, fit in rows.items() if fit.share >= least or fits.is_whole(pk)]
    near.sort(key=lambda pk: (not fits.is_whole(pk), -rows[pk].strength, -pk))
    near = near[: engines.CANDIDATES]
    strengths = {pk: rows[pk].strength for pk in near}
    return Found(near, sum(map(fits.is_whole, near)), strengths=strengths)


def _guesses(
    dialect: Dialect, places: list[SearchableQuerySet], terms: list[Term]
) -> dict[Term, list[Term]]:
    """What may have been meant by words that none of the rows holds, likeliest first."""
    near = {term: words.near(term.typed) if len(term.phrases[0]) == 1 else [] for term in terms}
    asked = [phrase for phrases in near.values() for phrase in phrases]
    known = dialect.known(places, asked) if asked else set()
    most = min(_MOST_GUESSES, _MOST_GUESSES_IN_ALL // max(len(terms), 1))
    guesses = {}
    for term, phrases in near.items():
        held = words.without_doubles(phrase for phrase in phrases if phrase in known)
        guesses[term] = [Term((phrase,)) for phrase in held[:most]]
    return guesses


def _beginnings(terms: list[Term]) -> dict[Term, list[Term]]:
    """What begins as long words do, in place of which nothing nearer was found."""
    starts = {term: words.beginning(term.typed) for term in terms}
    return {
        term: [Term(((start,),), is_open=True)] if start else [] for term, start in starts.items()
    }


class AddSearchIndex(TableOperation):
    """Migration step: index `title` (heavier) and `search_text` of a model for `find()`."""

    def describe(self) -> str:
        return f"Index {self.model_name} for search"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        return engines.DATABASES[vendor].index(table)


class CountWords(TableOperation):
    """Migration step for an index that was added before it did so itself."""

    def describe(self) -> str:
        return f"Count more of the words of {self.model_name}"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor != "postgresql":
            return [], []
        return engines.Postgresql.counts_words(table), []


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


class KeepWordsInRows(TableOperation):
    """Migration step: what is searched stands in the row itself, as far as a page holds it.

    PostgreSQL puts what is longer than 2,000 bytes elsewhere, and a common word is looked for in
    thousands of rows. Only for a table from which little else is read.
    """

    def describe(self) -> str:
        return f"Keep the words of {self.model_name} in its rows"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor != "postgresql":
            return [], []
        return (
            [f"ALTER TABLE {table} SET (toast_tuple_target = 8160)"],
            [f"ALTER TABLE {table} RESET (toast_tuple_target)"],
        )
