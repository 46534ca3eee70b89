"""What rooms of a chat and programs hear of an incident."""

from __future__ import annotations

from incidents.models import Incident
from people.models import Endpoint
from people.posts import Announcement, announce


def announce_filed(incident: Incident, *, to: list[Endpoint]) -> None:
    _announce(incident, "incident_filed", to)


def announce_resolved(incident: Incident) -> None:
    """Once: what is reopened and resolved again was said already."""
    if incident.state == Incident.State.RESOLVED:
        _announce(incident, "incident_resolved")


def _announce(incident: Incident, kind: str, to: list[Endpoint] | None = None) -> None:
    announce(
        [
            Announcement(
                kind,
                incident,
                occasion=f"{kind}-{incident.pk}",
                teams={incident.team_id},
                severity=incident.severity,
            )
        ],
        to=to,
    )
