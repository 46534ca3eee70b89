"""Everything this site holds, in one file: `manage.py backup` and `manage.py restore`.

A backup is a tar file: the database, every stored file, and at its end a manifest with a SHA-256
of each. It is made while people work. What it leaves out: keys (they are in the environment),
sessions, the cache and what waits in the queue, which finds itself again from the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from common.storage import UNFINISHED
from config.backup import postgresql, sqlite
from config.backup.archive import Archive, ArchiveWriter, Unusable
from config.models import Backup
from people.models import User

__all__ = ["Made", "Unusable", "check", "make", "restore"]

FORMAT = 1
_FILES = "files/"
_DIALECTS: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}


@dataclass(frozen=True)
class Made:
    """What a backup holds."""

    made_at: str  # ISO 8601, UTC
    engine: str
    rows: int
    files: int
    bytes: int

    def __str__(self) -> str:
        size = f"{self.bytes / 1_000_000:,.1f} MB"
        return f"{self.rows:,} rows and {self.files:,} files of {self.made_at}, {size}"


def make(path: Path, *, now: datetime) -> Made:
    """Write everything to `path`, which is there whole or not at all.

    The database is that of one instant. Files are never changed once they are stored, so those
    that arrive meanwhile are extra and harm nothing.

    It is noted in the database afterwards, for administrators to see.

    Raises FileExistsError when there is such a file, and OSError when it can't be written.
    """
    if path.exists():
        raise FileExistsError(path)
    dialect = _DIALECTS[connection.vendor]
    with ArchiveWriter(path) as archive:
        rows = dialect.dump(archive)
        files = 0
        for name in _stored():
            with default_storage.open(name) as file:
                archive.add(_FILES + name, file, file.size)
            files += 1
        made = {
            "format": FORMAT,
            "made_at": now.isoformat(timespec="seconds"),
            "engine": connection.vendor,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "rows": rows,
            "files": files,
        }
        archive.finish(made)
    written = _made(made, path)
    Backup.objects.create(
        made_at=now,
        seconds=(timezone.now() - now).total_seconds(),
        bytes=written.bytes,
        rows=written.rows,
        files=written.files,
    )
    return written


def check(path: Path) -> Made:
    """Read the whole of a backup and compare it with what its manifest says.

    Raises Unusable, with the reason in words, when it is damaged or comes from a newer version.
    """
    with Archive(path) as archive:
        archive.check()
        return _usable(archive)


def restore(path: Path, *, replace: bool = False) -> Made:
    """Put the database and the files back as they were, then bring the tables up to date.

    Nothing else may use the database meanwhile. Everybody signs in anew: a session that was ended
    after the backup must not come back to life.

    Raises Unusable before anything is touched when the backup is not whole, was made by a newer
    version or by another kind of database, or when there are rows here and `replace` is False; and
    afterwards when what was restored differs from what was backed up.
    """
    dialect = _DIALECTS[connection.vendor]
    with Archive(path) as archive:
        archive.check()
        made = _usable(archive)
        if made.engine != connection.vendor:
            raise Unusable(
                f"This is a backup of {made.engine}, and here runs {connection.vendor}. "
                "export_site and import_site carry a site from one to the other."
            )
        if not replace and _in_use():
            raise Unusable(
                "There are people in this database already. With --replace everything in it and "
                "every stored file of the same name gives way to the backup."
            )
        states = {(app, name) for app, name in archive.manifest["migrations"]}
        dialect.load(archive, lambda: _migrate_to(states))
        for name in archive.names(_FILES):
            with archive.open(name) as file:
                default_storage.save(name.removeprefix(_FILES), File(file))
    call_command("migrate", interactive=False, verbosity=0)
    Session.objects.all().delete()
    return made


def _made(manifest: dict[str, Any], path: Path) -> Made:
    return Made(
        manifest["made_at"],
        manifest["engine"],
        manifest["rows"],
        manifest["files"],
        path.stat().st_size,
    )


def _usable(archive: Archive) -> Made:
    if archive.manifest.get("format") != FORMAT:
        raise Unusable("A newer version of Second Story made this backup. Install that one first.")
    known = MigrationExecutor(None).loader.disk_migrations
    missing = [key for key in archive.manifest["migrations"] if tuple(key) not in known]
    if missing:
        named = ".".join(missing[0])
        raise Unusable(
            f"This version of Second Story has never heard of {named}, which the backup builds on. "
            "Install the version that made it, or a later one."
        )
    return _made(archive.manifest, archive.path)


def _migrate_to(states: set[tuple[str, str]]) -> None:
    """Make the tables as they were when just these migrations had run. There are none yet."""
    executor = MigrationExecutor(connection)
    nodes = executor.loader.graph.node_map
    executor.migrate([key for key in sorted(states) if not _later(nodes[key], states)])


def _later(node: Any, states: set[tuple[str, str]]) -> bool:
    """Whether a later migration of the same app is among them."""
    return any(child.key[0] == node.key[0] and child.key in states for child in node.children)


def _in_use() -> bool:
    tables = connection.introspection.table_names()
    return User._meta.db_table in tables and User.objects.exists()


def _stored(folder: str = "") -> Iterator[str]:
    """Every file in the storage, by name."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    for name in sorted(names):
        if not name.startswith(UNFINISHED):
            yield f"{folder}/{name}" if folder else name
    for name in sorted(folders):
        yield from _stored(f"{folder}/{name}" if folder else name)
