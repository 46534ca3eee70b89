"""Moments from PostgreSQL by the parser of Python itself: psycopg takes nine times as long."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any


def read_quickly(cursor: Any) -> None:
    """Let this cursor of Django's read what `timestamptz` columns hold by it."""
    if cursor.db.vendor == "postgresql":
        cursor.adapters.register_loader("timestamptz", _loader())


@cache
def _loader() -> type[Any]:
    # Who keeps everything in a file never imports psycopg.
    from django.db.backends.postgresql.psycopg_any import BaseTzLoader

    class MomentLoader(BaseTzLoader):
        timezone = UTC

        def load(self, data: Any) -> datetime:
            try:
                return datetime.fromisoformat(str(data, "ascii"))
            except ValueError:  # none that Python can hold: psycopg says so
                return super().load(data)

    return MomentLoader
