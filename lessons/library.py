"""The library as readers meet it: what words find, what is new, what this week brings back."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from lessons.models import Lesson
from lessons.querysets import LessonQuerySet
from people.models import User

#: How far "From the archive" looks back, and how near the day of the year must be.
ARCHIVE_YEARS = 30
SAME_WEEK = timedelta(days=3)


def searchable_text(lesson: Lesson) -> str:
    """Everything words can find a lesson by, beside its title.

    Reads the saved relations: set tags, services and factors first, then store the result in
    `search_text`. It never holds anything of the incident, which may be restricted.
    """
    names = [
        row.name
        for rows in (lesson.tags.all(), lesson.services.all(), lesson.factors.all())
        for row in rows
    ]
    texts = [lesson.insight, lesson.situation, lesson.advice, lesson.where_applies]
    return "\n".join(filter(None, [*texts, *names]))


def index(lesson: Lesson) -> None:
    """Store what words find the lesson by; call it after the relations are set."""
    lesson.search_text = searchable_text(lesson)
    Lesson.objects.filter(pk=lesson.pk).update(search_text=lesson.search_text)


def newest(user: User, *, limit: int) -> LessonQuerySet:
    return Lesson.objects.visible_to(user).published().for_list()[:limit]


def from_the_archive(user: User, *, today: date) -> Lesson | None:
    """The lesson of an incident that happened this week in the nearest earlier year."""
    this_week = Q(pk__in=[])
    for years in range(1, ARCHIVE_YEARS + 1):
        day = anniversary(today, years_ago=years)
        this_week |= Q(happened_on__range=(day - SAME_WEEK, day + SAME_WEEK))
    return (
        Lesson.objects.visible_to(user)
        .published()
        .filter(this_week)
        .order_by("-happened_on", "-pk")
        .first()
    )


def anniversary(today: date, *, years_ago: int) -> date:
    """The same day in an earlier year; 28 February stands in for the 29th."""
    year = today.year - years_ago
    try:
        return today.replace(year=year)
    except ValueError:
        return today.replace(year=year, day=28)
