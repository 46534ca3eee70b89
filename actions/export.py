"""The list as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from actions.models import Action
from actions.querysets import ActionQuerySet
from common import csv_lines

COLUMNS = ("Reference", "Action", "How we will know", "Kind", "Priority", "State", "Owner", "Team",
           "Due", "From", "Ticket")  # fmt: skip


def rows(actions: ActionQuerySet) -> Iterator[str]:
    """CSV lines, the header first."""
    return csv_lines.lines(COLUMNS, map(_values, actions.iterator(chunk_size=500)))


def _values(action: Action) -> tuple[object, ...]:
    sources = ", ".join(incident.reference for incident in action.incidents.all())
    return (action.reference, action.title, action.done_test, action.get_kind_display(),
            action.get_priority_display(), action.get_state_display(), action.owner,
            action.team, action.due_on, sources, action.ticket_url)  # fmt: skip
