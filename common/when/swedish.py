"""Times typed in Swedish: "i går 23:10", "4 mars 2024 kl. 14:32", "för 20 minuter sedan".

They are read as what they are in English. None of the words means anything else in a time that is
typed in English, so that it need not be known who types.
"""

from __future__ import annotations

import re

_SAME = {
    "januari": "january",
    "februari": "february",
    "mars": "march",
    "maj": "may",
    "juni": "june",
    "juli": "july",
    "augusti": "august",
    "okt": "oct",
    "oktober": "october",
    "måndag": "monday",
    "tisdag": "tuesday",
    "onsdag": "wednesday",
    "torsdag": "thursday",
    "fredag": "friday",
    "lördag": "saturday",
    "söndag": "sunday",
    "mån": "mon",
    "tis": "tue",
    "ons": "wed",
    "tors": "thu",
    "fre": "fri",
    "lör": "sat",
    "sön": "sun",
    "idag": "today",
    "igår": "yesterday",
    "imorgon": "tomorrow",
    "nu": "now",
    "middag": "noon",
    "midnatt": "midnight",
    "ungefär": "about",
    "cirka": "about",
    "omkring": "about",
    "före": "before",
    "senast": "before",
    "mellan": "between",
    "från": "from",
    "och": "and",
    "till": "to",
    "en": "a",
    "ett": "a",
    "sekund": "second",
    "sekunder": "seconds",
    "minut": "minute",
    "minuter": "minutes",
    "tim": "hours",
    "timme": "hour",
    "timmar": "hours",
    "dag": "day",
    "dagar": "days",
    "dygn": "days",
    "vecka": "week",
    "veckor": "weeks",
    "halvtimme": "half an hour",
    "sedan": "ago",
    "sen": "ago",
}
_IN_TWO_WORDS = re.compile(r"\bi\s+(dag|går|morgon)\b", re.IGNORECASE)
_LEFT_OUT = re.compile(r"\b(?:för(?=.*\bse(?:da)?n\b)|kl\.?|klockan|den)\s+", re.IGNORECASE)
_AHEAD = re.compile(r"^om\s+(?=\S)", re.IGNORECASE)
_HALF_HOUR = re.compile(r"\ben halvtimme\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
#: What stands behind a slash names a zone.
_ZONE = re.compile(r"\b\w+/\S+")


def in_english(text: str) -> str:
    """The same time in English; what is English already stays as it is."""
    if zone := _ZONE.search(text):
        before, after = text[: zone.start()], text[zone.end() :]
        return f"{in_english(before)}{zone[0]}{in_english(after)}"
    text = _HALF_HOUR.sub("half an hour", _AHEAD.sub("in ", _LEFT_OUT.sub("", text)))
    text = _IN_TWO_WORDS.sub(r"i\1", text)
    return _WORD.sub(lambda found: _SAME.get(found[0].lower(), found[0]), text)


#: What a time at the beginning of a line may be made of, and what it ends with.
_PART = re.compile(
    r"\s*(?:\S*\d\S*|(?-i:[A-Z]{2,5})\b|(?:i\s+(?:dag|går|morgon)|för|kl\.?|klockan|den|"
    + "|".join(_SAME)
    + r")(?![^\W\d_])\.?)",
    re.IGNORECASE,
)
_LAST = re.compile(r"\d|(?-i:[A-Z]{2,5})$|\b(?:sedan|sen|nu|middag|midnatt)\.?$", re.IGNORECASE)


def start_in_english(line: str) -> str:
    """The line with the time that it begins with in English, and what follows as it stands."""
    end, position = 0, 0
    while part := _PART.match(line, position):
        position = part.end()
        if _LAST.search(part[0]):
            end = position
    return f"{in_english(line[:end])}{line[end:]}"
