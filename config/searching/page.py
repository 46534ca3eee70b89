"""The page of the search: what was found, how it divides, and how it was understood."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from common.dates import number
from common.pagination import SIZE, Page
from config.searching import asking
from config.searching.asking import MOST, Answer
from config.searching.places import Hit
from incidents.models import Incident
from lessons import asking as filters
from lessons.asking import PLACES, Asked
from lessons.facets import Count
from people.models import User

MOST_OPTIONS = 8
_MOST_PAGES = MOST // SIZE

_LEGENDS = {
    "factor": _("Theme"),
    "kind": pgettext_lazy("what it comes from", "From"),
    "severity": _("Severity"),
    "service": _("Service"),
    "team": _("Team"),
    "tag": _("Tag"),
    "year": _("Year"),
}
_NAMES_OF_CHOICES = {
    "kind": dict(Incident.Kind.choices),
    "severity": dict(Incident.Severity.choices),
}


@dataclass(frozen=True)
class Tab:
    label: str
    count: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Option:
    """One choice of a facet; its address turns it on or off."""

    label: str
    count: int
    is_on: bool
    url: str


@dataclass(frozen=True)
class Chip:
    label: str
    words: str
    url_without: str


@dataclass(frozen=True)
class SearchPage:
    asked: Asked
    answer: Answer
    hits: list[Hit]
    tabs: list[Tab]
    facets: list[tuple[str, list[Option]]]
    chips: list[Chip]
    pages: Page

    @property
    def count_in_words(self) -> str:
        """ "12 results", "1 result" or "1,000+ results"."""
        count = len(self.answer.order)
        if self.answer.is_cut:
            return _("{count}+ results").format(count=number(count))
        return ngettext("{count} result", "{count} results", count).format(count=number(count))

    @property
    def instead(self) -> list[tuple[str, str]]:
        return [
            (typed, _(" or ").join(_("“{word}”").format(word=other) for other in others))
            for typed, others in self.answer.instead.items()
        ]

    @property
    def starts_with_near_ones(self) -> bool:
        """Nothing holds every word: all that is shown only comes near."""
        return bool(self.asked.words and self.answer.order) and not self.answer.complete


def address(text: str, *, page: int = 1) -> str:
    query = {"q": text} | ({"page": str(page)} if page > 1 else {})
    return reverse("search") + (f"?{urlencode(query)}" if text else "")


def read(query: QueryDict, user: User) -> SearchPage:
    """Answer an address, in a number of statements that does not depend on how much there is."""
    asked = filters.understand(query.get("q", ""), user)
    is_empty = not (asked.words or asked.filters)
    answer = Answer() if is_empty else asking.answer(asked, user)
    number = _page_number(query.get("page", ""))
    start = (number - 1) * SIZE
    shown = answer.order[start : start + SIZE]
    return SearchPage(
        asked=asked,
        answer=answer,
        hits=asking.hits(answer, shown, user),
        tabs=[] if is_empty else _tabs(asked, answer),
        facets=_facets(asked, answer.counts) if answer.order else [],
        chips=[
            Chip(one.label, one.words, address(asked.question.without(one.typed)))
            for one in asked.filters
        ],
        pages=Page(
            shown,
            next_url=address(asked.text, page=number + 1)
            if len(answer.order) > start + SIZE
            else "",
            previous_url=address(asked.text, page=number - 1) if number > 1 else "",
        ),
    )


def _page_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return 1
    return min(max(int(text), 1), _MOST_PAGES)


def _tabs(asked: Asked, answer: Answer) -> list[Tab]:
    """All together, then each place; a place that was not looked into has no count."""
    question = asked.question
    anywhere = question.without(*(one.typed for one in asked.filters if one.name == "in"))
    chosen = asked.places
    tabs = [Tab(_("Everything"), "", address(anywhere), len(chosen) == len(PLACES))]
    for name, label in PLACES.items():
        found = answer.found.get(name)
        count = "" if found is None else number(len(found.ids))
        if found is not None and len(found.ids) > MOST:
            count = f"{number(MOST)}+"
        url = address(f"{anywhere} in:{name}".strip())
        tabs.append(Tab(label, count, url, chosen == (name,)))
    return tabs


def _facets(asked: Asked, counts: dict[str, list[Count]]) -> list[tuple[str, list[Option]]]:
    found = [(words, _options(asked, name, counts[name])) for name, words in _LEGENDS.items()]
    return [(words, options) for words, options in found if options]


def _options(asked: Asked, name: str, counts: list[Count]) -> list[Option]:
    """The commonest ones, those that are on first; years the newest first."""
    names = _NAMES_OF_CHOICES.get(name, {})
    found = [
        (value, names.get(label, label), count, asked.has(name, value))
        for value, label, count in counts
    ]
    if name == "year":
        found.sort(key=lambda one: one[0], reverse=True)
    else:
        found.sort(key=lambda one: (not one[3], -one[2], one[1].casefold()))
    return [
        Option(label, count, is_on, address(_toggled(asked, name, value, is_on=is_on)))
        for value, label, count, is_on in found[:MOST_OPTIONS]
    ]


def _toggled(asked: Asked, name: str, value: str, *, is_on: bool) -> str:
    if is_on:
        return asked.question.without(*asked.typed_for(name, value))
    return asked.question.with_also(name, value.replace("_", "-"))
