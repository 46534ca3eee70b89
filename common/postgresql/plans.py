"""Statements whose plan PostgreSQL keeps: to plan one of them takes longer than to answer it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from psycopg import Cursor
from psycopg._preparing import Prepare
from psycopg.errors import (
    DuplicatePreparedStatement,
    FeatureNotSupported,
    InvalidSqlStatementName,
)
from psycopg.types.numeric import Int8Dumper

#: What PostgreSQL says of a plan whose tables have changed since, of one that is gone, and of one
#: that is there already.
_Useless = (FeatureNotSupported, InvalidSqlStatementName, DuplicatePreparedStatement)


class PlanKeepingCursor(Cursor[Any]):
    """Prepares what it is asked, and sends the values beside it, where Django's cursors write them
    into each statement.

    PostgreSQL plans it once for all values: config/environment.py has it do so from the first time.

    Not for use within a transaction: that a plan is useless is an error, which would take along
    all that was done before.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # One statement for all numbers: psycopg has three types for them, by their size.
        self.adapters.register_dumper(int, Int8Dumper)

    def execute(self, query: Any, params: Any = None, **options: Any) -> PlanKeepingCursor:
        # For the others it stays None. Else psycopg would count them too, and keep the text of the
        # last hundred, as long as they may be.
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **options)
        except _Useless:
            # Nothing more is prepared: a pooler may take the next message to another connection.
            self.connection.prepare_threshold = None
            self.connection._prepared.clear()
            super().execute("DEALLOCATE ALL")
            return super().execute(query, params)
        finally:
            self.connection.prepare_threshold = None

    def _get_prepared(self, pgq: Any, prepare: bool | None = None) -> tuple[Prepare, bytes]:
        """Psycopg counts names from nought on each connection. Behind a pooler that gives one
        connection to several programs, the name of another statement would be answered."""
        state, name = super()._get_prepared(pgq, prepare)
        if state is Prepare.SHOULD:
            statement = sha256(repr((pgq.query, pgq.types)).encode())
            name = b"plan_%s" % statement.hexdigest()[:32].encode()
        return state, name
