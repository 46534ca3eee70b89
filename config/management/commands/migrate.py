"""Django's `migrate`, one at a time, and then all that a database of ours has beside its tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from common import search_index
from config import database_role

#: Among the advisory locks of the database.
_LOCK = 7_071_984
_SECONDS = 0.5
_MOST_SECONDS = 3_600


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        database = connections[options["database"]]
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        with self._alone(database):
            if "django_migrations" in database.introspection.table_names():
                self._give_rights(database)  # also to what is made now, for servers that go on
            super().handle(*args, **options)
            call_command("createcachetable", database=database.alias, verbosity=0)
            self._give_rights(database)
            # Of the default database, where the tables are.
            if trouble := search_index.trouble():
                self.stdout.write(self.style.WARNING(trouble))

    @staticmethod
    def _give_rights(database: BaseDatabaseWrapper) -> None:
        role = settings.PRODUCT_ROLE
        if not role or database.vendor != "postgresql":
            return
        try:
            database_role.give_rights(database, role, settings.PRODUCT_ROLE_PASSWORD)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error

    @contextmanager
    def _alone(self, database: BaseDatabaseWrapper) -> Iterator[None]:
        """Two that begin at once would both make the same table. Asks again and again: an index
        that is made beside writers would wait for a statement that waits for it."""
        if database.vendor != "postgresql":
            yield
            return
        began = time.monotonic()
        is_told = False
        while not self._asked(database, "pg_try_advisory_lock"):
            if not is_told:
                self.stdout.write("Another process migrates this database. Waiting for its end.")
            is_told = True
            if time.monotonic() - began > _MOST_SECONDS:
                raise CommandError(
                    "Another process holds the lock of migrations. If none is at work, end the "
                    f"connection that holds it: the pid in pg_locks beside the objid {_LOCK}."
                )
            time.sleep(_SECONDS)
        try:
            yield
        finally:
            self._asked(database, "pg_advisory_unlock")

    @staticmethod
    def _asked(database: BaseDatabaseWrapper, function: str) -> bool:
        with database.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [_LOCK])
            return bool(cursor.fetchone()[0])
