"""A whole site as files: a line for each row, the files people attached, and what there is of both.

docs/exports.md tells the form. Nothing is held but a few hundred rows at a time, and for a download
the keys of what its reader may read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Field, Model, QuerySet

from common.models import About
from config.exporting import archive
from config.exporting.rows import Writer, batches
from config.exporting.tables import LEFT_OUT, TABLES, Table
from incidents.files import store
from incidents.models import StoredFile
from people.models import User
from postmortems.models import Review
from postmortems.permissions import drafts_readable_by

FORMAT = "second-story-site"
VERSION = 1
EVERYTHING = "everything"
AS_READ = "what one person may read"


@dataclass
class Export:
    """One export while it is written. `reader` is the person it is for; None for whoever runs the
    site, who gets everything that is not left out by name."""

    target: archive.Target
    now: datetime
    reader: User | None = None
    counts: dict[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0  # bytes of the files
    #: Digests of attachments of which the storage has nothing.
    missing: list[str] = field(default_factory=list)
    _digests: set[str] = field(default_factory=set)

    def write(self) -> Iterator[None]:
        """Write it all. Stops after each batch, so that a download can go on its way."""
        reach = Reach(self.reader)
        entries: list[dict[str, Any]] = []
        for table in TABLES:
            entry: dict[str, Any] = {"name": table.label, "rows": 0, "sha256": ""}
            entries.append(entry)
            yield from self._table(table, reach, entry)
            self.counts[table.label] = entry["rows"]
        for sha256 in sorted(self._digests):
            self._attachment(sha256)
            yield
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": self.now.astimezone(UTC).isoformat(),
            "holds": AS_READ if self.reader else EVERYTHING,
            "tables": entries,
            "files": {"count": self.files, "bytes": self.size, "missing": self.missing},
            "left_out": LEFT_OUT
            | {
                f"{table.label}.{name}": "made anew on the way in"
                for table in TABLES
                for name in table.without
            },
        }
        with self.target.add(archive.MANIFEST) as file:
            file.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")
        yield

    def _table(self, table: Table, reach: Reach, entry: dict[str, Any]) -> Iterator[None]:
        model, digest = table.model, hashlib.sha256()
        writer = Writer(model, without=tuple(table.without))
        with self.target.add(archive.table_file(table.label)) as file:
            for some in batches(reach.rows(table)):
                kept = list(reach.cut(table, some))
                if issubclass(model, StoredFile):
                    self._digests.update(row["sha256"] for row in kept)
                lines = [writer.line(row) for row in kept]
                text = b"".join(lines)
                digest.update(text)
                file.write(text)
                entry["rows"] += len(lines)
                yield
        entry["sha256"] = digest.hexdigest()

    def _attachment(self, sha256: str) -> None:
        try:
            with store.get(sha256) as content:
                self.size += self._copy(content, archive.attachment_file(sha256))
        except FileNotFoundError:
            self.missing.append(sha256)
            return
        self.files += 1
        try:
            with store.get(sha256, thumbnail=True) as content:
                self._copy(content, archive.attachment_file(sha256, is_thumbnail=True))
        except FileNotFoundError:
            pass  # Only pictures have one.

    def _copy(self, content: IO[bytes], name: str) -> int:
        with self.target.add(name) as file:
            shutil.copyfileobj(content, file)
        return content.tell()


class Reach:
    """What of each table goes into an export."""

    def __init__(self, reader: User | None) -> None:
        self.reader = reader
        #: For a reader: keys of the rows they get, of the tables that others point to.
        self._keys: dict[type[Model], set[Any]] = {}
        self._drafts: set[Any] = set()
        if reader is None:
            return
        self._drafts = set(drafts_readable_by(reader).values_list("pk", flat=True))
        pointed_to = {pointer.related_model for table in TABLES for pointer in _pointers(table)}
        for table in TABLES:
            if table.model in pointed_to:
                key = table.model._meta.pk.attname
                self._keys[table.model] = {
                    row[key]
                    for some in batches(self.rows(table))
                    for row in some
                    if self._is_whole(table, row)
                }

    def rows(self, table: Table) -> QuerySet:
        rows = table.model._base_manager.all()
        if self.reader is not None:
            return table.rule(rows, self.reader)
        if issubclass(table.model, About):
            return rows.filter(object_type__in=_types_told())
        return rows

    def cut(self, table: Table, some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rows that hold together without what is not there, pointing to nothing of it."""
        if self.reader is None:
            yield from some
            return
        key, keys = table.model._meta.pk.attname, self._keys.get(table.model)
        for row in some:
            # What came since the keys were read is left for the next export.
            if not self._is_whole(table, row) or (keys is not None and row[key] not in keys):
                continue
            for pointer in _pointers(table):
                if row[pointer.attname] not in self._held(pointer):
                    row[pointer.attname] = None
            if table.unread and self._review_of(table, row) not in self._drafts:
                for name in table.unread:
                    row[name] = table.model._meta.get_field(name).get_default()
            yield row

    def _is_whole(self, table: Table, row: dict[str, Any]) -> bool:
        return all(
            pointer.null or row[pointer.attname] in self._held(pointer)
            for pointer in _pointers(table)
        )

    def _held(self, pointer: Field) -> set[Any]:
        return self._keys.get(pointer.related_model, set())

    @staticmethod
    def _review_of(table: Table, row: dict[str, Any]) -> Any:
        return row["id"] if table.model is Review else row["review_id"]


def _pointers(table: Table) -> list[Field]:
    """Columns that hold the key of a row of the product."""
    return [
        field
        for field in table.model._meta.concrete_fields
        if field.is_relation and field.related_model is not ContentType
    ]


def _types_told() -> list[int]:
    """Of the tables that are exported: nothing speaks of a row that stays behind."""
    told = {table.label.lower() for table in TABLES}
    return [row.pk for row in ContentType.objects.all() if f"{row.app_label}.{row.model}" in told]


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside belongs to one moment, and nobody who writes has to wait for it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not atomic(): that would keep everybody else from writing.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
