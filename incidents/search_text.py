"""What an incident can be found by: its words in one place, kept in step by the workflow."""

from incidents.models import Incident

_LONGEST = 400_000  # characters; the index reads no further


def build(incident: Incident) -> str:
    """Reference, title, services, summary, impact and timeline, a line each."""
    events = incident.events.in_order().values_list("text", "evidence", "known_then")
    lines = [
        incident.reference,
        incident.title,
        incident.organisation,
        *incident.services.by_name().values_list("name", flat=True),
        incident.summary,
        incident.impact,
        *(part for event in events for part in event),
    ]
    return "\n".join(line for line in lines if line)[:_LONGEST]


def refresh(incident: Incident) -> None:
    """Write the search text as it is now. The row's version stays: no text of people changed."""
    incident.search_text = build(incident)
    Incident.objects.filter(pk=incident.pk).update(search_text=incident.search_text)
