"""New rows, written without the detours of saving each: for models that do nothing of their own
when they are saved."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


def insert(*rows: models.Model) -> None:
    """Write these, of whatever tables, in their order: PostgreSQL is told of all of them in one
    message. Nobody asks for their keys, which stay unknown. Rows of several tables belong into a
    transaction: SQLite is told of one table after another."""
    database = connections[DEFAULT_DB_ALIAS]
    statements = []
    for model, some in groupby(rows, type):
        begin, place, fields = _into(model)
        written = [_values(row, fields, database) for row in some]
        places = ", ".join([place] * len(written))
        statements.append((f"{begin} {places}", [each for values in written for each in values]))
    if database.vendor == "postgresql" and statements:
        texts, values = zip(*statements, strict=True)
        statements = [("; ".join(texts), [each for some in values for each in some])]
    with database.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)


def insert_one(row: models.Model) -> None:
    """Write it, and give it its key."""
    database = connections[DEFAULT_DB_ALIAS]
    begin, place, fields = _into(type(row))
    key = database.ops.quote_name(row._meta.pk.column)
    with database.cursor() as cursor:
        cursor.execute(f"{begin} {place} RETURNING {key}", _values(row, fields, database))
        [[row.pk]] = cursor.fetchall()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _into(model: type[models.Model]) -> tuple[str, str, list[models.Field]]:
    """How a statement begins, the place of one row in it, and the fields that stand there."""
    fields = [each for each in model._meta.local_concrete_fields if not each.primary_key]
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    place = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES", place, fields


def _values(
    row: models.Model, fields: list[models.Field], database: BaseDatabaseWrapper
) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields]
