"""What the library does with lessons: other teams look whether they apply."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.models import Action
from config import adopting as acting
from lessons import adopting, bulletins, curating, following, readership
from lessons.browsing import Asked
from lessons.models import Adoption, Lesson
from people.models import Service, Team, User
from postmortems.models import FactorCategory

_TRAVELS = "Ready should mean that it has just worked"
_OF_THE_MONTH = "The way back deserves its own rehearsal"
_FIRST_WEEK = {
    "Ready should mean that it has just worked": "Before your first rollout",
    "Fast answers can be old answers": "Before you trust a dashboard",
    "A failover is rehearsed only when one side is gone": "Before your first rehearsal",
}
_WRITTEN_A_WHILE_AGO = "Fast answers can be old answers"
_FINE = "Our checks ask for one real search every ten seconds, and say how old the answer is."
_STARTED = {
    "title": "Report the deploy pipeline ready after a canary has gone through",
    "kind": Action.Kind.PREVENT,
    "measure": Action.Measure.TEST,
    "priority": Action.Priority.NORMAL,
    "done_test": "A pipeline that cannot write to the registry is shown as not ready.",
}


def live(staff: dict[str, User], *, now: datetime) -> None:
    _travel(staff, now=now)
    _read(staff, now=now)
    _pick(staff, now=now)
    _print(staff, now=now)
    _follow(staff)
    # Read again after half a year, as its team wished: it waits for them.
    Lesson.objects.filter(title=_WRITTEN_A_WHILE_AGO).update(
        state=Lesson.State.DUE, reread_on=now.date() - timedelta(days=2)
    )


def _read(staff: dict[str, User], *, now: datetime) -> None:
    """By everybody here this month, and one of them made use of it."""
    lesson = Lesson.objects.get(title=_TRAVELS)
    for person in staff.values():
        readership.count(lesson, person, today=now.date())
    readership.use(lesson, staff["kwame.mensah@example.org"], is_used=True)


def _pick(staff: dict[str, User], *, now: datetime) -> None:
    """A reading list for newcomers, and one lesson for everybody this month."""
    by = staff["facilitator@example.org"]
    lessons = {lesson.title: lesson for lesson in Lesson.objects.filter(title__in=_FIRST_WEEK)}
    curating.create(
        title="Your first week",
        introduction="Three lessons of our own that come up again and again.",
        is_for_newcomers=True,
        is_shown=True,
        picked=[curating.Picked(lessons[title], why) for title, why in _FIRST_WEEK.items()],
        by=by,
        at=now,
    )
    choice = Lesson.objects.get(title=_OF_THE_MONTH)
    month = now.date().replace(day=1)
    curating.choose(choice, month, why="Three teams plan a game day this month.", seen=0, by=by)


def _print(staff: dict[str, User], *, now: datetime) -> None:
    """The bulletin of last month went out; this month's waits to be edited."""
    by, this_month = staff["facilitator@example.org"], now.date().replace(day=1)
    last = bulletins.draft((this_month - timedelta(days=1)).replace(day=1))
    if last:
        bulletins.send(last, seen=last.version, by=by, at=now - timedelta(days=30))
    bulletins.draft(this_month)


def _follow(staff: dict[str, User]) -> None:
    """A service, a factor and a search, to be looked after under Settings."""
    reader = staff["reader@example.org"]
    following.follow(reader, Service.objects.order_by("pk")[0])
    following.follow(reader, FactorCategory.objects.offered()[0])
    following.follow_search(reader, Asked(text="rehearsal"))


def _travel(staff: dict[str, User], *, now: datetime) -> None:
    """One team is fine, another starts an action."""
    lesson = Lesson.objects.get(title=_TRAVELS)
    adopting.answer(
        lesson,
        Team.objects.get(name="Search"),
        answer=Adoption.Answer.FINE,
        note=_FINE,
        seen=0,
        by=staff["reviewer@example.org"],
        at=now - timedelta(days=6),
    )
    platform, owner = Team.objects.get(name="Platform"), staff["kwame.mensah@example.org"]
    acting.act(
        lesson,
        platform,
        by=owner,
        values=_STARTED
        | {"owner": owner, "team": platform, "due_on": now.date() + timedelta(days=24)},
        is_agreed=True,
        token="",
        at=now - timedelta(days=3),
    )
