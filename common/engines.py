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
#: The same for a word of a sentence that others are compared with.
MOST_ALIKE = 100
#: Seconds that OpenSearch is not asked again after it gave no answer.
LEFT_IN_PEACE = 30
LANGUAGE = "english"

# PostgreSQL reads "us-east-1" and "/etc/hosts" as single words; SQLite does not. Signs become
# spaces and accents go, so that both find the same.
_SIGNS = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


def best_first(scores: Scores) -> list[int]:
    return sorted(scores, key=lambda pk: (-scores[pk], -pk))


class Dialect(Protocol):
    @property
    def knows_rarity(self) -> bool:
        """Whether a strength says already how rare the word is."""

    def index(self, table: str) -> tuple[list[str], list[str]]:
        """Statements that make the index and take it away again."""

    def scored(self, rows: models.QuerySet, parts: list[tuple[Query, Query]]) -> list[Scores]:
        """For each (what must match, what is weighed) the newest rows that match."""

    def holding(self, rows: models.QuerySet, queries: list[Query]) -> list[list[int]]:
        """For each query the newest rows that match, MOST_ALIKE at most."""

    def known(self, rows: models.QuerySet, phrases: list[Phrase]) -> set[Phrase]:
        """Those of the phrases that the index holds, readable by this person or not: whoever
        uses the answer looks among the rows again."""


class Postgresql:
    knows_rarity = False

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
        vector = RawSQL(f'"{rows.model._meta.db_table}"."search_vector"', [])
        selects = []
        values: list[object] = []
        for place, (wish, weighed) in enumerate(parts):
            # Names that no searchable model has for a field of its own.
            newest = self._holding(rows, wish).annotate(held_vector=vector)
            try:
                sql, params = newest.values_list("pk", "held_vector")[
                    :CANDIDATES
                ].query.sql_with_params()
            except EmptyResultSet:
                continue
            # A rank by alternatives is their mean; a row that holds one of them holds the word.
            alternatives = sum(len(term.alternatives) for term in weighed.wanted) / len(
                weighed.wanted
            )
            # The limit comes first: asked in one go, PostgreSQL ranks every match and sorts then.
            selects.append(
                f"SELECT {place}, newest.id, ts_rank('{{0, 0, 0.4, 1}}', newest.held,"
                f" to_tsquery('{LANGUAGE}', %s), 1) * %s FROM ({sql}) AS newest (id, held)"
            )
            values += [self._expression(weighed), alternatives, *params]
        if not selects:
            return [{} for _ in parts]
        with connections[rows.db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join(selects), values)
            return _by_part(cursor.fetchall(), len(parts))

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

    @property
    def _is_here(self) -> bool:
        return time.monotonic() >= self._away_until

    def index(self, table: str) -> tuple[list[str], list[str]]:
        return self.database.index(table)

    def scored(self, rows: models.QuerySet, parts: list[tuple[Query, Query]]) -> list[Scores]:
        def ask() -> list[Scores]:
            found = self._standing(rows, parts, CANDIDATES)
            # Most of the best are not among these rows: look further, once.
            if any(proposed == CANDIDATES > 2 * len(held) for proposed, held in found):
                found = self._standing(rows, parts, opensearch.MOST)
            return [{pk: held[pk] for pk in best_first(held)[:CANDIDATES]} for _, held in found]

        return self._ask(ask, lambda: self.database.scored(rows, parts))

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
