"""Dump and load SQLite as its whole file, copied by SQLite itself while people write."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from config.backup.archive import Archive, ArchiveWriter, Unusable

_FILE = "database/db.sqlite3"
#: Bytes.
_LARGE = 50_000_000


def dump(archive: ArchiveWriter) -> int:
    """Add the file. Returns its rows."""
    connection.ensure_connection()
    with tempfile.TemporaryDirectory(dir=archive.path.parent) as folder:
        copy = Path(folder) / "db.sqlite3"
        with closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            rows = sum(
                target.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
                for table in connection.introspection.django_table_names(only_existing=True)
            )
        with copy.open("rb") as file:
            archive.add(_FILE, file, copy.stat().st_size)
    return rows


def load(archive: Archive, migrate: Callable[[], object]) -> None:
    """Put the file in the place of the one there is. It brings its own tables, so there is
    nothing to migrate to first. Raises Unusable when the product runs or SQLite finds the file
    broken."""
    if _is_running(settings.DATA_DIR):
        raise Unusable("Second Story runs with this data folder. Stop it first, and try again.")
    place = Path(settings.DATABASES["default"]["NAME"])
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        copy = Path(folder) / "db.sqlite3"
        with archive.open(_FILE) as packed, copy.open("wb") as file:
            shutil.copyfileobj(packed, file)
        found = trouble_in(copy)
        if found:
            raise Unusable(f"SQLite says that the database in it is broken: {found}")
        connection.close()
        for beside in ("-wal", "-shm"):
            place.with_name(place.name + beside).unlink(missing_ok=True)
        copy.replace(place)


def trouble_in(path: Path, *, is_start: bool = False) -> str:
    """What SQLite finds wrong with a file; "" when it is whole. Our constraints need Django's
    functions. At a start a large file is read without comparing its indexes with its rows, which
    takes several times as long."""
    is_quick = is_start and path.stat().st_size > _LARGE
    other = connection.copy()
    other.settings_dict["NAME"] = path
    try:
        with other.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)" if is_quick else "PRAGMA integrity_check(1)")
            (found,) = cursor.fetchone()
    except DatabaseError as error:
        return str(error)
    finally:
        other.close()
    return "" if found == "ok" else " ".join(str(found).split())


def _is_running(data: Path) -> bool:
    """Whether `make run` holds the folder: see scripts/start.py."""
    try:
        with (data / "running").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
