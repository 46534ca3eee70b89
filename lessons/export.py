"""The library as CSV, JSON and Markdown, and one lesson, collection or bulletin as Markdown and
JSON, a collection as CSV, too.

A lesson says nothing of a restricted incident it comes from: its review is named where the reader
may know of it. docs/exports.md tells the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects

from common import csv_lines, downloads
from common.downloads import iso
from common.pagination import batches
from lessons import library
from lessons.models import Bulletin, BulletinStory, Collection, CollectionEntry, Lesson
from lessons.querysets import LessonQuerySet
from people.models import User

COLUMNS = ("reference", "address", "title", "situation", "insight", "advice", "where_applies",
           "state", "team", "review", "services", "tags", "factors", "happened_on",
           "published_at")  # fmt: skip
_PARTS = (("Situation", "situation"), ("Insight", "insight"), ("Advice", "advice"),
          ("Where it applies", "where_applies"))  # fmt: skip


def as_csv(lessons: LessonQuerySet, user: User) -> Iterator[str]:
    """Lines, the header first; lists inside a cell have "; " between their parts."""
    return csv_lines.lines(COLUMNS, map(_cells, _rows(lessons, user)))


def as_json(lessons: LessonQuerySet, user: User, *, now: datetime) -> Iterator[str]:
    """One object; its "lessons" come one to a line."""
    head = {"format": "second-story-lessons", "version": 1, "exported_at": iso(now)}
    return downloads.json_lines(head, "lessons", _rows(lessons, user))


def as_markdown(lessons: LessonQuerySet, user: User) -> Iterator[str]:
    """One after the other."""
    return map(in_markdown, _rows(lessons, user))


def one(lesson: Lesson, user: User) -> dict[str, Any]:
    """A lesson this person may see."""
    return next(iter(described([lesson], user)))


def _rows(lessons: LessonQuerySet, user: User) -> Iterator[dict[str, Any]]:
    """The newest first."""
    rows = lessons.select_related("team").prefetch_related("services", "tags", "factors")
    for batch in batches(rows, order=("-published_at", "-pk"), unknown_last=True):
        yield from described(batch, user)


def described(lessons: Iterable[Lesson], user: User) -> Iterator[dict[str, Any]]:
    """Lessons this person may see, with their team, services, tags and factors fetched."""
    reviews = library.sources(user, lessons)
    for lesson in lessons:
        review = reviews.get(lesson.pk)
        yield {
            "reference": lesson.reference,
            "address": f"{settings.SITE_ORIGIN}{lesson.get_absolute_url()}",
            "title": lesson.title,
            **{name: getattr(lesson, name) for _, name in _PARTS},
            "state": lesson.state,
            "team": lesson.team.name if lesson.team else None,
            "review": review.reference if review else None,
            "services": sorted(row.name for row in lesson.services.all()),
            "tags": sorted(row.name for row in lesson.tags.all()),
            "factors": sorted(row.name for row in lesson.factors.all()),
            "happened_on": lesson.happened_on.isoformat() if lesson.happened_on else None,
            "published_at": iso(lesson.published_at),
        }


def _cells(told: dict[str, Any]) -> list[object]:
    return ["; ".join(value) if isinstance(value, list) else value for value in told.values()]


def in_markdown(told: dict[str, Any]) -> str:
    facts = [told["reference"], told["team"], told["review"] and f"from {told['review']}"]
    parts = [f"# {told['title']}", " · ".join(filter(None, [*facts, *told["tags"]]))]
    parts += [f"## {head}\n\n{told[name]}" for head, name in _PARTS if told[name]]
    return "\n\n".join([*parts, told["address"]]) + "\n\n"


def collection(found: Collection, entries: Sequence[CollectionEntry], user: User) -> dict[str, Any]:
    """A reading list with its lessons in full: `entries` are those this person may see."""
    lessons = [entry.lesson for entry in entries]
    prefetch_related_objects(lessons, "services", "tags", "factors")
    told = described(lessons, user)
    return {
        "reference": found.slug,
        "address": f"{settings.SITE_ORIGIN}{found.get_absolute_url()}",
        "title": found.title,
        "introduction": found.introduction,
        "is_for_newcomers": found.is_for_newcomers,
        "lessons": [
            {"why": entry.why, **lesson} for entry, lesson in zip(entries, told, strict=True)
        ],
    }


def collection_as_csv(told: dict[str, Any]) -> Iterator[str]:
    """What `collection` tells of its lessons, in their order: why each is there, then as above."""
    return csv_lines.lines(("why", *COLUMNS), map(_cells, told["lessons"]))


def collection_in_markdown(told: dict[str, Any]) -> str:
    """What `collection` tells, to read without a program; headings one level down."""
    parts = [f"# {told['title']}", told["introduction"]]
    for lesson in told["lessons"]:
        parts += [re.sub(r"^#", "##", in_markdown(lesson).strip(), flags=re.MULTILINE)]
        parts += [f"Why it is here: {lesson['why']}" if lesson["why"] else ""]
    return "\n\n".join(filter(None, [*parts, told["address"]])) + "\n"


def bulletin(found: Bulletin, told: Sequence[BulletinStory]) -> dict[str, Any]:
    """A bulletin with its stories: `told` are those whose lessons are in the library now."""
    return {
        "reference": f"bulletin-{found.month:%Y-%m}",
        "address": f"{settings.SITE_ORIGIN}{found.get_absolute_url()}",
        "theme": found.theme,
        "introduction": found.introduction,
        "sent_at": iso(found.sent_at),
        "stories": [
            {
                "headline": story.headline,
                "text": story.text,
                "lesson": story.lesson.reference,
                "address": f"{settings.SITE_ORIGIN}{story.lesson.get_absolute_url()}",
            }
            for story in told
        ],
    }


def bulletin_in_markdown(told: dict[str, Any]) -> str:
    """What `bulletin` tells, to read without a program."""
    parts = [f"# {told['theme']}", told["introduction"]]
    for story in told["stories"]:
        parts += [f"## {story['headline']}", story["text"]]
        parts += [f"{story['lesson']}: {story['address']}"]
    return "\n\n".join(filter(None, [*parts, told["address"]])) + "\n"
