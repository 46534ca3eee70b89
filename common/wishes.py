"""One filter of a list each: read from the address, said as a sentence, and put to the rows.

A value that means nothing, or names what this person cannot see, is left out and never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from common.text import one_line

#: More values of one filter than this are not read.
MOST_CHOSEN = 50


@dataclass(frozen=True)
class Wish:
    """A filter in force: `label` and `words` are its sentence, `params` its part of the address."""

    name: str
    label: str
    words: str
    params: tuple[tuple[str, str], ...]
    condition: Q

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(value for _, value in self.params)


Reader = Callable[[QueryDict, Any], Wish | None]


def either(words: Iterable[str]) -> str:
    return f"is {' or '.join(words)}"


def params(name: str, values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for value in values)


def day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


def choice(
    name: str,
    label: str,
    choices: Iterable[tuple[str, str]],
    rule: Callable[[list[str]], Q] | None = None,
) -> Reader:
    """A filter by some of a few values, of the column of that name unless `rule` says otherwise."""
    rule = rule or (lambda values: Q(**{f"{name}__in": values}))

    def read(asked: QueryDict, user: Any) -> Wish | None:
        found = [(value, words) for value, words in choices if value in asked.getlist(name)]
        if not found:
            return None
        values = [value for value, _ in found]
        sentence = either(words for _, words in found)
        return Wish(name, label, sentence, params(name, values), rule(values))

    return read


def named(
    name: str, label: str, known: Callable[[Any], QuerySet], rule: Callable[[list[int]], Q]
) -> Reader:
    """A filter by rows that have a slug."""

    def read(asked: QueryDict, user: Any) -> Wish | None:
        slugs = _slugs(asked, name)
        found = list(known(user).filter(slug__in=slugs).order_by("name", "pk")) if slugs else []
        if not found:
            return None
        return Wish(
            name,
            label,
            either(row.name for row in found),
            params(name, (row.slug for row in found)),
            rule([row.pk for row in found]),
        )

    return read


def _slugs(asked: QueryDict, name: str) -> list[str]:
    """What is asked for under `name`, several times or never; "" for nothing in particular."""
    found = (one_line(value)[:200] for value in asked.getlist(name)[:MOST_CHOSEN])
    return [slug for slug in found if slug]
