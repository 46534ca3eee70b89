"""The moments of every incident a review looks at, numbered as readers count them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from common import durations
from incidents.models import Incident, TimelineEvent
from postmortems.models import Finding, Goal, Review

#: So long without an entry may have been a choice to wait.
QUIET = timedelta(hours=1)
_MOST_SUGGESTED = 5


@dataclass(frozen=True)
class Moment:
    """One event and its place in the timeline of its own incident."""

    event: TimelineEvent
    number: int
    is_elsewhere: bool

    @property
    def pk(self) -> int:
        return self.event.pk

    @property
    def label(self) -> str:
        """ "event 3", and "NM-38 event 3" for one of another incident than the leading one."""
        reference = f"{self.event.incident.reference} " if self.is_elsewhere else ""
        return reference + gettext("event {number}").format(number=self.number)

    @property
    def url(self) -> str:
        return f"{self.event.incident.get_absolute_url()}#e{self.pk}"

    @property
    def when(self) -> str:
        """The clock time with the active zone, or the day where no more is known."""
        if self.event.at is None:
            return self.event.on or gettext("time not known")
        return f"{self.event.hedge}{timezone.localtime(self.event.at):%H:%M %Z}"

    @property
    def choice(self) -> str:
        """Number, time and text, for a list to choose from."""
        reference = f"{self.event.incident.reference} · " if self.is_elsewhere else ""
        return f"{reference}{self.number} · {self.when} · {' '.join(self.event.text.split())[:160]}"


def of(review: Review) -> dict[int, Moment]:
    """By the key of the event: those of the leading incident first, then of each other one, in
    one statement. Numbers begin anew with each incident."""
    events = (
        TimelineEvent.objects.filter(
            Q(incident=review.incident_id) | Q(incident__also_reviewed_in=review)
        )
        .select_related("incident")
        .in_order()
        .distinct()
        .only(
            "pk", "text", "at", "on", "until", "precision", "zone", "kind", "learned_later",
            "sort_at", "position", "incident__reference", "incident__kind",
        )
    )  # fmt: skip
    found = sorted(events, key=lambda event: (event.incident_id != review.incident_id,
                                              event.incident_id))  # fmt: skip
    numbers: dict[int, int] = {}
    moments = {}
    for event in found:
        numbers[event.incident_id] = numbers.get(event.incident_id, 0) + 1
        moments[event.pk] = Moment(
            event, numbers[event.incident_id], event.incident_id != review.incident_id
        )
    return moments


@dataclass(frozen=True)
class Suggestion:
    """What may be worth a "made sense" card: the moments it would be tied to, and why."""

    moments: tuple[Moment, ...]
    deed: Finding.Deed
    words: str

    @property
    def query(self) -> str:
        tied = "&".join(f"event={moment.pk}" for moment in self.moments)
        return f"{tied}&deed={self.deed}"


def without_a_card(
    moments: Mapping[int, Moment], cards: Iterable[Finding]
) -> tuple[list[Suggestion], list[Suggestion]]:
    """Decisions of the timeline that no "made sense" card is tied to, and quiet spells in which
    waiting may have been one. `cards` have their events prefetched."""
    told = {event.pk for card in cards if card.goal == Goal.WHY for event in card.events.all()}
    lines = [moment for moment in moments.values() if not moment.event.learned_later]
    decisions = [
        Suggestion((moment,), Finding.Deed.ACTION, moment.event.text)
        for moment in lines
        if moment.event.kind == TimelineEvent.Kind.DECISION and moment.pk not in told
    ]
    waits = []
    for before, after in pairwise(lines):
        if before.event.incident_id != after.event.incident_id:
            continue
        if not before.event.at or not after.event.at or {before.pk, after.pk} <= told:
            continue
        quiet = after.event.at - (before.event.until or before.event.at)
        if quiet >= QUIET:
            words = gettext("{time} without an entry after {event}").format(
                time=durations.in_words(quiet), event=before.label
            )
            waits.append(Suggestion((before, after), Finding.Deed.NON_ACTION, words))
    return decisions[:_MOST_SUGGESTED], waits[:_MOST_SUGGESTED]


def belongs_to(
    card: Finding, tied: Iterable[Moment], incidents: Iterable[Incident]
) -> list[Incident]:
    """Which of the incidents a card is about: the one chosen for it, and those of its moments."""
    named = {moment.event.incident_id for moment in tied} | {card.incident_id}
    return [incident for incident in incidents if incident.pk in named]
