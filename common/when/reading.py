"""Understand a text, or the start of a line, as a time."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common import durations
from common.when import days, zones
from common.when.moments import Moment, NotRead, Span
from common.when.swedish import in_english, start_in_english

#: A clock that runs a little ahead of ours is not a time to come.
_TOLERANCE = timedelta(minutes=2)
#: What comes this soon after the end of a story is its next line, not one from a day before.
_NEXT_LINE = timedelta(hours=2)
_MINUTES = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440, "w": 10080}

_HEDGE = re.compile(
    r"(?:(?P<about>~\s*|(?:about|around|approx\.?|approximately|circa|ca\.?|roughly)\s+)"
    r"|(?P<before>(?:before|no later than)\s+))(?=\S)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(?:between|from)\s+(?=\S)", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:[-–—]|\b(?:to|until|till)\b)\s*", re.IGNORECASE)
_JOINT_OPENED = re.compile(r"\s*(?:[-–—]|\b(?:and|to|until|till)\b)\s*", re.IGNORECASE)
#: "23:10-23:30" has two ends; "2017-01-31T23:10-05:00" and "23:10 -05:00" have an offset.
_LATER_CLOCK = re.compile(r"-(?P<hour>[012]?\d):(?P<minute>[0-5]\d)(?![\d:])")
_LONGEST_JOINED = timedelta(hours=6)
_NOW = re.compile(r"(?:just\s+|right\s+)?now\b", re.IGNORECASE)
_AMOUNT = (
    r"(\d{1,4}|half an?|an?)\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
)
_AGO = re.compile(rf"{_AMOUNT}(?:(?:\s*|\s+and\s+){_AMOUNT})?\s+ago\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?P<mark>[:.h])(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?(?!\d)"
    r"(?:\s*(?P<half>am|pm|a\.m\.|p\.m\.)(?![a-z]))?"
    r"|(?P<hour_12>\d{1,2})\s*(?P<half_12>am|pm|a\.m\.|p\.m\.)(?![a-z])"
    r"|(?P<four>\d{4})(?!\d)(?:\s*(?:h|hrs?|hours)\b)?"
    r"|(?P<word>noon|midday|midnight)\b",
    re.IGNORECASE,
)
_GLUE = re.compile(r"\s*,?\s*(?:at\s+|T(?=\d))?", re.IGNORECASE)
_ON = re.compile(r"\s*,?\s*(?:on\s+)?", re.IGNORECASE)
_BULLET = re.compile(r"[\[(*•\-]*\s*")
_AFTER_TIME = re.compile(r"\s*(?:[\])|>;,:–—]|-+(?=\s))?\s*")


def read(
    text: str,
    *,
    now: datetime,
    zone: zoneinfo.ZoneInfo,
    around: Span | None = None,
    day_is_enough: bool = False,
    may_be_ahead: bool = False,
    may_be_between: bool = False,
) -> Moment:
    """Understand a whole text as one time.

    A bare clock time is the one of today, or of last night; with `around` it is the one that lies
    in or next to that span. Raises NotRead or Ambiguous.
    """
    text = " ".join(text.split())[:200]
    scan = _Scan(in_english(text), now, zone, around, in_line=False)
    moment = scan.moment()
    if moment is None or scan.rest().strip(" .?"):
        said = _(
            "“{typed}” could not be read as a time. Write it like 21:30, 25 min ago or 31 Jan "
            "2017 23:27."
        )
        raise NotRead(said.format(typed=text[:60]))
    if moment.precision == "day" and not day_is_enough:
        day = zones.written(moment.at, scan.tz, "day")
        about = pgettext("typed before a time", "about")
        raise NotRead(
            _("The clock time is missing. Add it, with “about” in front if it is a guess."),
            (f"{about} {day} 12:00",),
        )
    if moment.until and not may_be_between:
        offers = (moment.at, moment.until)
        raise NotRead(
            _("This needs one time. Write “about” in front of the likeliest."),
            tuple(zones.written(at, scan.tz, "about") for at in offers),
        )
    if not may_be_ahead:
        _refuse_what_is_ahead(moment, scan)
    return moment


def read_line(
    line: str, *, now: datetime, zone: zoneinfo.ZoneInfo, around: Span | None = None
) -> tuple[Moment | None, str]:
    """Split "14:32 failed over to replica" into its time and its text.

    No time at the start gives (None, line). Four bare digits count as a time only with a leading
    zero, a zone or a colon: "2000 people are affected" is a sentence. Raises NotRead or Ambiguous
    when the line starts with a time that cannot be; the offers are then whole lines.
    """
    line = line.strip()
    bullet = _BULLET.match(line)
    scan = _Scan(line, now, zone, around, in_line=True, position=bullet.end() if bullet else 0)
    moment = scan.moment()
    if moment is None:
        same = start_in_english(line)
        if same == line:
            return None, line
        found, text = read_line(same, now=now, zone=zone, around=around)
        return found, text if found else line
    _refuse_what_is_ahead(moment, scan)
    return moment, _AFTER_TIME.sub("", scan.rest(), count=1).strip()


def _refuse_what_is_ahead(moment: Moment, scan: _Scan) -> None:
    """Raises NotRead with the same clock time on the last day, or in the last year, that was."""
    if (moment.until or moment.at) <= scan.now + _TOLERANCE:
        return
    if moment.until and moment.at <= scan.now:
        raise NotRead(
            _("The later of the two times is still to come. Write when it began."),
            (scan.instead(zones.written(moment.at, scan.tz)),),
        )
    likely = scan.not_ahead(moment.at)
    until = likely + (moment.until - moment.at) if moment.until else None
    local, today = likely.astimezone(scan.tz), scan.today()
    day = {today: _("today"), today - timedelta(days=1): _("yesterday")}.get(
        local.date(), days.in_words(local.date())
    )
    ahead = durations.in_words(moment.at - scan.now)
    said = _("That time is {ahead} from now. Did you mean {day} {clock}?")
    raise NotRead(
        said.format(ahead=ahead, day=day, clock=f"{local:%H:%M}"),
        (scan.instead(zones.written(likely, scan.tz, until=until)),),
    )


class _Scan:
    """Reads one expression from the start of a text and remembers how far it came."""

    def __init__(
        self,
        text: str,
        now: datetime,
        zone: zoneinfo.ZoneInfo,
        around: Span | None,
        *,
        in_line: bool,
        position: int = 0,
    ) -> None:
        self.text, self.now, self.zone, self.around = text, now, zone, around
        self.in_line, self.position = in_line, position
        self.tz: tzinfo = zone
        self.zone_name = zone.key
        self.began = position  # of the part that an offer would replace

    def rest(self) -> str:
        return self.text[self.position :]

    def today(self) -> date:
        return self.now.astimezone(self.tz).date()

    def instead(self, offer: str) -> str:
        """The text with the part just read replaced by an offer."""
        return f"{self.text[: self.began]}{offer}{self.rest()}".strip()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def moment(self) -> Moment | None:
        """The time at the position, or None. Offers of a NotRead are made into whole texts."""
        try:
            return self._moment()
        except NotRead as refusal:
            refusal.offers = tuple(self.instead(offer) for offer in refusal.offers)
            raise

    def _moment(self) -> Moment | None:
        before = self.position
        opening = self.take(_OPENING)
        hedge = None if opening else self.take(_HEDGE)
        precision = "exact"
        if hedge:
            precision = "about" if hedge["about"] else "before"
        start = self.position
        if not opening and self.take(_NOW):
            return Moment(_to_minute(self.now), self.zone.key, precision)
        if not opening and (ago := self.take(_AGO)):
            return self._ago(ago, precision)
        day, clock, offset_may_follow = self._day_and_clock()
        if clock is None:
            if day is None or self.in_line or opening:
                self.position = before
                return None
            begins = datetime.combine(day, time(0), tzinfo=self.tz).astimezone(UTC)
            return Moment(begins, self.zone_name, "day")
        if offset_may_follow or not self._later_clock_follows(clock):
            self._zone(datetime.combine(day, clock) if day else None)
        own = self.tz, self.zone_name, self.position
        end = None if hedge else self._end(opening)
        if opening and end is None:
            self.position = before
            return None
        if day is None and not self.in_line:
            self.take(_ON)
            day = self._day()
        if self.in_line and self.rest() and not re.match(r"[\s\])|>;,:–—-]", self.rest()):
            return None
        local = datetime.combine(day, clock) if day else self._fitting(clock)
        self.began = start
        if end:
            moment = self._between(local, own, end)
            self.began = before
            return moment
        return Moment(zones.to_utc(local, self.tz), self.zone_name, precision)

    def _day_and_clock(self) -> tuple[date | None, time | None, bool]:
        """And whether an offset may stick to the clock: after a T or behind seconds."""
        day = self._day()
        glue = self.take(_GLUE)
        begins = self.position
        clock = self._clock()
        iso = bool(glue and "T" in glue[0].upper().replace("AT", ""))
        return day, clock, iso or self.text[begins : self.position].count(":") == 2

    def _later_clock_follows(self, clock: time) -> bool:
        """ "10:10-11:30" has two ends, although there is a place with the offset -11:30."""
        found = _LATER_CLOCK.match(self.text, self.position)
        if found is None or int(found["hour"]) > 23:
            return False
        minutes = int(found["hour"]) * 60 + int(found["minute"]) - clock.hour * 60 - clock.minute
        return timedelta(minutes=minutes % 1440) <= _LONGEST_JOINED

    def _end(self, opening: re.Match[str] | None) -> tuple[date | None, time, int] | None:
        """The later end of "23:10–23:30". A sentence may go on in its place; then None."""
        before = self.position, self.began, self.tz, self.zone_name
        if self.take(_JOINT_OPENED if opening else _JOINT):
            begins = self.position
            try:
                day, clock, _ = self._day_and_clock()
                typed = self.text[begins : self.position]
                if clock and (opening or not self.in_line or ":" in typed):
                    self._zone(datetime.combine(day, clock) if day else None)
                    return day, clock, begins
            except NotRead:
                if opening or not self.in_line:
                    raise
        self.position, self.began, self.tz, self.zone_name = before
        return None

    def _between(
        self,
        first: datetime,
        own: tuple[tzinfo, str, int],
        end: tuple[date | None, time, int],
    ) -> Moment:
        """A zone behind the later end counts for both, unless the first has one of its own.

        When daylight saving makes one of them a question, the offers keep the other.
        """
        zone, zone_name, first_ends = own
        day, clock, begins = end
        if zone is self.zone:
            zone, zone_name = self.tz, self.zone_name
        ends, self.position = self.position, first_ends
        at = zones.to_utc(first, zone)
        self.began, self.position = begins, ends
        last = datetime.combine(day or first.date(), clock)
        until = zones.to_utc(last, self.tz)
        if until < at and day is None:
            until = zones.to_utc(last + timedelta(days=1), self.tz)
        if until < at:
            raise NotRead(_("The later time is before the earlier one. Check both."))
        return Moment(at, zone_name, "between", until)

    def _ago(self, found: re.Match[str], precision: str) -> Moment:
        minutes, units = 0.0, set()
        for amount, unit in (found.group(1, 2), found.group(3, 4)):
            if amount:
                words = amount.lower()
                count = 0.5 if words.startswith("half") else 1 if words[0] == "a" else int(words)
                minutes += count * _MINUTES[unit[0].lower()]
                units.add(unit[0].lower())
        at = self.now - timedelta(minutes=minutes)
        if at.year < days.FIRST_YEAR:
            raise NotRead(_("That is before 1970. Check the number."))
        if precision == "exact" and not units & {"s", "m"}:
            precision = "about"  # "2 hours ago" is rarely meant to the minute
        return Moment(_to_minute(at), self.zone.key, precision)

    def _day(self) -> date | None:
        self.began = self.position
        if found := self.take(days.DATE):
            told = self.around.latest.astimezone(self.tz).date() if self.around else None
            return days.day_of(found, here=self.today(), told=told)
        if not self.in_line and (found := self.take(days.WEEKDAY)):
            return days.last_weekday(found, here=self.today())
        return None

    def _clock(self) -> time | None:
        self.began = self.position
        found = self.take(_CLOCK)
        if found is None:
            return None
        if self.in_line and not self._is_clock(found):
            self.position = self.began
            return None
        if found["word"]:
            return time(0) if found["word"].lower() == "midnight" else time(12)
        if found["four"]:
            return _clock_time(found[0], int(found["four"][:2]), int(found["four"][2:]))
        if found["hour_12"]:
            return _clock_time(found[0], int(found["hour_12"]), half=found["half_12"])
        hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
        return _clock_time(found[0], hour, minute, second, half=found["half"])

    def _is_clock(self, found: re.Match[str]) -> bool:
        """In a sentence, "3.14" is a version and "2000" a number."""
        if found["four"]:
            zone = zones.ZONE.match(self.text, self.position)
            in_utc = zone and zone["name"] and zone["name"].upper() in {"UTC", "GMT", "Z"}
            return found["four"][0] == "0" or bool(in_utc) or self.rest().startswith((":", "]"))
        return found["mark"] != "."

    def _zone(self, typed: datetime | None) -> None:
        before = self.position
        found = self.take(zones.ZONE)
        if found is None:
            return
        zone = None
        if found["sign"]:
            if self._is_offset(found):
                zone = zones.offset(found)
        elif found["area"]:
            area = zones.of_area(found["area"])
            zone = (area, area.key) if area else None
        elif not self.in_line or found["name"].isupper() or found["name"].lower() in {"utc", "z"}:
            # In a sentence, "est" is a word; zones are written in capitals there.
            zone = zones.named(found["name"], self.zone, self._moments_near(typed))
        if zone is None:
            self.position = before
        else:
            self.tz, self.zone_name = zone

    def _is_offset(self, found: re.Match[str]) -> bool:
        """In a sentence, "14:32 +2 servers" is no zone: offsets stick to the time or are long."""
        attached = not found[0][0].isspace()
        return not self.in_line or attached or bool(found["minutes"] or found["prefix"])

    def _moments_near(self, typed: datetime | None) -> list[datetime]:
        """Where to look up what the reader's zone calls itself: when it was, then around it."""
        anchor = self.around.latest if self.around else self.now
        if typed is None:
            typed = self._fitting(time(12))
        half_year = timedelta(days=182)
        return [typed, anchor, anchor - half_year, anchor + half_year]

    def _fitting(self, clock: time) -> datetime:
        """The naive local time that a bare clock time means."""
        if self.around is None:
            here = self.now.astimezone(self.tz).replace(tzinfo=None)
            local = datetime.combine(here.date(), clock)
            # Just after midnight, "23:50" is yesterday's.
            return local - timedelta(days=1) if local - here > timedelta(hours=12) else local
        first, last, latest = (
            moment.astimezone(self.tz).replace(tzinfo=None)
            for moment in (self.around.first, self.around.last, self.around.latest)
        )
        first = max(first, last - timedelta(days=60))
        options = [
            datetime.combine(first.date() + timedelta(days=number), clock)
            for number in range(-1, (last.date() - first.date()).days + 2)
        ]

        def distance(local: datetime) -> tuple[timedelta, timedelta]:
            outside = max(first - local, local - last - _NEXT_LINE, timedelta())
            return outside, abs(local - latest)

        return min(options, key=distance)

    def not_ahead(self, at: datetime) -> datetime:
        """The same clock time on the last day that was; beyond two days, in the last year."""
        local, here = at.astimezone(self.tz), self.today()
        candidates = [here, here - timedelta(days=1), here - timedelta(days=2)]
        if at - self.now > timedelta(days=2):
            years = range(here.year, here.year - 5, -1)
            in_years = [days.possible_day(year, local.month, local.day) for year in years]
            candidates = [day for day in in_years if day] + candidates
        for day in candidates:
            earlier = datetime.combine(day, local.time(), tzinfo=self.tz).astimezone(UTC)
            if earlier <= self.now:
                return earlier
        return self.now


def _clock_time(
    typed: str, hour: int, minute: int = 0, second: int = 0, *, half: str | None = None
) -> time:
    """Raises NotRead with the likely value for 25:10, 14:75 or 13 pm."""
    if half:
        if not 1 <= hour <= 12:
            said = _("“{typed}” mixes two ways to write a time. Leave out am or pm.")
            raise NotRead(said.format(typed=typed))
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    if hour > 23:
        likely = f"{hour - 24 if hour < 30 else hour % 10:02}:{min(minute, 59):02}"
        said = _("A day has hours 00 to 23, not {hour}. Did you mean {likely}?")
        raise NotRead(said.format(hour=hour, likely=likely), (likely,))
    if minute > 59 or second > 59:
        likely = f"{hour:02}:{min(minute, 59):02}"
        said = (
            _("{number} minutes cannot be: they end at 59. Did you mean {likely}?")
            if minute > 59
            else _("{number} seconds cannot be: they end at 59. Did you mean {likely}?")
        )
        number = minute if minute > 59 else second
        raise NotRead(said.format(number=number, likely=likely), (likely,))
    return time(hour, minute, second)


def _to_minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
