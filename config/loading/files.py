"""Find and read files that retell incidents, and say precisely why one can't be loaded."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from config.loading.schema import INCIDENT_FILE
from config.loading.specs import NotANumber, Problem, Repeated

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class IncidentFile:
    """A file that was looked at. With `problems` its `data` is not to be used."""

    path: Path
    data: dict[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """The data as plain JSON values, to keep and to compare."""
        return _plain(self.data)


class Unreadable(Exception):
    """The path holds nothing that could be looked at; the text says why."""


def look_at(paths: list[Path]) -> list[IncidentFile]:
    """Read and check every file in `paths` (folders: their .json files, also further inside).

    Files come back in the order given, each once, good and bad ones. Nothing is written.
    """
    seen: set[str] = set()
    slugs: dict[str, Path] = {}
    looked_at = []
    for path in paths:
        for found in _files(path):
            place = os.path.abspath(found.path)  # noqa: PTH100 resolve() would follow links
            if place in seen:
                continue
            seen.add(place)
            if not found.problems and found.data["slug"] in slugs:
                other = slugs[found.data["slug"]]
                reason = f"is {found.data['slug']!r}, as in {other}; each incident comes once."
                found = IncidentFile(found.path, found.data, (Problem("slug", reason),))
            elif not found.problems:
                slugs[found.data["slug"]] = found.path
            looked_at.append(found)
    return looked_at


def _files(path: Path) -> Iterator[IncidentFile]:
    if path.is_symlink() or not path.is_dir():
        yield read(path)
        return
    found = 0
    closed: list[OSError] = []
    for folder, inner, names in os.walk(path, onerror=closed.append):
        inner.sort()
        for name in sorted(names):
            if name.endswith(".json"):
                found += 1
                yield read(Path(folder) / name)
    for error in closed:
        yield _refused(Path(error.filename), f"can't be opened: {_why(error)}.")
    if not found and not closed:
        yield _refused(path, "is a folder without any .json file.")


def _refused(path: Path, reason: str) -> IncidentFile:
    return IncidentFile(path, {}, (Problem("", reason),))


def read(path: Path) -> IncidentFile:
    """One file, read and checked."""
    try:
        data = _parsed(_bytes(path))
    except Unreadable as reason:
        return _refused(path, str(reason))
    problems = list(INCIDENT_FILE.problems(data, ""))
    if not problems and data["slug"] != path.stem:
        problems.append(
            Problem("slug", f"is {data['slug']!r}; it is the file's name, {path.stem!r}.")
        )
    return IncidentFile(path, data, tuple(problems))


def _bytes(path: Path) -> bytes:
    try:
        status = path.lstat()
    except (OSError, ValueError) as error:
        raise Unreadable(f"can't be opened: {_why(error)}.") from error
    if stat.S_ISLNK(status.st_mode):
        raise Unreadable("is a symbolic link; name the file itself.")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("is neither a file nor a folder.")
    if path.suffix != ".json":
        raise Unreadable("does not end in .json.")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"can't be read: {_why(error)}.") from error
    if len(content) > MAX_BYTES:
        raise Unreadable(f"has more than {MAX_BYTES:,} bytes; one incident takes a few thousand.")
    if not content.strip():
        raise Unreadable("is empty.")
    return content


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8: byte {error.start + 1} starts no character.") from error
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=NotANumber,
            parse_float=Decimal,
            parse_int=lambda digits: int(digits) if len(digits) < 40 else Decimal(digits),
        )
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply to be an incident.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = Repeated(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        found.keys_twice = tuple(name for name, count in times.items() if count > 1)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def differing_keys(before: Any, after: Any, key: str = "") -> Iterator[str]:
    """Paths of the values that are not the same in two files' data."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before | after:
            inner = f"{key}.{name}" if key else name
            if name in before and name in after:
                yield from differing_keys(before[name], after[name], inner)
            else:
                yield inner
    elif isinstance(before, list) and isinstance(after, list):
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from differing_keys(old, new, f"{key}[{number}]")
        if len(before) != len(after):
            yield f"{key} ({len(before)} entries became {len(after)})"
    elif before != after or type(before) is not type(after):
        yield key
