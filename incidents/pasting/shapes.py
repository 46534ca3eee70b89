"""What each line of a paste is, looked at alone: a message with its time, who speaks, a day."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from incidents.pasting import noise, stamps, zones
from incidents.pasting.stamps import Day, Stamp, ZoneWords


class Is(Enum):
    ENTRY = auto()  # begins with its time; `text` may be empty, then it follows
    TEXT = auto()
    DAY = auto()  # a divider, or a heading with a day in it
    HEADING = auto()
    NOISE = auto()
    FENCE = auto()
    BLANK = auto()


class Speaker(Enum):
    """How sure it is that `speaker` is one."""

    NONE = auto()
    SURE = auto()
    BRACKETED = auto()  # "[11:42] alice: text"
    COLON = auto()  # "11:42 alice: text": decided by the whole paste


class Token(NamedTuple):
    """`bullet` is the indent of a list mark, -1 without one; `zone` what a heading says."""

    kind: Is
    number: int
    raw: str
    stamp: Stamp | None = None
    text: str = ""
    speaker: str = ""
    sure: Speaker = Speaker.NONE
    day: Day | None = None
    zone: str = ""
    bullet: int = -1
    event_kind: str = ""
    name_first: bool = False
    is_bracketed: bool = False


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202c\u2066\u2069\ufeff\x00"))
_INVISIBLE |= {ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u2009"): " "}
LEAD = re.compile(
    rf"(?P<indent>\s*)(?P<mark>(?:(?:[-*+•‣·▪◦●–—]|\d{{1,3}}[.)](?!\s+{stamps.MONTH})"
    r"|\[[ xX]\]|>+|#{1,6})\s+)*)",
    re.IGNORECASE,
)
_SYSLOG_PRIORITY = re.compile(r"<\d{1,3}>(?:1 )?")
_LABEL = re.compile(
    r"(?:ts|time|timestamp|@timestamp|date)\s*[=:]\s*\"?"
    r"|posted\b.{0,40}?\bago\.?\s+(?=\w)|T\s?[+=]?\s?0+(?:[hms]|min)?\s*[=:]?\s+\(?(?=\d)",
    re.IGNORECASE,
)
#: What stands between a name and its time in lines of their own, and in front of times in logs.
_BADGES = re.compile(r"(?::[\w+\-']+:\s*|(?:APP|BOT)\s+)+(?=\S)")
_LEVEL = re.compile(
    r"\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE)\]?:?\s+(?=[\[(]?\d)"
    r"|[IWEF](?=\d{4} \d\d:\d\d:\d\d\.)"
)
_CONTAINER = re.compile(r"[\w.\-]{1,60}\s*\|\s(?=\d{4}-)")
_OPEN = re.compile(r"[\[({<*_`\"'|]{0,4}\s{0,2}")
_CLOSE = re.compile(r"[\])}>*_`\"'|]{0,4}")
_AFTER = re.compile(r"\s*(?:[:;,|–—>]|-{1,2}(?=\s)|=>|->|→)?[*_`]{0,3}\s*")
_MAY_HAVE_TIME = re.compile(r"\d|noon|midday|midnight", re.IGNORECASE)
_FENCE = re.compile(r"\s*(?:```|~~~)")
_DIVIDER = re.compile(r"[\s#*_\-–—=─━~|>\[\](){}:.,]*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+\S|\s*\*\*[^*]{1,100}\*\*:?\s*$|\s*__[^_]{1,100}__:?\s*$")
_DAY_CHANGED = re.compile(
    r"[\s\-*]*(?:day changed(?: to)?|log (?:opened|closed)|(?:incident |event )?(?:date|day|when)"
    r"(?: \d+)?(?: of (?:the )?incident)?)\s*[:\-–]?\s*[*_]{0,2}\s*",
    re.IGNORECASE,
)
_CLOCK_AND_YEAR = re.compile(r"\s*(?:\d{1,2}:\d\d(?::\d\d)?)?\s*(?P<year>(?:19|20)\d\d)?\s*")
_BADGE = re.compile(
    r"\s*(?:(?<=[a-z\d])|\s)(?:APP|BOT|WORKFLOW|GUEST)$|\s*\[[^\]]{1,30}\]$|\s+:[\w+\-]+:$|\s*\((?:she|he|they)/\w+\)$",
    re.I,
)
_COMMENTED = re.compile(
    r"(?:\s+(?:(?:added a )?comment(?:ed)?|wrote|said|posted|replied))(?:\s+on)?(?:\s+[-–—])?$",
    re.I,
)
_NAME = re.compile(r"[@~&%+]?\w[\w.\-'’`+&/ ()]{0,59}")
_HANDLE = re.compile(
    r"@?(?P<name>[^\W\d_][\w.\-']{0,31}|[^\W\d_][\w.\-']{0,20}(?: [^\W\d_][\w.\-'’]{0,20}){1,3})"
    r"(?: \([^)]{1,30}\))?:\s+(?=\S)"
)
_WHATSAPP = re.compile(r"\s*[-–]\s+(?P<name>[^:\n]{1,60}?):\s+(?=\S)")
_ANGLE = re.compile(r"\s*<\s*[@+%~&!]?(?P<name>[^<>\s][^<>]{0,40})>:?\s+")
_ACTION = re.compile(r"\s+\*\s+(?P<name>[\w\-\[\]\\`^{}|]{1,32})\s+(?=\S)")
_PIPED = re.compile(r"\s+[@+%]?(?P<name>[\w.\-\[\]\\`^{}]{1,32})\s*(?:\t|\s[|│┃]\s)\s*(?=\S)")
_FROM_TO = re.compile(r"\s+From (?P<name>[^:]{1,60}?) to [^:]{1,60}?\s*:(?:\s+|$)", re.I)
_SYSTEM_NICK = re.compile(r"\s*(?:-->|<--|--|-!-|\*\*\*|=!=)(?:\s|$)")
_LOG_HOST = re.compile(r"\s+(?P<name>[\w.\-]{1,64} [\w./\-()]{1,64}(?:\[\d+\])?):\s+(?=\S)")
_LOG_SOURCE = re.compile(r"\s+(?P<name>[\w.\-]{1,64} [\w./\-]{1,64}\[\d+\]):\s+(?=\S)")
_ACCESS = re.compile(
    r"^(?P<head>.{0,200}?)\s*\[(?P<at>\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+\-]\d{4})?)\]"
)
_MAIL = re.compile(r"On (?=\w)")
_WROTE = re.compile(r",? (?P<name>[^<>]{1,60}?)\s*(?:<[^<>]{1,100}>)? wrote:\s*$")
_UNKNOWN = re.compile(
    r"(?:\?\?:?\?\?|--:--|__:__|\?{2,}"
    r"|[\[(]?(?:time|exact time)(?: is)? (?:unknown|not known|unclear)[\])]?"
    r"|[\[(](?:unknown|no time|time\?)[\])]|(?:unknown|no) time)\s*(?:[:\-–—|]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_ALERT_TIME = re.compile(
    r"(?:(?:starts?|ends?|resolved|ended)\s?at|started(?: at)?|ended|triggered(?: at| on)?"
    r"|fired at|date/time|since|occurred at|created at|opened at|time)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
ALERT = re.compile(
    r"(?:[^\w\[*]{0,4})[*_]{0,2}(?P<state>\[(?:FIRING|RESOLVED|ALERTING|OK|NO ?DATA|PENDING"
    r"|TRIGGERED|ACKNOWLEDGED|CRITICAL|WARNING)(?::\d+)?\]"
    r"|(?:Notification Type: )?(?:FIRING|RESOLVED|ALERTING|TRIGGERED|ACKNOWLEDGED|PROBLEM"
    r"|RECOVERY|ACKNOWLEDGEMENT)\b:?"
    r"|(?:SERVICE|HOST) (?:ALERT|NOTIFICATION):|\*+ ?(?:PROBLEM|RECOVERY) )"
    r"[*_]{0,2}\s*(?:Service Alert:\s*|-\s*|\[?#?\d+\]?\s*)?(?P<name>[A-Za-z][\w.\-/]{2,80})?"
)
ALERT_OVER = re.compile(
    r"[^\w\[*]{0,4}[*_]{0,2}\[?(?:Notification Type: )?(?:RESOLVED|OK|RECOVERY)\b", re.IGNORECASE
)
ALERT_ENDS = re.compile(r"\W*(?:ends?|ended|resolved)\s?(?:at)?\s*:", re.IGNORECASE)
_MOST_NAME_WORDS = 5
_NOT_LAST_IN_NAME = frozenset(
    "at by until till since from before after around about on in to is was are and or of the a "
    "between for with than over under past near ago".split()
)


def look(raw: str, number: int, words: ZoneWords, *, loose: bool) -> Token:
    """What one line is. Decides nothing that other lines could decide better."""
    line = raw.translate(_INVISIBLE).rstrip()
    token = Token(Is.TEXT, number, raw, text=line)
    stripped = line.strip()
    if not stripped:
        return token._replace(kind=Is.BLANK)
    if _FENCE.match(line):
        return token._replace(kind=Is.FENCE)
    if noise.is_line(stripped):
        return token._replace(kind=Is.NOISE)
    if found := _divider(token, stripped, words):
        return found
    lead = LEAD.match(line)
    bullet = len(lead["indent"].expandtabs()) if lead and lead["mark"].strip(" >#\t") else -1
    token = token._replace(bullet=bullet)
    position = lead.end() if lead else 0
    if not _MAY_HAVE_TIME.search(line):
        return _unknown_time(token, line, position) or _heading_or_text(token, line, position)
    return (
        _access_log(token, line, words)
        or _mail(token, line, position, words)
        or _stamp_first(token, line, position, words, loose)
        or _unknown_time(token, line, position)
        or _name_first(token, line, position, words)
        or _alert_line(token, line, position, words)
        or _heading_or_text(token, line, position)
    )


def _divider(token: Token, line: str, words: ZoneWords) -> Token | None:
    """A line that only says which day, or which zone, what follows belongs to."""
    if len(line) > 120:
        return None
    edge = _DIVIDER.match(line)
    position = edge.end() if edge else 0
    said = zones.said_in(line, words)
    changed = _DAY_CHANGED.match(line, position)
    if changed and (found := stamps.day_at(line, changed.end())):
        day, end = found
        rest = _CLOCK_AND_YEAR.match(line, end)
        if rest and rest["year"] and day.year is None:
            day = replace(day, year=int(rest["year"]))
        tail = line[rest.end() if rest else end :]
        if _is_rest_of_divider(tail, words):
            return token._replace(kind=Is.DAY, day=day, zone=said)
    if found := stamps.day_at(line, position):
        day, end = found
        if _is_rest_of_divider(line[end:], words):
            return token._replace(kind=Is.DAY, day=day, zone=said or _DIVIDER.sub("", line[end:]))
    alone = stamps.WEEKDAY_ALONE.match(line, position)
    if alone and not _DIVIDER.sub("", line[alone.end() :]):
        day = Day(alone[0], weekday=alone["weekday"])
        return token._replace(kind=Is.DAY, day=day)
    if _HEADING.match(line) and not _begins_with_time(line, position, words):
        for found_day in stamps.DAY.finditer(line):
            if not found_day["first_bare"]:
                read = stamps.day_at(line, found_day.start())
                return token._replace(kind=Is.DAY, day=read[0] if read else None, zone=said)
    if said:
        return token._replace(kind=Is.HEADING, zone=said)
    return None


def _begins_with_time(line: str, position: int, words: ZoneWords) -> bool:
    stamp = stamps.at(line, position, words, loose=True)
    return stamp is not None and stamp.clock is not None


def _is_rest_of_divider(tail: str, words: ZoneWords) -> bool:
    rest = _DIVIDER.sub("", tail)
    return not rest or words.is_zone(rest) or bool(re.fullmatch(r"(?i)all\s*times.{2,20}", rest))


def _stamp_first(
    token: Token, line: str, position: int, words: ZoneWords, loose: bool
) -> Token | None:
    for skip in (_SYSLOG_PRIORITY, _LABEL, _CONTAINER, _BADGES, _LEVEL):
        if found := skip.match(line, position):
            position = found.end()
    opened = _OPEN.match(line, position)
    begins = opened.end() if opened else position
    stamp = stamps.at(line, begins, words, loose=loose)
    if stamp is None:
        return None
    is_bracketed = bool((opened and "[" in opened[0]) or (opened and "(" in opened[0]))
    closed = _CLOSE.match(line, stamp.end) if begins > position else None
    end = closed.end() if closed else stamp.end
    if is_bracketed and "]" not in line[stamp.end : end] and ")" not in line[stamp.end : end]:
        return None
    if stamp.clock is None and stamp.instant is None and stamp.after is None:
        return _day_event(token, line, stamp, end)
    token = token._replace(kind=Is.ENTRY, stamp=stamp, is_bracketed=is_bracketed)
    zone, after = words.at(line, end, False) if not stamp.zone else ("", end)
    if zone:
        token, end = token._replace(stamp=replace(stamp, zone=zone)), after
    return _said(token, line, end)


def _day_event(token: Token, line: str, stamp: Stamp, end: int) -> Token | None:
    """ "31 Jan 2017: a dump is restored": a day is enough where a colon or dash follows it."""
    marked = re.compile(r"\s*(?::|–|—|-)\s+(?=\S)|\]\s*(?=\S)").match(line, end)
    if marked is None or stamp.day is None or stamp.day.word:
        return None
    return token._replace(kind=Is.ENTRY, stamp=stamp, text=line[marked.end() :].strip())


def _said(token: Token, line: str, end: int) -> Token:
    """Who speaks, and what is said, behind the time."""
    rest = line[end:]
    stamp = token.stamp
    if _SYSTEM_NICK.match(rest) and noise.is_message(rest.strip()):
        return token._replace(kind=Is.NOISE)
    dated = stamp is not None and stamp.day is not None
    timed = stamp is not None and stamp.clock is not None and stamp.clock.has_seconds
    ways = [_ANGLE, _ACTION]
    if dated and not (stamp and stamp.day and stamp.day.word):
        ways += [_WHATSAPP] if token.bullet < 0 else []
        ways += [_LOG_HOST if stamp and stamp.day and stamp.day.year is None else _LOG_SOURCE]
    if timed:
        ways += [_PIPED, _FROM_TO]
    for way in ways:
        if found := way.match(rest):
            name = found["name"].strip(" ~\u202f")
            text = rest[found.end() :].strip()
            return _message(token._replace(speaker=name, sure=Speaker.SURE), text)
    after = _AFTER.match(rest)
    text = rest[after.end() if after else 0 :].strip()
    if found := _HANDLE.match(text):
        # The text stays whole until it is decided that this is a speaker.
        sure = Speaker.BRACKETED if token.is_bracketed else Speaker.COLON
        return _message(token._replace(speaker=found["name"], sure=sure), text)
    return _message(token, text)


def without_speaker(token: Token) -> Token:
    """The token with "alice: " taken off its text, when that is found to be who speaks."""
    found = _HANDLE.match(token.text)
    text = token.text[found.end() :].strip() if found else token.text
    return token._replace(text=text, sure=Speaker.SURE)


def _message(token: Token, text: str) -> Token:
    if noise.is_message(text):
        return token._replace(kind=Is.NOISE)
    return token._replace(text=text)


def _unknown_time(token: Token, line: str, position: int) -> Token | None:
    found = _UNKNOWN.match(line, position)
    if found is None:
        return None
    return token._replace(kind=Is.ENTRY, text=line[found.end() :].strip())


def _name_first(token: Token, line: str, position: int, words: ZoneWords) -> Token | None:
    """ "alice  11:42 PM", "Alice Smith  31/01/2017 23:27", "alice — Today at 23:27"."""
    limit = min(len(line), position + 90)
    for place in list(
        re.finditer(
            r"(?<=\S)(?P<sep>\s+[—–|•·-]\s+|,\s+\[?|\s*[\[(<]|\s+)(?=\w)", line[position:limit]
        )
    )[:8]:
        name = line[position : position + place.start()]
        begins = position + place.end()
        if not (line[begins].isdigit() or line[begins : begins + 3].lower() in _DAY_BEGINNINGS):
            continue
        stamp = stamps.at(line, begins, words)
        if stamp is None or stamp.until or stamp.precision != "exact":
            continue
        if stamp.clock is None and not _COMMENTED.search(name):
            continue
        closed = _CLOSE.match(line, stamp.end)
        end = closed.end() if closed else stamp.end
        rest = line[end:]
        if (said := _with_name(token, name, place["sep"], stamp, rest)) is not None:
            return said
    return None


_DAY_BEGINNINGS = frozenset(
    "jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun tod yes".split()
)


def _with_name(token: Token, name: str, separator: str, stamp: Stamp, rest: str) -> Token | None:
    name = _COMMENTED.sub("", _BADGE.sub("", name)).strip(" *_`")
    if not _NAME.fullmatch(name) or len(name.split()) > _MOST_NAME_WORDS:
        return None
    if name.split()[-1].lower() in _NOT_LAST_IN_NAME or name.isdigit():
        return None
    bracketed = any(sign in separator for sign in "[(<")
    rest_text = re.sub(r"^\s*[:\-–—]?\s*", "", rest)
    if rest_text and not (bracketed or noise.is_line(rest_text)):
        return None
    if rest_text and separator.strip() == "(" and not rest.lstrip().startswith(":"):
        return None
    if noise.is_line(rest_text):
        rest_text = ""
    half = stamp.clock is not None and stamp.clock.halved
    clear = bracketed or len(separator) > 1 or "\t" in separator or half or stamp.day is not None
    if bracketed and not rest_text and name[:1].islower() and len(name.split()) > 2:
        return None
    words = name.split()
    if len(words) > 1 and separator.isspace() and not all(_is_name_word(word) for word in words):
        return None
    token = token._replace(kind=Is.ENTRY, stamp=stamp, text=rest_text, speaker=name.lstrip("@"),
        sure=Speaker.SURE if clear else Speaker.COLON, name_first=True,
    )  # fmt: skip
    return _message(token, rest_text) if rest_text else token


def _is_name_word(word: str) -> bool:
    return word[:1].isupper() or word.lower() in "de van der den von al bin la".split()


def _access_log(token: Token, line: str, words: ZoneWords) -> Token | None:
    found = _ACCESS.match(line)
    stamp = stamps.at(found["at"].replace(":", " ", 1), 0, words) if found else None
    if found is None or stamp is None:
        return None
    text = f"{found['head']}{line[found.end() :]}".strip()
    return token._replace(kind=Is.ENTRY, stamp=stamp, text=text)


def _mail(token: Token, line: str, position: int, words: ZoneWords) -> Token | None:
    """ "On Tue, Jan 31, 2017 at 11:27 PM Alice <alice@example.org> wrote:"."""
    found = _MAIL.match(line, position)
    stamp = stamps.at(line, found.end(), words) if found else None
    wrote = _WROTE.match(line, stamp.end) if stamp and stamp.clock else None
    if wrote is None:
        return None
    return token._replace(
        kind=Is.ENTRY, stamp=stamp, text="", speaker=wrote["name"], sure=Speaker.SURE,
        name_first=True,
    )  # fmt: skip


def _alert_line(token: Token, line: str, position: int, words: ZoneWords) -> Token | None:
    """Alerts that say somewhere when they began."""
    if ALERT.match(line, position):
        for said in list(_ALERT_TIME.finditer(line, position))[:5]:
            stamp = stamps.at(line, said.end(), words)
            if stamp and stamp.clock:
                return token._replace(kind=Is.ENTRY, stamp=stamp, text=line[position:].strip())
    return None


def alert_time(line: str, words: ZoneWords) -> Stamp | None:
    """The time of "StartsAt: 2017-01-31T23:27:00Z", a line below the head of an alert."""
    line = line.strip(" *_-•\t")
    said = _ALERT_TIME.match(line)
    stamp = stamps.at(line, said.end(), words) if said else None
    return stamp if stamp and (stamp.clock or stamp.instant) else None


def _heading_or_text(token: Token, line: str, position: int) -> Token:
    if _HEADING.match(line):
        return token._replace(kind=Is.HEADING)
    return token._replace(text=line)
