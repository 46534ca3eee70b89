"""What an incident can be found by: its words in one place, kept in step by the workflow."""

from collections.abc import Iterable
from functools import cache

from common.languages import english
from incidents.models import Incident
from people.models import Service

_LONGEST = 400_000  # characters; the index reads no further


def build(incident: Incident) -> str:
    """Reference, title, kind, services, tags, summary, impact, answers, timeline: a line each."""
    events = incident.events.in_order().values_list("text", "source", "evidence", "known_then")
    return joined(
        [incident.reference, incident.title, kind_words(incident.kind), incident.organisation],
        incident.services.by_name().values_list("name", flat=True),
        incident.tags.order_by("name").values_list("name", flat=True),
        [incident.summary, incident.impact],
        incident.custom_values.order_by("field_id").values_list("text", flat=True),
        (part for event in events for part in event),
    )


def of_new(incident: Incident, *, services: Iterable[Service], answers: Iterable[str]) -> str:
    """The same of one that is not in the database yet, and has neither tags nor a timeline."""
    return joined(
        [incident.reference, incident.title, kind_words(incident.kind), incident.organisation],
        sorted(service.name for service in services),
        [incident.summary, incident.impact],
        answers,
    )


@cache
def kind_words(kind: str) -> str:
    """In English, whoever saves it."""
    with english():
        return str(Incident.Kind(kind).label)


def joined(*parts: Iterable[str]) -> str:
    """The lines of `build` from its parts in their order, for what is not in the database yet."""
    return "\n".join(line for lines in parts for line in lines if line)[:_LONGEST]


def refresh(incident: Incident) -> None:
    """Write the search text of the row as it is now: the one at hand may be older. Its version
    stays, for no text of people changed. Call it in the transaction of the change."""
    current = Incident.objects.select_for_update().get(pk=incident.pk)
    Incident.objects.filter(pk=incident.pk).update(search_text=build(current))
