"""What the page of an incident shows of its timeline, from its events and the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from incidents import around, permissions, selection, story
from incidents.models import Incident, TimelineEvent
from incidents.picture import Picture, picture
from incidents.selection import Choice, CountedKind, Selection
from incidents.story import Day, Line
from people.models import User

#: So long after several lines were added together, all of them can be taken out in one go.
_MAY_UNDO = timedelta(minutes=15)


@dataclass(frozen=True)
class Filters:
    """The ways to see fewer events, or all in the other order: see
    common/templatetags/remembered.py. `address` is that of the incident."""

    address: str
    selection: Selection
    choices: tuple[Choice, ...]
    kinds: tuple[CountedKind, ...]
    roles: tuple[str, ...]
    is_newest_first: bool

    @property
    def are_remembered(self) -> bool:
        """Not with what somebody typed: it would hardly be asked for twice."""
        return not (self.selection.words or self.selection.role)

    @property
    def turned_url(self) -> str:
        """The same events in the other order."""
        other = selection.OLDEST if self.is_newest_first else selection.NEWEST
        return self.selection.url(order=other)


@dataclass(frozen=True)
class Story:
    """All `lines`, and the `days` of those that were asked for."""

    address: str
    lines: list[Line]
    shown: list[Line]
    days: list[Day]
    picture: Picture | None
    selection: Selection
    is_newest_first: bool
    just_added: list[TimelineEvent]

    @cached_property
    def usual_zone(self) -> str:
        """Where most times were typed, when that is neither the reader's zone nor UTC: said once,
        so that only a time typed elsewhere has to say so itself."""
        zones = Counter(line.time.typed_zone for line in self.lines if line.time.local)
        return zones.most_common(1)[0][0] if zones else ""

    @property
    def key_lines(self) -> list[Line]:
        return [line for line in self.lines if line.event.is_key]

    @property
    def filters(self) -> Filters:
        return Filters(
            self.address,
            self.selection,
            choices=self.selection.quick_choices(self.lines),
            kinds=selection.counted_kinds(self.lines, self.selection.kinds),
            roles=selection.roles(self.lines),
            is_newest_first=self.is_newest_first,
        )


def story_of(incident: Incident, *, asked: QueryDict, user: User, now: datetime) -> Story:
    """Of an incident that came from `around.find`."""
    events = around.events_of(incident)
    zone, chosen = user.zone, Selection.of_address(asked)
    events_url = reverse("incidents:add_event", args=[incident.reference])
    editable = {event.pk for event in events if permissions.can_edit_event(user, event)}
    lines = story.lines_of(events, zone=zone, url=events_url, editable=editable)
    may_tell = permissions.can_add_to_timeline(user, incident)
    files = reverse("incidents:evidence", args=[incident.reference])
    may_attach = permissions.can_attach(user, incident)
    cards = _cards_of(incident, user)
    for line in lines:
        line.cards = cards.get(line.event.pk, [])
        line.may_tell = may_tell
        line.attach_url = f"{files}?event={line.event.pk}#attach" if may_attach else ""
    shown = chosen.of(lines)
    newest_first = chosen.newest_first(is_ongoing=incident.is_ongoing)
    numbered = {line.event.pk for line in shown}
    return Story(
        address=incident.get_absolute_url(),
        lines=lines,
        shown=shown,
        days=story.by_day(shown, zone=zone, newest_first=newest_first),
        picture=picture(incident, events, zone=zone, now=now, shown=numbered),
        selection=chosen,
        is_newest_first=newest_first,
        just_added=just_added(events, by=user, now=now),
    )


def _cards_of(incident: Incident, user: User) -> dict[int, list[str]]:
    """Where on the board of the incident's review each event stands, by its key: addresses of
    cards, for readers of the working text. No statement for anybody else, else one."""
    review = getattr(incident, "review", None)
    if review is None or not permissions.reads_review(user, incident):
        return {}
    pairs = (
        review.findings.on_board()
        .exclude(events=None)
        .values_list("events", "pk")
        .order_by("events", "goal", "position", "pk")
    )
    cards: dict[int, list[str]] = {}
    for event, card in pairs:
        cards.setdefault(event, []).append(f"{review.get_absolute_url()}#card-{card}")
    return cards


def just_added(events: Sequence[TimelineEvent], *, by: User, now: datetime) -> list[TimelineEvent]:
    """What this person added last, in one go of several lines and a short while ago."""
    own = [event for event in events if event.author_id == by.pk]
    last = max((event.created_at for event in own), default=None)
    if last is None or now - last > _MAY_UNDO:
        return []
    together = [event for event in own if event.created_at == last]
    return together if len(together) > 1 else []
