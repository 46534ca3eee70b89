"""Where a text speaks of a person: names, addresses, numbers, and what gives one away.

The directory is the main source. Forms that mean a person whoever it is (an author line, a mention
in a chat, a telephone number) are found without it. What may just as well be something else is not
sure, and somebody is asked.
"""

from __future__ import annotations

from postmortems.directory import Directory
from postmortems.spoken_of import accounts, given_away, names, numbers
from postmortems.spoken_of.span import Look, Span

__all__ = ["Span", "spans"]

#: What is found first keeps its place.
_LOOKS: tuple[Look, ...] = (
    accounts.mentions,
    numbers.emails,
    accounts.places_of_people,
    accounts.handles,
    numbers.numbers,
    numbers.addresses,
    accounts.accounts,
    names.names,
    names.initials,
    given_away.roles,
    given_away.pronouns,
)


def spans(text: str, directory: Directory) -> list[Span]:
    """Every trace in one text, from left to right, none overlapping."""
    found: list[Span] = []
    taken = bytearray(len(text))

    def claim(span: Span) -> None:
        if span.end > span.start and not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
            found.append(span)

    for look in _LOOKS:
        for span in look(text, directory):
            claim(span)
    for span in given_away.times(text, found):
        claim(span)
    return sorted(found)
