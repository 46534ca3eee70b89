"""How fresh memory is: counted from the end of the incident, and never held against anybody."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from postmortems.models import Review

#: Days after the end: until then memory is fresh; until then it fades; after that, notes tell more.
FRESH, FADING = 2, 7
_STATES = {"requested", "assigned", "gathering", "analysis"}


class Freshness(NamedTuple):
    """`level` is fresh, fading or faded; `since` and `words` make its sentence."""

    level: str
    since: str
    words: str

    @property
    def sentence(self) -> str:
        return f"{self.since}: {self.words}"


def of(review: Review, *, now: datetime) -> Freshness | None:
    """None while the incident goes on, and once people have looked at it together."""
    ended_at = review.incident.resolved_at
    if ended_at is None or ended_at > now or review.state not in _STATES:
        return None
    days = (timezone.localdate(now) - timezone.localdate(ended_at)).days
    since = {0: gettext("It ended today"), 1: gettext("It ended yesterday")}.get(
        days, ngettext("It ended {number} day ago", "It ended {number} days ago", days)
    )
    since = since.format(number=days)
    if days <= FRESH:
        return Freshness("fresh", since, gettext("memories are fresh"))
    if days <= FADING:
        return Freshness("fading", since, gettext("memories are fading"))
    return Freshness("faded", since, gettext("notes tell more than memory"))
