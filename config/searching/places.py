"""Where the search looks, and how each place is narrowed and shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any, NamedTuple, Self

from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.safestring import SafeString

from common.keys import Given
from common.prepared import Prepared
from common.search import SearchableQuerySet
from common.tags import TagsOf
from common.words import Marker
from incidents.models import Incident
from lessons import library
from lessons.models import Lesson
from people.models import User
from postmortems.models import PublishedWords, Review

#: Characters of a long text that are looked through for the part to show.
_READ = 30_000
_BEGINNING = Left("search_text", _READ)
#: What the drafts of a new edition say of factors is nobody's to find.
_TOLD = ("published", "archived")


class About(NamedTuple):
    """The incident that a line is or comes from."""

    reference: str
    kind: str
    severity: str

    @classmethod
    def of(cls, incident: Incident) -> Self:
        return cls(incident.reference, incident.kind, incident.severity)


@dataclass(frozen=True)
class Hit:
    """One line of what was found: all that `config/_hit.html` shows."""

    title: SafeString
    excerpt: SafeString
    url: str
    place: str
    # Where the reader may know of it.
    incident: About | None
    day: date | None
    tags: tuple[str, ...]
    reference: str
    # A newer lesson says it better.
    is_superseded: bool = False


class Place(ABC):
    """`name` is its value of the filter "in"."""

    name: str

    @abstractmethod
    def rows(self, user: User) -> SearchableQuerySet:
        """All that this person may find here."""

    @abstractmethod
    def fits(self, user: User, name: str, values: tuple[Any, ...]) -> Q:
        """The rows that one of the values of a filter stands for."""

    @abstractmethod
    def hits(self, user: User, ids: list[int], marker: Marker) -> dict[int, Hit]:
        """The few rows that are shown, by key."""


def _whose(rows: QuerySet, **conditions: Any) -> Q:
    return Q(pk__in=rows.filter(**conditions).order_by().values("pk"))


def _began_between(path: str, days: tuple[date | None, date | None]) -> Q:
    """By the moment it started or, where that is unknown, by the day, month or year it is known
    by."""
    first, last = days
    started = Q(**{f"{path}started_at__isnull": False})
    known = Q(**{f"{path}started_at__isnull": True}) & ~Q(**{f"{path}known_by": ""})
    if first:
        started &= Q(**{f"{path}started_at__gte": _midnight(first)})
        known &= Q(**{f"{path}known_by__gte": str(first)[:4]})
    if last:
        started &= Q(**{f"{path}started_at__lt": _midnight(last + timedelta(days=1))})
        known &= Q(**{f"{path}known_by__lte": str(last)})
    return started | known


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock(0)))


def _day_of(incident: Incident) -> date | None:
    return timezone.localdate(incident.started_at) if incident.started_at else None


class Lessons(Place):
    name = "lessons"

    def rows(self, user: User) -> SearchableQuerySet:
        return Lesson.objects.in_library(user)

    def fits(self, user: User, name: str, values: tuple[Any, ...]) -> Q:
        return library.fitting(user, name, values)

    def hits(self, user: User, ids: list[int], marker: Marker) -> dict[int, Hit]:
        return {
            one.pk: Hit(
                title=marker.mark(one.title),
                excerpt=marker.excerpt(one.insight, one.situation, one.advice),
                url=one.get_absolute_url(),
                place=self.name,
                incident=one.known_source and About.of(one.known_source.incident),
                day=one.happened_on,
                tags=_names(one.told_tags),
                reference=one.reference,
                is_superseded=one.state == Lesson.State.SUPERSEDED,
            )
            for one in _LESSONS.objects(shown=Given.text(ids), reader=user.pk)
        }


class Reviews(Place):
    """Published reviews, by the words of their newest edition."""

    name = "reviews"
    _relations = {"service": "services", "tag": "tags", "team": "team", "kind": "kind",
                  "severity": "severity"}  # fmt: skip

    def rows(self, user: User) -> SearchableQuerySet:
        return PublishedWords.objects.visible_to(user)

    def fits(self, user: User, name: str, values: tuple[Any, ...]) -> Q:
        words = PublishedWords.objects.all()
        if name == "factor":
            told = {"review__state__in": _TOLD, "review__factors__category__in": values}
            return _whose(words, **told)
        if name in self._relations:
            return _whose(words, **{f"review__incident__{self._relations[name]}__in": values})
        return _began_between("review__incident__", values)

    def hits(self, user: User, ids: list[int], marker: Marker) -> dict[int, Hit]:
        return {
            one.pk: Hit(
                title=marker.mark(one.title),
                excerpt=_excerpt(marker, one.lede, one.beginning),
                url=one.review.get_absolute_url(),
                place=self.name,
                incident=About.of(one.review.incident),
                day=_day_of(one.review.incident),
                tags=_names(one.told_tags),
                reference=one.review.incident.reference,
            )
            for one in _REVIEWS.objects(shown=Given.text(ids))
        }


class Incidents(Place):
    name = "incidents"
    _relations = Reviews._relations

    def rows(self, user: User) -> SearchableQuerySet:
        return Incident.objects.visible_to(user)

    def fits(self, user: User, name: str, values: tuple[Any, ...]) -> Q:
        if name == "factor":
            told = Review.objects.visible_to(user).filter(
                state__in=_TOLD, factors__category__in=values
            )
            return Q(pk__in=told.order_by().values("incident"))
        if name in self._relations:
            return _whose(Incident.objects.all(), **{f"{self._relations[name]}__in": values})
        return _began_between("", values)

    def hits(self, user: User, ids: list[int], marker: Marker) -> dict[int, Hit]:
        return {
            one.pk: Hit(
                title=marker.mark(one.title),
                excerpt=_excerpt(marker, one.summary or one.impact, one.beginning),
                url=one.get_absolute_url(),
                place=self.name,
                incident=About.of(one),
                day=_day_of(one),
                tags=_names(one.told_tags),
                reference=one.reference,
            )
            for one in _INCIDENTS.objects(shown=Given.text(ids))
        }


# What is shown of the few rows of a page ----------------------------------------------------------
def _lessons(shown: str, reader: int) -> QuerySet[Lesson]:
    return Lesson.objects.filter(pk__in=Given(shown)).for_results(User(pk=reader))


def _reviews(shown: str) -> QuerySet[PublishedWords]:
    return (
        PublishedWords.objects.filter(pk__in=Given(shown))
        .select_related("review__incident")
        .annotate(told_tags=TagsOf("incidents", "review__incident"), beginning=_BEGINNING)
        .defer("search_text")
    )


def _incidents(shown: str) -> QuerySet[Incident]:
    return (
        Incident.objects.filter(pk__in=Given(shown))
        .annotate(told_tags=TagsOf("incidents"), beginning=_BEGINNING)
        .defer("search_text")
    )


_LESSONS = Prepared(_lessons, shown=str, reader=int)
_REVIEWS = Prepared(_reviews, shown=str)
_INCIDENTS = Prepared(_incidents, shown=str)


def _names(tags: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(tag["name"] for tag in tags)


def _excerpt(marker: Marker, opening: str, beginning: str) -> SafeString:
    """What opens the text, unless the words stand elsewhere in it."""
    shown = marker.excerpt(opening[:_READ])
    if "<mark>" in shown or not beginning:
        return shown
    elsewhere = marker.excerpt(beginning)
    return elsewhere if "<mark>" in elsewhere else shown


PLACES: tuple[Place, ...] = (Lessons(), Reviews(), Incidents())
