"""How many read a lesson and changed something because of it: by month and team, never by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from lessons.models import Lesson, Readership, ReaderTicket, Use
from people.models import Team, User

#: Below this a number of one team could be read as a person.
FEWEST = 3
MONTHS = 12


def _digest(*parts: object) -> str:
    return salted_hmac(
        "lessons.readership", ":".join(map(str, parts)), algorithm="sha256"
    ).hexdigest()


@transaction.atomic
def count(lesson: Lesson, reader: User, *, today: date) -> bool:
    """Count a reader once in a month, for everybody and for each of their teams. Returns whether
    it was the first time."""
    month = today.replace(day=1)
    _, is_first = ReaderTicket.objects.get_or_create(
        digest=_digest("read", lesson.pk, month, reader.pk), defaults={"month": month}
    )
    if is_first:
        teams = Team.objects.of(reader).order_by("pk").values_list("pk", flat=True)
        for team in (None, *teams):
            row, _ = Readership.objects.get_or_create(lesson=lesson, month=month, team_id=team)
            Readership.objects.filter(pk=row.pk).update(readers=F("readers") + 1)
    return is_first


def forget(*, today: date) -> int:
    """Tickets of months that are over: their numbers change no more."""
    return ReaderTicket.objects.filter(month__lt=today.replace(day=1)).delete()[0]


# Use --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Used:
    """By how many, and whether the reader is one of them."""

    times: int
    by_me: bool


def used(lesson: Lesson, reader: User) -> Used:
    """In one statement."""
    mine = _digest("used", lesson.pk, reader.pk)
    digests = list(lesson.uses.values_list("digest", flat=True))
    return Used(len(digests), mine in digests)


def use(lesson: Lesson, reader: User, *, is_used: bool) -> None:
    """ "I changed something because of this", and taking it back."""
    digest = _digest("used", lesson.pk, reader.pk)
    if is_used:
        Use.objects.get_or_create(digest=digest, defaults={"lesson": lesson})
    else:
        Use.objects.filter(digest=digest).delete()


# Looking ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Month:
    """Readers in all, teams with their numbers, and how many teams had too few to be named."""

    first: date
    readers: int
    teams: list[tuple[Team, int]]
    few: int


def by_month(lesson: Lesson) -> list[Month]:
    """The newest months with readers first, at most a year of them, in two statements."""
    months = list(
        lesson.readership.filter(team=None).order_by("-month").values_list("month", "readers")
    )[:MONTHS]
    rows = list(
        lesson.readership.filter(month__in=[month for month, _ in months])
        .exclude(team=None)
        .select_related("team")
        .order_by("-readers", "team__name", "pk")
    )
    return list(_months(months, rows))


def _months(months: list[tuple[date, int]], rows: list[Readership]) -> Iterator[Month]:
    for first, readers in months:
        here = [row for row in rows if row.month == first]
        teams = [(row.team, row.readers) for row in here if row.team and row.readers >= FEWEST]
        yield Month(first, readers, teams, few=len(here) - len(teams))
