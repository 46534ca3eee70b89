"""A place in a text that speaks of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from postmortems.directory import Directory

#: Instead of a person of whom nothing is known.
SOMEONE = "someone"


class Span(NamedTuple):
    start: int
    end: int
    kind: str
    is_sure: bool
    instead: str


Look = Callable[[str, Directory], Iterator[Span]]
