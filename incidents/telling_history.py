"""The history of an incident: every deed, move, reason and earlier wording, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common import kept_words
from common.merging import by_words
from common.models import Activity, Revision
from incidents.models import Incident, TimelineEvent

_MOST = 300

#: Deeds that a row of their own tells better.
_TOLD_ELSEWHERE = {"changed severity", "filed", "read", "fetched a file"}
_VERBS = {
    "moved": _("took back what no longer held:"),
    "edited": _("edited"),
    "restricted": _("closed it to all but the people named on it"),
    "opened": _("opened it to everyone here"),
    "broke the glass": _("opened it for an hour as an administrator:"),
    "joined": _("joined: “I was part of this”"),
    "named": _("named"),
    "took back naming": _("took back the naming of"),
    "took on": _("took something on:"),
    "handed over": _("handed over"),
    "gave back": _("gave back"),
    "told everyone": _("told everyone"),
    "connected": _("connected it with another incident"),
    "disconnected": _("took back a connection with another incident"),
    "added to the timeline": _("added to the timeline:"),
    "edited an event": _("edited an event"),
    "described the file": _("said what it shows of the file"),
    "removed the file": _("removed the file"),
    "added an account of a moment": _("added another account of a moment"),
    "set an account apart": _("set an account of a moment apart"),
    "took out of the timeline": _("took out of the timeline:"),
    "put back into the timeline": _("put back into the timeline:"),
    "a review became due": _("set off its review:"),
    "asks for a deeper review": _("asked more of its review:"),
}
#: What was changed, with the article its language puts there.
_INCIDENT_LABELS = {
    "title": pgettext_lazy("changed the …", "title"),
    "summary": pgettext_lazy("changed the …", "summary"),
    "impact": pgettext_lazy("changed the …", "impact"),
}
_EVENT_LABELS = {
    "text": pgettext_lazy("changed the …", "words"),
    "author_role": pgettext_lazy("changed the …", "role of the teller"),
    "source": pgettext_lazy("changed the …", "source"),
    "evidence": pgettext_lazy("changed the …", "evidence"),
    "known_then": pgettext_lazy("changed the …", "words on what was visible then"),
    "time_in_words": pgettext_lazy("changed the …", "time"),
    "kind_in_words": pgettext_lazy("changed the …", "kind"),
}


#: What the trail names of an incident, and what was not there before.
_PARTS = {
    **_INCIDENT_LABELS,
    "services": pgettext_lazy("changed the …", "services"),
    "figures": pgettext_lazy("changed the …", "figures"),
    "start": pgettext_lazy("changed the …", "start"),
    "noticing": pgettext_lazy("changed the …", "noticing"),
    "acknowledging": pgettext_lazy("changed the …", "acknowledging"),
    "end of the impact": pgettext_lazy("changed the …", "end of the impact"),
    "resolution": pgettext_lazy("changed the …", "resolution"),
}
_NOTHING = {
    "did not happen": pgettext_lazy("it was …", "did not happen"),
    "not known": pgettext_lazy("it was …", "not known"),
    "none": pgettext_lazy("it was …", "none"),
    "not answered": pgettext_lazy("it was …", "not answered"),
}
_NAME = rf"(?:{'|'.join(_PARTS)}|“[^”]+”(?= \(was ))"
_PART = rf"{_NAME}(?: was [^,]+| \(was [^)]+\))?"


@kept_words.shape(rf"(?P<parts>{_PART}(?:, {_PART})*)")
def _parts_for_reader(parts: str) -> str:
    """What was edited, or what a state that was taken back had: times stay in UTC."""
    said = []
    for name, after_all, before in re.findall(
        rf"({_NAME})(?: was ([^,]+)| \(was ([^)]+)\))?", parts
    ):
        was = after_all or before
        what, was = str(_PARTS.get(name, name)), str(_NOTHING.get(was, was))
        said.append(gettext("{what} (was {before})").format(what=what, before=was) if was else what)
    return ", ".join(said)


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
    return str(user) if user else gettext("The system")


def _states(incident: Incident) -> Iterable[Entry]:
    for change in incident.state_changes.select_related("by").order_by("-at")[:_MOST]:
        state = change.get_after_display().lower()
        what = gettext("moved it to {state}") if change.before else gettext("filed it as {state}")
        icon = "activity" if change.before else "plus"
        yield Entry(
            change.at, _name(change.by), what.format(state=state), change.reason_in_words, icon
        )


def _severities(incident: Incident) -> Iterable[Entry]:
    labels = dict(Incident.Severity.choices)
    for change in incident.severity_changes.select_related("by").order_by("-at")[:_MOST]:
        what = gettext("changed the severity from {before} to {after}").format(
            before=labels[change.before], after=labels[change.after]
        )
        yield Entry(change.at, _name(change.by), what, change.reason, change.after)


def _deeds(incident: Incident) -> Iterable[Entry]:
    deeds = Activity.objects.about(incident).exclude(verb__in=_TOLD_ELSEWHERE)
    deeds = deeds.exclude(verb="moved", detail="")
    for deed in deeds.select_related("actor").order_by("-at")[:_MOST]:
        detail = kept_words.for_reader(deed.detail)
        what = f"{_VERBS.get(deed.verb) or gettext(deed.verb)} {detail}".strip()
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
        **_INCIDENT_LABELS,
        **{
            name: gettext("{what} of an event").format(what=label)
            for name, label in _EVENT_LABELS.items()
        },
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
            what = gettext("changed the {what}").format(what=labels.get(row.field, row.field))
            texts = (before if here == place else "", row.text)
            yield Entry(row.at, _name(row.author), what, icon="file-diff", texts=texts)
        place, before = here, row.text
