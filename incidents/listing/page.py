"""What one page of the list shows: its rows, and how many there are, here and in the other tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from common import dates
from common.counts import CappedCount
from common.pagination import Page, page_of
from common.prepared import Prepared
from incidents import facts, review_policy
from incidents.listing.filters import VIEWS, Chip, Filters, in_view
from incidents.models import Incident
from people.models import User

#: More than this many are shown as "1,000+".
COUNT_LIMIT = 1_000


_MOST_SERVICES, _MOST_TAGS = 3, 4


@dataclass(frozen=True)
class Row:
    """An incident that comes from `for_list`. `review` knows its state alone; the numbers are of
    those that are not shown."""

    incident: Incident
    lasted: str
    review: Any
    services: list[Any]
    more_services: int
    tags: list[Any]
    more_tags: int

    @property
    def has_length(self) -> bool:
        return self.lasted not in {str(facts.NO_IMPACT), str(facts.NOT_KNOWN)}


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: str
    is_current: bool


@dataclass(frozen=True)
class Counts:
    """How many match, and how many each tab holds, none counted beyond COUNT_LIMIT."""

    matched: str
    in_view: dict[str, str]


def page(filters: Filters, asked: QueryDict) -> Page:
    """The rows of the page one stands at. The addresses beside it hold what was understood."""
    clean = QueryDict(filters.query, mutable=True)
    for cursor in ("after", "before"):
        if cursor in asked:
            clean[cursor] = asked.get(cursor, "")
    rows = filters.rows().for_list(filters.user)
    return page_of(rows, clean, order=filters.order, unknown_last=True)


def counts(filters: Filters) -> Counts:
    """All the numbers of the page: in one statement what the tabs hold, and in one what matches
    where that is less than one of them."""
    cap = COUNT_LIMIT + 1
    [held] = _tabs(review_policy.pairs(), cap).rows(reader=filters.user.pk)
    found = {name: in_words(held[f"view_{name}"]) for name in VIEWS}
    is_narrow = filters.are_any or filters.picks
    matched = in_words(filters.rows().order_by()[:cap].count()) if is_narrow else ""
    return Counts(matched or found[filters.view], found)


@lru_cache(maxsize=8)
def _tabs(pairs: frozenset[tuple[str, str]], cap: int) -> Prepared:
    """How many each tab holds, counted to `cap`."""

    def build(reader: int) -> QuerySet:
        user = User(pk=reader)
        held = {f"view_{name}": CappedCount(in_view(name, user, pairs), cap=cap) for name in VIEWS}
        return User.objects.filter(pk=reader).values(**held)

    return Prepared(build, reader=int)


def tabs(filters: Filters, counted: Counts) -> list[Tab]:
    return [
        Tab(
            str(label),
            f"?view={name}" if name else "?",
            counted.in_view[name],
            name == filters.view,
        )
        for name, label in VIEWS.items()
    ]


def in_words(number: int) -> str:
    """ "41", or "1,000+" for all that was not counted on."""
    if number > COUNT_LIMIT:
        return f"{dates.number(COUNT_LIMIT)}+"
    return dates.number(number)


def for_table(incidents: list[Incident], *, now: datetime) -> list[Row]:
    return [_row(incident, now) for incident in incidents]


def _row(incident: Incident, now: datetime) -> Row:
    services, tags = incident.known_services, incident.known_tags
    review = Incident._meta.get_field("review").related_model
    return Row(
        incident,
        facts.lasted(incident, now=now),
        review(state=incident.review_state) if incident.review_state else None,
        services[:_MOST_SERVICES],
        max(0, len(services) - _MOST_SERVICES),
        tags[:_MOST_TAGS],
        max(0, len(tags) - _MOST_TAGS),
    )


def helping(filters: Filters) -> list[tuple[Chip, str]]:
    """For an empty list: filters to drop, with how many incidents there are without each."""
    found = []
    for chip in filters.chips():
        wider = Filters(QueryDict(chip.url_without.removeprefix("?")), user=filters.user)
        count = wider.rows().order_by()[: COUNT_LIMIT + 1].count()
        if count:
            found.append((chip, count))
    return [(chip, in_words(count)) for chip, count in sorted(found, key=lambda one: -one[1])]
