"""What one page of the list shows: its rows, and how many there are, here and in the other tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from common.counts import CappedCount
from common.pagination import Page, page_of
from incidents import facts
from incidents.listing.filters import VIEWS, Chip, Filters, in_view
from incidents.models import Incident
from people.models import User

#: More than this many are shown as "1,000+".
COUNT_LIMIT = 1_000


@dataclass(frozen=True)
class Row:
    incident: Incident
    lasted: str


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
    """All the numbers of the page in one statement."""
    cap = COUNT_LIMIT + 1
    numbers = {f"view_{name}": CappedCount(in_view(name, filters.user), cap=cap) for name in VIEWS}
    found = (
        User.objects.filter(pk=filters.user.pk)
        .values(matched=CappedCount(filters.rows(), cap=cap), **numbers)
        .get()
    )
    return Counts(
        in_words(found["matched"]), {name: in_words(found[f"view_{name}"]) for name in VIEWS}
    )


def tabs(filters: Filters, counted: Counts) -> list[Tab]:
    return [
        Tab(label, f"?view={name}" if name else "?", counted.in_view[name], name == filters.view)
        for name, label in VIEWS.items()
    ]


def in_words(number: int) -> str:
    """ "41", or "1,000+" for all that was not counted on."""
    return f"{COUNT_LIMIT:,}+" if number > COUNT_LIMIT else f"{number:,}"


def for_table(incidents: list[Incident], *, now: datetime) -> list[Row]:
    return [Row(incident, facts.lasted(incident, now=now)) for incident in incidents]


def helping(filters: Filters) -> list[tuple[Chip, str]]:
    """For an empty list: filters to drop, with how many incidents there are without each."""
    found = []
    for chip in filters.chips():
        wider = Filters(QueryDict(chip.url_without.removeprefix("?")), user=filters.user)
        count = wider.rows().order_by()[: COUNT_LIMIT + 1].count()
        if count:
            found.append((chip, count))
    return [(chip, in_words(count)) for chip, count in sorted(found, key=lambda one: -one[1])]
