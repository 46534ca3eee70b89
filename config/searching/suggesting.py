"""What may be meant while somebody is still typing: names of filters and their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from common import words
from lessons.asking import NAMES, OFFERED, choices, known
from people.models import User

MOST = 6
_SHORTEST = 2
_MOST_READ = 50
_OF_ROWS = ("service", "tag", "factor", "team")


@dataclass(frozen=True)
class Suggestion:
    """`text` is the whole search with the last word finished; `words` say what that is."""

    text: str
    words: str


def suggestions(text: str, user: User) -> list[Suggestion]:
    """How the last word may go on: as a filter, or with the value of one. At most one statement
    for each filter that has rows; nothing that this person may not see is among them."""
    text = " ".join(text.replace("\x00", " ")[:400].split(" "))
    before, _, last = text.rpartition(" ")
    minus, last = ("-", last[1:]) if last.startswith("-") else ("", last)
    start, colon, typed = last.partition(":")
    before = f"{before} {minus}".lstrip(" ") if before else minus

    def suggest(name: str, value: str, label: str) -> Suggestion:
        return Suggestion(f"{before}{name}:{value}", label)

    if not colon:
        if len(start) < _SHORTEST:
            return []
        found = [suggest(name, "", f"{name}: …") for name in OFFERED if name.startswith(start)]
        return [*found, *_values(_OF_ROWS, start, user, suggest)][:MOST]
    name = NAMES.get(start.lower(), "")
    if name in choices():
        offered = [(value, label) for label, value in choices()[name].items()]
        return [
            suggest(start, value.replace("_", "-"), label)
            for value, label in offered
            if value.replace("_", "-").startswith(typed.lower())
        ][:MOST]
    return _values((name,), typed, user, suggest)[:MOST] if name in _OF_ROWS else []


def _values(
    names: Iterable[str], typed: str, user: User, suggest: Callable[[str, str, str], Suggestion]
) -> list[Suggestion]:
    found: list[Suggestion] = []
    for name in names:
        rows = known(name, user)
        if typed:
            rows = rows.filter(name__icontains=typed)
        pairs = rows.order_by("name", "pk").values_list("slug", "name")[:_MOST_READ]
        found += [
            suggest(name, slug, label)
            for slug, label in pairs
            if not typed or _begins(label, slug, typed)
        ]
    return found


def _begins(label: str, slug: str, typed: str) -> bool:
    start = typed.lower()
    return slug.startswith(start) or any(word.startswith(start) for word in words.split(label))
