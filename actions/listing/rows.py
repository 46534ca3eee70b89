"""What the list and the board show of an action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from actions.models import Action
from incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Row:
    """All that is shown of an action in a row or on a card, and nothing else: see
    common/templatetags/remembered.py. `owner` and `team` are "" without one, `incidents` are
    references."""

    reference: str
    title: str
    kind: str
    state: str
    done_test: str
    blocked_on: str
    owner: str
    initials: str
    team: str
    due_on: date | None
    verified_at: datetime | None
    incidents: tuple[str, ...]
    is_open: bool
    is_unfinished: bool
    is_overdue: bool
    awaits_decision: bool

    @property
    def kind_words(self) -> str:
        return str(Action.Kind(self.kind).label)

    @property
    def state_words(self) -> str:
        return str(Action.State(self.state).label)


def named_incidents() -> Prefetch:
    """Of the incidents that actions come from, no more than a row names."""
    return Prefetch("incidents", Incident.objects.only("reference"))


def row_of(action: Action, *, today: date) -> Row:
    """Of an action that comes from `for_rows`, with `named_incidents`."""
    return Row(
        reference=action.reference,
        title=action.title,
        kind=action.kind,
        state=action.state,
        done_test=action.done_test,
        blocked_on=action.blocked_on,
        owner=str(action.owner or ""),
        initials=action.owner.initials if action.owner else "",
        team=str(action.team or ""),
        due_on=action.due_on,
        verified_at=action.verified_at,
        incidents=tuple(incident.reference for incident in action.incidents.all()),
        is_open=action.is_open,
        is_unfinished=action.is_unfinished,
        is_overdue=action.is_overdue(on=today),
        awaits_decision=action.awaits_decision,
    )
