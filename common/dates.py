"""Dates and numbers, written as the active language writes them.

Django's own `date` gives every short month a capital, which is wrong in Swedish.
For what is stored or exported, ask inside common.languages.english.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from django.utils.translation import pgettext_lazy

from common import languages

_MONTHS = [
    pgettext_lazy("month", "January"),
    pgettext_lazy("month", "February"),
    pgettext_lazy("month", "March"),
    pgettext_lazy("month", "April"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "June"),
    pgettext_lazy("month", "July"),
    pgettext_lazy("month", "August"),
    pgettext_lazy("month", "September"),
    pgettext_lazy("month", "October"),
    pgettext_lazy("month", "November"),
    pgettext_lazy("month", "December"),
]
_SHORT_MONTHS = [
    pgettext_lazy("short month", "Jan"),
    pgettext_lazy("short month", "Feb"),
    pgettext_lazy("short month", "Mar"),
    pgettext_lazy("short month", "Apr"),
    pgettext_lazy("short month", "May"),
    pgettext_lazy("short month", "Jun"),
    pgettext_lazy("short month", "Jul"),
    pgettext_lazy("short month", "Aug"),
    pgettext_lazy("short month", "Sep"),
    pgettext_lazy("short month", "Oct"),
    pgettext_lazy("short month", "Nov"),
    pgettext_lazy("short month", "Dec"),
]
_WEEKDAYS = [
    pgettext_lazy("weekday", "Monday"),
    pgettext_lazy("weekday", "Tuesday"),
    pgettext_lazy("weekday", "Wednesday"),
    pgettext_lazy("weekday", "Thursday"),
    pgettext_lazy("weekday", "Friday"),
    pgettext_lazy("weekday", "Saturday"),
    pgettext_lazy("weekday", "Sunday"),
]
_SHORT_WEEKDAYS = [
    pgettext_lazy("short weekday", "Mon"),
    pgettext_lazy("short weekday", "Tue"),
    pgettext_lazy("short weekday", "Wed"),
    pgettext_lazy("short weekday", "Thu"),
    pgettext_lazy("short weekday", "Fri"),
    pgettext_lazy("short weekday", "Sat"),
    pgettext_lazy("short weekday", "Sun"),
]
#: Between thousands, and before the decimals.
_THOUSANDS = pgettext_lazy("between thousands", ",")
_DECIMALS = pgettext_lazy("before decimals", ".")


@dataclass(frozen=True)
class _Names:
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    signs: dict[int, str]


@cache
def _names(language: str) -> _Names:
    """In the language that is active, which is this one."""
    return _Names(
        months=tuple(map(str, _MONTHS)),
        short_months=tuple(map(str, _SHORT_MONTHS)),
        weekdays=tuple(map(str, _WEEKDAYS)),
        short_weekdays=tuple(map(str, _SHORT_WEEKDAYS)),
        signs=str.maketrans({",": str(_THOUSANDS), ".": str(_DECIMALS)}),
    )


_LETTER = re.compile(r"[jMFYlDHiTdm]")
_OTHER_LETTER = re.compile(r"[^\W\d_jMFYlDHiTdm]|\\")


def is_plain(pattern: str) -> bool:
    """Whether `say` knows every letter of it."""
    return not _OTHER_LETTER.search(pattern)


def say(on: date | datetime, pattern: str) -> str:
    """By the letters of Django's `date`: "j M Y" is "31 Jan 2017", "l j F" is "Tuesday 31
    January", "H:i T" is "20:00 CET". A moment is said where it is: make it local before."""
    names = _names(languages.current())

    def one(found: re.Match[str]) -> str:
        match found[0]:
            case "j":
                return str(on.day)
            case "M":
                return names.short_months[on.month - 1]
            case "F":
                return names.months[on.month - 1]
            case "Y":
                return f"{on.year:04}"
            case "l":
                return names.weekdays[on.weekday()]
            case "D":
                return names.short_weekdays[on.weekday()]
            case "H":
                return f"{on:%H}"
            case "i":
                return f"{on:%M}"
            case "T":
                return f"{on:%Z}"
            case "d":
                return f"{on.day:02}"
            case _:
                return f"{on.month:02}"

    return _LETTER.sub(one, pattern)


def number(value: float, *, decimals: int = 0) -> str:
    """ "1,234" or "1,234.5"; "1 234,5" in Swedish."""
    return f"{value:,.{decimals}f}".translate(_names(languages.current()).signs)


def exact(value: Decimal) -> str:
    """The same with all its decimals."""
    return f"{value:,f}".translate(_names(languages.current()).signs)
