"""Use cases that tell the timeline of an incident: add lines, change an event.

Each keeps the trail and the search text in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from common import history
from incidents import milestones, search_text, timeline
from incidents.models import Incident, TimelineEvent
from incidents.workflow import keep_first_version
from people.models import User

EVENT_TEXTS = ("text", "evidence", "known_then")


@transaction.atomic
def add_events(
    incident: Incident, readings: Collection[timeline.Reading], *, by: User
) -> list[TimelineEvent]:
    """Add lines as they were read, all or none, in a fixed number of statements."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    role, end = _role_of(incident, by), timeline.end_of(incident)
    added = []
    for position, reading in enumerate(readings, start=timeline.next_position(incident)):
        event = TimelineEvent(
            incident=incident,
            position=position,
            kind=reading.kind,
            text=reading.text,
            author=by,
            author_role=role,
            **{"sort_at": end} | timeline.time_fields(reading.moment),
        )
        end = max(end, event.sort_at)
        added.append(event)
    TimelineEvent.objects.bulk_create(added)
    history.keep_texts(*added, author=by, fields=("text",))
    history.record(by, "added to the timeline", incident, _events(len(added)))
    search_text.refresh(incident)
    return added


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _role_of(incident: Incident, user: User) -> str:
    roles = incident.involvements.filter(user=user).exclude(role_words="")
    return roles.values_list("role_words", flat=True).first() or ""


@transaction.atomic
def edit_event(
    event: TimelineEvent, *, seen: int, by: User, changes: Mapping[str, Any]
) -> TimelineEvent:
    """Save what changed; old texts and times stay in the history. Raises EditConflict."""
    locked = TimelineEvent.objects.select_for_update(of=("self",)).select_related("incident")
    event = locked.get(pk=event.pk)
    keep_first_version(event, EVENT_TEXTS)
    changed = {name: value for name, value in changes.items() if getattr(event, name) != value}
    current = history.save_edit(event, seen=seen, author=by, changes=changed, texts=EVENT_TEXTS)
    if changed:
        was = f"time was {milestones.in_utc(event.at)}" if "at" in changed else ""
        history.record(by, "edited an event", event.incident, was)
        search_text.refresh(event.incident)
    return current
