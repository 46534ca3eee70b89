"""The indexes that are searched, each asked in its own words and answering alike: PostgreSQL's
tsvector, SQLite's FTS5, and OpenSearch beside either of them.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import Value
from django.db.models.expressions import RawSQL

from common import opensearch, words
from common.keys import Listed
from common.words import Phrase, Query, Term

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
#: Strength by primary key.
Scores = dict[int, float]

#: Very common words: look at this many newest matches at most, never at all of them. One more than
#: any list tells of, so that it can say that there are more.
CANDIDATES = 1_001
#: Of those, so many of the best are weighed word by word.
CLOSELY = 100
#: The same for a word of a sentence that others are compared with.
MOST_ALIKE = 100
#: Seconds that OpenSearch is not asked again after it gave no answer.
LEFT_IN_PEACE = 30
LANGUAGE = "english"

# PostgreSQL reads "us-east-1" and "/etc/hosts" as single words; SQLite does not. Signs become
# spaces and accents go, so that both find the same.
_SIGNS = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


#: BM25 as SQLite has it, but for the rarity: in the title a word counts five times, one that comes
#: again adds less each time, and in a long text it says less than in a short one. By what a text
#: weighs: to count its words would unpack it once more. Takes the words, and how many they are.
#: OFFSET 0 keeps PostgreSQL from making the rank anew wherever it is named.
_STRENGTH = f"""
    SELECT %s, id, 2.2 * times / (times + 1.2 * (0.25 + 0.75 * size / usual_size)) FROM (
        SELECT id, size, usual_size,
            5 * ts_rank('{{{{0, 0, 0.2, 1}}}}', held, to_tsquery('{LANGUAGE}', %s)) * %s AS times
        FROM {{rows}} OFFSET 0
    ) AS counted WHERE times > 0
"""
_SIZES = "pg_column_size(held) AS size, avg(pg_column_size(held)) OVER () AS usual_size"


def best_first(scores: Scores) -> list[int]:
    return sorted(scores, key=lambda pk: (-scores[pk], -pk))


class Dialect(Protocol):
    @property
    def knows_rarity(self) -> bool:
        """Whether a strength says already how rare the word is."""

    def cuts(self, phrase: Phrase) -> bool:
        """Whether of some words next to each other the index holds a single one: of "fail over"
        only "fail"."""

    def index(self, table: str) -> tuple[list[str], list[str]]:
        """Statements that make the index and take it away again."""

    def scored(self, rows: models.QuerySet, parts: list[tuple[Query, Query]]) -> list[Scores]:
        """For each (what must match, what is weighed) the newest rows that match."""

    def scored_closely(
        self, rows: models.QuerySet, query: Query, terms: list[Term]
    ) -> tuple[Scores, list[Scores]]:
        """The newest rows that match, and how well the best CLOSELY of them hold each term. One
        statement."""

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        """For each query the newest rows that match, MOST_ALIKE at most."""

    def known(self, rows: models.QuerySet, phrases: list[Phrase]) -> set[Phrase]:
        """Those of the phrases that the index holds, readable by this person or not: whoever
        uses the answer looks among the rows again."""


class Postgresql:
    knows_rarity = False

    def cuts(self, phrase: Phrase) -> bool:
        return len(phrase) > 1 >= sum(word not in words.STOP_WORDS for word in phrase)

    def index(self, table: str) -> tuple[list[str], list[str]]:
        signs = f"{_SIGNS}{words.ACCENTS[0]}".replace("'", "''")
        plain = " " * len(_SIGNS) + words.ACCENTS[1]

        def vector(text: str, weight: str) -> str:
            words_only = f"translate(lower({text}), '{signs}', '{plain}')"
            return f"setweight(to_tsvector('{LANGUAGE}', {words_only}), '{weight}')"

        columns = f"{vector('title', 'A')} || {vector('left(search_text, 400000)', 'B')}"
        return (
            [
                (
                    f"ALTER TABLE {table} ADD COLUMN search_vector tsvector "
                    f"GENERATED ALWAYS AS ({columns}) STORED"
                ),
                f"CREATE INDEX {table}_search ON {table} USING gin (search_vector)",
            ],
            [f"ALTER TABLE {table} DROP COLUMN search_vector"],
        )

    def scored(self, rows: models.QuerySet, parts: list[tuple[Query, Query]]) -> list[Scores]:
        selects = []
        values: list[object] = []
        for place, (wish, weighed) in enumerate(parts):
            newest = self._newest(rows, wish)
            if newest is None:
                continue
            sql, params = newest
            # The limit comes first: asked in one go, PostgreSQL ranks every match and sorts then.
            held = f"(SELECT id, held, {_SIZES} FROM ({sql}) AS newest (id, held)) AS weighed"
            selects.append(_STRENGTH.format(rows=held))
            values += [place, self._expression(weighed), _alternatives(weighed), *params]
        if not selects:
            return [{} for _ in parts]
        with connections[rows.db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join(selects), values)
            return _by_part(cursor.fetchall(), len(parts))

    def scored_closely(
        self, rows: models.QuerySet, query: Query, terms: list[Term]
    ) -> tuple[Scores, list[Scores]]:
        newest = self._newest(rows, query)
        if newest is None:
            return {}, [{} for _ in terms]
        sql, params = newest
        wanted = Query(query.wanted)
        # What all of them make together picks the best; each of those is then weighed by the word.
        statement = f"""
            WITH whole AS MATERIALIZED (
                SELECT id, held,
                    ts_rank('{{0, 0, 0.2, 1}}', held, to_tsquery('{LANGUAGE}', %s), 1) AS strength
                FROM ({sql}) AS newest (id, held)
            ), best AS MATERIALIZED (
                SELECT id, held, {_SIZES} FROM (
                    SELECT id, held FROM whole ORDER BY strength DESC, id DESC LIMIT {CLOSELY}
                ) AS few
            )
            SELECT 0, id, strength FROM whole
        """
        values: list[object] = [self._expression(wanted), *params]
        for place, term in enumerate(terms, 1):
            statement += " UNION ALL " + _STRENGTH.format(rows="best")
            one = Query((term,))
            values += [place, self._expression(one), _alternatives(one)]
        with connections[rows.db].cursor() as cursor:
            cursor.execute(statement, values)
            whole, *held = _by_part(cursor.fetchall(), len(terms) + 1)
        return whole, held

    def _newest(self, rows: models.QuerySet, wish: Query) -> tuple[str, tuple[object, ...]] | None:
        """A statement for the key and the words of the newest rows; none if none can match."""
        vector = RawSQL(f'"{rows.model._meta.db_table}"."search_vector"', [])
        # A name that no searchable model has for a field of its own.
        newest = self._holding(rows, wish).annotate(held_vector=vector)
        try:
            return newest.values_list("pk", "held_vector")[:CANDIDATES].query.sql_with_params()
        except EmptyResultSet:
            return None

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        selects = [
            self._holding(rows, query)
            .annotate(asked_part=Value(place))
            .values_list("asked_part", "pk")[:MOST_ALIKE]
            for place, query in enumerate(queries)
        ]
        found = selects[0].union(*selects[1:], all=True) if selects[1:] else selects[0]
        return _in_parts(found, len(queries))

    def known(self, rows: models.QuerySet, phrases: list[Phrase]) -> set[Phrase]:
        table = rows.model._meta.db_table
        # A subquery with a limit for each phrase: one of all phrases together scans the table.
        statement = (
            "SELECT phrase FROM unnest(%s::text[]) AS phrase WHERE (SELECT 1"
            f" FROM {table} WHERE search_vector @@ phraseto_tsquery('{LANGUAGE}', phrase)"
            " LIMIT 1) IS NOT NULL"
        )
        with connections[rows.db].cursor() as cursor:
            cursor.execute(statement, [[" ".join(phrase) for phrase in phrases]])
            return {tuple(phrase.split()) for (phrase,) in cursor.fetchall()}

    def _holding(self, rows: models.QuerySet, query: Query) -> models.QuerySet:
        vector = f'"{rows.model._meta.db_table}"."search_vector"'
        return (
            rows.select_related(None)
            .prefetch_related(None)
            .extra(
                where=[f"{vector} @@ to_tsquery('{LANGUAGE}', %s)"],
                params=[self._expression(query)],
            )
            .order_by("-pk")
        )

    def _expression(self, query: Query) -> str:
        wanted = " & ".join(map(self._term, query.wanted))
        return wanted + "".join(f" & !{self._term(term)}" for term in query.unwanted)

    @staticmethod
    def _term(term: Term) -> str:
        phrases = ["(" + " <-> ".join(phrase) + ")" for phrase in term.alternatives]
        phrases += [f"{beginning}:*" for beginning in term.beginnings]
        return f"({' | '.join(phrases)})"


class Sqlite:
    knows_rarity = True

    def cuts(self, phrase: Phrase) -> bool:
        return False

    def index(self, table: str) -> tuple[list[str], list[str]]:
        fts = f"{table}_fts"
        remove = (
            f"INSERT INTO {fts}({fts}, rowid, title, search_text) "
            "VALUES ('delete', old.id, old.title, old.search_text);"
        )
        add = (
            f"INSERT INTO {fts}(rowid, title, search_text) "
            "VALUES (new.id, new.title, new.search_text);"
        )
        return (
            [
                (
                    f"CREATE VIRTUAL TABLE {fts} USING fts5(title, search_text, "
                    f"content='{table}', content_rowid='id', "
                    "tokenize='porter unicode61 remove_diacritics 2', prefix='2 3')"
                ),
                f"INSERT INTO {fts}({fts}) VALUES ('rebuild')",
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

    def scored(self, rows: models.QuerySet, parts: list[tuple[Query, Query]]) -> list[Scores]:
        fts = f"{rows.model._meta.db_table}_fts"
        try:
            sql, params = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return [{} for _ in parts]
        # The plus keeps SQLite from looking up each readable row in the index.
        select = (
            f"SELECT * FROM (SELECT %s, rowid, -bm25({fts}, 5.0, 1.0) FROM {fts}"
            f" WHERE {fts} MATCH %s AND +rowid IN ({sql}) ORDER BY rowid DESC LIMIT {CANDIDATES})"
        )
        values = [
            value
            for place, (wish, _) in enumerate(parts)
            for value in (place, self._expression(wish), *params)
        ]
        with connections[rows.db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join([select] * len(parts)), values)
            return _by_part(cursor.fetchall(), len(parts))

    def scored_closely(
        self, rows: models.QuerySet, query: Query, terms: list[Term]
    ) -> tuple[Scores, list[Scores]]:
        fts = f"{rows.model._meta.db_table}_fts"
        try:
            sql, params = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return {}, [{} for _ in terms]
        statement = f"""
            WITH whole AS MATERIALIZED (
                SELECT rowid AS id, -bm25({fts}, 5.0, 1.0) AS strength FROM {fts}
                WHERE {fts} MATCH %s AND +rowid IN ({sql}) ORDER BY rowid DESC LIMIT {CANDIDATES}
            ), best AS MATERIALIZED (
                SELECT id FROM whole ORDER BY strength DESC, id DESC LIMIT {CLOSELY}
            )
            SELECT 0, id, strength FROM whole
        """
        values: list[object] = [self._expression(query), *params]
        for place, term in enumerate(terms, 1):
            statement += f"""
                UNION ALL SELECT %s, rowid, -bm25({fts}, 5.0, 1.0) FROM {fts}
                WHERE {fts} MATCH %s AND rowid >= (SELECT min(id) FROM best)
                AND +rowid IN (SELECT id FROM best)
            """
            values += [place, self._term(term)]
        with connections[rows.db].cursor() as cursor:
            cursor.execute(statement, values)
            whole, *held = _by_part(cursor.fetchall(), len(terms) + 1)
        return whole, held

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        fts = f"{rows.model._meta.db_table}_fts"
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

    def known(self, rows: models.QuerySet, phrases: list[Phrase]) -> set[Phrase]:
        fts = f"{rows.model._meta.db_table}_fts"
        statement = (
            "SELECT value FROM json_each(%s) WHERE EXISTS"
            f" (SELECT 1 FROM {fts} WHERE {fts} MATCH '\"' || value || '\"')"
        )
        asked = json.dumps([" ".join(phrase) for phrase in phrases])
        with connections[rows.db].cursor() as cursor:
            cursor.execute(statement, [asked])
            return {tuple(phrase.split()) for (phrase,) in cursor.fetchall()}

    def _expression(self, query: Query) -> str:
        wanted = " AND ".join(map(self._term, query.wanted))
        return wanted + "".join(f" NOT {self._term(term)}" for term in query.unwanted)

    @staticmethod
    def _term(term: Term) -> str:
        phrases = [f'"{" ".join(phrase)}"' for phrase in term.alternatives]
        phrases += [f'"{beginning}" *' for beginning in term.beginnings]
        return f"({' OR '.join(phrases)})"


def _alternatives(query: Query) -> float:
    """A rank by alternatives is their mean; a row that holds one of them holds the word."""
    return sum(len(term.alternatives) for term in query.wanted) / len(query.wanted)


def _by_part(found: Iterable[tuple[int, int, float]], parts: int) -> list[Scores]:
    scores: list[Scores] = [{} for _ in range(parts)]
    for part, pk, strength in found:
        scores[part][pk] = strength
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

    @property
    def knows_rarity(self) -> bool:
        return self._is_here or self.database.knows_rarity

    def cuts(self, phrase: Phrase) -> bool:
        return self.database.cuts(phrase)

    @property
    def _is_here(self) -> bool:
        return time.monotonic() >= self._away_until

    def index(self, table: str) -> tuple[list[str], list[str]]:
        return self.database.index(table)

    def scored(self, rows: models.QuerySet, parts: list[tuple[Query, Query]]) -> list[Scores]:
        return self._ask(
            lambda: self._looking_further(rows, parts), lambda: self.database.scored(rows, parts)
        )

    def scored_closely(
        self, rows: models.QuerySet, query: Query, terms: list[Term]
    ) -> tuple[Scores, list[Scores]]:
        def ask() -> tuple[Scores, list[Scores]]:
            parts = [(query, Query(query.wanted)), *((query, Query((term,))) for term in terms)]
            whole, *held = self._looking_further(rows, parts)
            best = set(best_first(whole)[:CLOSELY])
            return whole, [{pk: one[pk] for pk in one.keys() & best} for one in held]

        return self._ask(ask, lambda: self.database.scored_closely(rows, query, terms))

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        def ask() -> list[list[int]]:
            found = self._standing(rows, [(query, query) for query in queries], MOST_ALIKE)
            return [sorted(held, reverse=True) for _, held in found]

        return self._ask(ask, lambda: self.database.holding(rows, queries))

    def known(self, rows: models.QuerySet, phrases: list[Phrase]) -> set[Phrase]:
        return self._ask(
            lambda: opensearch.known(rows.model._meta.db_table, phrases),
            lambda: self.database.known(rows, phrases),
        )

    def _looking_further(
        self, rows: models.QuerySet, parts: list[tuple[Query, Query]]
    ) -> list[Scores]:
        found = self._standing(rows, parts, CANDIDATES)
        # Most of the best are not among these rows: look further, once.
        if any(proposed == CANDIDATES > 2 * len(held) for proposed, held in found):
            found = self._standing(rows, parts, opensearch.MOST)
        return [{pk: held[pk] for pk in best_first(held)[:CANDIDATES]} for _, held in found]

    def _standing(
        self, rows: models.QuerySet, parts: list[tuple[Query, Query]], most: int
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


DATABASES: dict[str, Dialect] = {"postgresql": Postgresql(), "sqlite": Sqlite()}
BESIDE = {vendor: Beside(database) for vendor, database in DATABASES.items()}


def dialect_of(rows: models.QuerySet) -> Dialect:
    engines = BESIDE if settings.OPENSEARCH_URL else DATABASES
    return engines[connections[rows.db].vendor]
