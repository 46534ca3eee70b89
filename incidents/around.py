"""What there is around an incident, for its page: found out in one statement that is put together
once in a process, so that nothing is asked for that is not there."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from common.counts import CappedCount
from common.prepared import Prepared
from incidents.models import (
    Attachment,
    CustomValue,
    Incident,
    IncidentLink,
    SeverityLevel,
    TimelineEvent,
    Update,
)
from incidents.permissions import keep_standing, standing_columns
from people.models import User


def _asked(reader: int, reference: str) -> QuerySet:
    user, here = User(pk=reader), OuterRef("pk")
    links = IncidentLink.objects.filter(Q(incident=here) | Q(other=here))
    # The rows of these are asked for as far as the reader may know of them.
    checks, covering = _related("effect_checks"), _related("also_reviewed_in")
    sources = TimelineEvent.objects.exclude(evidence="").filter(incident=here)
    level = SeverityLevel.objects.filter(severity=OuterRef("severity"))
    return (
        Incident.objects.visible_to(user)
        .filter(reference=reference)
        .values(
            **standing_columns(user),
            action_count=CappedCount(_related("actions").visible_to(user).filter(incidents=here)),
            evidence_count=CappedCount(Attachment.objects.filter(incident=here))
            + CappedCount(sources),
            severity_words=Subquery(level.values("name")[:1]),
            has_answers=Exists(CustomValue.objects.filter(incident=here)),
            has_links=Exists(links),
            has_updates=Exists(Update.objects.filter(incident=here)),
            has_checks=Exists(checks.filter(incidents=here)),
            has_covering=Exists(covering.filter(also_covers=here)),
        )
    )


def _related(name: str) -> Any:
    return Incident._meta.get_field(name).related_model.objects


_AROUND = Prepared(_asked, reader=int, reference=str)


def look(user: User, incident: Incident) -> bool:
    """Keep the columns above as `incident.around`, and what this person is on it. False when they
    may not know of it any more."""
    rows = _AROUND.rows(reader=user.pk, reference=incident.reference)
    for row in rows:
        incident.around = row
        keep_standing(user, incident, row)
    return bool(rows)


def levels_of(incident: Incident) -> dict[str, SeverityLevel]:
    """The organisation's words for its severity, by the severity; none where there are none."""
    words = incident.around["severity_words"]
    return {incident.severity: SeverityLevel(incident.severity, words)} if words else {}
