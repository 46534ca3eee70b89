"""Filters typed among the words of a search: service:payments kind:near-miss -tag:dns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_LONGEST_TEXT = 400
_MOST = 12
# An address, a time of day and a::b are words like others.
_NAMED = re.compile(r'(?<!\S)(-?)([A-Za-z]{2,20}):(?:"([^"]{1,100})"|([^\s":/][^\s"]{0,99}))(?!\S)')


@dataclass(frozen=True)
class Named:
    """One filter as it was typed. A minus refuses what it finds; a comma parts alternatives."""

    name: str
    value: str
    is_refused: bool
    typed: str

    @property
    def values(self) -> list[str]:
        return [part for part in self.value.split(",") if part]


@dataclass(frozen=True)
class Question:
    """`text` as it was typed, its `words` without the filters, and what was no filter at all."""

    text: str
    words: str
    filters: tuple[Named, ...]
    unknown: tuple[str, ...]

    def without(self, *typed: str) -> str:
        """The text with some filters taken out, each as it was typed."""
        kept = _NAMED.sub(lambda found: "" if found[0] in typed else found[0], self.text)
        return " ".join(kept.split())

    def with_also(self, name: str, value: str) -> str:
        return f"{self.text} {name}:{value}".strip()


def understand(text: str, names: Iterable[str]) -> Question:
    """Part the filters of these names from the words. What looks like a filter and has another
    name stays among the words, and is told of."""
    text = " ".join(text.replace("\x00", " ")[:_LONGEST_TEXT].split())
    known = set(names)
    filters: list[Named] = []
    unknown: list[str] = []

    def read(found: re.Match[str]) -> str:
        minus, name, quoted, plain = found.groups()
        if name.lower() not in known:
            unknown.append(name.lower())
            return found[0]
        if len(filters) < _MOST:
            filters.append(Named(name.lower(), quoted or plain, bool(minus), found[0]))
        return ""

    words = " ".join(_NAMED.sub(read, text).split())
    return Question(text, words, tuple(filters), tuple(dict.fromkeys(unknown)))


def likeliest(name: str, names: Iterable[str]) -> str:
    """The name that was likely meant, or nothing."""
    return next(iter(get_close_matches(name, list(names), n=1, cutoff=0.7)), "")
