"""Times of a paste given a day and a zone, in the order of the telling."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext

from common import when
from common.dates import say
from common.when import days
from common.when.zones import to_utc
from incidents.pasting import order, stamps, zones
from incidents.pasting.grouping import Entry, Grouped, texts
from incidents.pasting.model import Line
from incidents.pasting.shapes import Is, Token
from incidents.pasting.stamps import Clock, Day, Stamp

#: A time this much before the one above it is out of order; beyond, it is the next day's.
_JITTER = timedelta(hours=2)
#: Shortly before midnight, told shortly after it.
_JITTER_OVER_MIDNIGHT = timedelta(minutes=10)
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_ANY_DAY = date(2000, 1, 1)
_LONGEST_STORY = 60
_SAMPLE = 60


@dataclass
class Places:
    """Gives each entry its moment; remembers the day, the zone and the time that was told last."""

    now: datetime
    own: zoneinfo.ZoneInfo
    given: date | None
    around: when.Span | None
    month_first: bool | None = None
    day: date | None = None
    last: datetime | None = None
    told: tuple[tzinfo, str] = field(init=False)
    problem: when.NotRead | None = None

    def __post_init__(self) -> None:
        self.told = (self.own, self.own.key)

    @property
    def here(self) -> date:
        """What "today" means: the day that was given, or now; for an old story, its end."""
        if self.given:
            return self.given
        old = self.around and self.now - self.around.last > timedelta(days=2)
        return (self.around.last if old and self.around else self.now).astimezone(self.own).date()

    def all(self, grouped: Grouped, lines: dict[int, Line]) -> None:
        """Fill in `lines`, which are found under the id of their entry."""
        self.month_first = _month_first(_slashed(grouped), near=self._hint(), now=self.now)
        items = order.as_it_happened(grouped.items)
        self.day = self._first_day(grouped, items)
        for item in items:
            if isinstance(item, Token):
                self._turn(item)
            else:
                self._place(item, lines[id(item)])
        _count_on(grouped.entries, lines)

    def _hint(self) -> date | None:
        return self.given or (
            self.around.latest.astimezone(self.own).date() if self.around else None
        )

    def _turn(self, token: Token) -> None:
        if token.zone:
            near = datetime.combine(self.day or self.here, time(12), tzinfo=UTC)
            try:
                self.told = zones.zone_of(token.zone, self.own, near) or self.told
                self.problem = None
            except when.NotRead as problem:
                self.problem = problem
        if token.day:
            try:
                self.day = self.day_of(token.day)
            except when.NotRead:
                return
            if token.kind is Is.DAY:
                self.last = None

    def _place(self, entry: Entry, line: Line) -> None:
        stamp = entry.stamp
        if stamp is None:
            return
        line.typed = stamp.typed
        if stamp.after is not None:
            return
        try:
            self._moment(stamp, line)
        except when.NotRead as refusal:
            line.question, line.offers = refusal.message, refusal.offers
            line.at = line.until = line.on = None
            line.precision = "unknown"

    def _moment(self, stamp: Stamp, line: Line) -> None:
        if stamp.instant:
            line.at, line.zone, line.precision = stamp.instant, "UTC", "exact"
            line.told_in = UTC
            self._remember(stamp.instant.astimezone(self.told[0]))
            return
        clock, until = stamp.clock, stamp.until
        if clock is None:
            day = self.day_of(stamp.day) if stamp.day else self.here
            self.day, self.last = day, None
            line.on, line.precision, line.zone = day, "day", self.told[1]
            line.told_in = self.told[0]
            return
        day = self._day_for(stamp, clock)
        if not clock.is_possible:
            raise self._impossible(stamp)
        local = datetime.combine(day, time(clock.hour, clock.minute, clock.second))
        zone, name = self._zone(stamp, local)
        if stamp.day is None:
            local = self._rolled(local, zone)
        self._remember(local.replace(tzinfo=zone))
        line.told_in = zone
        at = to_utc(local, zone)
        if until and until.clock:
            line.until = self._until(until, local, at, zone)
        line.at, line.zone, line.precision = at, name, stamp.precision

    def _day_for(self, stamp: Stamp, clock: Clock) -> date:
        if stamp.day is None:
            return self.day or self.here
        try:
            return self.day_of(stamp.day)
        except when.NotRead as refusal:
            written = f"{clock.hour:02}:{clock.minute:02}"
            whole = tuple(f"{offer} {written} {stamp.zone}".strip() for offer in refusal.offers)
            raise type(refusal)(refusal.message, whole) from None

    def _impossible(self, stamp: Stamp) -> when.NotRead:
        try:
            when.read(stamp.typed, now=self.now, zone=self.own, may_be_ahead=True)
        except when.NotRead as refusal:
            return refusal
        return when.NotRead(
            gettext("“{typed}” could not be read as a time.").format(typed=stamp.typed)
        )

    def _zone(self, stamp: Stamp, local: datetime) -> tuple[tzinfo, str]:
        if stamp.zone:
            # Where the zone that was said goes by this name, that is the one.
            near = local.replace(tzinfo=UTC)
            return zones.zone_of(stamp.zone, self.own, near) or self.told
        if self.problem:
            raise self.problem
        return self.told

    def _rolled(self, local: datetime, zone: tzinfo) -> datetime:
        """The same clock time on the day that goes on from what was told last."""
        if self.last is None:
            return local
        last = self.last.astimezone(zone).replace(tzinfo=None)
        local = datetime.combine(last.date(), local.time())
        if local < last - _JITTER:
            local += timedelta(days=1)
        elif timedelta(0) < last - (local - timedelta(days=1)) <= _JITTER_OVER_MIDNIGHT:
            local -= timedelta(days=1)
        return local

    def _remember(self, local: datetime) -> None:
        if self.last is None or local > self.last or abs(local - self.last) > _JITTER:
            self.last = local
        self.day = local.date()

    def _until(self, until: Stamp, first: datetime, at: datetime, zone: tzinfo) -> datetime:
        clock = until.clock or Clock(first.hour, first.minute)
        day = self.day_of(until.day) if until.day else first.date()
        last = datetime.combine(day, time(clock.hour, clock.minute, clock.second))
        if until.zone:
            zone = (zones.zone_of(until.zone, self.own, at) or (zone, ""))[0]
        ends = to_utc(last, zone)
        if ends < at and until.day is None:
            ends = to_utc(last + timedelta(days=1), zone)
        if ends < at:
            raise when.NotRead(gettext("The later time is before the earlier one. Check both."))
        return ends

    # Days ------------------------------------------------------------------------------------
    def day_of(self, day: Day) -> date:
        """Raises NotRead for a day that cannot be, Ambiguous for 01/02/2017."""
        anchor = self.day or self._hint()
        if day.word:
            return self.here - timedelta(days=1 if day.word == "yesterday" else 0)
        if day.slashed:
            return self._slashed_day(day, anchor)
        if not day.month:
            return self._weekday(day.weekday)
        if day.year:
            exact = days.exact_day(day.year, day.month, day.number)
        else:
            exact = days.nearest(day.month, day.number, self.here, anchor)
            exact = _on_weekday(exact, day.weekday)
        if day.weekday and exact.weekday() != _weekday(day.weekday):
            likely = days.in_words(exact)
            raise when.NotRead(
                gettext("{likely} is a {weekday}. Check the day.").format(
                    likely=likely, weekday=say(exact, "l")
                ),
                (likely,),
            )
        return exact

    def _slashed_day(self, day: Day, anchor: date | None) -> date:
        first, second = day.slashed or (0, 0)
        if self.month_first is not None:
            first, second = (second, first) if self.month_first else (first, second)
            if day.year:
                return days.exact_day(day.year, second, first)
            return days.nearest(second, first, self.here, anchor)
        year = day.year or (anchor or self.here).year
        if first == second:
            return days.exact_day(year, second, first)
        offers = [
            days.in_words(possible)
            for possible in (
                days.possible_day(year, second, first), days.possible_day(year, first, second)
            )
            if possible
        ]  # fmt: skip
        raise when.Ambiguous(
            gettext("{typed} reads two ways: {offers}?").format(
                typed=day.typed, offers=gettext(" or ").join(offers)
            ),
            tuple(offers),
        )

    def _weekday(self, name: str) -> date:
        """Behind a day that was told the next such one, else the last such one."""
        number = _weekday(name)
        if self.day:
            return self.day + timedelta(days=(number - self.day.weekday()) % 7)
        return self.here - timedelta(days=(self.here.weekday() - number) % 7)

    # Where clock times without a day begin ---------------------------------------------------
    def _first_day(self, grouped: Grouped, items: list[Entry | Token]) -> date | None:
        if self.given:
            return self.given
        leading: list[datetime] = []
        for item in items:
            day = item.day if isinstance(item, Token) else item.stamp.day if item.stamp else None
            if day or (isinstance(item, Entry) and item.stamp and item.stamp.instant):
                return self._day_before(leading, item) if leading else self._written_before(grouped)
            if isinstance(item, Entry) and item.stamp and item.stamp.clock:
                leading.append(self._chained(leading, item.stamp.clock))
        if not leading:
            return None
        return self._written_before(grouped) or self._fitting(leading)

    def _chained(self, before: list[datetime], clock: Clock) -> datetime:
        """Clock times one behind the other, from any day on."""
        safe = clock if clock.is_possible else Clock(0, 0)
        local = datetime.combine(_ANY_DAY, time(safe.hour, safe.minute))
        if before:
            local = datetime.combine(before[-1].date(), local.time())
            if local < before[-1] - _JITTER:
                local += timedelta(days=1)
        return local

    def _day_before(self, leading: list[datetime], item: Entry | Token) -> date | None:
        """The file's first date comes after these clock times: they lie on that day or before."""
        stamp = None if isinstance(item, Token) else item.stamp
        if stamp and stamp.instant:
            first = stamp.instant.astimezone(self.own).replace(tzinfo=None)
        else:
            day = item.day if isinstance(item, Token) else stamp.day if stamp else None
            try:
                on = self.day_of(day) if day else self.here
            except when.NotRead:
                return None
            clock = stamp.clock if stamp else None
            safe = clock if clock and clock.is_possible else Clock(23, 59)
            first = datetime.combine(on, time(safe.hour, safe.minute))
            if isinstance(item, Token):
                first = datetime.combine(on, time(0)) - _JITTER
        passed = (leading[-1].date() - leading[0].date()).days
        last = datetime.combine(first.date(), leading[-1].time())
        if last > first + _JITTER:
            last -= timedelta(days=1)
        return last.date() - timedelta(days=passed)

    def _written_before(self, grouped: Grouped) -> date | None:
        """A day, with its year, in what stands before the first event."""
        for text in texts(grouped):
            for found in stamps.DAY.finditer(text[:2_000]):
                read = stamps.day_at(text, found.start())
                if read and read[0].year:
                    try:
                        return self.day_of(read[0])
                    except when.NotRead:
                        continue
        return None

    def _fitting(self, leading: list[datetime]) -> date:
        """Today; with a story around, the day on which most of it lies inside."""
        if self.around is None:
            return self.now.astimezone(self.told[0]).date()
        zone = self.told[0]
        first, last, latest = (
            moment.astimezone(zone).replace(tzinfo=None)
            for moment in (self.around.first, self.around.last, self.around.latest)
        )
        first = max(first, last - timedelta(days=_LONGEST_STORY))
        step = max(1, len(leading) // _SAMPLE)
        sample = [local - datetime.combine(_ANY_DAY, time(0)) for local in leading[::step]]

        def distance(start: datetime) -> tuple[timedelta, timedelta]:
            told = [start + passed for passed in sample]
            outside = (max(first - local, local - last - _JITTER, timedelta()) for local in told)
            return sum(outside, timedelta()), abs(told[0] - latest)

        begin = datetime.combine(first.date(), time(0))
        options = [begin + timedelta(days=number) for number in range(-1, (last - first).days + 3)]
        return min(options, key=distance).date()


def _count_on(entries: list[Entry], lines: dict[int, Line]) -> None:
    """Give "T+5m" its time, counted from the first event that has one."""
    placed = [lines[id(entry)] for entry in entries]
    start = next((line for line in placed if line.at), None)
    for entry, line in zip(entries, placed, strict=True):
        if entry.stamp is None or entry.stamp.after is None:
            continue
        if start and start.at:
            line.at, line.precision = start.at + entry.stamp.after, "exact"
            line.zone, line.told_in = start.zone, start.told_in
        else:
            line.question = gettext("Nothing in the text says from when this counts. Write a time.")


def _slashed(grouped: Grouped) -> list[Day]:
    found = []
    for item in grouped.items:
        day = item.day if isinstance(item, Token) else item.stamp.day if item.stamp else None
        if day and day.slashed:
            found.append(day)
    return found


def _month_first(slashed: Iterable[Day], *, near: date | None, now: datetime) -> bool | None:
    """Which order the whole paste is written in; None when nothing decides it."""
    pairs = list(dict.fromkeys((*day.slashed, day.year) for day in slashed if day.slashed))
    if any(first > 12 for first, _, _ in pairs):
        return False
    if any(second > 12 for _, second, _ in pairs):
        return True
    read: dict[bool, list[date]] = {}
    for month_first in (False, True):
        dates = [
            days.possible_day(year or now.year, *((a, b) if month_first else (b, a)))
            for a, b, year in pairs
        ]
        read[month_first] = [each for each in dates if each]
    today = now.date() + timedelta(days=1)
    possible = [order for order, told in read.items() if told and max(told) <= today]
    if len(possible) == 1 and all(year for _, _, year in pairs):
        return possible[0]
    spans = {order: (max(told) - min(told)).days for order, told in read.items() if told}
    if len(spans) == 2 and abs(spans[True] - spans[False]) > 20:
        return spans[True] < spans[False]
    if near and len(spans) == 2:
        away = {
            order: min(abs((each - near).days) for each in told) for order, told in read.items()
        }
        if abs(away[True] - away[False]) > 20 and min(away.values()) <= 7:
            return away[True] < away[False]
    return None


def _weekday(name: str) -> int:
    return _WEEKDAYS.index(re.sub(r"[^a-z]", "", name.lower())[:3])


def _on_weekday(near: date, weekday: str) -> date:
    """A day without its year that names its weekday: the nearest year in which it is right."""
    if not weekday or near.weekday() == _weekday(weekday):
        return near
    years = sorted(range(near.year - 6, near.year + 7), key=lambda year: abs(year - near.year))
    others = (days.possible_day(year, near.month, near.day) for year in years)
    right = (day for day in others if day and day.weekday() == _weekday(weekday))
    return next(right, near)
