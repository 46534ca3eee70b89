"""A team takes a lesson of another team on: an action of its own comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from actions import workflow as actions
from actions.models import Action
from actions.origin import Origin
from actions.permissions import can_create_alone
from lessons import adopting
from lessons.models import Lesson
from lessons.permissions import can_answer_for
from people.models import Team, User


def can_act(user: User, team: Team, lesson: Lesson) -> bool:
    """Somebody of the team who may agree on actions that come from no review."""
    return can_answer_for(user, team, lesson) and can_create_alone(user)


@dataclass(frozen=True)
class FromLesson(Origin):
    """Where the form for a new action starts: what the lesson advises, for the team."""

    lesson: Lesson | None = None
    team: Team | None = None

    def initial(self) -> dict[str, Any]:
        advice = (self.lesson.advice or self.lesson.title).strip() if self.lesson else ""
        first_line = next(iter(advice.splitlines()), "")
        return {"team": self.team, "title": " ".join(first_line.split())[:200]}


@transaction.atomic
def act(
    lesson: Lesson,
    team: Team,
    *,
    by: User,
    values: dict[str, Any],
    is_agreed: bool,
    token: str,
    at: datetime,
) -> Action:
    """A new action that the lesson is the reason for. Raises workflow.AlreadySent like `create`."""
    action = actions.create(by=by, values=values, is_agreed=is_agreed, token=token)
    adopting.act(lesson, team, action, by=by, at=at)
    return action
