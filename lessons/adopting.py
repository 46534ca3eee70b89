"""Other teams ask themselves whether a lesson applies to them. Reach is counted by team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from common.history import EditConflict, keep_texts, record, save_edit
from common.prepared import Prepared
from lessons.models import Adoption, Lesson
from lessons.permissions import can_write_alone
from people.models import Team, User

TEXTS = ("note",)
_SAID = {
    Adoption.Answer.APPLIES: gettext_noop("said that it applies to a team"),
    Adoption.Answer.FINE: gettext_noop("said that a team is fine"),
}


@transaction.atomic
def answer(
    lesson: Lesson, team: Team, *, answer: str, note: str, seen: int, by: User, at: datetime
) -> Adoption:
    """Keep what a team says over the version that was seen, 0 for none. Saying the same again
    changes nothing. Raises EditConflict when somebody of the team has said something else."""
    adoption, is_new = Adoption.objects.select_for_update().get_or_create(
        lesson=lesson,
        team=team,
        defaults={"answer": answer, "note": note, "answered_at": at},
    )
    if is_new:
        keep_texts(adoption, author=None, fields=TEXTS)
    elif (adoption.answer, adoption.note) == (answer, note):
        return adoption
    elif adoption.version != seen:
        raise EditConflict(adoption)
    else:
        adoption = save_edit(
            adoption,
            seen=seen,
            author=None,
            changes={"answer": answer, "note": note, "answered_at": at},
            texts=TEXTS,
        )
    record(by, _SAID[Adoption.Answer(answer)], lesson, team.name)
    return adoption


@transaction.atomic
def act(lesson: Lesson, team: Team, action: models.Model, *, by: User, at: datetime) -> Adoption:
    """Tie an action of the team to the lesson that made it start one: so it applies."""
    applies = Adoption.Answer.APPLIES
    adoption, is_new = Adoption.objects.select_for_update().get_or_create(
        lesson=lesson, team=team, defaults={"answer": applies, "answered_at": at}
    )
    if is_new:
        record(by, _SAID[applies], lesson, team.name)
    elif adoption.answer != applies:
        Adoption.objects.filter(pk=adoption.pk).update(
            answer=applies, answered_at=at, version=F("version") + 1
        )
        record(by, _SAID[applies], lesson, team.name)
    adoption.actions.add(action)
    return adoption


@dataclass(frozen=True)
class Said:
    """What one team said, with those of its actions that the reader may see."""

    adoption: Adoption
    actions: Sequence[Any]


@dataclass(frozen=True)
class Reach:
    """How far a lesson has come. `mine` are the reader's teams that are asked, each with what it
    said; None while it has said nothing."""

    said: list[Said]
    mine: list[tuple[Team, Said | None]]
    #: Whether the reader may start an action for those of them it applies to: who may write a
    #: lesson alone may agree on an action alone, see config/adopting.py.
    may_act: bool = False

    @property
    def checked(self) -> int:
        return len(self.said)

    @property
    def started(self) -> int:
        """Teams that started an action, as far as this reader may know."""
        return sum(bool(one.actions) for one in self.said)


def reach(user: User, lesson: Lesson) -> Reach:
    """In three statements, however many teams there are; one more where an action may follow."""
    if not lesson.is_published:
        return Reach([], [])
    started: dict[int, list[Any]] = {}
    for link in _STARTED.objects(reader=user.pk, lesson=lesson.pk):
        started.setdefault(link.adoption_id, []).append(link.action)
    said = {
        adoption.team_id: Said(adoption, started.get(adoption.pk, []))
        for adoption in _SAID_HERE.objects(reader=user.pk, lesson=lesson.pk)
    }
    asked = Team.objects.of(user).exclude(pk=lesson.team_id).by_name()
    mine = [(team, said.get(team.pk)) for team in asked]
    applies = any(one and one.adoption.answer == Adoption.Answer.APPLIES for _, one in mine)
    return Reach(list(said.values()), mine, applies and can_write_alone(user))


_SAID_HERE = Prepared(
    lambda reader, lesson: (
        Adoption.objects.visible_to(User(pk=reader))
        .filter(lesson=lesson)
        .select_related("team")
        .order_by("answered_at", "pk")
    ),
    reader=int,
    lesson=int,
)


def _started(reader: int, lesson: int) -> models.QuerySet:
    """The actions that teams started, each with what its team said."""
    links = Adoption.actions.through.objects.filter(adoption__lesson=lesson)
    hidden = Adoption.actions.rel.model.objects.hides(User(pk=reader), "action")
    return links.exclude(hidden).select_related("action").order_by("action")


_STARTED = Prepared(_started, reader=int, lesson=int)
