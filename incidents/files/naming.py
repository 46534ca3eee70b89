"""A name that somebody's computer gave a file, made fit for every other computer."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_LONGEST = 120  # characters
_MOST_BYTES = 200  # file systems take 255, a browser may add " (1)"
_NOT_IN_NAMES = re.compile(r'[<>:"|?*%]')
#: Devices of Windows, with any ending.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def cleaned(typed: str) -> str:
    """The last part of the path, on one line, without what hides, reverses or ends a name early.

    Never empty, at most 120 characters and 200 bytes with the ending kept. It is only ever shown
    and offered for a download: bytes are stored under their digest.
    """
    name = unicodedata.normalize("NFC", typed.encode(errors="replace").decode())
    name = re.split(r"[/\\]", name)[-1]
    # Controls, marks of direction, halves of pairs, private and unassigned characters.
    name = "".join(" " if char.isspace() else char for char in name)
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    name = re.sub(r"\s+", " ", _NOT_IN_NAMES.sub("_", name)).strip(" .")
    if not name.strip("_"):
        return "file"
    return _shortened(f"_{name}" if _RESERVED.match(name) else name)


def with_ending(name: str, endings: tuple[str, ...]) -> str:
    """The name with an ending that tells its type: the first of them, unless it has one."""
    path = PurePosixPath(name)
    if path.suffix.lower() in endings:
        return name
    return _shortened(f"{path.stem}{endings[0]}")


def _shortened(name: str) -> str:
    path = PurePosixPath(name)
    ending = path.suffix if len(path.suffix) <= 12 and len(path.suffix.encode()) <= 24 else ""
    stem = name.removesuffix(ending)[: _LONGEST - len(ending)]
    while len((stem + ending).encode()) > _MOST_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + ending
