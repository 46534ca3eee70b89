"""Statements that are put together once in a process, and asked with other values each time.

To put a statement together from the rules of every app takes longer than the rest of a page, and
from one reader to the next only a few values differ.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from common import moments
from common.keys import with_names
from common.languages import english

#: The largest number that a column holds.
_LARGEST = 2**63 - 1
#: A value that a statement is asked with.
Value = int | str | date
#: What stands in the statement where a number goes, counted from here.
_NUMBER = 2_000_000_001
#: What stands there for a day, likewise.
_DAY = date(9000, 1, 1)
#: The place of a column in a row, the column, and what makes its value into what the field holds.
_Converted = tuple[int, Any, list[Callable[..., Any]]]
#: Makes a parameter of the statement of the values that it is asked with.
_Parameter = Callable[[dict[str, Value]], Any]
#: The SQL, what makes its parameters of the values, and the columns whose values are made into what
#: the field holds: moments, where the database has none.
_Asked = tuple[str, list[_Parameter], list[_Converted]]
#: What stands there for a text, alone or in another one.
_WORD = re.compile(r"⟨(\w+)⟩")


class _Statement:
    """What `build(**stand_ins)` asks for, asked with values of one's own.

    `build` is called once and gets for each name a stand-in of the type it has in `kinds`: a
    number for a key, a day, a word for a text, which may also become a part of another text, but of
    no pattern: the marks of LIKE in it would count. It must not look at them. What it builds may
    depend on nothing else, and on no row.
    """

    def __init__(self, build: Callable[..., Any], **kinds: type[Value]) -> None:
        self._build, self._kinds = build, kinds

    def _fetched(self, values: dict[str, Value]) -> list[list[Any]]:
        """None when a value is a number that no column could hold."""
        if any(isinstance(value, int) and value > _LARGEST for value in values.values()):
            return []
        sql, parameters, converted = self._statement
        with self._cursor() as cursor:
            moments.read_quickly(cursor)
            cursor.execute(sql, [each(values) for each in parameters])
            rows = [list(row) for row in cursor.fetchall()]
        for position, expression, converters in converted:
            for convert in converters:
                for row in rows:
                    row[position] = convert(row[position], expression, connection)
        return rows

    def _cursor(self) -> CursorWrapper:
        """Of our PostgreSQL one that keeps plans, of SQLite its only one."""
        cursor: Callable[[], CursorWrapper]
        cursor = getattr(connection, "plan_keeping_cursor", connection.cursor)
        return cursor()

    @property
    def _statement(self) -> _Asked:
        raise TypeError(f"{type(self).__name__} must say its statement.")

    def _written_out(self, sql: str, parameters: Sequence[Any]) -> tuple[str, list[Any]]:
        """With the constants in the statement, by which partial indexes are found, and the
        parameters that are left. A text with a NUL is left as well: SQLite would end it there."""
        with connection.cursor() as cursor:
            places = [
                "%s" if self._is_left(each) else _literal(cursor, each).replace("%", "%%")
                for each in parameters
            ]
        written = sql.replace("%%", "%%%%") % tuple(places)
        return written, [each for each in parameters if self._is_left(each)]

    def _is_left(self, parameter: Any) -> bool:
        if isinstance(parameter, str) and ("\0" in parameter or _WORD.search(parameter)):
            return True
        return parameter in map(_sent, self._stand_ins.values())

    @cached_property
    def _stand_ins(self) -> dict[str, Any]:
        kinds: dict[type, Callable[[str, int], Value]] = {
            int: lambda _, place: _NUMBER + place,
            date: lambda _, place: _DAY + timedelta(days=place),
            str: lambda name, _: f"⟨{name}⟩",
        }
        return {
            name: kinds[kind](name, place) for place, (name, kind) in enumerate(self._kinds.items())
        }

    def _parameter(self, parameter: Any) -> _Parameter:
        for name, stand_in in self._stand_ins.items():
            if parameter == _sent(stand_in):
                return lambda values: _sent(values[name])
        if isinstance(parameter, str) and _WORD.search(parameter):
            # At one go: what is put in is not looked through again.
            return lambda values: _WORD.sub(lambda found: str(values[found[1]]), parameter)
        return lambda values: parameter


class Prepared(_Statement):
    """The `rows` or `tuples` of a queryset with `.values(…)`, and the `objects` of one without."""

    def rows(self, **values: Value) -> list[dict[str, Any]]:
        """In one statement; none when a value is a number that no column could hold."""
        return [dict(zip(self._names, row, strict=True)) for row in self._fetched(values)]

    def tuples(self, **values: Value) -> list[Any]:
        """The same as named tuples, of a queryset with `.values_list(…, named=True)`."""
        return list(map(self._tuple._make, self._fetched(values)))

    def objects(self, **values: Value) -> list[Any]:
        """The same as a queryset gives them, with what its `select_related` names, and without
        what it would prefetch."""
        return [self._made(row) for row in self._fetched(values)]

    @cached_property
    def annotations(self) -> list[str]:
        """The names of the columns that `objects` hold beside their own."""
        return list(self._compiled[0].annotation_col_map)

    @property
    def _statement(self) -> _Asked:
        return self._compiled[1]

    @cached_property
    def _compiled(self) -> tuple[SQLCompiler, _Asked]:
        """Who put it together, and the statement: at once, for two threads may be the first."""
        with english():  # and not in the language of whoever asks first
            query = self._build(**self._stand_ins).query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = self._written_out(*with_names(compiler.as_sql))
        columns = [(place, column[0]) for place, column in enumerate(compiler.select)]
        converted = [(place, column, _converters(column)) for place, column in columns]
        asked = [self._parameter(each) for each in parameters]
        return compiler, (sql, asked, [each for each in converted if each[2]])

    @cached_property
    def _names(self) -> list[str]:
        return list(self._compiled[0].query.selected)

    @cached_property
    def _tuple(self) -> Any:
        return namedtuple("Row", self._names)

    @cached_property
    def _made(self) -> Callable[[list[Any]], Any]:
        return _maker(self._compiled[0])


class PlannedAnew(Prepared):
    """The same, planned for the values of each asking. For a statement whose one plan for everybody
    serves those who have much, and costs those who have nothing more than planning it does."""

    def _cursor(self) -> CursorWrapper:
        return connection.cursor()


class PreparedByHand(_Statement):
    """The answers to SQL that `build` writes itself, and gives with its parameters. It may name
    rules of who sees what."""

    def answers(self, **values: Value) -> list[list[Any]]:
        return self._fetched(values)

    @cached_property
    def _statement(self) -> _Asked:
        written = partial(self._build, **self._stand_ins)
        sql, parameters = self._written_out(*with_names(written))
        return sql, [self._parameter(each) for each in parameters], []


def _literal(cursor: CursorWrapper, value: Any) -> str:
    """A constant as it stands in SQL."""
    if connection.vendor == "postgresql":
        return str(cursor.mogrify("%s", [value]))
    return str(connection.connection.execute("SELECT quote(?)", [value]).fetchone()[0])


def _sent(value: Value) -> Any:
    """As the database takes it: SQLite has no days."""
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _maker(compiler: SQLCompiler) -> Callable[[list[Any]], Any]:
    """Of an object and those related to it from a row, as `ModelIterable` of Django does."""
    model, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    own = slice(fields[0], fields[-1] + 1)
    names = [selected[0].target.attname for selected in compiler.select[own]]
    # The stubs are those of a later Django.
    related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def made(row: list[Any]) -> Any:
        found = model.from_db(connection.alias, names, row[own])
        for populator in related:
            populator.populate(row, found)
        for name, position in compiler.annotation_col_map.items():
            setattr(found, name, row[position])
        return found

    return made


def _converters(expression: Any) -> list[Callable[..., Any]]:
    return [
        *connection.ops.get_db_converters(expression),
        *expression.get_db_converters(connection),
    ]
