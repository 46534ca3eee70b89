"""A site that was exported, into an empty database: all of it, or nothing.

First everything is read and checked against the manifest; then the files people attached are kept,
which does no harm if it ends there; then all rows are written in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction

from actions.models import Action
from common.models import Activity
from common.text import RENDERER_VERSION, render
from config.exporting import archive
from config.exporting.archive import NotAnExport, Source
from config.exporting.rows import BATCH, NotARow, Reader
from config.exporting.site import FORMAT, VERSION
from config.exporting.tables import TABLES, Table
from incidents.files import store
from incidents.models import Incident
from lessons.models import Lesson
from people.models import User
from postmortems.models import HandbookPage, Section

_LONGEST_MANIFEST = 10_000_000
Say = Callable[[str], None]


class NotImported(ValueError):
    """Nothing was imported; the text says why, with file and line where there is one."""


@dataclass(frozen=True)
class Imported:
    rows: int
    files: int
    bytes: int
    #: Attachments that the export has no file of.
    missing: int


def check(source: Source) -> dict[str, Any]:
    """The manifest, once everything it tells of is there as it tells. Raises NotImported."""
    manifest = _manifest(source)
    for table in TABLES:
        entry = _entry(manifest, table)
        name, digest, rows = archive.table_file(table.label), hashlib.sha256(), 0
        with _opened(source, name) as file:
            for line in file:
                digest.update(line)
                rows += 1
        if (rows, digest.hexdigest()) != (entry.get("rows"), entry.get("sha256")):
            raise NotImported(
                f"{name} is not what was exported: it has {rows:,} rows, the manifest tells of "
                f"{entry.get('rows')} and another checksum."
            )
    return manifest


def require_empty() -> None:
    """Raises NotImported where anybody has begun to use the site."""
    for model in (User, Incident, Action, Lesson, Activity):
        if model.objects.exists():
            name = model._meta.verbose_name_plural
            raise NotImported(
                f"This site is in use, there are {name} in it. An export goes into a database "
                "where nothing but the migrations have run."
            )


def bring_in(source: Source, *, say: Say = lambda words: None) -> Imported:
    """Raises NotImported, having changed nothing that anybody sees."""
    require_empty()
    manifest = check(source)
    files = bytes_kept = 0
    for size in _keep_files(source, missing=set(manifest["files"]["missing"])):
        files, bytes_kept = files + 1, bytes_kept + size
    rows = 0
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
        for table in reversed(TABLES):
            # What the migrations put there gives way to what comes in.
            table.model._base_manager.all().delete()
        for table in TABLES:
            count = _fill(source, table)
            rows += count
            say(f"{table.label}: {count:,}")
        _require_whole()
        _render()
        _count_on()
    return Imported(rows, files, bytes_kept, len(manifest["files"]["missing"]))


# What the export says of itself -----------------------------------------------------------------
def _manifest(source: Source) -> dict[str, Any]:
    with _opened(source, archive.MANIFEST) as file:
        text = file.read(_LONGEST_MANIFEST)
    try:
        manifest = json.loads(text)
        form, version = manifest["format"], manifest["version"]
        files = manifest["files"]["missing"]
        names = [entry["name"] for entry in manifest["tables"]]
    except (ValueError, TypeError, KeyError) as error:
        raise NotImported(f"{archive.MANIFEST} is not the manifest of an export.") from error
    if form != FORMAT or not isinstance(files, list):
        raise NotImported(f"{archive.MANIFEST} tells of {form!r}. Only {FORMAT!r} can be imported.")
    if version != VERSION:
        raise NotImported(
            f"The export has version {version} of its form, this program reads version {VERSION}. "
            "Export it again with the release that you import into."
        )
    unknown = set(names) - {table.label for table in TABLES}
    if unknown:
        raise NotImported(
            f"The export holds {', '.join(sorted(unknown))}, of which this program knows nothing. "
            "It was made by another release: bring both to the same one."
        )
    return manifest


def _entry(manifest: dict[str, Any], table: Table) -> dict[str, Any]:
    for entry in manifest["tables"]:
        if entry["name"] == table.label:
            return entry
    raise NotImported(
        f"The export holds nothing of {table.label}. It was made by another release: bring both to "
        "the same one."
    )


def _opened(source: Source, name: str) -> IO[bytes]:
    try:
        return source.open(name)
    except NotAnExport as error:
        raise NotImported(str(error)) from error


# Files ------------------------------------------------------------------------------------------
def _keep_files(source: Source, *, missing: set[str]) -> Iterator[int]:
    """Put each attachment where the product looks for it; yields its size."""
    seen = set(missing)
    for kind in store.kinds():
        name = archive.table_file(kind._meta.label)
        with _opened(source, name) as file:
            for number, line in enumerate(file, start=1):
                try:
                    sha256 = json.loads(line)["sha256"]
                except (ValueError, TypeError, KeyError) as error:
                    raise NotImported(f"{name}, line {number} names no file.") from error
                if not _is_digest(sha256):
                    raise NotImported(f"{name}, line {number}: {sha256!r} is no SHA-256.")
                if sha256 not in seen:
                    seen.add(sha256)
                    yield _keep_file(source, sha256)


def _is_digest(text: Any) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


def _keep_file(source: Source, sha256: str) -> int:
    name = archive.attachment_file(sha256)
    with tempfile.TemporaryFile() as content, tempfile.TemporaryFile() as small:
        with _opened(source, name) as file:
            _copy(file, content)
        if store.digest(content) != sha256:
            raise NotImported(f"{name} is not what was exported: its checksum is another.")
        try:
            with source.open(archive.attachment_file(sha256, is_thumbnail=True)) as file:
                _copy(file, small)
        except NotAnExport:
            store.put(sha256, content)
        else:
            small.seek(0)
            store.put(sha256, content, small)
        return content.seek(0, 2)


def _copy(file: IO[bytes], to: IO[bytes]) -> None:
    while chunk := file.read(65_536):
        to.write(chunk)


# Rows -------------------------------------------------------------------------------------------
def _fill(source: Source, table: Table) -> int:
    """Write the rows as they are, with their keys and their times: no default, no clock."""
    name = archive.table_file(table.label)
    reader = Reader(table.model, instead=dict(table.without))
    quote = connection.ops.quote_name
    statement = (
        f"INSERT INTO {quote(table.model._meta.db_table)} "  # noqa: S608 (names of ours)
        f"({', '.join(map(quote, reader.names))}) "
        f"VALUES ({', '.join(['%s'] * len(reader.names))})"
    )
    count = 0
    with _opened(source, name) as file, connection.cursor() as cursor:
        lines = enumerate(file, start=1)
        while some := list(islice(lines, BATCH)):
            rows = []
            for number, line in some:
                try:
                    rows.append((number, reader.values(line, connection)))
                except NotARow as error:
                    raise NotImported(f"{name}, line {number} {error}.") from error
            try:
                with transaction.atomic():
                    cursor.executemany(statement, [values for _, values in rows])
            except DatabaseError:
                _refuse_line(cursor, statement, rows, name)
            count += len(rows)
    return count


def _refuse_line(cursor: Any, statement: str, rows: list[tuple[int, list[Any]]], name: str) -> None:
    """Say which of the rows the database does not take."""
    for number, values in rows:
        try:
            with transaction.atomic():
                cursor.execute(statement, values)
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            raise NotImported(f"{name}, line {number} breaks a rule: {reason}.") from error


def _require_whole() -> None:
    try:
        connection.check_constraints()
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        raise NotImported(f"A row points to one that is not there: {reason}") from error


def _render() -> None:
    """HTML is made here, from the text: nothing that comes from a file is shown as it is."""
    for incident in Incident.objects.exclude(summary="").only("summary").iterator(BATCH):
        Incident.objects.filter(pk=incident.pk).update(summary_html=render(incident.summary))
    for model in (Section, HandbookPage):
        for row in model.objects.only("text").iterator(BATCH):
            model.objects.filter(pk=row.pk).update(html=render(row.text), renderer=RENDERER_VERSION)


def _count_on() -> None:
    """New rows get keys after those that came in."""
    statements = connection.ops.sequence_reset_sql(no_style(), [table.model for table in TABLES])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def without_password() -> int:
    """People who came in and choose a password before they sign in."""
    return sum(not user.has_usable_password() for user in User.objects.active().only("password"))
