"""One lesson as one reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from lessons import adopting, library, permissions, readership
from lessons.adopting import Reach
from lessons.library import Related
from lessons.models import Lesson
from lessons.readership import Used
from people.models import User
from postmortems.models import Review
from postmortems.permissions import can_read_draft

MOST_CHANGES = 20
#: From so many minutes on, the page has contents.
_LONG_READ = 2


@dataclass(frozen=True)
class Rights:
    may_edit: bool
    may_publish: bool
    may_unpublish: bool
    may_reread: bool
    may_curate: bool

    @classmethod
    def of(cls, user: User, lesson: Lesson) -> Rights:
        return cls(
            may_edit=permissions.can_edit(user, lesson),
            may_publish=not lesson.is_published and permissions.can_publish(user, lesson),
            may_unpublish=lesson.is_published and permissions.can_unpublish(user, lesson),
            may_reread=permissions.can_reread(user, lesson),
            may_curate=lesson.is_published and permissions.can_curate(user),
        )


@dataclass(frozen=True)
class State:
    """What the page of a lesson depends on, cheap to ask for: an ETag is made of it."""

    lesson: Lesson
    source: Review | None
    rights: Rights
    # What was agreed in the review it comes from, as far as this reader may see it.
    changes: list[Any]
    # Whether this reader may follow it back to the card it was written from.
    shows_card: bool
    reach: Reach
    # The lesson that says it better by now, and those of which this one does.
    newer: Lesson | None
    supersedes: list[Lesson]
    used: Used

    @classmethod
    def of(cls, user: User, lesson: Lesson) -> State:
        source = library.sources(user, [lesson]).get(lesson.pk)
        changes = []
        if source:
            visible = source.actions.visible_to(user)
            changes = list(visible.order_by("due_on", "pk")[:MOST_CHANGES])
        shows_card = bool(source and lesson.finding_id) and can_read_draft(user, source)
        used = readership.used(lesson, user)
        rights, reach = Rights.of(user, lesson), adopting.reach(user, lesson)
        around = Q(pk=lesson.superseded_by_id) | Q(superseded_by=lesson)
        others = list(Lesson.objects.in_library(user).filter(around).order_by("pk"))
        newer = next((other for other in others if other.pk == lesson.superseded_by_id), None)
        older = [other for other in others if other != newer]
        return cls(lesson, source, rights, changes, shows_card, reach, newer, older, used)

    @property
    def parts(self) -> tuple[object, ...]:
        """All the page shows that can change, for common.seen_again."""
        return (
            self.lesson.pk,
            self.lesson.version,
            self.lesson.state,
            self.lesson.updated_at,
            self.source and (self.source.version, self.source.incident.version, self.source.state),
            self.rights,
            self.shows_card,
            [(action.pk, action.version, action.updated_at) for action in self.changes],
            self.reach.fingerprint,
            self.used,
            [(other.pk, other.title) for other in (self.newer, *self.supersedes) if other],
        )

    @property
    def changed_at(self) -> datetime:
        return max([self.lesson.updated_at, *(action.updated_at for action in self.changes)])


def page(user: User, state: State) -> dict[str, Any]:
    """Everything the template shows."""
    related: list[Related] = library.related(user, state.lesson)
    minutes = library.minutes_to_read(state.lesson)
    return {
        "contents": _contents(state) if minutes >= _LONG_READ else [],
        "lesson": state.lesson,
        "source": state.source,
        "rights": state.rights,
        "changes": state.changes,
        "shows_card": state.shows_card,
        "reach": state.reach,
        "related": related,
        "used": state.used,
        "newer": state.newer,
        "supersedes": state.supersedes,
        "minutes": minutes,
    }


def _contents(state: State) -> list[dict[str, str]]:
    """The ids and words of the headings in the text, in their order."""
    lesson = state.lesson
    parts = [
        ("situation", "The situation", lesson.situation),
        ("advice", "What we advise", lesson.advice),
        ("applies", "Where it applies", lesson.where_applies),
        ("changes", "What has changed since", state.changes),
    ]
    return [{"id": name, "title": title} for name, title, text in parts if text]
