"""The indexes that are searched, each asked in its own words and answering alike: PostgreSQL's
tsvector, SQLite's FTS5, and OpenSearch beside either of them.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from itertools import chain, pairwise
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Value
from django.db.models.expressions import RawSQL

from common import opensearch, stems
from common.keys import Listed, with_names
from common.stems import language
from common.words import Phrase, Query, Term, stem

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
#: Strength by primary key.
Scores = dict[int, float]
#: What must match, and what is weighed.
Part = tuple[Query, Query]
#: A statement and its values.
Written = tuple[str, Sequence[object]]
#: The rows that match, and how well the best of them hold each term.
Close = tuple[Scores, list[Scores]]

#: Very common words: look at this many newest matches at most, never at all of them. One more than
#: any list tells of, so that it can say that there are more.
CANDIDATES = 1_001
#: Of those, so many of the best are weighed word by word.
CLOSELY = 100
#: Where CANDIDATES are found among so many of the newest keys, PostgreSQL looks at no older ones.
STRETCHES = (50_000, 250_000)
#: The same for a word of a sentence that others are compared with.
MOST_ALIKE = 100
#: Of ten times as many words PostgreSQL knows how many rows hold them; 100 by itself.
WORDS_COUNTED = 300
#: Seconds that OpenSearch is not asked again after it gave no answer.
LEFT_IN_PEACE = 30

# PostgreSQL reads "us-east-1" and "/etc/hosts" as single words; SQLite does not. Signs become
# spaces and accents go, so that both find the same.
_SIGNS = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


#: What BM25 makes of a word that stands there without end.
_MOST = 2.2
#: What PostgreSQL makes of a word that stands once in the text and not in the title.
_ONCE = 0.2 / (math.pi**2 / 6)
#: How much a word in the title counts for.
_IN_TITLE = 5
#: Takes the words, and how many they are. OFFSET 0 keeps PostgreSQL from making the rank anew
#: wherever it is named.
_RANKED = """
    SELECT %s, id, rank, pg_column_size(held) FROM (
        SELECT id, held,
            ts_rank('{{0, 0, 0.2, 1}}', held, to_tsquery('{language}', %s)) * %s AS rank
        FROM {rows} OFFSET 0
    ) AS ranked WHERE rank > 0
"""
#: The words of rows, fetched from where the rows are. To sort a thousand rows with all their words
#: takes longer, and megabytes of memory.
_HELD = """
    SELECT newest.id, newest.place, words.search_vector AS held
    FROM ({newest}) AS newest (id, place)
    JOIN {table} AS words ON words.ctid = newest.place
"""


#: The common words of some tables: those that PostgreSQL has counted for its plans.
_COMMON = """
    SELECT unnest(most_common_elems::text::text[]) FROM pg_stats
    WHERE tablename = ANY(%s) AND attname = 'search_vector'
"""
#: Keys count from 1.
_ABOVE_ALL, _BELOW_ALL = 2**63 - 1, 0


class _Told(Enum):
    """What stands in a statement where a value goes that is told later."""

    WISH = "wish"
    ABOVE = "above"
    UPTO = "upto"


def best_first(scores: Scores) -> list[int]:
    return sorted(scores, key=lambda pk: (-scores[pk], -pk))


class Dialect(Protocol):
    def cuts(self, phrase: Phrase) -> bool:
        """Whether of some words next to each other the index holds a single one: of "fail over"
        only "fail"."""

    def scored(
        self, places: Sequence[models.QuerySet], parts: Sequence[Part]
    ) -> list[list[Scores]]:
        """In each place, for each part the newest rows that match. One statement."""

    def scored_closely(
        self, places: Sequence[models.QuerySet], query: Query, terms: Sequence[Term]
    ) -> list[Close]:
        """In each place the newest rows that match, and how well the best CLOSELY of them hold
        each term. One statement."""

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        """For each query the newest rows that match, MOST_ALIKE at most."""

    def known(self, places: Sequence[models.QuerySet], phrases: list[Phrase]) -> set[Phrase]:
        """Those of the phrases that an index holds, readable by this person or not: whoever
        uses the answer looks among the rows again. One statement."""


class Database(Dialect, Protocol):
    def index(self, table: str) -> tuple[list[str], list[str]]:
        """Statements that make the index, in the language that was chosen, and take it away."""

    def language_of(self, table: str) -> str:
        """The language that the index is in; "" where there is none."""


class Postgresql:
    def __init__(self) -> None:
        #: By table the newest key that was ever found here.
        self._last: dict[str, int] = {}
        #: By table with many rows the words that are common there.
        self._common: dict[str, frozenset[str]] = {}

    def cuts(self, phrase: Phrase) -> bool:
        return len(phrase) > 1 >= sum(word not in language().stop_words for word in phrase)

    def index(self, table: str) -> tuple[list[str], list[str]]:
        accents, letters = stems.ACCENTS if language().is_english else ("", "")
        signs = f"{_SIGNS}{accents}".replace("'", "''")
        plain = " " * len(_SIGNS) + letters

        def vector(text: str, weight: str) -> str:
            words_only = f"translate(lower({text}), '{signs}', '{plain}')"
            return f"setweight(to_tsvector('{language().name}', {words_only}), '{weight}')"

        columns = f"{vector('title', 'A')} || {vector('left(search_text, 400000)', 'B')}"
        return (
            [
                (
                    f"ALTER TABLE {table} ADD COLUMN search_vector tsvector "
                    f"GENERATED ALWAYS AS ({columns}) STORED"
                ),
                f"CREATE INDEX {table}_search ON {table} USING gin (search_vector)",
                *self.counts_words(table),
            ],
            [f"ALTER TABLE {table} DROP COLUMN search_vector"],
        )

    @staticmethod
    def counts_words(table: str) -> list[str]:
        """Statements that let PostgreSQL know how many rows hold a word, for three times as many
        words as by itself.

        Of any other word it believes that one row in 200 holds it. Among a million it then reads
        them all from the newest on, for a word that none holds, instead of looking it up.
        """
        return [
            f"ALTER TABLE {table} ALTER COLUMN search_vector SET STATISTICS {WORDS_COUNTED}",
            f"ANALYZE {table} (search_vector)",
        ]

    def language_of(self, table: str) -> str:
        return _first(
            "SELECT substring(pg_get_expr(adbin, adrelid) FROM 'to_tsvector..([a-z]+)')"
            " FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum"
            " WHERE adrelid = to_regclass(%s) AND attname = 'search_vector'",
            table,
        )

    def scored(
        self, places: Sequence[models.QuerySet], parts: Sequence[Part]
    ) -> list[list[Scores]]:
        def statement() -> Written:
            selects = []
            values: list[object] = []
            for place, rows in enumerate(places):
                newest = self._newest(rows)
                if newest is None:
                    continue
                for slot, (wish, weighed) in enumerate(parts, place * len(parts)):
                    sql, params = newest(wish)
                    # The limit comes first: asked in one go, PostgreSQL ranks every match and
                    # sorts then.
                    selects.append(_ranked(f"({_held(rows, sql)}) AS found"))
                    values += [slot, self._expression(weighed), _alternatives(weighed), *params]
            return " UNION ALL ".join(selects), values

        found = self._weighed(_asked(places, *_named(statement)), len(places), len(parts))
        self._remember(places, found)
        return found

    def scored_closely(
        self, places: Sequence[models.QuerySet], query: Query, terms: Sequence[Term]
    ) -> list[Close]:
        own = language().name
        wanted = self._expression(Query(query.wanted))
        ones = [Query((term,)) for term in terms]

        def statement() -> Written:
            rows_of, selects = [], []
            first: list[object] = []
            then: list[object] = []
            for place, rows in enumerate(places):
                newest = self._newest(rows)
                if newest is None:
                    continue
                sql, params = newest(query)
                slot = place * (len(terms) + 1)
                # What all of them make together picks the best; each of those is then weighed by
                # the word.
                best = (
                    f"SELECT id, place FROM whole{slot}"
                    f" ORDER BY strength DESC, id DESC LIMIT {CLOSELY}"
                )
                rows_of.append(f"""
                    whole{slot} AS MATERIALIZED (
                        SELECT id, place,
                            ts_rank('{{0, 0, 0.2, 1}}', held, to_tsquery('{own}', %s), 1)
                                AS strength
                        FROM ({_held(rows, sql)}) AS found
                    ), best{slot} AS MATERIALIZED ({_held(rows, best)})
                """)
                first += [wanted, *params]
                selects.append(f"SELECT {slot}, id, strength, 0 FROM whole{slot}")
                for number, one in enumerate(ones, slot + 1):
                    selects.append(_ranked(f"best{slot}"))
                    then += [number, self._expression(one), _alternatives(one)]
            sql = f"WITH {', '.join(rows_of)} {' UNION ALL '.join(selects)}" if selects else ""
            return sql, [*first, *then]

        found = _asked(places, *_named(statement))
        each = len(terms) + 1
        whole = _dealt((row[:3] for row in found if row[0] % each == 0), len(places), each)
        held = self._weighed((row for row in found if row[0] % each), len(places), each)
        self._remember(places, whole)
        return [(one[0], of[1:]) for one, of in zip(whole, held, strict=True)]

    @staticmethod
    def _weighed(
        found: Iterable[tuple[int, int, float, int]], places: int, parts: int
    ) -> list[list[Scores]]:
        """BM25 without the rarity: in the title a word counts five times, one that comes again
        adds less each time, and in a long text it says less than in a short one. By what a text
        weighs: to count its words would unpack it once more."""
        rows = list(found)
        sizes: list[dict[int, int]] = [{} for _ in range(places)]
        for slot, pk, _, size in rows:
            sizes[slot // parts][pk] = size
        usual = [sum(one.values()) / len(one) if one else 1.0 for one in sizes]
        return _dealt(
            (
                (slot, pk, _saturated(_times(rank), size / usual[slot // parts]))
                for slot, pk, rank, size in rows
            ),
            places,
            parts,
        )

    def _newest(self, rows: models.QuerySet) -> Callable[[Query], Written] | None:
        """What makes of a wish the statement for the key and the place of the newest rows that
        match, put together once for all wishes; none if none can match.

        Of a table with many rows the newest are looked at first, and older ones as far as those
        were too few. By itself PostgreSQL either fetches all that hold a word that is neither rare
        nor common, or reads whatever is newest, whether it holds the word or not. All that hold a
        rare word are looked up in one go.
        """
        table = rows.model._meta.db_table
        last = self._last.get(table, 0)
        # Where they are a good part of all, to look at them apart is not worth it.
        bounds = [last - span for span in STRETCHES if 3 * span < last]
        newest = (
            self._matching(rows, _Told.WISH)
            .extra(
                where=[f'"{table}"."id" > %s AND "{table}"."id" <= %s'],
                params=[_Told.ABOVE, _Told.UPTO],
            )
            # A name that no searchable model has for a field of its own.
            .annotate(place_of_row=RawSQL(f'"{table}"."ctid"', []))
            .values_list("pk", "place_of_row")[:CANDIDATES]
        )
        try:
            sql, params = newest.query.sql_with_params()
        except EmptyResultSet:
            return None

        def of(wish: Query) -> Written:
            told: dict[object, object] = {_Told.WISH: self._expression(wish, is_weighed=False)}
            stretches: list[str] = []
            values: list[object] = []
            between = [] if bounds and self._is_rare(rows, wish) else bounds
            for upto, above in pairwise([_ABOVE_ALL, *between, _BELOW_ALL]):
                found = (f"(SELECT count(*) FROM stretch{n})" for n in range(len(stretches)))
                stretches.append(
                    f"stretch{len(stretches)} AS (SELECT * FROM ({sql}) AS held"
                    f" WHERE {CANDIDATES} > {' + '.join(found) or 0})"
                )
                told |= {_Told.ABOVE: above, _Told.UPTO: upto}
                values += [told[one] if isinstance(one, _Told) else one for one in params]
            every = " UNION ALL ".join(f"SELECT * FROM stretch{n}" for n in range(len(stretches)))
            sql_of = f"WITH {', '.join(stretches)} {every} ORDER BY 1 DESC LIMIT {CANDIDATES}"
            return sql_of, values

        return of

    def _is_rare(self, rows: models.QuerySet, wish: Query) -> bool:
        """Whether a term is wanted that no common word can stand for."""
        table = rows.model._meta.db_table
        if table not in self._common:
            counted = _asked([rows], _COMMON, [[table]])
            # PostgreSQL has other stems than we: "deploy" where ours is "deploi".
            self._common[table] = frozenset(stem(word) for (word,) in counted)
        common, stop_words = self._common[table], language().stop_words

        def is_common(phrase: Phrase) -> bool:
            return common.issuperset(map(stem, set(phrase) - stop_words))

        return bool(common) and not all(
            term.is_open or any(map(is_common, term.alternatives)) for term in wish.wanted
        )

    def _remember(self, places: Sequence[models.QuerySet], found: list[list[Scores]]) -> None:
        for rows, scores in zip(places, found, strict=True):
            table = rows.model._meta.db_table
            self._last[table] = max(self._last.get(table, 0), *chain.from_iterable(scores), 0)

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        selects = [
            self._holding(rows, query)
            .annotate(asked_part=Value(place))
            .values_list("asked_part", "pk")[:MOST_ALIKE]
            for place, query in enumerate(queries)
        ]
        found = selects[0].union(*selects[1:], all=True) if selects[1:] else selects[0]
        return _in_parts(found, len(queries))

    def known(self, places: Sequence[models.QuerySet], phrases: list[Phrase]) -> set[Phrase]:
        asked = f"phraseto_tsquery('{language().name}', {{}})"
        tables = [rows.model._meta.db_table for rows in places]
        large = [table for table in tables if self._last.get(table, 0) > STRETCHES[0]]
        # A subquery with a limit for each phrase: one of all phrases together scans the table, and
        # so does one with a query that is made already, which costs too little to be looked up.
        held = " OR ".join(
            f"(SELECT 1 FROM {table}"
            f" WHERE search_vector @@ {asked.format('alike[1]')} LIMIT 1) IS NOT NULL"
            for table in tables
        )
        # What differs by its ending is looked up once, and a common word not at all: the index
        # would go through every row that holds it.
        statement = f"""
            SELECT unnest(alike) FROM (
                SELECT array_agg(phrase) AS alike, {asked.format("phrase")}::text AS lexemes
                FROM unnest(%s::text[]) AS phrase GROUP BY lexemes
            ) AS every WHERE trim(lexemes, '''') IN ({_COMMON}) OR {held}
        """
        found = _asked(places, statement, [[" ".join(phrase) for phrase in phrases], large])
        return {tuple(phrase.split()) for (phrase,) in found}

    def _holding(self, rows: models.QuerySet, query: Query) -> models.QuerySet:
        return self._matching(rows, self._expression(query, is_weighed=False))

    @staticmethod
    def _matching(rows: models.QuerySet, expression: object) -> models.QuerySet:
        vector = f'"{rows.model._meta.db_table}"."search_vector"'
        return (
            rows.select_related(None)
            .prefetch_related(None)
            .extra(
                where=[f"{vector} @@ to_tsquery('{language().name}', %s)"],
                params=[expression],
            )
            .order_by("-pk")
        )

    def _expression(self, query: Query, *, is_weighed: bool = True) -> str:
        wanted = " & ".join(self._term(term, is_weighed=is_weighed) for term in query.wanted)
        return wanted + "".join(f" & !{self._term(term)}" for term in query.unwanted)

    @staticmethod
    def _term(term: Term, *, is_weighed: bool = True) -> str:
        """`is_weighed` says that it counts twice to hold both a word and how it begins. To find
        rows, a word is looked for by how it begins alone, in two thirds of the time."""
        beginnings = [f"{beginning}:*" for beginning in term.beginnings]
        words = ["(" + " <-> ".join(phrase) + ")" for phrase in term.alternatives]
        if beginnings and not is_weighed and len(term.phrases[0]) == 1:
            del words[0]
        return f"({' | '.join([*words, *beginnings])})"


#: What SQLite calls it when it asks us for the words of a text in a language: without endings,
#: with spaces between.
STEMS = "stems"


class Sqlite:
    """FTS5 knows the endings of English. In other languages it holds what `stems` makes of a text,
    and is asked for that."""

    def cuts(self, phrase: Phrase) -> bool:
        return False

    def index(self, table: str) -> tuple[list[str], list[str]]:
        fts = f"{table}_fts"
        into = f"INSERT INTO {fts}(rowid, title, search_text)"
        if language().is_english:
            made = (
                f"content='{table}', content_rowid='id', "
                "tokenize='porter unicode61 remove_diacritics 2'"
            )
            fill = f"INSERT INTO {fts}({fts}) VALUES ('rebuild')"
            add = f"{into} VALUES (new.id, new.title, new.search_text);"
            remove = (
                f"INSERT INTO {fts}({fts}, rowid, title, search_text) "
                "VALUES ('delete', old.id, old.title, old.search_text);"
            )
        else:
            # It keeps what it was given, to forget just that: another version of the library may
            # make other stems of the same text.
            made = "tokenize='ascii'"
            own = f"{STEMS}('{language().name}', "
            fill = f"{into} SELECT id, {own}title), {own}search_text) FROM {table}"
            add = f"{into} VALUES (new.id, {own}new.title), {own}new.search_text));"
            remove = f"DELETE FROM {fts} WHERE rowid = old.id;"
        return (
            [
                f"CREATE VIRTUAL TABLE {fts} USING fts5(title, search_text, {made}, prefix='2 3')",
                fill,
                f"CREATE TRIGGER {fts}_insert AFTER INSERT ON {table} BEGIN {add} END",
                f"CREATE TRIGGER {fts}_delete AFTER DELETE ON {table} BEGIN {remove} END",
                (
                    f"CREATE TRIGGER {fts}_update AFTER UPDATE OF title, search_text ON {table} "
                    f"BEGIN {remove} {add} END"
                ),
            ],
            [
                f"DROP TRIGGER IF EXISTS {fts}_insert",
                f"DROP TRIGGER IF EXISTS {fts}_delete",
                f"DROP TRIGGER IF EXISTS {fts}_update",
                f"DROP TABLE IF EXISTS {fts}",
            ],
        )

    def language_of(self, table: str) -> str:
        trigger = _first("SELECT sql FROM sqlite_master WHERE name = %s", f"{table}_fts_insert")
        named = re.search(rf"{STEMS}\('([a-z]+)'", trigger)
        return named[1] if named else trigger and stems.ENGLISH

    def scored(
        self, places: Sequence[models.QuerySet], parts: Sequence[Part]
    ) -> list[list[Scores]]:
        selects = []
        values: list[object] = []
        asked = ((rows, part) for rows in places for part in parts)
        for slot, (rows, (wish, weighed)) in enumerate(asked):
            newest = self._newest(rows, wish)
            if newest is None:
                continue
            sql, params = newest
            selects += [f"SELECT {slot}, id, strength FROM ({sql})", self._count(slot, rows)]
            values += [*params, self._expression(weighed)]
        found = _asked(places, " UNION ALL ".join(selects), values)
        return _dealt(self._weighed(found), len(places), len(parts))

    def scored_closely(
        self, places: Sequence[models.QuerySet], query: Query, terms: Sequence[Term]
    ) -> list[Close]:
        rows_of, selects = [], []
        first: list[object] = []
        then: list[object] = []
        for place, rows in enumerate(places):
            newest = self._newest(rows, query)
            if newest is None:
                continue
            sql, params = newest
            slot = place * (len(terms) + 1)
            rows_of.append(f"""
                whole{slot} AS MATERIALIZED ({sql}), best{slot} AS MATERIALIZED (
                    SELECT id FROM whole{slot} ORDER BY strength DESC, id DESC LIMIT {CLOSELY}
                )
            """)
            first += params
            selects.append(f"SELECT {slot}, id, strength FROM whole{slot}")
            fts = _fts(rows)
            for number, term in enumerate(terms, slot + 1):
                selects.append(f"""
                    SELECT {number}, rowid, -bm25({fts}, 5.0, 1.0) FROM {fts}
                    WHERE {fts} MATCH %s AND rowid >= (SELECT min(id) FROM best{slot})
                    AND +rowid IN (SELECT id FROM best{slot})
                """)
                selects.append(self._count(number, rows))
                then += [self._term(term)] * 2
        statement = f"WITH {', '.join(rows_of)} {' UNION ALL '.join(selects)}" if selects else ""
        found = self._weighed(_asked(places, statement, [*first, *then]))
        return [(whole, held) for whole, *held in _dealt(found, len(places), len(terms) + 1)]

    @staticmethod
    def _count(slot: int, rows: models.QuerySet) -> str:
        """How many rows hold what a slot weighs, of how many."""
        fts = _fts(rows)
        every = f"(SELECT count(*) FROM {fts}_docsize)"
        return f"SELECT {-1 - slot}, count(*), {every} FROM {fts} WHERE {fts} MATCH %s"

    @staticmethod
    def _weighed(found: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
        """BM25 without the rarity, for which SQLite knows only the rows of one table. A word that
        half of them hold counts next to nothing there."""
        rarity = {
            -1 - slot: math.log((every - count + 0.5) / (count + 0.5))
            for slot, count, every in found
            if slot < 0
        }
        return [
            (
                slot,
                pk,
                min(strength / max(rarity[slot], 1e-6), _MOST) if slot in rarity else strength,
            )
            for slot, pk, strength in found
            if slot >= 0
        ]

    def _newest(self, rows: models.QuerySet, wish: Query) -> tuple[str, list[object]] | None:
        """A statement for the key and the strength of the newest rows; none if none can match."""
        try:
            sql, params = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return None
        fts = _fts(rows)
        # The plus keeps SQLite from looking up each readable row in the index.
        return (
            f"SELECT rowid AS id, -bm25({fts}, 5.0, 1.0) AS strength FROM {fts}"
            f" WHERE {fts} MATCH %s AND +rowid IN ({sql}) ORDER BY rowid DESC LIMIT {CANDIDATES}"
        ), [self._expression(wish), *params]

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        fts = _fts(rows)
        try:
            sql, params = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return [[] for _ in queries]
        select = (
            f"SELECT * FROM (SELECT %s, rowid FROM {fts} WHERE {fts} MATCH %s"
            f" AND +rowid IN ({sql}) ORDER BY rowid DESC LIMIT {MOST_ALIKE})"
        )
        values = [
            value
            for place, query in enumerate(queries)
            for value in (place, self._expression(query), *params)
        ]
        with connections[rows.db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join([select] * len(queries)), values)
            return _in_parts(cursor.fetchall(), len(queries))

    def known(self, places: Sequence[models.QuerySet], phrases: list[Phrase]) -> set[Phrase]:
        held = " OR ".join(
            f"EXISTS (SELECT 1 FROM {_fts(rows)} WHERE {_fts(rows)} MATCH value)" for rows in places
        )
        asked = json.dumps([self._phrase(phrase) for phrase in phrases])
        found = _asked(places, f"SELECT key FROM json_each(%s) WHERE {held}", [asked])
        return {phrases[at] for (at,) in found}

    def _expression(self, query: Query) -> str:
        wanted = " AND ".join(map(self._term, query.wanted))
        return wanted + "".join(f" NOT {self._term(term)}" for term in query.unwanted)

    def _term(self, term: Term) -> str:
        phrases = [self._phrase(phrase) for phrase in term.alternatives]
        phrases += [f"{self._phrase((beginning,))} *" for beginning in term.beginnings]
        return f"({' OR '.join(phrases)})"

    @staticmethod
    def _phrase(phrase: Phrase) -> str:
        held = phrase if language().is_english else map(language().stem, phrase)
        return f'"{" ".join(held)}"'


def lend_stems(*, connection: BaseDatabaseWrapper, **told: object) -> None:
    """Let each connection to SQLite ask for the words of a text: its triggers do."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(STEMS, 2, _stems, deterministic=True)


def _stems(name: str, text: str) -> str:
    own = stems.named(name)
    return " ".join(map(own.stem, own.split(text)))


def _times(rank: float) -> float:
    """How often a word stands there, the title counting for more, by what PostgreSQL made of it:
    1 + 1/4 + 1/9 … for what stands once, twice, three times in the text."""
    times = rank / _ONCE
    title = _IN_TITLE - 1 if times > _IN_TITLE - 0.01 else 0
    times -= title
    # What is beyond can only be several words that mean the same.
    few = min(times, 1.5)
    return title + 1 / (math.pi**2 / 6 - few) - 0.5 + 3 * (times - few)


def _saturated(times: float, length: float) -> float:
    return _MOST * times / (times + 1.2 * (0.25 + 0.75 * length))


def _alternatives(query: Query) -> float:
    """A rank by alternatives is their mean; a row that holds one of them holds the word."""
    return sum(len(term.alternatives) for term in query.wanted) / len(query.wanted)


def _ranked(rows: str) -> str:
    return _RANKED.format(rows=rows, language=language().name)


def _held(rows: models.QuerySet, newest: str) -> str:
    return _HELD.format(newest=newest, table=rows.model._meta.db_table)


def _first(statement: str, table: str) -> str:
    """The text of a single row about a table; "" when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [table])
        return (cursor.fetchone() or ("",))[0]


def _fts(rows: models.QuerySet) -> str:
    return f"{rows.model._meta.db_table}_fts"


def _named(write: Callable[[], Written]) -> Written:
    """A statement with each rule of who sees what written once; none where none is written."""

    def found() -> Written:
        sql, values = write()
        if not sql:
            raise EmptyResultSet
        return f"SELECT * FROM ({sql}) AS found", values

    try:
        return with_names(found)
    except EmptyResultSet:
        return "", []


def _asked(
    places: Sequence[models.QuerySet], statement: str, values: Sequence[object]
) -> list[tuple[Any, ...]]:
    """The answer of the database that holds these places; none to no statement."""
    if not statement:
        return []
    with connections[places[0].db].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _dealt(found: Iterable[tuple[int, int, float]], places: int, parts: int) -> list[list[Scores]]:
    """By place and part: (slot, key, strength), where slots count the parts of the first place,
    then those of the next."""
    scores: list[list[Scores]] = [[{} for _ in range(parts)] for _ in range(places)]
    for slot, pk, strength in found:
        scores[slot // parts][slot % parts][pk] = strength
    return scores


def _in_parts(found: Iterable[tuple[int, int]], parts: int) -> list[list[int]]:
    ids: list[list[int]] = [[] for _ in range(parts)]
    for part, pk in found:
        ids[part].append(pk)
    return ids


class Beside:
    """OpenSearch beside the database: it proposes, the database says which of that stand among
    the rows. When it gives no answer, the database searches, and OpenSearch is left in peace for a
    while.
    """

    def __init__(self, database: Dialect) -> None:
        self.database = database
        self._away_until = 0.0

    def cuts(self, phrase: Phrase) -> bool:
        return self.database.cuts(phrase)

    @property
    def _is_here(self) -> bool:
        return time.monotonic() >= self._away_until

    def scored(
        self, places: Sequence[models.QuerySet], parts: Sequence[Part]
    ) -> list[list[Scores]]:
        return self._ask(
            lambda: [self._looking_further(rows, parts) for rows in places],
            lambda: self.database.scored(places, parts),
        )

    def scored_closely(
        self, places: Sequence[models.QuerySet], query: Query, terms: Sequence[Term]
    ) -> list[Close]:
        parts = [(query, Query(query.wanted)), *((query, Query((term,))) for term in terms)]

        def ask() -> Iterator[Close]:
            for rows in places:
                whole, *held = self._looking_further(rows, parts)
                best = set(best_first(whole)[:CLOSELY])
                yield whole, [{pk: one[pk] for pk in one.keys() & best} for one in held]

        return self._ask(
            lambda: list(ask()), lambda: self.database.scored_closely(places, query, terms)
        )

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        def ask() -> list[list[int]]:
            found = self._standing(rows, [(query, query) for query in queries], MOST_ALIKE)
            return [sorted(held, reverse=True) for _, held in found]

        return self._ask(ask, lambda: self.database.holding(rows, queries))

    def known(self, places: Sequence[models.QuerySet], phrases: list[Phrase]) -> set[Phrase]:
        tables = [rows.model._meta.db_table for rows in places]
        return self._ask(
            lambda: set().union(*(opensearch.known(table, phrases) for table in tables)),
            lambda: self.database.known(places, phrases),
        )

    def _looking_further(self, rows: models.QuerySet, parts: Sequence[Part]) -> list[Scores]:
        found = self._standing(rows, parts, CANDIDATES)
        # Most of the best are not among these rows: look further, once.
        if any(proposed == CANDIDATES > 2 * len(held) for proposed, held in found):
            found = self._standing(rows, parts, opensearch.MOST)
        best = ({pk: held[pk] for pk in best_first(held)[:CANDIDATES]} for _, held in found)
        return [self._beside_the_usual(held) for held in best]

    @staticmethod
    def _beside_the_usual(held: Scores) -> Scores:
        """Without what OpenSearch makes of the rarity, which is the same in all of them."""
        usual = sum(held.values()) / len(held) if held else 1.0
        return {pk: strength / usual for pk, strength in held.items()}

    def _standing(
        self, rows: models.QuerySet, parts: Sequence[Part], most: int
    ) -> list[tuple[int, Scores]]:
        """For each part how many were proposed, and those of them that are among the rows."""
        proposed = opensearch.best(rows.model._meta.db_table, parts, most=most)
        keys = Listed({pk for one in proposed for pk in one})
        held = set(rows.order_by().filter(pk__in=keys).values_list("pk", flat=True))
        return [
            (len(one), {pk: strength for pk, strength in one.items() if pk in held})
            for one in proposed
        ]

    def _ask(self, engine: Callable[[], Answer], database: Callable[[], Answer]) -> Answer:
        if self._is_here:
            try:
                return engine()
            except opensearch.Away as error:
                self._away_until = time.monotonic() + LEFT_IN_PEACE
                logger.warning(
                    "OpenSearch is away; the database searches for the next %d seconds. %s",
                    LEFT_IN_PEACE,
                    error,
                )
        return database()


DATABASES: dict[str, Database] = {"postgresql": Postgresql(), "sqlite": Sqlite()}
BESIDE = {vendor: Beside(database) for vendor, database in DATABASES.items()}


def dialect_of(rows: models.QuerySet) -> Dialect:
    engines = BESIDE if settings.OPENSEARCH_URL else DATABASES
    return engines[connections[rows.db].vendor]
