"""How incidents hang together: each connection is one row, shown on both pages.

The trail says on both sides that something was connected, and never names the other: whoever
reads the history of one may not know of the other.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import history
from incidents.models import Incident, IncidentLink
from incidents.workflow import NotReady
from people.models import User

Kind = IncidentLink.Kind

#: How a connection reads from the other side.
BACKWARDS = {
    Kind.RELATED: _("Related to"),
    Kind.CAUSED_BY: _("Led to"),
    Kind.DUPLICATE: _("Also told in"),
}
#: Chosen from the one side, kept from the other.
LED_TO = "led_to"
CHOICES = [
    (Kind.RELATED.value, _("Related to")),
    (Kind.CAUSED_BY.value, _("Followed from")),
    (LED_TO, _("Led to")),
    (Kind.DUPLICATE.value, _("Tells the same as")),
]


class Connection(NamedTuple):
    """One connection as it reads from one of its ends."""

    pk: int
    how: str
    other: Incident


def connections(incident: Incident, user: User) -> list[Connection]:
    """From both sides, only to those this person may see."""
    links = _visible_links(incident, user).select_related("incident", "other")
    return [
        Connection(link.pk, link.get_kind_display(), link.other)
        if link.incident_id == incident.pk
        else Connection(link.pk, BACKWARDS[Kind(link.kind)], link.incident)
        for link in links.order_by("pk")
    ]


def find(incident: Incident, pk: int, user: User) -> IncidentLink | None:
    """The connection, if this person may see what is at its other end."""
    return _visible_links(incident, user).select_related("incident", "other").filter(pk=pk).first()


def _visible_links(incident: Incident, user: User) -> models.QuerySet[IncidentLink]:
    visible = Incident.objects.visible_to(user).values("pk")
    return IncidentLink.objects.filter(
        Q(incident=incident, other__in=visible) | Q(other=incident, incident__in=visible)
    )


@transaction.atomic
def connect(incident: Incident, *, other: Incident, kind: str, by: User) -> None:
    """Twice is once, from whichever side. Raises NotReady for an incident and itself."""
    if other.pk == incident.pk:
        raise NotReady(gettext("Not connected. That is this incident itself."))
    first, second = (other, incident) if kind == LED_TO else (incident, other)
    kept = Kind.CAUSED_BY if kind == LED_TO else Kind(kind)
    if (
        kept == Kind.RELATED
        and IncidentLink.objects.filter(incident=second, other=first, kind=kept).exists()
    ):
        return
    _, added = IncidentLink.objects.get_or_create(incident=first, other=second, kind=kept)
    if added:
        for side in (incident, other):
            history.record(by, "connected", side)


@transaction.atomic
def disconnect(link: IncidentLink, *, by: User) -> None:
    """Raises NotReady while one of them is closed because of it."""
    closed = Incident.objects.filter(pk=link.incident_id, duplicate_of=link.other_id)
    if link.kind == Kind.DUPLICATE and closed.exists():
        raise NotReady(
            gettext(
                "Not taken back. {reference} is closed as a duplicate of {other}. Reopen "
                "it, and the connection goes with that."
            ).format(reference=link.incident.reference, other=link.other.reference)
        )
    _delete(link, by)


def take_back_duplicate(incident: Incident, *, other: Incident, by: User) -> None:
    """What closing `incident` as a duplicate of `other` connected. Call it in the transaction of
    the reopening."""
    told = IncidentLink.objects.filter(incident=incident, other=other, kind=Kind.DUPLICATE)
    for link in told.select_related("incident", "other"):
        _delete(link, by)


def _delete(link: IncidentLink, by: User) -> None:
    gone, _ = IncidentLink.objects.filter(pk=link.pk).delete()
    if gone:
        for side in (link.incident, link.other):
            history.record(by, "disconnected", side)
