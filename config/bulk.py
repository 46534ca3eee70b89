"""Write very many rows quickly: COPY on PostgreSQL, batches elsewhere."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

Row = dict[str, Any]
BATCH = 500
REPORT_EVERY = 100_000


def defaults(model: type[models.Model], *, now: datetime) -> Row:
    """A row of the model's defaults, to be filled in: attribute -> value, without the id."""
    return {
        field.attname: now
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        else field.get_default()
        for field in model._meta.concrete_fields
        if not field.primary_key
    }


def write(
    model: type[models.Model],
    rows: Iterable[Row],
    *,
    say: Callable[[str], None] | None = None,
) -> int:
    """Add the rows, which all have the same attributes, and return how many there were."""
    if connection.vendor == "postgresql":
        return _copy(model, _told(rows, model, say))
    count = 0
    batch: list[models.Model] = []
    for row in _told(rows, model, say):
        batch.append(model(**row))
        if len(batch) == BATCH:
            model._base_manager.bulk_create(batch)
            count, batch = count + BATCH, []
    model._base_manager.bulk_create(batch)
    return count + len(batch)


def _told(
    rows: Iterable[Row], model: type[models.Model], say: Callable[[str], None] | None
) -> Iterator[Row]:
    name = str(model._meta.verbose_name_plural)
    for number, row in enumerate(rows, start=1):
        if say and number % REPORT_EVERY == 0:
            say(f"  {number:,} {name}")
        yield row


def _copy(model: type[models.Model], rows: Iterator[Row]) -> int:
    first = next(rows, None)
    if first is None:
        return 0
    quote = connection.ops.quote_name
    columns = {field.attname: quote(field.column) for field in model._meta.concrete_fields}
    names = list(first)
    documents = [
        names.index(field.attname)
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField) and field.attname in first
    ]

    def values(row: Row) -> list[Any]:
        told = [row[name] for name in names]
        for place in documents:
            told[place] = json.dumps(told[place])
        return told

    count = 1
    with connection.wrap_database_errors, connection.cursor() as cursor:
        statement = (
            f"COPY {quote(model._meta.db_table)} ({', '.join(columns[name] for name in names)}) "
            "FROM STDIN"
        )
        with cursor.copy(statement) as copy:
            copy.write_row(values(first))
            for row in rows:
                copy.write_row(values(row))
                count += 1
    return count


def reserve_ids(model: type[models.Model], count: int) -> int:
    """The first of `count` primary keys in a row that nobody else gets."""
    table = model._meta.db_table
    if connection.vendor != "postgresql":
        return (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = cursor.fetchone()[0]
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + max(count, 1) - 1])
    return first


def new_keys(model: type[models.Model], count: int) -> list[int]:
    """Primary keys that nobody else gets, while others write, too. Inside a transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The sequence is looked up once: OFFSET 0 keeps it out of the line of each key.
            cursor.execute(
                "SELECT nextval(keys) FROM generate_series(1, %s), "
                "(SELECT pg_get_serial_sequence(%s, 'id')::regclass AS keys OFFSET 0) AS sequence",
                [count, table],
            )
            return [key for (key,) in cursor.fetchall()]
        # Nobody else writes until the transaction ends.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        [last] = cursor.fetchone() or [0]
        return list(range(last + 1, last + count + 1))


@contextmanager
def without_collecting() -> Iterator[None]:
    """Nothing looks for circles among the objects meanwhile. Rows at hand have none, and to look
    through thousands of them again and again takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def pouring_into(*tables: type[models.Model]) -> Iterator[None]:
    """Take the tables' GIN indexes off while rows pour in and build them again at the end, which
    takes a fraction of the time. Statements may take as long as they need.

    Inside a transaction, so that nobody ever sees the tables without their indexes.
    """
    if connection.vendor != "postgresql":
        yield
        return
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Keys are checked after each COPY: no index can be built while checks are pending.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename = ANY(%s) AND indexdef LIKE %s",
            [names, "% USING gin %"],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _, definition in found:
            cursor.execute(definition)


def analyze() -> None:
    """Let the planner count what is there now."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("ANALYZE")
