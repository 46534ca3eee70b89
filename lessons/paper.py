"""A lesson, a collection of them and the library as pages for the PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common import dates, papers
from lessons.models import Collection, CollectionEntry, Lesson
from lessons.reading import State

#: Lessons of the library, in full: some fifty pages.
MOST = 100
_FOR_EVERYONE = _("For everyone here")


def lesson_page(state: State, *, today: date) -> str:
    """As one reader may see it."""
    lesson = state.lesson
    facts = [
        (gettext("It happened"), papers.day(lesson.happened_on)),
        (gettext("Looked after by"), lesson.team and lesson.team.name),
        (gettext("Services"), _names(lesson.services.all())),
        (gettext("Contributing factors"), _names(lesson.factors.all())),
        (gettext("To be read again"), papers.day(lesson.reread_on)),
    ]
    is_told = lesson.is_published
    return papers.page(
        "lessons/lesson_paper.html",
        title=f"{lesson.reference} {lesson.title}",
        kicker=gettext("Lesson {reference}").format(reference=lesson.reference),
        beside=gettext("Published {day}").format(day=papers.day(lesson.published_at))
        if is_told
        else gettext("Draft"),
        foot=[
            lesson.reference,
            str(lesson.get_state_display()),
            str(_FOR_EVERYONE) if is_told else gettext("Only for those who write it"),
            papers.day(today),
        ],
        mark="" if is_told else gettext("DRAFT. Not published"),
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
        kicker=gettext("Collection of lessons"),
        beside=ngettext("{number} lesson", "{number} lessons", len(entries)).format(
            number=dates.number(len(entries))
        ),
        foot=[collection.title, str(_FOR_EVERYONE), papers.day(today)],
        collection=collection,
        entries=entries,
    )


def library_page(lessons: Sequence[Lesson], chosen: Sequence[str], *, today: date) -> str:
    """`lessons` come with their team; see common.papers.list_page."""
    return papers.list_page(
        "lessons/lessons_paper.html",
        lessons,
        title=gettext("Lessons"),
        kicker=gettext("From the library"),
        chosen=chosen,
        today=today,
        most=MOST,
    )


def _names(rows: Iterable[Any]) -> str:
    return ", ".join(sorted(row.name for row in rows))
