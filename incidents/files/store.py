"""The bytes of attachments: each stored once, under its SHA-256, in the default storage.

A file is written before its row is, and a row is taken out before its file: whatever stops in
between leaves at worst a file that no row tells of, which `sweep` removes.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO

from django.apps import apps
from django.core.files import File
from django.core.files.storage import default_storage

from common.storage import FULL_DISK
from incidents.models import StoredFile

logger = logging.getLogger(__name__)

ROOT = "attachments"
_THUMBNAIL = ".webp"
_CHUNK = 65_536
#: Somebody may be about to write the row.
_LEFT_ALONE_FOR = timedelta(days=1)


class NotStored(Exception):
    """The place for files took nothing. `is_full` says that it has no room, not that it is gone."""

    def __init__(self, *, is_full: bool) -> None:
        super().__init__("The place for files has no room" if is_full else "It did not answer")
        self.is_full = is_full


def kinds() -> list[type[StoredFile]]:
    """The tables whose rows tell of files."""
    return [model for model in apps.get_models() if issubclass(model, StoredFile)]


def place(sha256: str) -> str:
    return f"{ROOT}/{sha256[:2]}/{sha256}"


def thumbnail_place(sha256: str) -> str:
    return place(sha256) + _THUMBNAIL


def digest(content: IO[bytes]) -> str:
    content.seek(0)
    found = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def put(sha256: str, content: IO[bytes], thumbnail: IO[bytes] | None = None) -> None:
    """Write it, again if it is there: the new date keeps a sweep away. Raises NotStored."""
    with failures_told():
        if thumbnail is not None:
            default_storage.save(thumbnail_place(sha256), File(thumbnail))
        content.seek(0)
        default_storage.save(place(sha256), File(content))


def get(sha256: str, *, thumbnail: bool = False) -> File:
    """Raises NotStored, or FileNotFoundError for what somebody took out of the storage."""
    where = thumbnail_place if thumbnail else place
    with failures_told():
        return default_storage.open(where(sha256), "rb")


@contextmanager
def failures_told() -> Iterator[None]:
    """Disks and object stores fail in many ways, of which two matter: raises NotStored."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        logger.exception("The storage of attachments failed")
        raise NotStored(is_full=error.errno in FULL_DISK) from error


# Taking out what no row tells of ------------------------------------------------------------------
def sweep(*, now: datetime) -> int:
    """Remove files that have been without a row for a day; how many."""
    removed = 0
    for folder in _listed(ROOT)[0]:
        path = f"{ROOT}/{folder}"
        names = _listed(path)[1]
        digests = {name.removesuffix(_THUMBNAIL) for name in names}
        told = set(_told_of(digests))
        for name in sorted(names):
            if name.removesuffix(_THUMBNAIL) not in told:
                removed += _remove_if_old(f"{path}/{name}", now=now)
    return removed


def _listed(path: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(path)
    except FileNotFoundError:
        return [], []


def _told_of(digests: Iterable[str]) -> Iterator[str]:
    ordered = sorted(digests)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        for model in kinds():
            rows = model._default_manager.filter(sha256__in=some)
            yield from rows.values_list("sha256", flat=True)


def _remove_if_old(path: str, *, now: datetime) -> bool:
    try:
        if default_storage.get_modified_time(path) > now - _LEFT_ALONE_FOR:
            return False
        default_storage.delete(path)
    except FileNotFoundError:
        return False
    return True
