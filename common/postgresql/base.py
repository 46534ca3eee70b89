"""Django's PostgreSQL, whose pool is well again with the first page after connections were cut."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Error
from psycopg_pool import ConnectionPool


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


def _answers(connection: Any) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True
