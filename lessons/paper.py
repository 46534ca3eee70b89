"""A lesson and a collection of them as pages for the PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from common import papers
from lessons.models import Collection, CollectionEntry
from lessons.reading import State

_FOR_EVERYONE = "For everyone here"


def lesson_page(state: State, *, today: date) -> str:
    """As one reader may see it."""
    lesson = state.lesson
    facts = [
        ("It happened", papers.day(lesson.happened_on)),
        ("Looked after by", lesson.team and lesson.team.name),
        ("Services", _names(lesson.services.all())),
        ("Contributing factors", _names(lesson.factors.all())),
        ("To be read again", papers.day(lesson.reread_on)),
    ]
    is_told = lesson.is_published
    return papers.page(
        "lessons/lesson_paper.html",
        title=f"{lesson.reference} {lesson.title}",
        kicker=f"Lesson {lesson.reference}",
        beside=f"Published {papers.day(lesson.published_at)}" if is_told else "Draft",
        foot=[
            lesson.reference,
            str(lesson.get_state_display()),
            _FOR_EVERYONE if is_told else "Only for those who write it",
            papers.day(today),
        ],
        mark="" if is_told else "DRAFT. Not published",
        lesson=lesson,
        facts=[(name, words) for name, words in facts if words],
        source=state.source,
        changes=state.changes,
        newer=state.newer,
    )


def collection_page(
    collection: Collection, entries: Sequence[CollectionEntry], *, today: date
) -> str:
    """Each of its lessons in full: `entries` are those the reader may see."""
    return papers.page(
        "lessons/collection_paper.html",
        title=collection.title,
        kicker="Collection of lessons",
        beside=f"{len(entries)} lesson{'' if len(entries) == 1 else 's'}",
        foot=[collection.title, _FOR_EVERYONE, papers.day(today)],
        collection=collection,
        entries=entries,
    )


def _names(rows: Iterable[Any]) -> str:
    return ", ".join(sorted(row.name for row in rows))
