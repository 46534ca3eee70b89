"""What one page of the list shows: its rows, and how many there are, here and in the other tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from common import dates
from common.counts import CappedCount
from common.keys import naming_rules
from common.pagination import SIZE, Page, first_page, page_of
from common.prepared import Prepared
from incidents import facts, review_policy
from incidents.listing.filters import VIEWS, Chip, Filters, in_view
from incidents.models import Incident
from incidents.querysets import IncidentQuerySet
from people.models import User

#: More than this many are shown as "1,000+".
COUNT_LIMIT = 1_000


_MOST_SERVICES, _MOST_TAGS = 3, 4


class Label(NamedTuple):
    """A service or a tag."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """All that a row shows of an incident, and nothing else: see common/templatetags/remembered.py.
    The numbers are of those that are not shown; `review_state` is "" without a review this person
    may know of."""

    reference: str
    title: str
    kind: str
    severity: str
    state: str
    close_reason: str
    is_restricted: bool
    is_ongoing: bool
    started_at: datetime | None
    known_by: str
    lasted: str
    review_state: str
    services: tuple[Label, ...]
    more_services: int
    tags: tuple[Label, ...]
    more_tags: int

    @property
    def url(self) -> str:
        return reverse("incidents:detail", args=[self.reference])

    @property
    def kind_words(self) -> str:
        return str(Incident.Kind(self.kind).label)

    @property
    def severity_words(self) -> str:
        return str(Incident.Severity(self.severity).label)

    @property
    def closed_as(self) -> str:
        return str(Incident.CloseReason(self.close_reason).label)

    @property
    def review(self) -> Any:
        """A review that knows its state alone."""
        model = Incident._meta.get_field("review").related_model
        return model(state=self.review_state) if self.review_state else None

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
    if filters.are_none and not clean.keys() & {"after", "before"}:
        newest = _newest(filters.view).objects(reader=filters.user.pk)
        return first_page(newest, clean, model=Incident, order=filters.order)
    rows = filters.rows().for_list(filters.user)
    return page_of(rows, clean, order=filters.order, unknown_last=True)


@cache
def _newest(view: str) -> Prepared:
    """The first rows of a tab, and one more: what most people ask for most of the time."""

    def build(reader: int) -> QuerySet:
        user = User(pk=reader)
        return in_view(view, user).for_list(user)[: SIZE + 1]

    return Prepared(build, reader=int)


def counts(filters: Filters) -> Counts:
    """All the numbers of the page: in one statement what the tabs hold, and in one what matches
    where that is less than one of them."""
    cap = COUNT_LIMIT + 1
    [held] = _tabs(review_policy.pairs(), cap).rows(reader=filters.user.pk)
    found = {name: in_words(held[f"view_{name}"]) for name in VIEWS}
    is_narrow = filters.are_any or filters.picks
    matched = in_words(_counted(filters.rows())) if is_narrow else ""
    return Counts(matched or found[filters.view], found)


def _counted(rows: IncidentQuerySet) -> int:
    return naming_rules(rows).order_by()[: COUNT_LIMIT + 1].count()


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
    """Of incidents that come from `for_list`."""
    return [_row(incident, now) for incident in incidents]


def _row(incident: Incident, now: datetime) -> Row:
    services, tags = _labels(incident.known_services), _labels(incident.known_tags)
    return Row(
        reference=incident.reference,
        title=incident.title,
        kind=incident.kind,
        severity=incident.severity,
        state=incident.state,
        close_reason=incident.close_reason,
        is_restricted=incident.is_restricted,
        is_ongoing=incident.is_ongoing,
        started_at=incident.started_at,
        known_by=incident.known_by,
        lasted=facts.lasted(incident, now=now),
        review_state=incident.review_state or "",
        services=services[:_MOST_SERVICES],
        more_services=max(0, len(services) - _MOST_SERVICES),
        tags=tags[:_MOST_TAGS],
        more_tags=max(0, len(tags) - _MOST_TAGS),
    )


def _labels(named: list[list[str]] | None) -> tuple[Label, ...]:
    return tuple(Label(*each) for each in named or ())


def helping(filters: Filters) -> list[tuple[Chip, str]]:
    """For an empty list: filters to drop, with how many incidents there are without each."""
    found = []
    for chip in filters.chips():
        wider = Filters(QueryDict(chip.url_without.removeprefix("?")), user=filters.user)
        count = _counted(wider.rows())
        if count:
            found.append((chip, count))
    return [(chip, in_words(count)) for chip, count in sorted(found, key=lambda one: -one[1])]
