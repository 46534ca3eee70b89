"""Time zones as people look for them: by city, with the offset and the time there now."""

from __future__ import annotations

import unicodedata
import zoneinfo
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext

#: Zones named after an area and a place; the rest are aliases kept for old programs.
_AREAS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
}  # fmt: skip


class Zone(NamedTuple):
    name: str
    label: str


@cache
def names() -> tuple[str, ...]:
    """The zones to choose from, UTC first."""
    known = zoneinfo.available_timezones()
    return ("UTC", *sorted(name for name in known if name.partition("/")[0] in _AREAS))


def city(name: str) -> str:
    """ "Europe/Amsterdam" → "Amsterdam", "America/Argentina/Salta" → "Salta"."""
    return name.rpartition("/")[2].replace("_", " ")


def offset_in_words(offset: timedelta) -> str:
    """ "UTC+1", "UTC−3:30" or "UTC"."""
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


def label(name: str, *, now: datetime) -> str:
    """ "Amsterdam (UTC+1, now 21:52)", or "UTC (now 20:52)"."""
    there = now.astimezone(zoneinfo.ZoneInfo(name))
    offset = offset_in_words(there.utcoffset() or timedelta())
    if name == "UTC":
        return gettext("UTC (now {time})").format(time=f"{there:%H:%M}")
    return gettext("{city} ({offset}, now {time})").format(
        city=city(name), offset=offset, time=f"{there:%H:%M}"
    )


def choices(*, now: datetime) -> list[Zone]:
    return [Zone(name, label(name, now=now)) for name in names()]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return letters.casefold().replace("_", " ").strip()


@cache
def _by_words() -> dict[str, tuple[str, ...]]:
    """Names by what people type: the whole name in any case, or the city alone."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names():
        for words in {_plain(name), _plain(city(name))}:
            found[words] = (*found.get(words, ()), name)
    for alias in zoneinfo.available_timezones() - set(names()):
        found.setdefault(_plain(alias), (alias,))
    return found


def find(typed: str) -> str | None:
    """The zone meant by a name, a city or a whole label; None when none or several fit."""
    fitting = _by_words().get(_plain(typed.partition("(")[0]), ())
    return fitting[0] if len(fitting) == 1 else None
