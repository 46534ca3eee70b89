"""Zones as people write them, and the two nights a year on which a clock time is a question."""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.when.days import FIRST_YEAR, LAST_YEAR, in_words
from common.when.moments import Ambiguous, NotRead

ZONE = re.compile(
    r"\s*(?:(?P<prefix>UTC|GMT)?\s?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?!\d)"
    r"|(?P<area>[A-Za-z]+/[A-Za-z_/+\-]+)"
    r"|(?P<name>[A-Za-z]{1,5})\b)",
    re.IGNORECASE,
)

#: Hours from UTC of names that mean one zone wherever they are used.
_NAMES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "SAST": 2, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10,
    "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
#: Names that several zones share, with an example to write instead.
_SHARED = {"IST": "+05:30", "CST": "-06:00", "AST": "-04:00", "ADT": "-03:00", "PKT": "+05:00"}

#: Every name that is looked up, in capitals.
KNOWN_NAMES = frozenset({*_NAMES, *_SHARED})


def named(name: str, own: zoneinfo.ZoneInfo, near: list[datetime]) -> tuple[tzinfo, str] | None:
    """The zone an abbreviation means to somebody in the zone `own`, and the name to keep.

    A name that `own` itself goes by around one of the `near` moments is that zone; where such a
    moment is as typed, without a zone, its own offset counts. None for a word that is no zone.
    Raises NotRead for a name that several zones share.
    """
    upper = name.upper()
    for moment in near:
        for fold in (0, 1):
            local = moment.replace(tzinfo=own, fold=fold) if not moment.tzinfo else moment
            there = local.astimezone(own) if moment.tzinfo else local
            if (there.tzname() or "").upper() == upper:
                return timezone(there.utcoffset() or timedelta(), upper), own.key
    if upper in _NAMES:
        kept = "UTC" if upper in {"UTC", "GMT", "Z"} else upper
        return timezone(timedelta(hours=_NAMES[upper]), upper), kept
    if upper in _SHARED:
        said = _(
            "{name} is the name of several zones. Write how far from UTC it is, such as {offset}."
        )
        raise NotRead(said.format(name=upper, offset=_SHARED[upper]))
    return None


def offset(found: re.Match[str]) -> tuple[tzinfo, str] | None:
    """The fixed zone of a match of ZONE such as "+01:00" or "UTC-5"; None beyond 14 hours."""
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    if hours > 14 or minutes > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes) * (1 if found["sign"] == "+" else -1)
    return timezone(distance), f"UTC{_offset_words(distance)}"


def of_area(name: str) -> zoneinfo.ZoneInfo | None:
    known = _areas().get(name.lower())
    return zoneinfo.ZoneInfo(known) if known else None


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """Raises Ambiguous when the clocks of the zone skipped or repeated this naive local time."""
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise NotRead(_("The year {year} cannot be right. Check the date.").format(year=local.year))
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    place = getattr(zone, "key", "that zone")
    is_night = local.hour < 7 or local.hour > 21
    shifted = first.astimezone(UTC).astimezone(zone)
    if shifted.replace(tzinfo=None) != local:
        said = (
            _("{clock} did not exist that night in {place}. Did you mean {likely}?")
            if is_night
            else _("{clock} did not exist that day in {place}. Did you mean {likely}?")
        ).format(clock=f"{local:%H:%M}", place=place, likely=f"{shifted:%H:%M}")
        raise Ambiguous(said, (written(shifted, zone),))
    offers = tuple(written(moment.astimezone(UTC), zone) for moment in (first, second))
    one, other = (f"{local:%H:%M} {offer.rsplit(' ', 1)[1]}" for offer in offers)
    said = (
        _("{clock} happened twice that night in {place}: {one} or {other}?")
        if is_night
        else _("{clock} happened twice that day in {place}: {one} or {other}?")
    ).format(clock=f"{local:%H:%M}", place=place, one=one, other=other)
    raise Ambiguous(said, offers)


def written(
    at: datetime, zone: tzinfo, precision: str = "exact", until: datetime | None = None
) -> str:
    """The moment as a text that `read` understands as exactly this moment, for this zone."""
    if until is not None:
        return _written_between(written(at, zone), written(until, zone))
    local = at.astimezone(zone)
    hedges = {
        "about": pgettext("typed before a time", "about"),
        "before": pgettext("typed before a time", "before"),
    }
    hedge = f"{hedges[precision]} " if precision in hedges else ""
    if precision == "day":
        return in_words(local.date())
    if (local.utcoffset() or timedelta()) % timedelta(minutes=1):
        local = at.astimezone(UTC)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    name = local.tzname() or ""
    twin = local.replace(fold=1 - local.fold)
    same_name_twice = twin.tzname() == name and twin.utcoffset() != local.utcoffset()
    if not re.fullmatch(r"[A-Za-z]{1,5}", name) or same_name_twice:
        name = _offset_words(local.utcoffset() or timedelta())
    return f"{hedge}{in_words(local.date())} {clock} {name}"


def _written_between(first: str, last: str) -> str:
    """ "between 31 Jan 2017 23:10 and 23:30 CET" where day and zone are the same."""
    (*day, clock, zone), (*last_day, last_clock, last_zone) = first.split(), last.split()
    if (day, zone) == (last_day, last_zone) and clock <= last_clock:
        first, last = f"{' '.join(day)} {clock}", f"{last_clock} {zone}"
    return pgettext("typed as a time", "between {first} and {last}").format(first=first, last=last)


def _offset_words(distance: timedelta) -> str:
    """ "+02:00"."""
    minutes = round(distance.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@cache
def _areas() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}
