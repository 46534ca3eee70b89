"""Django's PostgreSQL, whose pool is well again with the first page after connections were cut, and
which can keep the plans of statements."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper
from psycopg import Error, connect
from psycopg_pool import ConnectionPool, PoolTimeout

from common.postgresql.plans import PlanKeepingCursor


class Operations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Psycopg does not say what it asked by name."""
        return super().last_executed_query(cursor, sql, params) or self.compose_sql(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = Operations

    def get_connection_params(self) -> dict[str, Any]:
        """Without `prepare_threshold`: see `plan_keeping_cursor`."""
        return super().get_connection_params() | {"prepare_threshold": None}

    def plan_keeping_cursor(self) -> CursorWrapper:
        """For statements that are the same each time; an ordinary cursor within a transaction, and
        where the option `prepare_threshold` is None, as it is for Django unless told otherwise."""
        threshold = self.settings_dict["OPTIONS"].get("prepare_threshold")
        if threshold is None or self.in_atomic_block:
            return self.cursor()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PlanKeepingCursor(self.connection))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that answers.

        The pool could look for itself (CONN_HEALTH_CHECKS), and would wait a second after the
        first dead connection, two after the next and so on: with as many as there were people, it
        gives up before it has found one that lives. Where one was cut, the others mostly were, too.
        """
        connection = super().get_new_connection(conn_params)
        if self.pool is None or _answers(connection):
            return connection
        self.pool.putconn(connection)
        self.pool.drain()
        return super().get_new_connection(conn_params)

    def has_none_free(self, error: Exception) -> bool:
        """Whether this error is the pool's, while the database answers whoever comes without it:
        for those who look why, not for every page."""
        if not isinstance(error.__cause__, PoolTimeout):
            return False
        try:
            with connect(**self.get_connection_params() | {"connect_timeout": 2}) as beside:
                return _answers(beside)
        except Error:
            return False


def _answers(connection: Any) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True
