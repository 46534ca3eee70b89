"""Zones as they are named in pastes: behind a time, in a heading, in a line of their own."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, tzinfo

from common.when import zones
from incidents.pasting.stamps import ZoneWords

#: What people in North America call their time all year round, and names that go by half-year.
_REGIONS = {
    "PT": "America/Los_Angeles", "ET": "America/New_York", "CT": "America/Chicago",
    "MT": "America/Denver", "PST/PDT": "America/Los_Angeles", "EST/EDT": "America/New_York",
    "CET/CEST": "Europe/Berlin", "GMT/BST": "Europe/London",
}  # fmt: skip
_IN_WORDS = {
    "pacific": "America/Los_Angeles", "eastern": "America/New_York", "central": "America/Chicago",
    "mountain": "America/Denver", "central european": "Europe/Berlin", "zulu": "UTC",
    "uk": "Europe/London", "london": "Europe/London",
}  # fmt: skip
_NAME = (
    r"(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d{2})?|[A-Z][A-Za-z]+/[A-Z][A-Za-z_/+\-]+"
    r"|[A-Za-z]{1,4}/[A-Za-z]{3,4}|[A-Za-z]{1,5}|[+\-−]\d{2}:?\d{2}"
)
_WORDS = "|".join(sorted(_IN_WORDS, key=len, reverse=True))
_ANY = rf"(?P<zone>(?:{_WORDS})(?:\s+(?:standard|daylight|summer))?(?:\s+time)?|{_NAME})"
_TIMES = (
    r"\b(?:all\s+)?(?:the\s+)?(?:clock\s+)?(?:times?|timestamps?|hours)\b"
    r"(?:\s+(?:here|below|shown|given|listed|noted|quoted|stated))?\s*(?:\(?\s*(?:are|is)\s+)?"
    r"(?:(?:all|given|shown|listed|stated|always)\s+)?(?:in\s+|[:=]\s*)?"
)
_HEAD = r"^[\s#*_>\-–—]*"
_ALL = r"(?:all\s+)?(?:times?\s+)?(?:are\s+)?(?:in\s+)?"
_SAID = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_TIMES}\(?{_ANY}(?:\s+time)?\)?\s*[.;,:)\]]*\s*$",
        rf"\b(?:time\s?zone|tz)\b\s*(?:is\s+|in\s+|[:=]\s*)?\(?{_ANY}\)?\s*[.;,)\]]*\s*$",
        rf"{_HEAD}[\w ,/.:]{{0,60}}?[(\[]\s*{_ALL}{_ANY}\s*[)\]][\s:*_]*$",
        rf"{_HEAD}(?:timeline|times?|log|chat|notes)\s+in\s+{_ANY}[\s:*_.]*$",
    )
]
_LONGEST_HEADER = 120


def words_of(zone: zoneinfo.ZoneInfo) -> ZoneWords:
    """What may stand behind a clock time that is told in this zone."""
    own = {
        (datetime(year, month, 1, tzinfo=zone).tzname() or "").upper()
        for year in (2000, 2017, 2026)
        for month in (1, 7)
    }
    alphabetic = {name for name in own if name.isalpha()}
    return ZoneWords(frozenset({*zones.KNOWN_NAMES, *_REGIONS, *alphabetic}))


def zone_of(text: str, own: zoneinfo.ZoneInfo, near: datetime) -> tuple[tzinfo, str] | None:
    """The zone that a text names to somebody in the zone `own` around the moment `near`.

    None for what is no zone. Raises when.NotRead for a name that several zones share.
    """
    text = " ".join(text.split())
    upper = text.upper()
    region = _REGIONS.get(upper) or _IN_WORDS.get(_bare(text))
    if region:
        return zoneinfo.ZoneInfo(region), region
    if area := zones.of_area(text) if "/" in text else None:
        return area, area.key
    found = zones.ZONE.fullmatch(text.replace("− ", "-").replace("+ ", "+").replace("- ", "-"))
    if found is None:
        return None
    if found["sign"]:
        return zones.offset(found)
    if upper in {"UTC", "GMT", "Z"}:
        return UTC, "UTC"
    return zones.named(text, own, [near]) if found["name"] else None


def said_in(line: str, words: ZoneWords) -> str:
    """The zone that a line such as "All times in UTC" gives to what follows, or ""."""
    if len(line) > _LONGEST_HEADER:
        return ""
    for pattern in _SAID:
        if (found := pattern.search(line)) and _is_known(found["zone"], words):
            return found["zone"].strip()
    return ""


def _is_known(text: str, words: ZoneWords) -> bool:
    named = text.upper() in _REGIONS or _bare(text) in _IN_WORDS or words.is_zone(text)
    # "in it" is no zone: short names are written in capitals.
    return (named and (text.isupper() or len(text) > 3 or text.lower() in {"utc", "gmt"})) or bool(
        re.fullmatch(r"[+\-−]\d{2}:?\d{2}", text)
    )


def _bare(text: str) -> str:
    return re.sub(r"\s+(?:standard|daylight|summer|time)\b", "", text.lower()).strip()
