"""What a value in a JSON file may be, and the words for what it is instead.

A spec looks at one value and yields a Problem for everything in it that can't be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.utils.text import slugify

from common.text import MAX_LENGTH

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class Problem(NamedTuple):
    """Why a file can't be loaded: `key` is a path such as timeline[3].at, or empty."""

    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}" if self.key else self.reason


@dataclass(frozen=True)
class NotANumber:
    """NaN, Infinity or -Infinity, which Python reads and JSON does not have."""

    word: str


class Repeated(dict[str, Any]):
    """An object in which `keys_twice` were written more than once."""

    keys_twice: tuple[str, ...] = ()


class Spec(Protocol):
    def problems(self, value: Any, key: str) -> Iterator[Problem]: ...


def named(value: Any) -> str:
    """What was found, for a sentence: `a list`, `the number 3`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, NotANumber):
        return value.word
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "…")
    if isinstance(value, int | Decimal):
        return f"the number {str(value)[:30]}"
    return "a list" if isinstance(value, list) else "an object"


def one_of(values: tuple[str, ...]) -> str:
    return "one of " + ", ".join(values)


@dataclass(frozen=True)
class Text:
    """Text of any number of lines, or of one line when the column it ends in has a limit."""

    limit: int | None = None
    may_be_empty: bool = False

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        limit = self.limit or MAX_LENGTH
        if not isinstance(value, str):
            yield Problem(key, f"is {named(value)}; write text.")
        elif not value.strip() and not self.may_be_empty:
            yield Problem(key, "is empty; write text.")
        elif len(value) > limit:
            yield Problem(key, f"has {len(value):,} characters; at most {limit:,} are kept.")
        elif re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", value):
            yield Problem(key, "holds a character that is no text (a control code or half a pair).")
        elif self.limit and len(value.splitlines()) > 1:
            yield Problem(key, "has a line break; write it on one line.")


@dataclass(frozen=True)
class OneOf:
    values: tuple[str, ...]

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, str) or value not in self.values:
            yield Problem(key, f"is {named(value)}; write {one_of(self.values)}.")


@dataclass(frozen=True)
class Exactly:
    wanted: int

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if isinstance(value, bool) or value != self.wanted:
            yield Problem(key, f"is {named(value)}; this version reads {self.wanted}.")


@dataclass(frozen=True)
class Flag:
    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem(key, f"is {named(value)}; write true or false.")


def _decimals(value: Decimal) -> int:
    """Digits after the point, however they are written: 2 for 0.250 and for 25e-2."""
    _, digits, exponent = value.as_tuple()
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return 0 if value == 0 else max(0, -int(exponent) - trailing)


@dataclass(frozen=True)
class Number:
    """Fits a decimal column of this many digits."""

    digits: int
    decimals: int

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            yield Problem(key, f"is {named(value)}; write a number.")
            return
        exact = Decimal(value)
        whole = self.digits - self.decimals
        if not exact.is_finite() or exact.adjusted() >= whole:
            yield Problem(key, f"is too large; at most {whole} digits before the point are kept.")
        elif _decimals(exact) > self.decimals:
            yield Problem(key, f"is too fine; at most {self.decimals} decimals are kept.")


def _is_day(value: str) -> bool:
    """Whether this is a date, a month or a year of the calendar."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value, re.ASCII):
        return False
    year, month, day = (*map(int, value.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Day:
    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, str) or not _is_day(value):
            yield Problem(
                key, f"is {named(value)}; write a date, a month or a year: 2017-01-31, 2017-01."
            )


@dataclass(frozen=True)
class Moment:
    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        wanted = "write ISO 8601 with seconds and offset: 2017-01-31T23:27:00+00:00."
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            yield Problem(key, f"is {named(value)}; {wanted}")
            return
        try:
            found = zone_with_offset(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            yield Problem(key, f"is {named(value)}, which is not in the calendar; {wanted}")
            return
        if found is None:
            yield Problem(key, f"is {named(value)}; no place had this offset from UTC then.")


def zone_with_offset(at: datetime) -> str | None:
    """A zone that had the offset of `at` at that moment: UTC, a whole number of hours such as
    Etc/GMT+7 (which is UTC-07:00), or else the first place in the alphabet that did."""
    offset = at.utcoffset() or timedelta()
    whole = f"Etc/GMT{-int(offset / timedelta(hours=1)):+d}"
    places = available_timezones()
    candidates = [name for name in ("UTC", whole) if name in places] + sorted(places)
    return next((name for name in candidates if _offset(name, at) == offset), None)


def _offset(zone: str, at: datetime) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


@dataclass(frozen=True)
class Zone:
    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, str) or value not in available_timezones():
            yield Problem(
                key, f"is {named(value)}; write the name of a time zone, such as Europe/Amsterdam."
            )


@dataclass(frozen=True)
class Address:
    limit: int

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        found = list(Text(self.limit).problems(value, key))
        yield from found
        if found:
            return
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good or re.search(r"\s", value):
            yield Problem(key, f"is {named(value)}; write an address that starts with https://.")


@dataclass(frozen=True)
class Or:
    """The value may also be null: the account does not say."""

    spec: Spec

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if value is not None:
            yield from self.spec.problems(value, key)


@dataclass(frozen=True)
class ListOf:
    item: Spec
    may_be_empty: bool = False
    at_most: int = 1_000

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(key, f"is {named(value)}; write a list.")
        elif not value and not self.may_be_empty:
            yield Problem(key, "is empty; at least one entry is needed.")
        elif len(value) > self.at_most:
            yield Problem(key, f"has {len(value):,} entries; at most {self.at_most:,} are read.")
        else:
            for number, item in enumerate(value):
                yield from self.item.problems(item, f"{key}[{number}]")


@dataclass(frozen=True)
class Shape:
    """An object with exactly these keys. `together` looks at keys together once each is fine."""

    keys: dict[str, Spec]
    together: Callable[[dict[str, Any], str], Iterator[Problem]] | None = None

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        inside = f"{key}." if key else ""
        if not isinstance(value, dict):
            yield Problem(key, f"is {named(value)}; write an object.")
            return
        found = [
            Problem(inside + name, "is written twice in the same object; keep one.")
            for name in getattr(value, "keys_twice", ())
        ]
        for name in value:
            if name not in self.keys:
                known = ", ".join(self.keys)
                found.append(Problem(inside + name, f"is not a key of the schema; it has {known}."))
        for name, spec in self.keys.items():
            if name in value:
                found.extend(spec.problems(value[name], inside + name))
            else:
                found.append(Problem(inside + name, "is missing; every key is always present."))
        yield from found
        if not found and self.together:
            yield from self.together(value, inside)


@dataclass(frozen=True)
class LowerCase:
    """One line without capitals, from which an address can be made."""

    limit: int

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        found = list(Text(self.limit).problems(value, key))
        yield from found
        if not found and value != value.lower():
            yield Problem(key, f"is {named(value)}; write it in lower case.")
        elif not found and not slugify(value):
            yield Problem(key, f"is {named(value)}; use a letter from a to z or a digit.")


@dataclass(frozen=True)
class Slug:
    """Lower-case words joined by hyphens."""

    limit: int

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        found = list(Text(self.limit).problems(value, key))
        yield from found
        if not found and not _SLUG.fullmatch(value):
            yield Problem(key, f"is {named(value)}; write lower-case words joined by hyphens.")


def keys(spec: Spec, key: str = "") -> Iterator[str]:
    """Every key of a value that is neither object nor list, such as timeline[].at."""
    if isinstance(spec, Shape):
        for name, inner in spec.keys.items():
            yield from keys(inner, f"{key}.{name}" if key else name)
    elif isinstance(spec, ListOf):
        yield from keys(spec.item, f"{key}[]")
    else:
        yield key
