"""Break the glass: an administrator reads a restricted incident that nobody has named them on.

It takes a reason, lasts an hour, opens it for reading alone, and whoever is named on it and manages
its team is told at once. The trail keeps it, and the history of the incident shows it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from common import history
from common.text import one_line
from incidents import permissions
from incidents.models import BrokenGlass, Incident
from people.models import User
from people.notifications import Telling, tell

LASTS = timedelta(minutes=60)
SHORTEST, LONGEST = 10, 500  # characters of a reason
VERB = gettext_noop("broke the glass")


class NoReason(Exception):
    """Nothing was opened: whoever is named on it has a right to know why."""


def closed_to(user: User, reference: str) -> Incident | None:
    """The restricted incident that this person would have to break the glass of."""
    hidden = Incident.objects.filter(Incident.objects.hides(user, "pk"))
    return hidden.filter(reference=reference).first()


def held_open(incident: Incident, user: User) -> BrokenGlass | None:
    """By which this person reads it now."""
    return BrokenGlass.objects.open_to(user.pk).filter(incident=incident).order_by("-until").first()


@transaction.atomic
def break_it(incident: Incident, *, by: User, reason: str, now: datetime) -> BrokenGlass:
    """Open it to `by` for an hour, and tell everybody it is restricted to. Raises NoReason."""
    reason = one_line(reason)
    if len(reason) < SHORTEST:
        raise NoReason
    broken = BrokenGlass.objects.create(
        incident=incident, by=by, reason=reason[:LONGEST], at=now, until=now + LASTS
    )
    history.record(by, VERB, incident, broken.reason)
    tell(
        Telling(
            recipient=person,
            kind="glass_broken",
            about=incident,
            occasion=f"glass-{broken.pk}",
            data={"from": by.pk, "by": by.name, "until": broken.until.isoformat()},
        )
        for person in permissions.who_sees_it_restricted(incident)
        if person.pk != by.pk
    )
    return broken
