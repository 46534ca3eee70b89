"""The list as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from actions.models import Action
from actions.querysets import ActionQuerySet
from common import csv_lines

COLUMNS = ("Reference", "Action", "How we will know", "Kind", "Priority", "State", "Owner", "Team",
           "Due", "From", "Ticket")  # fmt: skip


CHUNK = 2_000
_LABELS = [dict(each.choices) for each in (Action.Kind, Action.Priority, Action.State)]


def rows(actions: ActionQuerySet) -> Iterator[str]:
    """CSV lines, the header first; of each chunk of rows one statement more."""
    columns = ("pk", "reference", "title", "done_test", "kind", "priority", "state",
               "owner__name", "owner__email", "team__name", "due_on", "ticket_url")  # fmt: skip
    found = actions.values_list(*columns).iterator(chunk_size=CHUNK)
    return csv_lines.lines(COLUMNS, _values(found))


def _values(found: Iterator[tuple]) -> Iterator[tuple[object, ...]]:
    while chunk := list(islice(found, CHUNK)):
        sources = _sources([row[0] for row in chunk])
        for pk, reference, title, done_test, *choices, name, email, team, due_on, ticket in chunk:
            labels = [known[value] for known, value in zip(_LABELS, choices, strict=True)]
            yield (reference, title, done_test, *labels, name or email, team, due_on,
                   ", ".join(sources.get(pk, ())), ticket)  # fmt: skip


def _sources(keys: list[int]) -> dict[int, list[str]]:
    links = Action.incidents.through.objects.filter(action__in=keys).order_by("incident")
    found: dict[int, list[str]] = {}
    for pk, reference in links.values_list("action", "incident__reference"):
        found.setdefault(pk, []).append(reference)
    return found
