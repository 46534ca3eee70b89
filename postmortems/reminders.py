"""Reviews want to happen while people remember: who is told, and when.

A review is named three days before its date, on the day, and every week after, until people look
at it together. Its facilitator is told; while there is none, the managers of the owning team, so
that they name one. On the last working day before the date the managers hear, once, of a review
that has no time to meet yet: they can make room for it. A draft that nobody has touched for a while
is named to its facilitator once a week, with an offer of help; one that is approved and not yet
published, to the managers who can sign it. Nobody is called late, and nobody is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.utils import timezone

from people import working_days
from people.models import Membership, User
from people.notifications import Telling, tell
from people.posts import Announcement, announce
from postmortems.models import Review
from postmortems.workflow import give_date

SOON = timedelta(days=3)
#: Somewhere on earth it is already tomorrow.
DAY = timedelta(days=1)
_BATCH = 500
#: A draft that rests so long is remembered less with every day.
QUIET_AFTER = timedelta(days=8)
_WRITTEN = (Review.State.ANALYSIS, Review.State.DRAFTING, Review.State.IN_REVIEW)
_NOT_MET = {Review.State.ASSIGNED, Review.State.GATHERING}


def remind(*, now: datetime) -> int:
    """Write down what is to be told today; a second run adds nothing. Returns how many."""
    today = timezone.localdate(now, timezone=timezone.get_default_timezone())
    give_dates()
    due_now = (
        Review.objects.due_by(today + SOON + DAY)
        .not_held()
        .select_related("incident__team", "facilitator")
        .order_by("due_on", "pk")
    )
    told = 0
    # Read to the end before writing: SQLite refuses to write from within an older read.
    for batch in _batches(list(due_now)):
        told += len(tell(_tellings(batch, now=now)))
        announce(_announcements(batch, now=now))
    return told + len(tell([*_of_quiet_drafts(now=now), *_of_approved_ones(now=now)]))


def _of_quiet_drafts(*, now: datetime) -> list[Telling]:
    """Once for every week in which nothing was written."""
    quiet = (
        Review.objects.filter(
            state__in=_WRITTEN, updated_at__lte=now - QUIET_AFTER, facilitator__is_active=True
        )
        .select_related("facilitator")
        .order_by("pk")
    )
    return [
        Telling(
            review.facilitator,
            "review_quiet",
            review,
            f"review-{review.pk}-quiet-{_stretch(review, now=now)}",
            {"version": review.version},
            due_at=now,
        )
        for review in quiet
    ]


def _of_approved_ones(*, now: datetime) -> Iterator[Telling]:
    """Once for every week in which nobody signed."""
    resting = list(
        Review.objects.filter(state=Review.State.APPROVED, updated_at__lte=now - QUIET_AFTER)
        .select_related("incident")
        .order_by("pk")
    )
    managers = _managers({review.incident.team_id for review in resting})
    for review in resting:
        occasion = f"review-{review.pk}-resting-{_stretch(review, now=now)}"
        for person in managers.get(review.incident.team_id, []):
            about = {"version": review.version}
            yield Telling(person, "review_resting", review, occasion, about, due_at=now)


def _stretch(review: Review, *, now: datetime) -> str:
    """Which week of rest it is since something was last done."""
    week = (now - review.updated_at) // timedelta(days=7)
    return f"{week}-since-{review.updated_at:%Y%m%d%H%M}"


def stage(due_on: date, *, today: date) -> str:
    """Which reminder it is time for: "soon", "day", then "week-1", "week-2" and so on.

    It names a stretch of days, not one day: a run that comes late still tells it, once.
    """
    days = (today - due_on).days
    if days < 0:
        return "soon"
    return f"week-{days // 7}" if days >= 7 else "day"


def give_dates() -> int:
    """Reviews asked for while the incident went on get their date once it is resolved."""
    waiting = list(
        Review.objects.under_way()
        .filter(due_on=None, incident__resolved_at__isnull=False)
        .select_related("incident__team")
        .order_by("pk")
    )
    teams = working_days.of_teams(review.incident.team for review in waiting)
    for review in waiting:
        team = teams[review.incident.team_id]
        requested_on = timezone.localdate(review.requested_at, team.zone)
        give_date(review, requested_on=requested_on, team=team)
    return len(waiting)


def _tellings(reviews: list[Review], *, now: datetime) -> Iterator[Telling]:
    """By the calendar of whoever is told."""
    managers = _managers({review.incident.team_id for review in reviews})
    teams = working_days.of_teams({review.incident.team for review in reviews})
    for review in reviews:
        leading = managers.get(review.incident.team_id, [])
        for person in [review.facilitator] if review.facilitator else leading:
            today = timezone.localdate(now, person.zone)
            if review.due_on > today + SOON:
                continue
            occasion = f"review-{review.pk}-due-{review.due_on}-{stage(review.due_on, today=today)}"
            yield Telling(person, "review_due", review, occasion, due_at=now)
        if review.facilitator and review.state in _NOT_MET and review.meeting_at is None:
            last_day = teams[review.incident.team_id].before(review.due_on, 1)
            yield from _make_room(review, leading, last_day, now=now)


def _announcements(reviews: list[Review], *, now: datetime) -> Iterator[Announcement]:
    """Once for each date, to the rooms of the team."""
    for review in reviews:
        if review.due_on <= timezone.localdate(now) + SOON:
            occasion = f"review-{review.pk}-due-{review.due_on}"
            yield Announcement("review_due", review, occasion, {review.incident.team_id})


def _make_room(
    review: Review, managers: list[User], last_day: date, *, now: datetime
) -> Iterator[Telling]:
    """While memory is still there; who guides it has been told before."""
    for person in managers:
        if person == review.facilitator or timezone.localdate(now, person.zone) < last_day:
            continue
        occasion = f"review-{review.pk}-fading-{review.due_on}"
        yield Telling(person, "review_fading", review, occasion, due_at=now)


def _managers(teams: set[int]) -> dict[int, list[User]]:
    """The managers of each team, in one statement."""
    managers: dict[int, list[User]] = {}
    memberships = Membership.objects.filter(
        team__in=teams, is_manager=True, user__is_active=True
    ).select_related("user")
    for membership in memberships:
        managers.setdefault(membership.team_id, []).append(membership.user)
    return managers


def _batches(reviews: Iterable[Review]) -> Iterator[list[Review]]:
    rows = iter(reviews)
    while batch := list(islice(rows, _BATCH)):
        yield batch
