"""How a week or a month went for a team, for those who look after it.

It speaks of actions, reviews and lessons, as far as its reader may see them, and of no person.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from statistics import quantiles

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from actions.models import Action
from common.dates import say
from common.models import Activity
from incidents.models import Incident
from lessons.models import Lesson
from people.mails import ANY_MEMBER
from people.models import Membership, Notification, Team, User
from people.notifications import Telling
from postmortems.models import Review

MOST = 5
#: What the trail of an action says of it.
AGREED, DECIDED_AGAINST = "agreed", "decided not to do it"
#: Days since an action was agreed, up to and with the first number, and how we say it.
AGES = ((30, _("up to a month")), (90, _("one to three months")), (180, _("three to six months")),
        (None, _("more than half a year")))  # fmt: skip


@dataclass(frozen=True)
class Period:
    """Whole days of the reader, both included."""

    first: date
    last: date

    @classmethod
    def week(cls, day: date) -> Period:
        """The last whole week before `day`."""
        monday = day - timedelta(days=day.weekday() + 7)
        return cls(monday, monday + timedelta(days=6))

    @classmethod
    def month(cls, day: date) -> Period:
        """The last whole month before `day`."""
        last = day.replace(day=1) - timedelta(days=1)
        return cls(last.replace(day=1), last)

    @classmethod
    def of(cls, every: str, day: date) -> Period:
        return cls.month(day) if every == User.ReportEvery.MONTH else cls.week(day)

    def __str__(self) -> str:
        if self.first.day == 1 and self.last == _month_end(self.first):
            return say(self.first, "F Y")
        is_one_month = self.first.month == self.last.month
        return pgettext("days", "{first} to {last}").format(
            first=say(self.first, "j" if is_one_month else "j F"), last=say(self.last, "j F")
        )


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@dataclass(frozen=True)
class Report:
    """`ages` are (how old, how many open actions); `spread` is the middle half of their ages in
    days, or None for fewer than eight. `oldest` and `lessons` are rows to show; each action says
    whether it `is_private`, which means that a mail gives its reference alone. `lessons` are those
    of the team, `elsewhere` the others."""

    period: Period
    incidents: int
    reviews: int
    agreed: int
    verified: int
    decided_against: int
    open: int
    past: int
    to_check: int
    ages: Sequence[tuple[str, int]]
    spread: tuple[int, int, int] | None
    oldest: Sequence[Action]
    lessons: Sequence[Lesson]
    elsewhere: Sequence[Lesson]

    @property
    def ages_there_are(self) -> list[tuple[str, int]]:
        return [(words, number) for words, number in self.ages if number]

    @property
    def lines(self) -> list[tuple[str, int]]:
        """The counts, each with its words for one or for several."""
        return [
            (str(one if number == 1 else several), number)
            for number, one, several in (
                (
                    self.incidents,
                    _("Incident or near miss that began"),
                    _("Incidents and near misses that began"),
                ),
                (self.reviews, _("Review published"), _("Reviews published")),
                (self.agreed, _("Action agreed"), _("Actions agreed")),
                (
                    self.verified,
                    _("Action verified by somebody else"),
                    _("Actions verified by somebody else"),
                ),
                (
                    self.decided_against,
                    _("Action decided against, with a reason"),
                    _("Actions decided against, with a reason"),
                ),
                (self.open, _("Action open now"), _("Actions open now")),
                (self.past, _("Of these, past its day"), _("Of these, past their day")),
                (
                    self.to_check,
                    _("Action done that waits to be checked"),
                    _("Actions done that wait to be checked"),
                ),
            )
        ]


def make(team: Team, reader: User, period: Period, *, today: date) -> Report:
    """In a fixed number of statements."""
    during = _during(period, reader)
    actions = Action.objects.visible_to(reader).filter(team=team)
    counted = actions.aggregate(
        verified=Count("pk", filter=Q(verified_at__range=during)),
        to_check=Count("pk", filter=Q(state="done")),
    )
    told = Activity.objects.filter(
        object_type=ContentType.objects.get_for_model(Action),
        object_id__in=actions.values("pk"),
        at__range=during,
    )
    waiting = list(
        actions.open().order_by("created_at", "pk").values_list("pk", "created_at", "due_on")
    )
    days = [(today - timezone.localdate(at, reader.zone)).days for _, at, _ in waiting]
    lessons = Lesson.objects.in_library(reader).filter(published_at__range=during)
    return Report(
        period=period,
        incidents=Incident.objects.visible_to(reader)
        .filter(team=team, started_at__range=during)
        .count(),
        reviews=Review.objects.visible_to(reader)
        .filter(incident__team=team, published_at__range=during)
        .count(),
        agreed=_actions_in(told.filter(verb=AGREED)),
        decided_against=_actions_in(told.filter(verb=DECIDED_AGAINST)),
        open=len(waiting),
        past=sum(due_on is not None and due_on < today for _, _, due_on in waiting),
        ages=_ages(days),
        spread=_spread(days),
        oldest=_with_privacy([pk for pk, _, _ in waiting[:MOST]], reader),
        lessons=list(lessons.filter(team=team).order_by("-published_at", "-pk")[:MOST]),
        elsewhere=list(lessons.exclude(team=team).order_by("-published_at", "-pk")[:MOST]),
        **counted,
    )


def _during(period: Period, reader: User) -> tuple[datetime, datetime]:
    """Its first and its last moment, for `__range`."""
    begins = datetime.combine(period.first, time(), reader.zone)
    ends = datetime.combine(period.last + timedelta(days=1), time(), reader.zone)
    return begins, ends - timedelta(microseconds=1)


def has_news(team: Team, reader: User, period: Period) -> bool:
    """Whether a report would say more than zeros: something happened, or was open at its end.
    One statement."""
    during = _during(period, reader)
    actions = Action.objects.visible_to(reader).filter(team=team, created_at__lte=during[1])
    moved = Activity.objects.filter(
        object_type=ContentType.objects.get_for_model(Action),
        object_id__in=actions.values("pk"),
        verb__in=(AGREED, DECIDED_AGAINST),
        at__range=during,
    )
    news = (
        actions.open(),
        actions.filter(Q(state="done") | Q(verified_at__range=during)),
        moved,
        Incident.objects.visible_to(reader).filter(team=team, started_at__range=during),
        Review.objects.visible_to(reader).filter(incident__team=team, published_at__range=during),
        Lesson.objects.in_library(reader).filter(team=team, published_at__range=during),
    )
    any_of_it = reduce(or_, (Q(Exists(rows)) for rows in news))
    return Team.objects.filter(any_of_it, pk=team.pk).exists()


def _actions_in(trail: QuerySet[Activity]) -> int:
    return trail.values("object_id").distinct().count()


def _ages(days: list[int]) -> list[tuple[str, int]]:
    found, below = [], -1
    for most, words in AGES:
        number = sum(below < one and (most is None or one <= most) for one in days)
        found.append((str(words), number))
        below = most or 0
    return found


def _spread(days: list[int]) -> tuple[int, int, int] | None:
    """A middle half of a handful would say nothing."""
    if len(days) < 8:
        return None
    low, middle, high = quantiles(days, n=4)
    return round(low), round(middle), round(high)


def _with_privacy(pks: list[int], reader: User) -> list[Action]:
    rows = list(Action.objects.visible_to(reader).filter(pk__in=pks).order_by("created_at", "pk"))
    public = set(
        Action.objects.visible_to(ANY_MEMBER).filter(pk__in=pks).values_list("pk", flat=True)
    )
    for row in rows:
        row.is_private = row.pk not in public
    return rows


def tellings(*, now: datetime) -> Iterator[Telling]:
    """One for each manager of a team and each week, or month, that is over and had anything in it.
    What was told before is not looked at again."""
    managers = Membership.objects.filter(is_manager=True, user__is_active=True)
    wanted = {}
    for membership in managers.select_related("team", "user").order_by("pk"):
        manager, team = membership.user, membership.team
        period = Period.of(manager.report_every, timezone.localdate(now, manager.zone))
        occasion = f"team-{team.pk}-report-{period.first}-{period.last}"
        wanted[occasion, manager.pk] = (manager, team, period)
    known = set(
        Notification.objects.filter(occasion__in={occasion for occasion, _ in wanted}).values_list(
            "occasion", "recipient"
        )
    )
    for (occasion, pk), (manager, team, period) in wanted.items():
        if (occasion, pk) in known or not has_news(team, manager, period):
            continue
        page = reverse("team_report", args=[team.slug])
        yield Telling(
            recipient=manager,
            kind="team_report",
            about=team,
            occasion=occasion,
            data={
                "first": period.first.isoformat(),
                "last": period.last.isoformat(),
                "path": f"{page}?every={manager.report_every}",
            },
            due_at=now,
        )
