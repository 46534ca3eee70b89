"""Everything there is to look at about an incident: pictures, other files, sources of events."""

from __future__ import annotations

from dataclasses import dataclass

from incidents import permissions
from incidents.models import Attachment, Incident, TimelineEvent
from people.models import User


@dataclass(frozen=True)
class Shown:
    """An attachment as the tab shows it."""

    file: Attachment
    may_remove: bool


@dataclass(frozen=True)
class Evidence:
    pictures: list[Shown]
    files: list[Shown]
    #: Events that name a graph, a log line or a link.
    events: list[TimelineEvent]

    @property
    def count(self) -> int:
        return len(self.pictures) + len(self.files) + len(self.events)


def of(incident: Incident, *, user: User) -> Evidence:
    """Two statements, besides who this person is here. `incident` is one they may see."""
    shown = []
    for file in incident.attachments.select_related("event").order_by("uploaded_at", "pk"):
        file.incident = incident
        shown.append(Shown(file, permissions.can_remove_attachment(user, file)))
    return Evidence(
        pictures=[each for each in shown if each.file.is_picture],
        files=[each for each in shown if not each.file.is_picture],
        events=list(incident.events.exclude(evidence="").in_order()),
    )
