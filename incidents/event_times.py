"""The time of an event in words: the reader's zone first, UTC beside it, as well as it is known."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Protocol

from django.utils.translation import gettext

from common import when
from common.dates import say
from common.templatetags.times import rough_day
from common.when import zones
from incidents.models import Precision, TimelineEvent

_HEDGES = {
    Precision.ABOUT: Precision.ABOUT.label,
    Precision.DERIVED: Precision.ABOUT.label,
    Precision.BEFORE: Precision.BEFORE.label,
    Precision.BETWEEN: Precision.BETWEEN.label,
}
_UTC = zoneinfo.ZoneInfo("UTC")


@dataclass(frozen=True)
class EventTime:
    """What the list and the table show. Without a clock time `local` and `utc` are "" and `rough`
    says what is known instead."""

    hedge: str = ""
    iso: str = ""
    local: str = ""
    local_until: str = ""
    utc: str = ""
    utc_until: str = ""
    rough: str = ""
    typed: str = ""
    typed_zone: str = ""
    day: str = ""
    zone: str = ""
    day_utc: str = ""

    @property
    def utc_words(self) -> str:
        if not self.utc:
            return ""
        return f"{self.utc}–{self.utc_until} UTC" if self.utc_until else f"{self.utc} UTC"

    @property
    def in_words(self) -> str:
        """ "about 23:27", "between 23:10 and 23:40"."""
        if self.local_until:
            return gettext("between {first} and {last}").format(
                first=self.local, last=self.local_until
            )
        return f"{self.hedge} {self.local}".strip() or self.rough

    @property
    def day_and_clock(self) -> str:
        """ "Wed 1 Feb 2017 00:27 CET"."""
        until = f"–{self.local_until}" if self.local_until else ""
        return f"{self.day} {self.local}{until} {self.zone}" if self.local else ""

    @property
    def precision_words(self) -> str:
        return self.hedge or (str(Precision.EXACT.label) if self.local else self.rough)


class Timed(Protocol):
    """An event, or what a picture keeps of one."""

    @property
    def at(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def on(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def precision(self) -> str: ...


def told(event: Timed, zone: zoneinfo.ZoneInfo) -> EventTime:
    if event.at is None:
        return EventTime(rough=_roughly(event.on))
    at, utc = event.at.astimezone(zone), event.at.astimezone(UTC)
    until, utc_until = "", ""
    typed = _as_typed(event.at, event.zone, zone)
    if event.precision == Precision.BETWEEN and event.until:
        until = _clock_after(at, event.until.astimezone(zone))
        utc_until = _clock_after(utc, event.until.astimezone(UTC))
    return EventTime(
        hedge=str(_HEDGES.get(Precision(event.precision), "")),
        iso=f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        local=_clock(at),
        local_until=until,
        utc=_clock(utc),
        utc_until=utc_until,
        typed=typed,
        typed_zone=typed.partition(" ")[2],
        day=say(at, "D j M Y"),
        zone=at.tzname() or "",
        day_utc=say(utc, "j M Y"),
    )


def _roughly(on: str) -> str:
    if not on:
        return gettext("not known")
    words = gettext("on {day}") if len(on) == 10 else gettext("in {day}")
    return words.format(day=rough_day(on))


def as_typed(event: TimelineEvent, zone: tzinfo) -> str:
    """What stands in its field, so that reading it again gives the same."""
    if event.at is None:
        return event.on
    return when.written(event.at, zone, event.precision, event.until)


def local_day(event: TimelineEvent, zone: zoneinfo.ZoneInfo) -> date | None:
    """The day it belongs to for a reader in this zone; None while not even that is known."""
    if event.at:
        return event.at.astimezone(zone).date()
    return date.fromisoformat(event.on) if len(event.on) == 10 else None


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def _clock_after(start: datetime, end: datetime) -> str:
    """The clock alone on the same day, else with its day."""
    return _clock(end) if end.date() == start.date() else say(end, "j M H:i")


def _as_typed(at: datetime, name: str, reader: zoneinfo.ZoneInfo) -> str:
    """ "14:32 PST", when that is neither the reader's clock nor UTC, which stands beside it."""
    zone = zone_called(name) if name not in {"UTC", reader.key} else None
    if zone is None:
        return ""
    typed = at.astimezone(zone)
    if typed.utcoffset() in {at.astimezone(reader).utcoffset(), timedelta()}:
        return ""
    has_rules = isinstance(zone, zoneinfo.ZoneInfo)
    return f"{_clock(typed)} {typed.tzname() if has_rules else name}"


@cache
def zone_called(name: str) -> tzinfo | None:
    """The zone that was kept with a time: "Asia/Tokyo", "PST", "UTC+05:30"."""
    found = zones.ZONE.fullmatch(name)
    if found and found["sign"]:
        known = zones.offset(found)
        return known[0] if known else None
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        pass
    try:
        known = zones.named(name, _UTC, [])
    except when.NotRead:
        return None
    return known[0] if known else None
