"""When an incident is due a review, and what follows from that.

The app that knows reviews decides it. It is built on this one, so it says here how, once, when it
is ready; nothing is due without it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from incidents.models import Incident
from people.models import User


class Policy(Protocol):
    def pairs(self) -> frozenset[tuple[str, str]]:
        """(kind, severity) of the incidents that are due a review, in one statement."""

    def follow(self, incident: Incident, *, by: User, now: datetime) -> None:
        """Called in the transaction of every change of state or severity, after it."""


_in_use: list[Policy] = []


def use(policy: Policy) -> None:
    _in_use[:] = [policy]


def pairs() -> frozenset[tuple[str, str]]:
    return _in_use[0].pairs() if _in_use else frozenset()


def is_due_for(incident: Incident) -> bool:
    return (incident.kind, incident.severity) in pairs()


def follow(incident: Incident, *, by: User, now: datetime) -> None:
    for policy in _in_use:
        policy.follow(incident, by=by, now=now)
