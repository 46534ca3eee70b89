"""Who read what is restricted: one line of the trail for each person, thing and day."""

from __future__ import annotations

from django.http import HttpRequest

from common.confidence import keeps_confidence
from common.history import record_once_a_day
from incidents.models import Incident
from people.models import User


def note(user: User, incident: Incident, verb: str = "read", detail: str = "") -> None:
    """`detail` names what was read when that is not a page: a file, a PDF."""
    if incident.is_restricted:
        record_once_a_day(user, verb, incident, detail)


def note_page(request: HttpRequest, incident: Incident) -> None:
    """The same for whatever a request asks to see. Pages on which confidential notes are written
    are left out: who opened one is kept nowhere."""
    match = request.resolver_match
    if request.method in {"GET", "HEAD"} and match and not keeps_confidence(match.func):
        note(request.user, incident)
