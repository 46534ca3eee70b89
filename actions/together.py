"""Change several actions at once, and take exactly that back.

Each is changed by the verb of workflow.py that its own page uses, if this person may; the others
are left as they were, with the reason. What was changed goes back to them signed, so that taking
it back needs no table and nobody else can do it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actions import permissions, workflow
from actions.models import Action
from common.undo import done_by, token_of
from people.models import User

_KIND = "actions.together"
_NOT_YOURS = _("only its owner, and those who guide where it comes from, change that")


@dataclass(frozen=True)
class Deed:
    """Something done to each: who may, how, and the columns that tell what was there before.

    `is_for_open` when it is done only to what is promised and not yet done.
    """

    may: Callable[[User, Action], bool]
    do: Callable[..., Action]
    columns: tuple[str, ...]
    is_for_open: bool = True


DEEDS = {
    "date": Deed(permissions.can_plan, workflow.redate, ("due_on",)),
    "owner": Deed(permissions.can_assign, workflow.assign, ("owner_id",), False),
    "team": Deed(permissions.can_assign, workflow.give_to_team, ("team_id",), False),
    "start": Deed(permissions.can_progress, workflow.start, ("state", "blocked_on")),
    "wait": Deed(permissions.can_progress, workflow.block, ("state", "blocked_on")),
    "aside": Deed(permissions.can_progress, workflow.lay_aside, ("state", "blocked_on")),
}


@dataclass
class Outcome:
    """What became of each: the changed ones, the others with the reason, and what takes it all
    back ("" when nothing was changed)."""

    changed: list[Action] = field(default_factory=list)
    left: list[tuple[Action, str]] = field(default_factory=list)
    undo: str = ""


@transaction.atomic
def change(actions: Collection[Action], deed: str, values: dict[str, Any], *, by: User) -> Outcome:
    """Do it to those of the actions that `by` may. Each must be visible to them.

    `values` are what the verb of the deed asks for: {"due_on", "reason"}, {"owner"}, {"team"}.
    """
    verb, outcome, undone = DEEDS[deed], Outcome(), []
    locked = Action.objects.filter(pk__in=[action.pk for action in actions]).order_by("pk")
    for action in locked.select_related("team").select_for_update(of=("self",)):
        why_not = refusal(action, deed, values, by=by)
        helped = "owner" in values and action.helpers.contains(values["owner"])
        before = {column: getattr(action, column) for column in verb.columns}
        try:
            done = action if why_not else verb.do(action, by=by, **values)
        except workflow.NotReady as reason:
            done, why_not = action, str(reason)
        if why_not:
            outcome.left.append((action, why_not))
        elif done.version != action.version:
            outcome.changed.append(done)
            undone.append((done.pk, done.version, before, helped))
    if undone:
        plain = [(pk, seen, _as_text(before), helped) for pk, seen, before, helped in undone]
        outcome.undo = token_of([deed, plain], by=by, kind=_KIND)
    return outcome


def refusal(action: Action, deed: str, values: dict[str, Any], *, by: User) -> str:
    """Why this person cannot do it to this action, in words; "" when they can."""
    if not DEEDS[deed].may(by, action):
        return str(_NOT_YOURS)
    if DEEDS[deed].is_for_open and not action.is_open:
        return gettext("it is {state}").format(state=action.get_state_display().lower())
    if owner := values.get("owner"):
        readers = permissions.possible_owners(permissions.sources(action))
        if not readers.filter(pk=owner.pk).exists():
            return gettext("{owner} cannot read where it comes from").format(owner=owner)
    return ""


@transaction.atomic
def undo(token: str, *, by: User) -> int:
    """Take a change back where nobody has changed anything since, and `by` still may; how many
    actions that was. Raises CannotUndo."""
    deed, undone = done_by(token, by=by, kind=_KIND)
    visible = Action.objects.visible_to(by).in_bulk([pk for pk, *_ in undone])
    number = 0
    for pk, seen, before, helped in undone:
        action, values = visible.get(pk), _from_text(before)
        if action is not None and _may_put_back(action, deed, values, by=by):
            number += workflow.put_back(action, seen=seen, by=by, values=values, helped=helped)
    return number


def _may_put_back(action: Action, deed: str, values: dict[str, Any], *, by: User) -> bool:
    """Asked of the action as it was: who has given it away takes it back."""
    for column, value in values.items():
        setattr(action, column, value)
    if not DEEDS[deed].may(by, action):
        return False
    former = values.get("owner_id")
    readers = permissions.possible_owners(permissions.sources(action))
    return former is None or readers.filter(pk=former).exists()


def _as_text(before: dict[str, Any]) -> dict[str, Any]:
    return {
        column: value.isoformat() if isinstance(value, date) else value
        for column, value in before.items()
    }


def _from_text(before: dict[str, Any]) -> dict[str, Any]:
    return {
        column: date.fromisoformat(value) if column == "due_on" and value else value
        for column, value in before.items()
    }
