"""Rows as plain data: one JSON object a row, and back again.

A key is the name of a field. Moments are ISO 8601 in UTC with all their digits, so that nothing is
rounded on the way; a row of another table stands as its key, a table as its name.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Field, JSONField, Model, QuerySet
from django.utils.duration import duration_iso_string

Row = dict[str, Any]
BATCH = 500


class NotARow(ValueError):
    """A line is not a row of its table; the text says what is wrong with it."""


def columns(model: type[Model], *, without: tuple[str, ...] = ()) -> dict[str, Field]:
    """Field by key. Links of one row to another that Django numbers itself go without numbers."""
    return {
        field.name: field
        for field in model._meta.concrete_fields
        if field.name not in without and not (field.primary_key and model._meta.auto_created)
    }


def batches(rows: QuerySet) -> Iterator[list[dict[str, Any]]]:
    """Values by attribute name, in the order of the primary key, some rows at a time."""
    ordered, last = rows.order_by("pk"), None
    while True:
        some = list((ordered if last is None else ordered.filter(pk__gt=last))[:BATCH].values())
        if some:
            yield some
        if len(some) < BATCH:
            return
        last = some[-1][rows.model._meta.pk.attname]


# Out --------------------------------------------------------------------------------------------
class Writer:
    """Writes rows of one table as lines."""

    def __init__(self, model: type[Model], *, without: tuple[str, ...] = ()) -> None:
        self.fields = columns(model, without=without)
        self._labels = {row.pk: f"{row.app_label}.{row.model}" for row in ContentType.objects.all()}

    def line(self, values: dict[str, Any]) -> bytes:
        row = {key: self._plain(field, values[field.attname]) for key, field in self.fields.items()}
        # Keys in order: PostgreSQL keeps those of a document in an order of its own.
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode() + b"\n"

    def _plain(self, field: Field, value: Any) -> Any:
        if field.related_model is ContentType:
            return self._labels[value]
        if isinstance(field, JSONField):
            return value
        return plain(value)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    return value


# In ---------------------------------------------------------------------------------------------
class Reader:
    """Reads lines of one table. `instead` makes what takes the place of a column left out."""

    def __init__(self, model: type[Model], *, instead: dict[str, Callable[[], Any]]) -> None:
        self.fields = columns(model, without=tuple(instead))
        self._all = {**self.fields, **{k: model._meta.get_field(k) for k in instead}}
        self._instead = instead
        self._types = {f"{row.app_label}.{row.model}": row.pk for row in ContentType.objects.all()}

    @property
    def names(self) -> list[str]:
        """Columns of the table, in the order of `values`."""
        return [field.column for field in self._all.values()]

    def values(self, line: bytes, connection: Any) -> list[Any]:
        """What the database takes for the row. Raises NotARow."""
        try:
            row = json.loads(line)
        except ValueError as error:
            raise NotARow("is not JSON") from error
        if not isinstance(row, dict):
            raise NotARow("is not an object")
        for said, keys in (
            ("lacks", self.fields.keys() - row.keys()),
            ("has unknown", row.keys() - self.fields.keys()),
        ):
            if keys:
                raise NotARow(f"{said} {', '.join(sorted(keys))}")
        found = {key: self._read(key, row[key]) for key in self.fields}
        found |= {key: make() for key, make in self._instead.items()}
        return [field.get_db_prep_save(found[key], connection) for key, field in self._all.items()]

    def _read(self, key: str, value: Any) -> Any:
        field = self.fields[key]
        if value is None and not field.null:
            raise NotARow(f"{key} is null")
        if field.related_model is ContentType:
            if value not in self._types:
                raise NotARow(f"{key} names {value!r}, which is no table here")
            return self._types[value]
        if isinstance(field, JSONField) or value is None:
            return value
        if isinstance(value, dict | list) or (isinstance(value, str) and "\x00" in value):
            raise NotARow(f"{key} is not a value of its column")
        try:
            return field.to_python(value)
        except (ValidationError, TypeError, ValueError, OverflowError) as error:
            raise NotARow(f"{key} is {value!r}, which its column does not take") from error
