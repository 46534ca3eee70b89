"""Use cases that tell the timeline of an incident: add, change, take out, put beside.

Each keeps the trail and the search text in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from common import drafts, history, kept_words, when
from incidents import milestones, search_text, timeline
from incidents.models import Incident, TimelineEvent
from incidents.workflow import keep_first_version
from people.models import User

EVENT_TEXTS = ("text", "author_role", "source", "evidence", "known_then")
#: Not typed as they stand, but worth seeing in the history: the time and the kind in words.
_IN_WORDS = {"time_in_words": ("at", "on", "until", "precision"), "kind_in_words": ("kind",)}


@transaction.atomic
def add_events(
    incident: Incident, readings: Collection[timeline.Reading], *, by: User
) -> list[TimelineEvent]:
    """Add lines as they were read, all or none, in a fixed number of statements."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    role, before = role_of(incident, by), timeline.end_of(incident)
    added, now = [], timezone.now()
    for position, reading in enumerate(readings, start=timeline.next_position(incident)):
        event = TimelineEvent(
            incident=incident,
            position=position,
            kind=reading.kind,
            text=reading.text,
            source=reading.source,
            author=by,
            author_role=role,
            created_at=now,
            # Without a time it stands behind the one before it.
            **{"sort_at": before} | timeline.time_fields(reading.moment),
        )
        before = event.sort_at
        added.append(event)
    TimelineEvent.objects.bulk_create(added)
    history.keep_texts(*added, author=by, fields=("text",))
    history.record(by, "added to the timeline", incident, _events(len(added)))
    search_text.refresh(incident)
    return added


@transaction.atomic
def add_once(
    incident: Incident, readings: Collection[timeline.Reading], *, by: User, form_token: str
) -> list[TimelineEvent]:
    """The same for one showing of a form; nothing when it was sent before."""
    if not drafts.mark_sent(form_token, by, incident.get_absolute_url()):
        return []
    return add_events(incident, readings, by=by)


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


@kept_words.shape(r"(?P<count>\d+) events?(?:: (?P<why>.+))?")
def _events_for_reader(count: str, why: str | None) -> str:
    said = ngettext("{number} event", "{number} events", int(count)).format(number=count)
    return f"{said}: {why}" if why else said


def role_of(incident: Incident, user: User) -> str:
    """What this person was on it, in words that can stand in a text; "" when nobody has said."""
    roles = incident.involvements.filter(user=user).exclude(role_words="")
    return roles.values_list("role_words", flat=True).first() or ""


@transaction.atomic
def add_account(
    beside: TimelineEvent, moment: when.Moment | None, *, by: User, told: Mapping[str, Any]
) -> TimelineEvent:
    """Tell the moment of `beside` once more, from where somebody else stood. Without a moment of
    its own it takes the time of the first account."""
    incident = Incident.objects.select_for_update().get(pk=beside.incident_id)
    when_told = timeline.time_fields(moment) if moment else timeline.same_time(beside)
    event = TimelineEvent.objects.create(
        incident=incident,
        position=timeline.next_position(incident),
        author=by,
        beside_id=beside.beside_id or beside.pk,
        **{"sort_at": beside.sort_at} | when_told | dict(told),
    )
    history.keep_texts(event, author=by, fields=filled(event))
    history.record(by, "added an account of a moment", incident)
    search_text.refresh(incident)
    return event


def filled(event: TimelineEvent) -> tuple[str, ...]:
    return tuple(name for name in EVENT_TEXTS if getattr(event, name))


@transaction.atomic
def set_apart(event: TimelineEvent, *, by: User) -> None:
    """Let an account stand alone again. A second click changes nothing."""
    apart = TimelineEvent.objects.filter(pk=event.pk).exclude(beside=None)
    if apart.update(beside=None):
        history.record(by, "set an account apart", event.incident)


@transaction.atomic
def edit_event(
    event: TimelineEvent, *, seen: int, by: User, changes: Mapping[str, Any]
) -> TimelineEvent:
    """Save what changed; old texts and times stay in the history.

    Raises EditConflict, also when the event was taken out meanwhile.
    """
    locked = TimelineEvent.with_removed.select_for_update(of=("self",)).select_related("incident")
    event = locked.get(pk=event.pk)
    if event.removed_at:
        raise history.EditConflict(event)
    changed = {name: value for name, value in changes.items() if getattr(event, name) != value}
    if not changed and event.version == seen:
        return event
    in_words = tuple(name for name, columns in _IN_WORDS.items() if changed.keys() & set(columns))
    keep_first_version(event, (*EVENT_TEXTS, *in_words))
    current = history.save_edit(event, seen=seen, author=by, changes=changed, texts=EVENT_TEXTS)
    history.keep_texts(current, author=by, fields=in_words)
    was = f"time was {milestones.in_utc(event.at)}" if "at" in changed else ""
    history.record(by, "edited an event", event.incident, was)
    search_text.refresh(event.incident)
    return current


@transaction.atomic
def take_out(
    incident: Incident, events: Collection[TimelineEvent], *, by: User, why: str = ""
) -> int:
    """Take events out of the story; the history keeps them. How many were still in it."""
    rows = TimelineEvent.objects.filter(incident=incident, pk__in=[event.pk for event in events])
    count = rows.update(removed_at=timezone.now())
    if count:
        said = f"{_events(count)}: {why}" if why else _events(count)
        history.record(by, "took out of the timeline", incident, said)
        search_text.refresh(incident)
    return count


@transaction.atomic
def put_back(event: TimelineEvent, *, by: User) -> None:
    """Back where it stood. A second click changes nothing."""
    gone = TimelineEvent.with_removed.filter(pk=event.pk).exclude(removed_at=None)
    if gone.update(removed_at=None):
        history.record(by, "put back into the timeline", event.incident, _events(1))
        search_text.refresh(event.incident)
