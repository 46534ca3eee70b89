"""Statements that are put together once in a process, and asked with other values each time.

To put a statement together from the rules of every app takes longer than the rest of a page, and
from one reader to the next only a few values differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from common.keys import with_names
from common.languages import english

#: The largest number that a column holds.
_LARGEST = 2**63 - 1
#: What stands in the statement where a number goes, counted from here.
_NUMBER = 2_000_000_001
#: What stands there for a text, alone or in another one.
_WORD = re.compile(r"⟨(\w+)⟩")


class Prepared:
    """The rows of `build(**stand_ins).values(…)`, asked for by `rows` with values of one's own.

    `build` is called once and gets for each name a stand-in of the type it has in `kinds`: a
    number for a key, a word for a text, which may also become a part of another text, but of no
    pattern: the marks of LIKE in it would count. It must not look at them. What it builds may
    depend on nothing else, and on no row.
    """

    def __init__(self, build: Callable[..., QuerySet], **kinds: type[int] | type[str]) -> None:
        self._build, self._kinds = build, kinds

    def rows(self, **values: int | str) -> list[dict[str, Any]]:
        """In one statement; none when a value is a number that no column could hold."""
        if any(isinstance(value, int) and value > _LARGEST for value in values.values()):
            return []
        sql, parameters, names, converted = self._statement
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._with(each, values) for each in parameters])
            rows = [list(row) for row in cursor.fetchall()]
        for position, expression in converted:
            for convert in _converters(expression):
                for row in rows:
                    row[position] = convert(row[position], expression, connection)
        return [dict(zip(names, row, strict=True)) for row in rows]

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...], list[str], list[tuple[int, Any]]]:
        """The SQL, its parameters, the names of its columns, and those whose values are made into
        what the field holds: moments, where the database has none."""
        with english():  # and not in the language of whoever asks first
            query = self._build(**self._stand_ins).query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = with_names(compiler.as_sql)
        expressions = [selected[0] for selected in compiler.select]
        converted = [each for each in enumerate(expressions) if _converters(each[1])]
        return sql, parameters, list(query.selected), converted

    @cached_property
    def _stand_ins(self) -> dict[str, Any]:
        return {
            name: _NUMBER + place if kind is int else f"⟨{name}⟩"
            for place, (name, kind) in enumerate(self._kinds.items())
        }

    def _with(self, parameter: Any, values: dict[str, int | str]) -> Any:
        if isinstance(parameter, str):  # at one go: what is put in is not looked through again
            return _WORD.sub(lambda found: str(values[found[1]]), parameter)
        names = (name for name, stand_in in self._stand_ins.items() if parameter == stand_in)
        return values.get(next(names, ""), parameter)


def _converters(expression: Any) -> list[Callable[..., Any]]:
    return [
        *connection.ops.get_db_converters(expression),
        *expression.get_db_converters(connection),
    ]
