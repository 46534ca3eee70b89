"""Is it still true? The team that looks after a lesson confirms, revises or supersedes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from common.history import record, save_edit
from lessons.models import Lesson
from people.models import Membership, User
from people.notifications import Telling, tell

State = Lesson.State
#: A lesson that waits is named again after so long.
AGAIN_AFTER = timedelta(days=30)


class NotNewer(Exception):
    """The lesson named cannot stand in the place of this one. The text says why."""


@transaction.atomic
def confirm(lesson: Lesson, *, seen: int, again_on: date, by: User, at: datetime) -> Lesson:
    """It is still true, or true again. Raises EditConflict when another version was read."""
    lesson = save_edit(
        lesson,
        seen=seen,
        author=by,
        changes={
            "state": State.CONFIRMED,
            "superseded_by": None,
            "reread_on": again_on,
            "reread_at": at,
            "updated_at": at,
        },
    )
    record(by, "read a lesson again: still true", lesson)
    return lesson


@transaction.atomic
def supersede(lesson: Lesson, newer: Lesson, *, seen: int, by: User, at: datetime) -> Lesson:
    """A newer lesson says it better; this one leads there. Raises NotNewer, and EditConflict when
    another version was read."""
    # One at a time, or two could each supersede the other.
    newer = Lesson.objects.select_for_update().select_related(None).get(pk=newer.pk)
    if newer.pk == lesson.pk:
        raise NotNewer(gettext("This is the lesson itself. Name another one."))
    if not newer.is_published:
        raise NotNewer(
            gettext("{reference} is a draft. Publish it first.").format(reference=newer.reference)
        )
    if newer.state == State.SUPERSEDED:
        raise NotNewer(
            gettext("{reference} is superseded itself. Name the one that it leads to.").format(
                reference=newer.reference
            )
        )
    lesson = save_edit(
        lesson,
        seen=seen,
        author=by,
        changes={
            "state": State.SUPERSEDED,
            "superseded_by": newer,
            "reread_at": at,
            "updated_at": at,
        },
    )
    record(by, "superseded a lesson", lesson, newer.reference)
    return lesson


# Asking -----------------------------------------------------------------------------------------
def ask(*, now: datetime) -> int:
    """Say which lessons are due for a re-read, and tell the managers of their teams, or everybody
    in a team without one: once, and once more a month later. Returns how many are told."""
    today = timezone.localdate(now)
    due = Lesson.objects.to_reread(on=today)
    due.exclude(state=State.DUE).update(state=State.DUE)
    lessons = list(due.exclude(team=None).defer("search_text").order_by("reread_on", "pk"))
    return len(tell(list(_tellings(lessons, today=today, now=now))))


def _tellings(lessons: list[Lesson], *, today: date, now: datetime) -> Iterator[Telling]:
    people = _looking_after({lesson.team_id for lesson in lessons})
    for lesson in lessons:
        months = (today - lesson.reread_on) // AGAIN_AFTER
        occasion = f"lesson-{lesson.pk}-reread-{lesson.reread_on}-{min(months, 1)}"
        for person in people[lesson.team_id]:
            yield Telling(person, "lesson_reread", lesson, occasion, due_at=now)


def _looking_after(teams: set[int | None]) -> dict[int | None, list[User]]:
    managers: dict[int | None, list[User]] = defaultdict(list)
    members: dict[int | None, list[User]] = defaultdict(list)
    for membership in Membership.objects.filter(
        team__in=teams, user__is_active=True
    ).select_related("user"):
        if membership.is_manager:
            managers[membership.team_id].append(membership.user)
        members[membership.team_id].append(membership.user)
    return {team: managers[team] or members[team] for team in teams}
