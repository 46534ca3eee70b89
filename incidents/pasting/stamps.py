"""Times as tools and people write them, read at one place of a line but not yet given a day.

`when.read` makes one moment of one text. Here the parts are kept apart, because a whole paste
decides what they mean: which day, which order of day and month, which zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

#: How the names of the months begin in English, German, Dutch and French.
_MONTHS = (
    ("jan", "jän"), ("feb", "fév", "fev"), ("mar", "mär", "maa", "mrt"), ("apr", "avr"),
    ("may", "mai", "mei"), ("jun", "juin"), ("jul", "juil"), ("aug", "aoû", "aou"), ("sep",),
    ("oct", "okt"), ("nov",), ("dec", "dez", "déc"),
)  # fmt: skip
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|januari?|jänner|janv(?:ier)?|februari|f[ée]v(?:r(?:ier)?)?|märz?|maart|mrt|mars|avr(?:il)?"
    r"|mai|mei|juni|juin|juli|juil(?:let)?|augustus|ao[ûu]t|septembre|okt(?:ober)?|octobre"
    r"|novembre|dez(?:ember)?|d[ée]c(?:embre)?)\b\.?"
)
_WEEKDAY = r"(?:mon|tues?|wed|thur?s?|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b\.?"
_YEAR = r"(?:(?:19|20)\d\d)(?!\d)"
DAY = re.compile(
    rf"(?:(?P<weekday>{_WEEKDAY}),?\s+(?:the\s+)?)?(?:"
    rf"(?P<iso>(?P<y>{_YEAR})(?P<s>[-/.])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?!\d)"
    rf"(?:\s+{_WEEKDAY}(?=\s))?)"
    r"|(?P<packed_y>(?:20)?\d\d)(?P<packed_m>[01]\d)(?P<packed_d>[0-3]\d)"
    r"(?=T\d{4}|[ _-]\d\d:?\d\d:?\d\d)"
    r"|(?P<klog_m>[01]\d)-?(?P<klog_d>[0-3]\d)(?= \d\d:\d\d:\d\d\.\d)"
    r"|(?P<dot_d>\d{1,2})\.(?P<dot_m>\d{1,2})\.(?P<dot_y>(?:19|20)?\d\d)(?!\d)"
    r"|(?P<dot_only_d>\d{1,2})\.(?P<dot_only_m>\d{1,2})\.(?=,?\s+\d{1,2}:\d\d)"
    r"|(?P<first>\d{1,2})(?P<t>[/-])(?P<second>\d{1,2})(?P=t)(?P<slash_y>(?:19|20)?\d\d)(?![\d/])"
    r"|(?P<first_bare>\d{1,2})/(?P<second_bare>\d{1,2})(?=,?\s+\d{1,2}:\d\d)"
    rf"|(?P<day_3>\d{{1,2}})(?P<t_3>[/-])(?P<month_3>{MONTH})(?P=t_3)(?P<year_3>\d\d)(?!\d)"
    rf"|(?P<day_1>\d{{1,2}})(?:st|nd|rd|th|er)?\.?(?:\s+(?:of\s+)?|[-/])(?P<month_1>{MONTH})"
    rf"(?:(?:,?\s+|[-/])(?P<year_1>{_YEAR})(?!:\d\d(?!:\d\d:)))?"
    rf"|(?P<month_2>{MONTH})\s+(?:the\s+)?(?P<day_2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)"
    rf"(?:,?\s+(?P<year_2>{_YEAR})(?!:))?"
    r"|(?P<word>today|yesterday)\b(?!['’])"
    r")",
    re.IGNORECASE,
)
WEEKDAY_ALONE = re.compile(rf"(?:last\s+|on\s+)?(?P<weekday>{_WEEKDAY})", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?P<mark>:|\s?h\s?)(?P<minute>\d{2})(?!\s?min)"
    r"(?::(?P<second>\d{2})(?:[.,:]\d{1,9})?)?(?!\d|:\d)"
    r"(?P<half>\s?[ap]m(?![a-z])|\s?[ap]\.m\.|[ap](?![a-z]))?"
    r"|(?P<hour_dot>\d{1,2})\.(?P<minute_dot>[0-5]\d)\s?(?P<half_dot>[ap]m|[ap]\.m\.)(?![a-z])"
    r"|(?P<hour_12>\d{1,2})\s?(?P<half_12>[ap]m|[ap]\.m\.)(?![a-z])"
    r"|(?P<four>[0-2]\d[0-5]\d)(?!\d)(?:\s?(?:h|hrs?|hours)\b)?"
    r"|(?P<six>[0-2]\d[0-5]\d[0-5]\d)(?:[.,]\d{1,9})?(?!\d)"
    r"|(?P<word>noon|midday|midnight)\b",
    re.IGNORECASE,
)
_DOTTED_CLOCK = re.compile(
    r"(?P<hour>[012]\d)\.(?P<minute>[0-5]\d)(?:\.(?P<second>[0-5]\d))?(?![\d.])"
)
#: "23:27 Uhr"; behind it, "23.27" is a time, too.
_OF_THE_CLOCK = re.compile(r"\s?(?:Uhr|uur|hrs?|hours)\b", re.IGNORECASE)
_EPOCH = re.compile(r"(?P<seconds>1\d{9})(?:(?P<milli>\d{3})|\.\d{1,9})?(?![\d.\w-])")
_COUNTED = re.compile(
    r"(?=T\s?[+\-−]|\+)T?\s?(?P<sign>[+\-−])\s?(?:(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d))?"
    r"|(?=\d)(?:(?P<h>\d{1,3})\s?h(?:(?:ou)?rs?)?\s?)?(?:(?P<m>\d{1,4})\s?m(?:in(?:ute)?s?)?\s?)?"
    r"(?:(?P<s>\d{1,5})\s?s(?:ec(?:ond)?s?)?)?)(?<!\s)(?![\w:])"
)
_HEDGE = re.compile(
    r"(?:(?P<about>[~≈]\s*|(?:at\s+)?(?:about|around|approx\.?|approximately|circa|ca?\.|ca|roughly)\s+)"
    r"|(?P<before>(?:before|by|no later than)\s+)|(?:at|on)\s+(?=[\w~]))(?=\S)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(?:between|from)\s+(?=\S)", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:[-–—]|\b(?:to|until|till)\b)\s*(?=\d)", re.IGNORECASE)
_JOINT_OPENED = re.compile(r"\s*(?:[-–—]|\b(?:and|to|until|till)\b)\s*(?=\S)", re.IGNORECASE)
_GLUE = re.compile(
    r"[\s,]*(?:(?:at|um|om)\s+|T(?=\d)|[-–_—|@]\s*(?=\d)|:(?=\d\d:\d\d:\d\d))?", re.IGNORECASE
)
_DAY_AFTER = re.compile(r"(?:\s*,\s*|\s+(?:on\s+)?)", re.IGNORECASE)
_CTIME_YEAR = re.compile(rf"\s+(?P<year>{_YEAR})(?![:\w])")
_ISH = re.compile(
    r"[\s-]?ish\b|\s?\((?:approx\.?|approximately|about|roughly|ish|est\.?)\)|\?(?=[\s:])", re.I
)
_ENDS = re.compile(r"$|[\s\])}>|;,:–—\-.*_`\"'…/=]")
#: "23:10-23:30" has a later end this many hours ahead at most; "21:00-05:00" has an offset.
_LONGEST_JOINED = 6
#: "23:31 - 15:04 backup is the newest" is no span: that text begins with a time.
_LONGEST_SPAN = 12
_LATER = re.compile(r"-(\d\d):\d\d(?![\d:])")
_OFFSET = re.compile(r"(?P<sign>[+\-−])(?P<hours>\d{2})(?::?(?P<minutes>\d{2}))?(?![\d:])")


@dataclass(frozen=True)
class Day:
    """Parts of a date. `slashed` is a date whose order of day and month is open."""

    typed: str
    year: int | None = None
    month: int = 0
    number: int = 0
    slashed: tuple[int, int] | None = None
    word: str = ""
    weekday: str = ""


@dataclass(frozen=True)
class Clock:
    hour: int
    minute: int
    second: int = 0
    #: "am" or "pm" was written; has it seconds; is it four digits alone.
    halved: bool = False
    has_seconds: bool = False
    bare: bool = False

    @property
    def is_possible(self) -> bool:
        return self.hour < 24 and self.minute < 60 and self.second < 60


@dataclass(frozen=True)
class Stamp:
    """A time from `start` to `end` of its line; `zone` is the text of the zone behind it.

    `after` is "T+5m", counted from another time.
    """

    start: int
    end: int
    typed: str
    day: Day | None = None
    clock: Clock | None = None
    zone: str = ""
    precision: str = "exact"
    until: Stamp | None = None
    instant: datetime | None = None
    after: timedelta | None = None


def at(text: str, position: int, zones: ZoneWords, *, loose: bool = False) -> Stamp | None:
    """The time that begins at this place, or None. `loose` takes four digits and 23.27, too."""
    start = position
    opening = _OPENING.match(text, position)
    hedge = None if opening else _HEDGE.match(text, position)
    if found := opening or hedge:
        position = found.end()
    elif alone := _epoch(text, position) or _counted(text, position):
        return alone
    one = _one(text, position, zones, loose=loose)
    if one is None or (opening and one.clock is None):
        return None
    precision = "exact"
    if hedge and one.clock is None:
        return None
    if hedge:
        precision = "about" if hedge["about"] else "before" if hedge["before"] else "exact"
    end = one.end
    until = None
    if one.clock and not hedge:
        until = _until(text, one, zones, opened=bool(opening))
        if until:
            end, precision = until.end, "between"
        elif opening:
            return None
        elif ish := _ISH.match(text, end):
            end, precision = ish.end(), "about"
    if not _ENDS.match(text, end):
        return None
    zone = one.zone or (until.zone if until else "")
    return Stamp(start, end, text[start:end].strip(), one.day, one.clock, zone, precision, until)


def day_at(text: str, position: int = 0) -> tuple[Day, int] | None:
    found = DAY.match(text, position)
    return (_day(found), found.end()) if found else None


def _one(text: str, position: int, zones: ZoneWords, *, loose: bool) -> Stamp | None:
    """Day, clock and zone, in either order, without hedge or later end."""
    start, day = position, None
    if found := DAY.match(text, position):
        day, position = _day(found), found.end()
    elif (found := WEEKDAY_ALONE.match(text, position)) and found.end() < len(text):
        day, position = Day(found[0], weekday=found["weekday"]), found.end()
    after_day = position
    if day and (glue := _GLUE.match(text, position)):
        position = glue.end()
    clock_starts = position
    clock, position = _clock(text, position, zones, loose=loose, with_day=day is not None)
    if clock is None:
        if day is None or not (day.month or day.slashed):
            return None
        return Stamp(start, after_day, text[start:after_day], day)
    if of_the_clock := _OF_THE_CLOCK.match(text, position):
        position = of_the_clock.end()
    zone, position = zones.at(text, position, _offset_may_follow(text, clock_starts, position, day))
    if day and day.month and day.year is None and clock.has_seconds:
        year = _CTIME_YEAR.match(text, position)
        if year:
            day = replace(day, year=int(year["year"]))
            position = year.end()
    if day is None:
        day, position = _day_behind(text, position)
    return Stamp(start, position, text[start:position], day, clock, zone)


def _offset_may_follow(text: str, start: int, end: int, day: Day | None) -> bool:
    """ "10:10-11:30" has two ends; "T10:10-05:00" and "10:10:05-05:00" have an offset."""
    if text[start:end].count(":") == 2 or (day is not None and text[start - 1 : start] in "Tt"):
        return True
    later = _LATER.match(text, end)
    hour = re.match(r"\d+", text[start:end])
    return bool(later and hour and (int(later[1]) - int(hour[0])) % 24 > _LONGEST_JOINED)


def _day_behind(text: str, position: int) -> tuple[Day | None, int]:
    """ "23:27, 31/01/2017" and "23:27 on 31 Jan"; "23:27 5 Mar" could go on in many ways."""
    joint = _DAY_AFTER.match(text, position)
    if joint and (found := DAY.match(text, joint.end())):
        day = _day(found)
        said = joint[0].strip() or (day.year is not None and day.month and not day.word)
        if (said or day.slashed) and not day.word and _ENDS.match(text, found.end()):
            return day, found.end()
    return None, position


def _until(text: str, first: Stamp, zones: ZoneWords, *, opened: bool) -> Stamp | None:
    """The later end of "23:10–23:30"; None when the line goes on in another way."""
    joint = (_JOINT_OPENED if opened else _JOINT).match(text, first.end)
    if joint is None:
        return None
    last = _one(text, joint.end(), zones, loose=opened)
    if last is None or last.clock is None or not last.clock.is_possible:
        return None
    if not opened and ":" not in last.typed:
        return None
    if not opened and _hours_between(first.clock, last.clock) > _LONGEST_SPAN and not last.day:
        return None
    return last


def _hours_between(first: Clock | None, last: Clock) -> float:
    began = first.hour * 60 + first.minute if first else 0
    return (last.hour * 60 + last.minute - began) % 1440 / 60


def _clock(
    text: str, position: int, zones: ZoneWords, *, loose: bool, with_day: bool
) -> tuple[Clock | None, int]:
    found = _CLOCK.match(text, position)
    if found is None:
        dotted = _DOTTED_CLOCK.match(text, position)
        if dotted and (loose or _OF_THE_CLOCK.match(text, dotted.end())):
            hour, minute, second = (int(part or 0) for part in dotted.groups())
            return Clock(hour, minute, second), dotted.end()
        return None, position
    part = found.groupdict()
    if part["word"]:
        return Clock(0 if part["word"].lower() == "midnight" else 12, 0), found.end()
    if digits := part["four"] or part["six"]:
        if not _may_be_clock(text, found, zones, loose=loose or with_day):
            return None, position
        hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:6] or 0)
        return Clock(hour, minute, second, bare=True, has_seconds=len(digits) == 6), found.end()
    half = (part["half"] or part["half_12"] or part["half_dot"] or "").strip()
    hour = int(part["hour"] or part["hour_12"] or part["hour_dot"])
    if half:
        if not 1 <= hour <= 12:
            return None, position
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    return (
        Clock(
            hour,
            int(part["minute"] or part["minute_dot"] or 0),
            int(part["second"] or 0),
            halved=bool(half),
            has_seconds=part["second"] is not None,
        ),
        found.end(),
    )


def _may_be_clock(text: str, found: re.Match[str], zones: ZoneWords, *, loose: bool) -> bool:
    """ "2000 people are affected" is a sentence; "0032", "2327Z" and "2327: …" are times."""
    if found["six"]:
        return loose
    zone, _ = zones.at(text, found.end(), True)
    rest = text[found.end() : found.end() + 2]
    marked = not found[0].isdigit()
    return marked or loose or found["four"][0] == "0" or zone != "" or rest[:1] in {":", "]"}


def _epoch(text: str, position: int) -> Stamp | None:
    found = _EPOCH.match(text, position)
    if found is None:
        return None
    instant = datetime.fromtimestamp(int(found["seconds"]), UTC)
    return Stamp(position, found.end(), found[0], instant=instant, zone="UTC")


def _counted(text: str, position: int) -> Stamp | None:
    """ "T+1h05m", "T-10 min" and "+00:05": so long after, or before, the first time told."""
    found = _COUNTED.match(text, position)
    if found is None or not _ENDS.match(text, found.end()):
        return None
    part = {name: int(value or 0) for name, value in found.groupdict().items() if name != "sign"}
    after = timedelta(
        hours=part["h"] + part["hours"],
        minutes=part["m"] + part["minutes"],
        seconds=part["s"] + part["seconds"],
    )
    after = after if found["sign"] == "+" else -after
    return Stamp(position, found.end(), found[0].strip(), after=after)


def _day(found: re.Match[str]) -> Day:
    part = found.groupdict()
    typed, weekday = found[0], part["weekday"] or ""
    if part["word"]:
        return Day(typed, word=part["word"].lower())
    if part["iso"]:
        return Day(typed, int(part["y"]), int(part["m"]), int(part["d"]), weekday=weekday)
    if part["packed_y"]:
        year = _full(part["packed_y"])
        return Day(typed, year, int(part["packed_m"]), int(part["packed_d"]), weekday=weekday)
    if part["klog_m"]:
        return Day(typed, None, int(part["klog_m"]), int(part["klog_d"]))
    if part["dot_y"]:
        year = _full(part["dot_y"])
        return Day(typed, year, int(part["dot_m"]), int(part["dot_d"]), weekday=weekday)
    if part["dot_only_d"]:
        return Day(typed, None, int(part["dot_only_m"]), int(part["dot_only_d"]), weekday=weekday)
    if part["slash_y"]:
        both = int(part["first"]), int(part["second"])
        return Day(typed, _full(part["slash_y"]), slashed=both, weekday=weekday)
    if part["first_bare"]:
        both = int(part["first_bare"]), int(part["second_bare"])
        return Day(typed, slashed=both, weekday=weekday)
    month_word = part["month_1"] or part["month_2"] or part["month_3"]
    month = _month(month_word.lower())
    written = part["year_1"] or part["year_2"] or part["year_3"]
    number = int(part["day_1"] or part["day_2"] or part["day_3"])
    return Day(typed, _full(written) if written else None, month, number, weekday=weekday)


def _month(word: str) -> int:
    begins = (number for number, names in enumerate(_MONTHS, 1) if word.startswith(names))
    return next(begins)


def _full(year: str) -> int:
    return int(year) + (2000 if len(year) == 2 else 0)


class ZoneWords:
    """Finds the name of a zone behind a clock time."""

    _BRACKETED = re.compile(r"\s*\(\s*(?P<inside>[A-Za-z][\w+:/\-]{0,30})\s*\)")
    _UTC_OFFSET = re.compile(r"\s?(?P<zone>(?:UTC|GMT)\s?[+\-−]\d{1,2}(?::?\d{2})?)(?![\d:])")
    _SPACED_OFFSET = re.compile(r"\s(?P<zone>[+\-−]\d{2}:?\d{2})(?![\d:])")
    _AREA = re.compile(r"\s(?P<zone>[A-Z][A-Za-z]+/[A-Z][A-Za-z_/+\-]+)")
    _NAME = re.compile(r"\s?(?P<zone>[A-Za-z]{1,5})\b(?![/'’])")

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def at(self, text: str, position: int, offset_may_follow: bool) -> tuple[str, int]:
        """The text of the zone and where it ends; "" where none is written."""
        if found := self._UTC_OFFSET.match(text, position):
            return found["zone"], found.end()
        sticking = _OFFSET.match(text, position)
        if sticking and (offset_may_follow or sticking["sign"] == "+"):
            return sticking[0], sticking.end()
        for pattern in (self._SPACED_OFFSET, self._AREA):
            if found := pattern.match(text, position):
                return found["zone"], found.end()
        if found := self._NAME.match(text, position):
            word = found["zone"]
            # In a sentence "est" is a word and "Z" a letter; zones are written in capitals.
            known = word.upper() in self.names and (
                word.isupper() or word.lower() in {"utc", "gmt"}
            )
            sticks = not found[0][0].isspace()
            if known and (word.upper() != "Z" or sticks):
                return word, found.end()
        if (found := self._BRACKETED.match(text, position)) and self.is_zone(found["inside"]):
            return found["inside"], found.end()
        return "", position

    def is_zone(self, text: str) -> bool:
        return (
            text.upper() in self.names
            or bool(re.fullmatch(r"(?:UTC|GMT)\s?[+\-−]\d{1,2}(?::?\d{2})?", text, re.IGNORECASE))
            or bool(re.fullmatch(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_/+\-]+", text))
        )
