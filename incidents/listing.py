"""The list of incidents: filters that live in the address, and the words they are shown in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from common.addresses import word
from common.templatetags.times import day_in_words
from incidents import facts
from incidents.models import Incident
from incidents.querysets import IncidentQuerySet
from people.models import Service, Team, User

#: More than this many matches are shown as "1,000+".
COUNT_LIMIT = 1_000

VIEWS = {
    "": "All",
    "ongoing": "Ongoing",
    "review": "Waiting for a review",
    "near": "Near misses",
    "mine": "My teams",
}


@dataclass(frozen=True)
class Chip:
    """A filter in force, as a sentence, and the address of the list without it."""

    label: str
    words: str
    url_without: str


@dataclass(frozen=True)
class Row:
    incident: Incident
    lasted: str


class Filters:
    """What the address asks for. Values that mean nothing are left out, never guessed."""

    def __init__(self, asked: QueryDict, *, user: User) -> None:
        self.asked, self.user = asked, user
        self.view = asked.get("view", "") if asked.get("view", "") in VIEWS else ""
        self.q = " ".join(word(asked, "q").split())
        self.severities = _known(asked.getlist("severity"), Incident.Severity.values)
        self.kinds = _known(asked.getlist("kind"), Incident.Kind.values)
        self.states = _known(asked.getlist("state"), Incident.State.values)
        self.since = _day(asked.get("since", ""))
        self.service = _one(Service.objects.visible_to(user), word(asked, "service"))
        self.team = _one(Team.objects.visible_to(user), word(asked, "team"))

    def rows(self) -> IncidentQuerySet:
        """The incidents this person may see that fit every filter."""
        rows = _in_view(Incident.objects.visible_to(self.user), self.view, self.user)
        if self.severities:
            rows = rows.filter(severity__in=self.severities)
        if self.kinds:
            rows = rows.filter(kind__in=self.kinds)
        if self.states:
            rows = rows.filter(state__in=self.states)
        if self.since:
            rows = rows.filter(started_at__gte=timezone.make_aware(_midnight(self.since)))
        if self.service:
            rows = rows.filter(services=self.service)
        if self.team:
            rows = rows.filter(team=self.team)
        if self.q:
            rows = rows.filter(pk__in=rows.find(self.q).ids)
        return rows

    def chips(self, *, today: date) -> list[Chip]:
        """The filters in force, in the order of the form."""
        severities = [Incident.Severity(value).label for value in self.severities]
        kinds = [Incident.Kind(value).label.lower() for value in self.kinds]
        states = [Incident.State(value).label.lower() for value in self.states]
        parts = [
            ("q", "Words", f"“{self.q}”" if self.q else ""),
            ("severity", "Severity", _either(severities)),
            ("kind", "Kind", _either(kinds)),
            ("state", "State", _either(states)),
            ("service", "Service", self.service.name if self.service else ""),
            ("team", "Team", self.team.name if self.team else ""),
            (
                "since",
                "Started",
                f"since {day_in_words(self.since, today=today)}" if self.since else "",
            ),
        ]
        return [Chip(label, words, self.url(without=name)) for name, label, words in parts if words]

    def url(self, *, without: str = "", **changed: str) -> str:
        """The address of this list with one filter dropped or some changed, on its first page."""
        query = self.asked.copy()
        for name in ("after", "before", "filters", without):
            query.pop(name, None)
        for name, value in changed.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"?{query.urlencode()}" if query else "?"

    def tabs(self) -> list[tuple[str, str, bool]]:
        """(label, address, is current) of each view."""
        return [
            (label, f"?view={name}" if name else "?", name == self.view)
            for name, label in VIEWS.items()
        ]

    def helping(self, *, today: date) -> list[tuple[Chip, int]]:
        """For an empty list: filters to drop, with how many incidents there are without each."""
        found = []
        for chip in self.chips(today=today):
            wider = Filters(QueryDict(chip.url_without.removeprefix("?")), user=self.user)
            count = wider.rows()[: COUNT_LIMIT + 1].count()
            if count:
                found.append((chip, count))
        return sorted(found, key=lambda pair: -pair[1])


def matched_in_words(rows: QuerySet[Incident]) -> str:
    """ "41", or "1,000+" without counting on."""
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    return f"{COUNT_LIMIT:,}+" if count > COUNT_LIMIT else f"{count:,}"


def for_table(incidents: list[Incident], *, now: datetime) -> list[Row]:
    return [Row(incident, facts.lasted(incident, now=now)) for incident in incidents]


def _in_view(rows: IncidentQuerySet, view: str, user: User) -> IncidentQuerySet:
    if view == "ongoing":
        return rows.ongoing()
    if view == "review":
        # A review that is hidden from this person is none to them.
        hidden = Incident._meta.get_field("review").related_model.objects.hidden_from(user)
        return rows.filter(
            Q(review=None) | Q(review__in=hidden),
            severity__in=["sev1", "sev2"],
            kind__in=["incident", "game_day"],
        ).exclude(state="closed")
    if view == "near":
        return rows.filter(kind="near_miss")
    if view == "mine":
        return rows.filter(team__in=Team.objects.of(user))
    return rows


def _known(values: list[str], allowed: list[str]) -> list[str]:
    return [value for value in allowed if value in values]


def _either(words: list[str]) -> str:
    return f"is {' or '.join(words)}" if words else ""


def _one(rows: QuerySet, slug: str) -> Service | Team | None:
    return rows.filter(slug=slug).first() if slug else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2200 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock(0))
