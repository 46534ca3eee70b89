"""The timeline: how a line is understood, where it goes, and how the whole is shown."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from common import when
from incidents import kinds
from incidents.models import Incident, Precision, TimelineEvent

Kind = TimelineEvent.Kind

#: A story whose end is this fresh is still being lived: a line without a time means now.
_FRESH = timedelta(hours=12)
_SHORTEST_GAP = timedelta(hours=1)


@dataclass(frozen=True)
class Reading:
    """A line as it was understood. Without a `moment` the event goes to the end, untimed."""

    moment: when.Moment | None
    text: str
    kind: str
    means_now: bool = False

    @property
    def kind_in_words(self) -> str:
        return Kind(self.kind).label


def span(incident: Incident) -> when.Span | None:
    """What a bare clock time refers to: the story, or None while it is still going on."""
    if incident.is_ongoing:
        return None
    known = [milestone.at for milestone in incident.milestones if milestone.at]
    told = incident.events.exclude(at=None).order_by("created_at", "pk")
    times = [at for at in told.values_list("at", flat=True) if at]
    moments = sorted(known + times)
    if not moments:
        return None
    latest = times[-1] if times else moments[0]
    return when.Span(moments[0], moments[-1], latest)


def read_line(
    line: str,
    *,
    around: when.Span | None,
    now: datetime,
    zone: zoneinfo.ZoneInfo,
    kind: str = "",
) -> Reading:
    """Understand "14:32 failed over to replica" for the incident whose span is `around`.

    While it goes on, or shortly after, a line without a time means now. Raises when.NotRead.
    """
    moment, text = when.read_line(line, now=now, zone=zone, around=around)
    if not text:
        raise when.NotRead("Say what happened after the time: 14:32 failed over to replica.")
    means_now = moment is None and (around is None or now - around.last < _FRESH)
    if means_now:
        moment = when.read("now", now=now, zone=zone)
    chosen = kind if kind in Kind.values else kinds.guess(text)
    return Reading(moment, text, chosen, means_now)


def time_fields(moment: when.Moment | None) -> dict[str, object]:
    """The columns of an event that say when. Without a moment its place is left alone."""
    if moment is None:
        return {
            "at": None, "on": "", "until": None, "precision": Precision.UNKNOWN, "zone": "UTC",
        }  # fmt: skip
    timed = {
        "precision": moment.precision,
        "zone": moment.zone,
        "sort_at": moment.at,
        "until": moment.until,
    }
    if moment.precision == Precision.DAY:
        local = moment.at.astimezone(_zone(moment.zone))
        return timed | {"at": None, "on": f"{local:%Y-%m-%d}"}
    return timed | {"at": moment.at, "on": ""}


def end_of(incident: Incident) -> datetime:
    """Where an event goes that has no time: behind everything told so far."""
    last = incident.events.in_order().last()
    return last.sort_at if last else incident.started_at or incident.filed_at


def next_position(incident: Incident) -> int:
    return (incident.events.aggregate(last=Max("position"))["last"] or 0) + 1


def neighbours(incident: Incident, moment: when.Moment | None) -> str:
    """ "between events 9 and 10", "before event 1", or nothing when it is simply the next."""
    if moment is None:
        return ""
    earlier = incident.events.filter(sort_at__lte=moment.at).count()
    later = incident.events.filter(sort_at__gt=moment.at).count()
    if not later:
        return ""
    return f"between events {earlier} and {earlier + 1}" if earlier else "before event 1"


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")


# Showing it -------------------------------------------------------------------------------------
#: Icon and colour class of each kind, as in the design's timeline.
MARKS = {
    Kind.TRIGGER: ("bolt", ""),
    Kind.DETECTION: ("bell", "mk-detect"),
    Kind.DIAGNOSIS: ("zoom-question", "mk-diag"),
    Kind.ESCALATION: ("users", "mk-detect"),
    Kind.DECISION: ("route", "mk-diag"),
    Kind.ACTION: ("tool", "mk-repair"),
    Kind.COMMUNICATION: ("message-2", ""),
    Kind.MITIGATION: ("lifebuoy", "mk-repair"),
    Kind.RESOLUTION: ("circle-check", "mk-repair"),
    Kind.OBSERVATION: ("eye", ""),
}


@dataclass
class Line:
    """An event as the list shows it, with the quiet time before it when that is worth naming."""

    event: TimelineEvent
    number: int
    icon: str
    mark: str
    gap: timedelta | None = None
    may_edit: bool = False

    @property
    def mark_in_words(self) -> str:
        kind = self.event.get_kind_display()
        return f"Key moment, {kind}" if self.event.is_key else kind


@dataclass
class Day:
    """The lines of one day in the reader's zone; `on` is None while no day is known."""

    on: date | None
    lines: list[Line] = field(default_factory=list)


def by_day(
    events: Sequence[TimelineEvent],
    *,
    newest_first: bool = False,
    editable: frozenset[int] = frozenset(),
) -> list[Day]:
    """The events, in order, as days of lines in the active time zone.

    `editable` holds the keys of the events the reader may change.
    """
    threshold = _gap_worth_naming(events)
    lines: list[tuple[date | None, Line]] = []
    before: TimelineEvent | None = None
    on: date | None = None
    for number, event in enumerate(events, start=1):
        icon, mark = ("flag", "mk-key") if event.is_key else MARKS[Kind(event.kind)]
        line = Line(event, number, icon, mark, may_edit=event.pk in editable)
        if event.at:
            on = timezone.localtime(event.at).date()
            if before and before.at and event.at - before.at >= threshold:
                line.gap = event.at - before.at
            before = event
        elif len(event.on) == 10:
            on = date.fromisoformat(event.on)
        lines.append((on, line))
    if newest_first:
        lines.reverse()
    days: list[Day] = []
    for day, line in lines:
        if not days or days[-1].on != day:
            days.append(Day(day))
        days[-1].lines.append(line)
    return days


def _gap_worth_naming(events: Sequence[TimelineEvent]) -> timedelta:
    """At least an hour and a fifth of the whole story."""
    times = [event.at for event in events if event.at]
    if len(times) < 3:
        return timedelta.max
    return max(_SHORTEST_GAP, (times[-1] - times[0]) / 5)
