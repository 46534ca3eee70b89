"""Where an export lies: a folder, or a zip file. Read and written one file after the other."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

MANIFEST = "manifest.json"


def table_file(label: str) -> str:
    return f"tables/{label.lower()}.jsonl"


def attachment_file(sha256: str, *, is_thumbnail: bool = False) -> str:
    return f"files/{sha256}{'.webp' if is_thumbnail else ''}"


class NotAnExport(ValueError):
    """What was given cannot be written to or read from; the text says why."""


class Target(Protocol):
    def add(self, name: str) -> Any:
        """A context with the open file to write bytes to."""


class Folder:
    """A folder that is new or empty. Everything in it is its owner's alone."""

    def __init__(self, path: Path) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise NotAnExport(f"{path} is there already. Name a new folder, or an empty one.")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path

    @contextmanager
    def add(self, name: str) -> Iterator[IO[bytes]]:
        place = self._path / name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with open(place, "wb", opener=_private) as file:
            yield file


class Stream(Protocol):
    def write(self, part: bytes, /) -> int: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class Zipped:
    """A zip written to any stream, also one that cannot go back."""

    def __init__(self, stream: Stream) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def add(self, name: str) -> Iterator[IO[bytes]]:
        # Without the hour: two exports of the same rows are the same file.
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(entry, "w", force_zip64=True) as file:
            yield file

    def close(self) -> None:
        self._zip.close()


@contextmanager
def writing(path: Path) -> Iterator[Target]:
    """A zip if the name says so, else a folder. What was begun and not finished is taken away."""
    if path.suffix.lower() != ".zip":
        was_there = path.is_dir()
        folder = Folder(path)
        try:
            yield folder
        except BaseException:
            _emptied(path) if was_there else shutil.rmtree(path, ignore_errors=True)
            raise
        return
    if path.exists():
        raise NotAnExport(f"{path} is there already. Name a file that is not.")
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with open(unfinished, "wb", opener=_private) as stream:
            zipped = Zipped(stream)
            yield zipped
            zipped.close()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _emptied(path: Path) -> None:
    for entry in path.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Source:
    """An export to read from."""

    def __init__(self, path: Path) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._path = path
        if path.is_dir():
            return
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise NotAnExport(f"{path} is neither a folder nor a zip file.") from error

    def open(self, name: str) -> IO[bytes]:
        """Raises NotAnExport when there is no such file."""
        try:
            if self._zip:
                return self._zip.open(name)
            return (self._path / name).open("rb")
        # RuntimeError: it is encrypted. NotImplementedError: it is packed in a way unknown here.
        except (KeyError, OSError, RuntimeError, NotImplementedError) as error:
            raise NotAnExport(f"{self._path} has no {name}.") from error

    def close(self) -> None:
        if self._zip:
            self._zip.close()
