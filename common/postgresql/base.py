"""Django's PostgreSQL, whose pool is well again with the first page after connections were cut."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Error, connect
from psycopg_pool import ConnectionPool, PoolTimeout


class DatabaseWrapper(base.DatabaseWrapper):
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
