"""Rows of one statement as a value of another one."""

from __future__ import annotations

from typing import Any

from django.db.models import JSONField, QuerySet, Subquery
from django.db.models.functions import JSONArray


class Gathered(Subquery):
    """Rows in their order as one JSON list, each of them a list of its columns.

    `Gathered(rows, "pk", "name")` is [[1, "Ann"], [2, "Bob"]] as text of JSON that Django reads;
    None or [] where there are no rows. Days and moments come as the database writes them.
    """

    def __init__(self, rows: QuerySet, *columns: str) -> None:
        super().__init__(rows.values(told=JSONArray(*columns)), output_field=JSONField())

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self._over(compiler, connection, "JSONB_AGG(gathered.told)")

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        # As text it would be a text in the list.
        return self._over(compiler, connection, "JSON_GROUP_ARRAY(JSON(gathered.told))")

    def _over(self, compiler: Any, connection: Any, gather: str) -> tuple[str, Any]:
        template = f"(SELECT {gather} FROM (%(subquery)s) AS gathered)"  # noqa: S608 no value is in it
        return self.as_sql(compiler, connection, template=template)
