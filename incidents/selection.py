"""Some of the events of a timeline, as the address asks for them: ?kind=decision&key=1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext

from common.addresses import word
from incidents.models import TimelineEvent
from incidents.story import LABELS, Line

NEWEST, OLDEST = "newest", "oldest"


@dataclass(frozen=True)
class Choice:
    """One way to see less, how many events that leaves, and the address of it."""

    label: str
    count: int
    url: str
    is_on: bool


@dataclass(frozen=True)
class Selection:
    """What the address asks for; "", False or no kinds where it asks for nothing."""

    kinds: tuple[str, ...]
    is_key: bool
    is_later: bool
    source: str  # "with" or "without"
    role: str
    words: str
    order: str

    @classmethod
    def of_address(cls, asked: QueryDict) -> Selection:
        """Values that mean nothing are left out, never guessed."""
        source, order = asked.get("source", ""), asked.get("order", "")
        return cls(
            kinds=tuple(value for value in LABELS if value in asked.getlist("kind")),
            is_key=asked.get("key") == "1",
            is_later=asked.get("later") == "1",
            source=source if source in {"with", "without"} else "",
            role=word(asked, "role", longest=80),
            words=" ".join(word(asked, "words").split()),
            order=order if order in {NEWEST, OLDEST} else "",
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self._parts())

    def fits(self, line: Line) -> bool:
        event = line.event
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.is_key or event.is_key)
            and (not self.is_later or event.learned_later)
            and (not self.source or line.is_without_source == (self.source == "without"))
            and (not self.role or event.author_role == self.role)
            and (not self.words or self.words.casefold() in _words_of(event))
        )

    def of(self, lines: Iterable[Line]) -> list[Line]:
        return [line for line in lines if self.fits(line)] if self.is_narrow else list(lines)

    def newest_first(self, *, is_ongoing: bool) -> bool:
        """While it goes on the newest line stands on top, later the story is read from its start;
        either way it can be asked for the other way round."""
        return self.order == NEWEST if self.order else is_ongoing

    def url(self, **changed: str | tuple[str, ...]) -> str:
        """The query string with these values instead; "" takes one away."""
        parts = self._parts() | ({"order": self.order} if self.order else {}) | changed
        return "?" + urlencode({name: value for name, value in parts.items() if value}, doseq=True)

    def quick_choices(self, lines: Sequence[Line]) -> tuple[Choice, ...]:
        """What is one click away: all, key moments, learned later, no source yet."""
        keys = sum(line.event.is_key for line in lines)
        later = sum(line.event.learned_later for line in lines)
        bare = sum(line.is_without_source for line in lines)
        only = self._parts()
        everything = self.url(**dict.fromkeys(only, ""))
        choices = [Choice(gettext("All"), len(lines), everything, not only)]
        for label, count, name, value in (
            (gettext("Key moments"), keys, "key", "1"),
            (gettext("Learned later"), later, "later", "1"),
            (gettext("No source yet"), bare, "source", "without"),
        ):
            is_on = only == {name: value}
            if count or is_on:
                asked = dict.fromkeys(only, "") | {name: value}
                choices.append(Choice(label, count, self.url(**asked), is_on))
        return tuple(choices)

    def _parts(self) -> dict[str, str | tuple[str, ...]]:
        parts: dict[str, str | tuple[str, ...]] = {
            "kind": self.kinds,
            "key": "1" if self.is_key else "",
            "later": "1" if self.is_later else "",
            "source": self.source,
            "role": self.role,
            "words": self.words,
        }
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True)
class CountedKind:
    """A kind of event, and how many of the events are of it."""

    value: str
    words: str
    count: int
    is_chosen: bool


def counted_kinds(lines: Iterable[Line], chosen: Sequence[str]) -> tuple[CountedKind, ...]:
    """Each kind that occurs or is chosen."""
    counts = dict.fromkeys(LABELS, 0)
    for line in lines:
        counts[line.event.kind] += 1
    return tuple(
        CountedKind(value, str(LABELS[value]), count, value in chosen)
        for value, count in counts.items()
        if count or value in chosen
    )


def roles(lines: Iterable[Line]) -> tuple[str, ...]:
    """The roles of those who told it, as they are called there."""
    return tuple(sorted({line.event.author_role for line in lines if line.event.author_role}))


def _words_of(event: TimelineEvent) -> str:
    return f"{event.text}\n{event.known_then}\n{event.source}\n{event.evidence}".casefold()
