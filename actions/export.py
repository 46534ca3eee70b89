"""The list as CSV and as JSON; docs/exports.md tells the form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings

from actions.models import Action
from actions.querysets import ActionQuerySet
from common import csv_lines, downloads
from common.downloads import iso
from common.languages import english
from incidents.models import Incident

COLUMNS = ("Reference", "Action", "How we will know", "Kind", "Priority", "State", "Owner", "Team",
           "Due", "From", "Ticket")  # fmt: skip


CHUNK = 2_000


def _labels() -> list[dict[str, str]]:
    with english():
        return [
            {value: str(label) for value, label in each.choices}
            for each in (Action.Kind, Action.Priority, Action.State)
        ]


def rows(actions: ActionQuerySet) -> Iterator[str]:
    """CSV lines, the header first; of each chunk of rows one statement more."""
    columns = ("pk", "reference", "title", "done_test", "kind", "priority", "state",
               "owner__name", "owner__email", "team__name", "due_on", "ticket_url")  # fmt: skip
    found = actions.values_list(*columns).iterator(chunk_size=CHUNK)
    return csv_lines.lines(COLUMNS, _values(found))


def _values(found: Iterator[tuple]) -> Iterator[tuple[object, ...]]:
    all_labels = _labels()
    while chunk := list(islice(found, CHUNK)):
        sources = _sources([row[0] for row in chunk])
        for pk, reference, title, done_test, *choices, name, email, team, due_on, ticket in chunk:
            labels = [known[value] for known, value in zip(all_labels, choices, strict=True)]
            yield (reference, title, done_test, *labels, name or email, team, due_on,
                   ", ".join(sources.get(pk, ())), ticket)  # fmt: skip


def _sources(keys: list[int]) -> dict[int, list[str]]:
    links = Action.incidents.through.objects.filter(action__in=keys).order_by("incident")
    found: dict[int, list[str]] = {}
    for pk, reference in links.values_list("action", "incident__reference"):
        found.setdefault(pk, []).append(reference)
    return found


def as_json(actions: ActionQuerySet, *, now: datetime) -> Iterator[str]:
    """One object; its "actions" come one to a line."""
    head = {"format": "second-story-actions", "version": 1, "exported_at": iso(now)}
    rows = map(described, actions.iterator(chunk_size=500))
    return downloads.json_lines(head, "actions", rows)


def as_markdown(actions: ActionQuerySet) -> Iterator[str]:
    """One after the other."""
    for action in actions.iterator(chunk_size=500):
        yield in_markdown(described(action))
        yield "\n"


def described(action: Action, incidents: Iterable[Incident] | None = None) -> dict[str, Any]:
    """`action` comes from `for_list`, or else with the `incidents` that its reader may see."""
    if incidents is None:
        incidents = action.incidents.all()
    return {
        "reference": action.reference,
        "address": f"{settings.SITE_ORIGIN}{action.get_absolute_url()}",
        "title": action.title,
        "detail": action.detail,
        "done_test": action.done_test,
        "kind": action.kind,
        "priority": action.priority,
        "state": action.state,
        "owner": action.owner.name if action.owner else None,
        "team": action.team.name if action.team else None,
        "due_on": action.due_on.isoformat() if action.due_on else None,
        "incidents": [incident.reference for incident in incidents],
        "ticket": action.ticket_url or None,
        "done_at": iso(action.done_at),
        "verified_at": iso(action.verified_at),
    }


def in_markdown(told: dict[str, Any]) -> str:
    """What `described` tells, to read without a program."""
    facts = [told["reference"], told["state"].replace("_", " "), told["owner"], told["team"],
             told["due_on"] and f"due {told['due_on']}"]  # fmt: skip
    parts = [f"# {told['title']}", " · ".join(filter(None, facts)), told["detail"]]
    if told["done_test"]:
        parts.append(f"**How we will know:** {told['done_test']}")
    parts += ["From " + ", ".join(told["incidents"]) if told["incidents"] else "", told["ticket"],
              told["address"]]  # fmt: skip
    return "\n\n".join(filter(None, parts)) + "\n"
