"""Full-text search inside the database: PostgreSQL's tsvector or SQLite's FTS5.

A searchable model has a `title` and a `search_text`; `AddSearchIndex` in a migration lets the
database itself keep the index in step with both. This module and the claiming of deliveries are
the only places that know which database is running.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connections, models
from common.operations import TableOperation
from django.db.models import F, FloatField, Value
from django.db.models.expressions import RawSQL

#: Very common words: rank this many newest matches at most, never all.
CANDIDATES = 2_000
LANGUAGE = "english"


class AddSearchIndex(TableOperation):
    """Migration step: index `title` (heavier) and `search_text` of a model for `matching()`."""

    def describe(self) -> str:
        return f"Index {self.model_name} for search"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        """(forwards, backwards) for one database."""
        if vendor == "postgresql":
            vector = (
                f"setweight(to_tsvector('{LANGUAGE}', title), 'A') || "
                f"setweight(to_tsvector('{LANGUAGE}', left(search_text, 400000)), 'B')"
            )
            return (
                [
                    f"ALTER TABLE {table} ADD COLUMN search_vector tsvector "
                    f"GENERATED ALWAYS AS ({vector}) STORED",
                    f"CREATE INDEX {table}_search ON {table} USING gin (search_vector)",
                ],
                [f"ALTER TABLE {table} DROP COLUMN search_vector"],
            )
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
                f"CREATE VIRTUAL TABLE {fts} USING fts5(title, search_text, content='{table}', "
                "content_rowid='id', tokenize='porter unicode61 remove_diacritics 2', "
                "prefix='2 3')",
                f"INSERT INTO {fts}({fts}) VALUES ('rebuild')",
                f"CREATE TRIGGER {fts}_insert AFTER INSERT ON {table} BEGIN {add} END",
                f"CREATE TRIGGER {fts}_delete AFTER DELETE ON {table} BEGIN {remove} END",
                f"CREATE TRIGGER {fts}_update AFTER UPDATE OF title, search_text ON {table} "
                f"BEGIN {remove} {add} END",
            ],
            [
                f"DROP TRIGGER {fts}_insert",
                f"DROP TRIGGER {fts}_delete",
                f"DROP TRIGGER {fts}_update",
                f"DROP TABLE {fts}",
            ],
        )



def _fts5_query(query: str) -> str:
    """What people type, as an FTS5 expression: words all needed, "phrases", -minus words."""
    wanted, unwanted = [], []
    for minus, phrase, word in re.findall(r'(-?)(?:"([^"]*)"|([^\s"]+))', query):
        for part in [phrase] if phrase else re.findall(r"\w+", word):
            cleaned = " ".join(re.findall(r"\w+", part))
            if cleaned:
                (unwanted if minus else wanted).append(f'"{cleaned}"')
    if not wanted:
        return ""
    return " AND ".join(wanted) + "".join(f" NOT {word}" for word in unwanted)


class SearchableQuerySet(models.QuerySet):
    """Rows that can be found by words. Needs `AddSearchIndex` in the model's migrations."""

    def matching(self, query: str) -> SearchableQuerySet:
        """Rows that hold all the words, annotated with `rank` (higher is better).

        Quotes keep a phrase together and a minus excludes. Words the index cannot use at all
        find nothing.
        """
        table = self.model._meta.db_table
        query = query.replace("\x00", " ").strip()[:400]
        if connections[self.db].vendor == "postgresql":
            tsquery = f"websearch_to_tsquery('{LANGUAGE}', %s)"
            return self.extra(
                where=[f"{table}.search_vector @@ {tsquery}"], params=[query]
            ).annotate(
                rank=RawSQL(f"ts_rank_cd({table}.search_vector, {tsquery}, 1)", [query])  # noqa: S611
            )
        expression = _fts5_query(query)
        if not expression:
            return self.none().annotate(rank=Value(0.0, output_field=FloatField()))
        fts = f"{table}_fts"
        return self.extra(
            tables=[fts],
            where=[f"{fts} MATCH %s", f"{fts}.rowid = {table}.id"],
            params=[expression],
        ).annotate(rank=RawSQL(f"-bm25({fts}, 5.0, 1.0)", []))  # noqa: S611

    def best_first(self) -> SearchableQuerySet:
        return self.order_by(F("rank").desc(), "-pk")
