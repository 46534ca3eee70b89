"""The history of an incident: every deed, move, reason and earlier wording, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from common.merging import by_words
from common.models import Activity, Revision
from incidents.models import Incident, TimelineEvent

_MOST = 300

#: Deeds that a row of their own tells better.
_TOLD_ELSEWHERE = {"changed severity", "filed", "read", "fetched a file"}
_VERBS = {
    "moved": "took back what no longer held:",
    "edited": "edited",
    "restricted": "closed it to all but the people named on it",
    "opened": "opened it to everyone here",
    "broke the glass": "opened it for an hour as an administrator:",
    "joined": "joined: “I was part of this”",
    "named": "named",
    "took back naming": "took back the naming of",
    "took on": "took something on:",
    "handed over": "handed over",
    "gave back": "gave back",
    "told everyone": "told everyone",
    "connected": "connected it with another incident",
    "disconnected": "took back a connection with another incident",
    "added to the timeline": "added to the timeline:",
    "edited an event": "edited an event",
    "described the file": "said what it shows of the file",
    "removed the file": "removed the file",
    "added an account of a moment": "added another account of a moment",
    "set an account apart": "set an account of a moment apart",
    "took out of the timeline": "took out of the timeline:",
    "put back into the timeline": "put back into the timeline:",
    "a review became due": "set off its review:",
    "asks for a deeper review": "asked more of its review:",
}
_EVENT_LABELS = {
    "text": "words",
    "author_role": "role of the teller",
    "source": "source",
    "evidence": "evidence",
    "known_then": "words on what was visible then",
    "time_in_words": "time",
    "kind_in_words": "kind",
}


@dataclass(frozen=True)
class Entry:
    """One line of the history. Of a text, `texts` are the old and the new one."""

    at: datetime
    who: str
    what: str
    reason: str = ""
    icon: str = "edit"
    texts: tuple[str, str] | None = None

    @cached_property
    def pieces(self) -> list[tuple[str, str]]:
        """The way from the old text to the new, word by word; found out for what is shown."""
        return by_words(*self.texts) if self.texts else []


def of(incident: Incident) -> list[Entry]:
    """Newest first, at most 300. Costs the same number of statements for any length."""
    entries = [*_states(incident), *_severities(incident), *_deeds(incident), *_texts(incident)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:_MOST]


def _name(user: object) -> str:
    return str(user) if user else "The system"


def _states(incident: Incident) -> Iterable[Entry]:
    for change in incident.state_changes.select_related("by").order_by("-at")[:_MOST]:
        state = change.get_after_display().lower()
        what = f"moved it to {state}" if change.before else f"filed it as {state}"
        icon = "activity" if change.before else "plus"
        yield Entry(change.at, _name(change.by), what, change.reason, icon)


def _severities(incident: Incident) -> Iterable[Entry]:
    labels = dict(Incident.Severity.choices)
    for change in incident.severity_changes.select_related("by").order_by("-at")[:_MOST]:
        what = f"changed the severity from {labels[change.before]} to {labels[change.after]}"
        yield Entry(change.at, _name(change.by), what, change.reason, change.after)


def _deeds(incident: Incident) -> Iterable[Entry]:
    deeds = Activity.objects.about(incident).exclude(verb__in=_TOLD_ELSEWHERE)
    deeds = deeds.exclude(verb="moved", detail="")
    for deed in deeds.select_related("actor").order_by("-at")[:_MOST]:
        what = f"{_VERBS.get(deed.verb, deed.verb)} {deed.detail}".strip()
        yield Entry(deed.at, _name(deed.actor), what)


def of_event(event: TimelineEvent) -> list[Entry]:
    """Each change of one event, newest first."""
    kind = ContentType.objects.get_for_model(TimelineEvent)
    return sorted(
        _changes(Q(object_type=kind, object_id=event.pk), _EVENT_LABELS),
        key=lambda entry: entry.at,
        reverse=True,
    )


def taken_out(incident: Incident) -> list[TimelineEvent]:
    """Events that are no longer part of the story, the last one taken out first."""
    gone = TimelineEvent.with_removed.filter(incident=incident).exclude(removed_at=None)
    return list(gone.order_by("-removed_at", "-pk")[:_MOST])


def _texts(incident: Incident) -> Iterable[Entry]:
    """Each version of a text of the incident or of one of its events."""
    events = TimelineEvent.with_removed.filter(incident=incident).values("pk")
    kinds = ContentType.objects.get_for_models(Incident, TimelineEvent)
    of_incident = Q(object_type=kinds[Incident], object_id=incident.pk)
    of_events = Q(object_type=kinds[TimelineEvent], object_id__in=events)
    labels = {
        **{name: str(Incident._meta.get_field(name).verbose_name) for name in ("title", "summary")},
        "impact": "impact",
        **{name: f"{label} of an event" for name, label in _EVENT_LABELS.items()},
    }
    return _changes(of_incident | of_events, labels)


def _changes(which: Q, labels: Mapping[str, str]) -> Iterable[Entry]:
    """Each version of a text that has one before it. A text that was empty at first has none
    stored of that: its first version then came by a change."""
    newest = Revision.objects.filter(which).select_related("author").order_by("-at", "-pk")
    rows = list(newest[: 2 * _MOST])
    is_whole = len(rows) < 2 * _MOST
    rows.sort(key=lambda row: (row.object_type_id, row.object_id, row.field, row.version))
    place, before = None, ""
    for row in rows:
        here = (row.object_type_id, row.object_id, row.field)
        was_empty = row.version > 1 and is_whole and not row.field.endswith("_in_words")
        if here == place or was_empty:
            what = f"changed the {labels.get(row.field, row.field)}"
            texts = (before if here == place else "", row.text)
            yield Entry(row.at, _name(row.author), what, icon="file-diff", texts=texts)
        place, before = here, row.text
