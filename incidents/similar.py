"""Incidents that sound like the one being written."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from common.words import STOP_WORDS, split, stem
from incidents.models import Incident
from people.models import User

_MOST = 5
_CANDIDATES = 20


@dataclass(frozen=True)
class Similar:
    """An incident, and its title with the words it shares with the sentence marked."""

    incident: Incident
    title: SafeString
    summary: SafeString


def to(sentence: str, *, user: User, besides: str = "") -> list[Similar]:
    """Up to five incidents this person may see that share the telling words of the sentence.

    `besides` is the reference of one to leave out.
    """
    if len(sentence.split()) < 2:
        return []
    visible = Incident.objects.visible_to(user).exclude(reference=besides)
    found = visible.find(sentence)
    wanted = _telling(sentence)
    needed = min(len(wanted), max(2, len(wanted) // 3))
    incidents = visible.in_bulk(found.ids[:_CANDIDATES])
    best = [incidents[pk] for pk in found.ids[:_CANDIDATES] if pk in incidents]
    return [
        Similar(incident, found.marker.mark(incident.title), found.marker.excerpt(incident.summary))
        for incident in best
        if len(wanted & _telling(f"{incident.title} {incident.search_text}")) >= needed
    ][:_MOST]


def _telling(text: str) -> set[str]:
    """The words of a text without their endings, and without those every text has."""
    return {stem(word) for word in split(text) if word not in STOP_WORDS}
