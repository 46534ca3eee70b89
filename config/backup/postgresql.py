"""Dump and load PostgreSQL by COPY, table by table, in one snapshot.

Needs no program beside ours, so that it runs in the image that the site runs in. The tables
themselves come from our migrations; a backup of an older version is loaded into the tables of that
version and migrated from there.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from config.backup.archive import Archive, ArchiveWriter, Unusable

_TABLES = "database/"
_CHUNK = 1 << 20
_MOMENTS = 20
#: Not worth keeping, made by migrating, or who is logged in.
_LEFT_OUT = {"cache", "django_migrations", "django_session", "people_opensession"}
# A backup takes as long as it takes; and it must read the same whatever the session prefers.
_SETTINGS = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
)


def dump(archive: ArchiveWriter) -> int:
    """Add every table as gzipped COPY text, in the order of its primary key. Returns the rows."""
    rows = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _prepare(cursor)
        for table in _tables():
            with tempfile.TemporaryFile(dir=archive.path.parent) as spool:
                with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=6, mtime=0) as packed:
                    columns = _columns(cursor, table)
                    packed.write(f"{columns}\n".encode())
                    for chunk in _copied(cursor, table, columns):
                        packed.write(chunk)
                rows += max(cursor.rowcount, 0)
                size = spool.tell()
                spool.seek(0)
                archive.add(f"{_TABLES}{table}.copy.gz", spool, size)
    return rows


def load(archive: Archive, migrate: Callable[[], object]) -> None:
    """Empty the database, make the tables of the backup's version, and fill them. Raises Unusable
    when somebody else uses the database, or as `fill` does."""
    _clear()
    migrate()
    fill(archive)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fill(archive: Archive) -> None:
    """Put the rows of the backup in the place of those there are, in one transaction. Raises
    Unusable when a table then differs from the one that was backed up."""
    with transaction.atomic(), connection.cursor() as cursor:
        _prepare(cursor)
        tables = _tables()
        # Those that are left out point to others.
        made = set(connection.introspection.table_names()) - {"django_migrations"}
        quoted = ", ".join(map(connection.ops.quote_name, sorted(made)))
        cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY")
        for table in tables:
            cursor.execute(f"ALTER TABLE {connection.ops.quote_name(table)} DISABLE TRIGGER USER")
        for member in archive.names(_TABLES):
            table = member.removeprefix(_TABLES).removesuffix(".copy.gz")
            if not _fill(cursor, table, archive.open(member)):
                raise Unusable(f"{table} came back different. Nothing was restored; try again.")
        # References are looked at here, before the tables may be altered again.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {connection.ops.quote_name(table)} ENABLE TRIGGER USER")
        models = apps.get_models(include_auto_created=True)
        known = [model for model in models if model._meta.db_table in tables]
        for statement in connection.ops.sequence_reset_sql(no_style(), known):
            cursor.execute(statement)


def _clear() -> None:
    # A pool would hold connections of our own beside the one we use.
    connection.close()
    connection.close_pool()
    connection.settings_dict["OPTIONS"]["pool"] = False
    with connection.cursor() as cursor:
        if _others(cursor):
            raise Unusable(
                "Something else uses this database. Stop the web servers, the workers and the "
                "clock first, and try again."
            )
        # Of the whole session: tables of any size are filled, analysed and migrated in it.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def _others(cursor: Any) -> bool:
    """Whether somebody else is connected. One that has just left takes a moment to be gone. Of
    other roles only a superuser is told what a session is for; the server's own have no role."""
    for _ in range(_MOMENTS):
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
            " AND COALESCE(backend_type, 'client backend') = 'client backend'"
        )
        if not cursor.fetchone()[0]:
            return False
        time.sleep(0.1)
    return True


def _prepare(cursor: Any) -> None:
    for setting in _SETTINGS:
        cursor.execute(setting)


def _tables() -> list[str]:
    return sorted(set(connection.introspection.table_names()) - _LEFT_OUT)


def _columns(cursor: Any, table: str) -> str:
    """Those that hold what was written; the others are worked out from them."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())


def _copied(cursor: Any, table: str, columns: str) -> Iterator[bytes]:
    key = ", ".join(
        connection.ops.quote_name(name)
        for name in connection.introspection.get_primary_key_columns(cursor, table) or ["1"]
    )
    name = connection.ops.quote_name(table)
    rows = f"SELECT {columns} FROM {name} ORDER BY {key}"  # noqa: S608 quoted names
    with cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
        for chunk in copy:
            yield bytes(chunk)


def _fill(cursor: Any, table: str, packed: IO[bytes]) -> bool:
    """Put in what was dumped: a line with the columns, then the rows. False when the table then
    holds something else."""
    came, is_there = hashlib.sha256(), hashlib.sha256()
    name = connection.ops.quote_name(table)
    with gzip.GzipFile(fileobj=packed) as file:
        columns = file.readline().decode().strip()
        with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            while chunk := file.read(_CHUNK):
                came.update(chunk)
                copy.write(chunk)
    for chunk in _copied(cursor, table, columns):
        is_there.update(chunk)
    return came.digest() == is_there.digest()
