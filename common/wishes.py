"""The filters of a list: read from the address, said as sentences, and put to the rows.

A value that means nothing, or names what this person cannot see, is left out and never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

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


def either(words: Iterable[object]) -> str:
    return gettext("is {words}").format(words=gettext(" or ").join(map(str, words)))


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


@dataclass(frozen=True)
class Chip:
    """A filter in force, as a sentence, and the address of the list without it."""

    name: str
    label: str
    words: str
    url_without: str


class AskedFor:
    """What the address of a list asks for: a view, words, filters, and `layout`, which is one more
    (name, value) such as the order or the groups. All that is empty stays out of addresses."""

    view: str
    q: str
    wishes: dict[str, Wish]
    layout: tuple[str, str]

    @property
    def are_any(self) -> bool:
        """Whether anything narrows the view."""
        return bool(self.q or self.wishes)

    def params(self, *, without: str = "") -> list[tuple[str, str]]:
        """What was understood, for an address that leads here again, on the first page."""
        found = [("view", self.view), ("q", self.q if without != "q" else "")]
        for wish in self.wishes.values():
            if wish.name != without:
                found += wish.params
        found.append(self.layout)
        return [(name, value) for name, value in found if value]

    @property
    def query(self) -> str:
        return urlencode(self.params())

    def url(self, *, without: str = "", **changed: str) -> str:
        """The query string of this list with one filter dropped or some names changed."""
        kept = [pair for pair in self.params(without=without) if pair[0] not in changed]
        kept += [(name, value) for name, value in changed.items() if value]
        return f"?{urlencode(kept)}"

    @property
    def url_with_panel(self) -> str:
        return self.url(filters="1")

    def chips(self) -> list[Chip]:
        """The filters in force, in the order of the panel."""
        return [
            Chip(wish.name, wish.label, wish.words, self.url(without=wish.name))
            for wish in self.wishes.values()
        ]
