"""The file of a backup: a tar with a manifest at its end."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self

_MANIFEST = "manifest.json"


class Unusable(Exception):
    """The backup can't be restored here; the text says why and what to do."""


class ArchiveWriter:
    """Writes beside the place and moves there in `finish`; without it nothing is left."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unfinished = path.with_name(f".{path.name}.unfinished")
        self.sums: dict[str, str] = {}

    def __enter__(self) -> Self:
        handle = os.open(self.unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)
        return self

    def add(self, name: str, file: Any, size: int) -> None:
        """Append the whole of `file`, which has `size` bytes and can go back to its beginning."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self.sums[name] = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        self._tar.addfile(entry, file)

    def finish(self, manifest: dict[str, Any]) -> None:
        text = json.dumps({**manifest, "sha256": self.sums}, indent=1).encode()
        self.add(_MANIFEST, io.BytesIO(text), len(text))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self.unfinished.replace(self.path)

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self.unfinished.unlink(missing_ok=True)


class Archive:
    """Reads what an ArchiveWriter wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        try:
            self._tar = tarfile.open(self.path, mode="r:")
            manifest = json.load(self.open(_MANIFEST))
        except FileNotFoundError:
            raise Unusable(f"There is no file {self.path}.") from None
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise Unusable(
                f"{self.path} is no whole backup: it is damaged, or was cut off while it was "
                "written or copied."
            ) from error
        self.manifest: dict[str, Any] = manifest
        return self

    def __exit__(self, *error: object) -> None:
        self._tar.close()

    def names(self, prefix: str) -> Iterator[str]:
        return (name for name in self.manifest["sha256"] if name.startswith(prefix))

    def open(self, name: str) -> IO[bytes]:
        file = self._tar.extractfile(name)
        if file is None:
            raise KeyError(name)
        return file

    def check(self) -> None:
        """Raises Unusable when any part of it is not what the manifest says."""
        for name, wanted in self.manifest["sha256"].items():
            try:
                with self.open(name) as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except (tarfile.TarError, KeyError, OSError) as error:
                raise Unusable(f"{self.path} is damaged: {name} can't be read.") from error
            if found != wanted:
                raise Unusable(f"{self.path} is damaged: {name} is not what was written.")
