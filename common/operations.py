"""Migration steps written in each database's own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.operations import AddConstraint, AddIndex, RemoveIndex
from django.db.migrations.operations.base import Operation
from django.db.models import Index, Model

#: For a function of a trigger. It is planned once for a connection: with what was known of a table
#: of ten rows, it would read all of it for each of the thousands that an import adds.
BY_INDEXES = "SET enable_seqscan = off"


class TableOperation(Operation):
    """A step on one model's table that leaves Django's picture of the model alone.

    Subclasses say what to run in `statements(vendor, table)`.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model_name], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        """(forwards, backwards) for one database: "postgresql" or "sqlite"."""
        raise TypeError(f"{type(self).__name__} must say its statements.")

    def _run(self, app_label: str, schema_editor: Any, state: Any, *, forwards: bool) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        steps = self.statements(schema_editor.connection.vendor, model._meta.db_table)
        for statement in steps[0] if forwards else steps[1]:
            schema_editor.execute(statement)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._run(app_label, schema_editor, to_state, forwards=True)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._run(app_label, schema_editor, from_state, forwards=False)


class _OtherwiseOnPostgresql(Operation):
    """Comes before one of Django's own steps, and takes its place on PostgreSQL."""

    model_name: str

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            self.on_postgresql(model, schema_editor)

    def on_postgresql(self, model: type[Model], schema_editor: Any) -> None:
        raise TypeError(f"{type(self).__name__} must say what it does.")


class AddIndexBesideWriters(_OtherwiseOnPostgresql, AddIndex):
    """Add an index to a table that may be large: PostgreSQL makes it while people go on writing.

    The migration says `atomic = False`, and does nothing else. An index of that name that an
    interrupted attempt has left unfinished is made anew.
    """

    atomic = False

    def on_postgresql(self, model: type[Model], schema_editor: Any) -> None:
        with _all_the_time_it_takes(schema_editor):
            _drop_beside_writers(self.index.name, schema_editor)
            schema_editor.add_index(model, self.index, concurrently=True)


class DropIndexBesideWriters(_OtherwiseOnPostgresql, RemoveIndex):
    """Drop an index of a table that may be busy: nobody waits for it. The migration says
    `atomic = False`, and does nothing else."""

    atomic = False

    def on_postgresql(self, model: type[Model], schema_editor: Any) -> None:
        with _all_the_time_it_takes(schema_editor):
            _drop_beside_writers(self.name, schema_editor)


class IndexLinksBesideWriters(TableOperation):
    """Index the links of a field to many by what they lead to, and then by whose they are, so that
    the newest with a tag are found at its end. Django has no model to say it of.

    The migration says `atomic = False`, and does nothing else.
    """

    def __init__(self, model_name: str, field: str) -> None:
        super().__init__(model_name)
        self.field = field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model_name, self.field], {})

    def describe(self) -> str:
        return f"Index the {self.field} of each {self.model_name} by what they are"

    def _run(self, app_label: str, schema_editor: Any, state: Any, *, forwards: bool) -> None:
        connection = schema_editor.connection
        model = state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        field = model._meta.get_field(self.field)
        links = field.remote_field.through
        index = Index(
            fields=[field.m2m_reverse_field_name(), field.m2m_field_name()],
            name=f"{self.model_name}_by_{self.field}",
        )
        if connection.vendor != "postgresql":
            change = schema_editor.add_index if forwards else schema_editor.remove_index
            change(links, index)
            return
        with _all_the_time_it_takes(schema_editor):
            _drop_beside_writers(index.name, schema_editor)
            if forwards:
                schema_editor.add_index(links, index, concurrently=True)


def _drop_beside_writers(index: str, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(index)}")


class AddCheckForNewRows(_OtherwiseOnPostgresql, AddConstraint):
    """Add a check to a table that may be large: PostgreSQL holds new rows to it and does not read
    the others, for which CheckOldRows comes in a later migration. SQLite looks at all at once."""

    def on_postgresql(self, model: type[Model], schema_editor: Any) -> None:
        statement = self.constraint.create_sql(model, schema_editor)
        schema_editor.execute(f"{statement} NOT VALID", params=None)


class InBatches(TableOperation):
    """A step that changes rows on PostgreSQL, some at a time, while people go on writing: whoever
    changes one of them waits for its batch alone. The migration says `atomic = False`, and does
    nothing else.

    Subclasses say in `change(table)` what is run with the first key of each batch and of the next.
    """

    SIZE = 10_000

    def change(self, table: str) -> str:
        raise TypeError(f"{type(self).__name__} must say its statement.")

    def _run(self, app_label: str, schema_editor: Any, state: Any, *, forwards: bool) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        connection, table = schema_editor.connection, model._meta.db_table
        is_asked = forwards and self.allow_migrate_model(connection.alias, model)
        if not is_asked or connection.vendor != "postgresql":
            return
        with _all_the_time_it_takes(schema_editor):
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM "{table}"')  # noqa: S608
                least, last = cursor.fetchone()
            for first in range(least, last + 1, self.SIZE):
                schema_editor.execute(self.change(table), (first, first + self.SIZE))
            schema_editor.execute(f'ANALYZE "{table}"')


class CheckOldRows(TableOperation):
    """Hold the rows that were there before AddCheckForNewRows to it, too, while people go on
    writing."""

    def __init__(self, model_name: str, name: str) -> None:
        super().__init__(model_name)
        self.name = name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model_name, self.name], {})

    def describe(self) -> str:
        return f"Hold every {self.model_name} to {self.name}"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor != "postgresql":
            return [], []
        return [f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{self.name}"'], []

    def _run(self, app_label: str, schema_editor: Any, state: Any, *, forwards: bool) -> None:
        with _all_the_time_it_takes(schema_editor):
            super()._run(app_label, schema_editor, state, forwards=forwards)


@contextmanager
def _all_the_time_it_takes(schema_editor: Any) -> Iterator[None]:
    """Pages may ask nothing, and wait for no lock, longer than some seconds
    (config/environment.py); this may, for what leaves the table to others."""
    if schema_editor.connection.vendor != "postgresql":
        yield
        return
    for limit in ("statement_timeout", "lock_timeout"):
        schema_editor.execute(f"SET {limit} = 0")
    yield
    for limit in ("statement_timeout", "lock_timeout"):
        schema_editor.execute(f"RESET {limit}")
