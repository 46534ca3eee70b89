"""Incidents that sound like the one being written."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from incidents.models import Incident
from people.models import User

_MOST = 5


@dataclass(frozen=True)
class Similar:
    """An incident, and its title with the words it shares with the sentence marked."""

    incident: Incident
    title: SafeString
    summary: SafeString


def to(sentence: str, *, user: User) -> list[Similar]:
    """Up to five incidents this person may see that share the telling words of the sentence."""
    if len(sentence.split()) < 2:
        return []
    visible = Incident.objects.visible_to(user)
    found = visible.find(sentence)
    incidents = visible.in_bulk(found.ids[:_MOST])
    return [
        Similar(
            incidents[pk],
            found.marker.mark(incidents[pk].title),
            found.marker.excerpt(incidents[pk].summary),
        )
        for pk in found.ids[:_MOST]
        if pk in incidents
    ]
