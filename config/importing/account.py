"""A postmortem from elsewhere, as it was read: the one shape that every format is brought into.

Nothing is filled in. What the source does not tell stays unknown, and people it names are words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext, ngettext_lazy

from common import dates, when
from common.text import one_line
from incidents.models import Incident
from postmortems.models import Goal, Section

#: Of a title, and of a line with a column of its own.
LONGEST_TITLE, LONGEST_LINE = 200, 500
#: Of a text, in characters.
LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Problem:
    """Why something of a file was not taken. `line` is where it begins, counted from 1."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}"


@dataclass(frozen=True)
class Defaults:
    """What holds where the source says nothing."""

    severity: str
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True)
class Event:
    moment: when.Moment | None
    text: str
    kind: str


@dataclass(frozen=True)
class Promise:
    """An action of the source. `owner` is what it says there, and no account of ours."""

    title: str
    owner: str = ""
    ticket: str = ""
    state: str = ""
    kind: str = "prevent"


@dataclass
class Account:
    """`key` tells it apart from all others, so that a second import makes no double."""

    key: str
    line: int
    title: str = ""
    summary: str = ""
    impact: str = ""
    severity: str = ""
    kind: str = "incident"
    #: Milestone by name.
    times: dict[str, when.Moment] = field(default_factory=dict)
    day: date | None = None
    sections: dict[Section.Kind, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    #: (goal, text).
    findings: list[tuple[Goal, str]] = field(default_factory=list)
    factors: list[str] = field(default_factory=list)
    luck: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    trigger: str = ""
    actions: list[Promise] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    #: (title, address).
    sources: list[tuple[str, str]] = field(default_factory=list)
    is_published: bool = False
    #: What was read in another way than it stands there, or left out.
    notes: list[str] = field(default_factory=list)
    #: As it came, to tell later what became of it.
    original: str = ""

    @property
    def counted(self) -> list[str]:
        """ "3 events", "1 lesson", of what there is any."""
        told = (
            (len(self.events), ngettext_lazy("{number} event", "{number} events", "number")),
            (len(self.findings), ngettext_lazy("{number} finding", "{number} findings", "number")),
            (len(self.factors), ngettext_lazy("{number} factor", "{number} factors", "number")),
            (len(self.actions), ngettext_lazy("{number} action", "{number} actions", "number")),
            (len(self.lessons), ngettext_lazy("{number} lesson", "{number} lessons", "number")),
        )
        return [words.format(number=number) for number, words in told if number]


@dataclass
class Read:
    """What was understood of one or several files. A problem takes its account with it, and no
    other."""

    accounts: list[Account] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class NotUnderstood(ValueError):
    """A file, or a part of it, is not of its form; the text says why."""


def stays_unknown(name: str, why: object) -> str:
    return gettext("The time of “{name}” stays unknown: {why}.").format(name=name, why=why)


def not_taken(why: object) -> str:
    return gettext("Not taken: {why}.").format(why=why)


# Words and values -------------------------------------------------------------------------------
def key_of(form: str, *parts: object) -> str:
    """A key made of what stays when a file is edited or renamed."""
    told = "\n".join(" ".join(str(part).lower().split()) for part in parts)
    return f"{form}:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


_SEVERITY = re.compile(r"(?:sev(?:erity)?|s|p(?:rio(?:rity)?)?)?[\s:\-_]*([0-5])\b", re.IGNORECASE)
_SEVERITY_WORDS = {
    "critical": "sev1", "blocker": "sev1", "urgent": "sev1",
    "major": "sev2", "high": "sev2",
    "moderate": "sev3", "medium": "sev3",
    "minor": "sev4", "low": "sev4", "trivial": "sev4", "cosmetic": "sev4",
}  # fmt: skip


def severity_of(text: str) -> str:
    """ "sev1" to "sev4" for "SEV-2", "P1", "severity::1", "major"; "" for what is none of them."""
    text = text.strip("~*`\"' ").lower()
    if found := _SEVERITY.match(text):
        return f"sev{min(max(int(found[1]), 1), 4)}"
    return next((level for word, level in _SEVERITY_WORDS.items() if word in text), "")


_KINDS = {"near miss": "near_miss", "nearmiss": "near_miss", "signal": "signal",
          "weak signal": "signal", "game day": "game_day", "gameday": "game_day", "test": "test",
          "drill": "game_day"}  # fmt: skip


def kind_of(text: str) -> str:
    return _KINDS.get(" ".join(re.split(r"[\s_\-]+", text.strip().lower())), "incident")


_READY = {"published", "final", "complete", "completed", "done", "closed", "reviewed", "approved"}


def is_published(text: str) -> bool:
    """Whether the source calls itself finished: "Complete, action items in progress" is."""
    words = re.findall(r"[a-z]+", text.lower())
    return bool(words) and words[0] in _READY


_UNKNOWN = {"", "n/a", "na", "none", "null", "unknown", "tbd"}
_EPOCH = re.compile(r"\d{9,11}(?:\.\d+)?|\d{12,14}")


def moment_of(text: str, defaults: Defaults) -> when.Moment | None:
    """A time or a day as tables and forms write them. None for nothing; raises NotUnderstood."""
    text = one_line(text).strip("*`~ ")
    if text.strip("-–—?. ").lower() in _UNKNOWN:
        return None
    if _EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if len(text.partition(".")[0]) > 11 else 1)
        return when.Moment(datetime.fromtimestamp(seconds, UTC), "UTC")
    try:
        if day := parse_date(text):
            begins = datetime(day.year, day.month, day.day, tzinfo=defaults.zone)
            return when.Moment(begins.astimezone(UTC), defaults.zone.key, "day")
        if at := parse_datetime(text):
            zone = defaults.zone.key if at.tzinfo is None else "UTC"
            at = at if at.tzinfo else at.replace(tzinfo=defaults.zone)
            return when.Moment(at.astimezone(UTC), zone)
        return when.read(text, now=defaults.now, zone=defaults.zone, day_is_enough=True)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(
            gettext("“{text}” could not be read as a time").format(text=text[:60])
        ) from error


def cut(text: str, longest: int) -> str:
    """On one line, and with a mark where it was longer than its column."""
    text = one_line(text)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


# What makes an account one that can be kept ------------------------------------------------------
def complaints(account: Account) -> list[str]:
    """Why it cannot be kept as it is."""
    found = []
    if not account.title:
        found.append(gettext("there is no title"))
    if len(account.title) > LONGEST_TITLE:
        found.append(
            gettext("the title has more than {most} characters").format(most=LONGEST_TITLE)
        )
    if not account.severity:
        found.append(gettext("the severity is none of 1 to 4"))
    ordered = [
        (name, account.times[name].at)
        for name in ("started", "detected", "acknowledged", "mitigated", "resolved")
        if name in account.times
    ]
    for (before, first), (after, second) in pairwise(ordered):
        if second < first:
            found.append(
                gettext("“{after}” is before “{before}”").format(after=after, before=before)
            )
    texts = [account.summary, account.impact, account.original, *account.sections.values()]
    if any(len(text) > LONGEST_TEXT for text in texts):
        found.append(
            gettext("a text has more than {most} characters").format(
                most=dates.number(LONGEST_TEXT)
            )
        )
    if account.kind not in Incident.Kind:
        found.append(gettext("“{kind}” is no kind of incident").format(kind=account.kind))
    return found


def sound(accounts: Iterable[Account]) -> Read:
    """Those that can be kept, each once, and why the others cannot."""
    read, seen = Read(), {}  # type: Read, dict[str, int]
    for account in accounts:
        why = complaints(account)
        if account.key in seen:
            why = [
                gettext("it is the same as the one of line {line}").format(line=seen[account.key])
            ]
        if why:
            read.problems.append(Problem(account.line, not_taken("; ".join(why))))
            continue
        seen[account.key] = account.line
        read.accounts.append(account)
    return read
