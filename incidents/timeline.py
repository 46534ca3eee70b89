"""The timeline: how a line is understood, and where it goes."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext

from common import when
from incidents import kinds, questions
from incidents.models import Incident, Precision, TimelineEvent

Kind = TimelineEvent.Kind

#: A story whose end is this fresh is still being lived: a line without a time means now.
_FRESH = timedelta(hours=12)


@dataclass(frozen=True)
class Reading:
    """A line as it was understood. Without a `moment` the event goes to the end, untimed."""

    moment: when.Moment | None
    text: str
    kind: str
    means_now: bool = False
    source: str = ""

    @property
    def kind_in_words(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def question(self) -> str:
        return str(questions.OF_KIND[self.kind])


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
        raise when.NotRead(
            gettext("Say what happened after the time: 14:32 failed over to replica.")
        )
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


def same_time(event: TimelineEvent) -> dict[str, object]:
    """The columns that say when, as another event has them."""
    names = ("at", "on", "until", "precision", "zone", "sort_at")
    return {name: getattr(event, name) for name in names}


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
    if not earlier:
        return gettext("before event 1")
    return gettext("between events {before} and {after}").format(before=earlier, after=earlier + 1)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")
