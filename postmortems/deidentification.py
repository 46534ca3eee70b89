"""Find what leads back to a person in a text, and replace it by words for a role.

Machines propose and a person decides: what is certainly a name comes with a role word, what may
just as well be a word is asked about. Nothing here changes a stored text; the caller hands in
texts and keeps what comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from postmortems.directory import UNSPACED, Directory
from postmortems.spoken_of import spans

KINDS = {
    "name": _("Name"),
    "initials": _("Initials"),
    "handle": _("Handle"),
    "email": _("E-mail address"),
    "phone": _("Phone number"),
    "number": _("Staff number"),
    "address": _("Network address"),
    "role": _("Role that one person had"),
    "pronoun": _("Pronoun"),
    "time": _("Exact time"),
    "reference": _("Reference of ours"),
    "link": _("Link"),
    "machine": _("Name of a machine"),
    "service": _("Name of a service"),
    "team": _("Name of a team"),
}
#: What may give somebody away without naming them. It stays unless the signer says otherwise.
ADVICE = frozenset({"role", "pronoun", "time"})

_URL = re.compile(r"https?://[^\s<>\"')\]]+", re.IGNORECASE)


@dataclass
class Trace:
    """One spelling that leads, or may lead, to a person, wherever it occurs."""

    found: str
    kind: str
    instead: str
    is_sure: bool
    places: list[str] = field(default_factory=list)

    @property
    def kind_words(self) -> str:
        return str(KINDS[self.kind])

    @property
    def is_advice(self) -> bool:
        return self.kind in ADVICE


class Replacement(NamedTuple):
    """What is written `instead` of a spelling; "" keeps it, also inside it."""

    found: str
    kind: str
    instead: str


def find(texts: Iterable[tuple[str, str]], directory: Directory) -> list[Trace]:
    """The traces in (label, text) pairs, each spelling once, in reading order.

    A spelling that is certain in one place is certain in all.
    """
    traces: dict[str, Trace] = {}
    for label, text in texts:
        for span in spans(text, directory):
            spelling = text[span.start : span.end]
            trace = traces.setdefault(
                spelling, Trace(spelling, span.kind, span.instead, span.is_sure)
            )
            trace.is_sure = trace.is_sure or span.is_sure
            if label not in trace.places:
                trace.places.append(label)
    return list(traces.values())


def in_words(traces: list[Trace]) -> str:
    """How many there are: "2 spellings may lead to a person, 1 more gives a hint"."""
    hints = sum(trace.is_advice for trace in traces)
    names = len(traces) - hints
    found = (
        ngettext(
            "{number} spelling may lead to a person",
            "{number} spellings may lead to a person",
            names,
        ).format(number=names)
        if names
        else gettext("No name was found")
    )
    if not hints:
        return found
    if not names:
        return ngettext(
            "No name was found; {number} gives a hint",
            "No name was found; {number} give a hint",
            hints,
        ).format(number=hints)
    return ngettext(
        "{found}, {number} more gives a hint", "{found}, {number} more give a hint", hints
    ).format(found=found, number=hints)


def replace(text: str, replacements: Iterable[Replacement]) -> str:
    return joined(segments(text, replacements))


def joined(pieces: Iterable[tuple[str, str]]) -> str:
    """What readers get of the pieces that `segments` makes."""
    return "".join(words for tag, words in pieces if tag != "out")


def segments(text: str, replacements: Iterable[Replacement]) -> list[tuple[str, str]]:
    """The text in pieces ("same" | "out" | "in", words): what goes and what comes instead."""
    instead = {one.found: one.instead for one in replacements if one.found}
    if not any(instead.values()):
        return [("same", text)] if text else []
    links = [match.span() for match in _URL.finditer(text)]
    pieces: list[tuple[str, str]] = []
    position = 0
    for match in _spellings(instead).finditer(text):
        words, end = instead[match.group()], match.end()
        if not words:
            continue
        if _is_glued(text, match, links):
            words = "-".join(re.findall(r"\w+", words)).lower()
        else:
            # A glance back is enough; all of a long text for each place would take seconds.
            begin = max(match.start() - 80, 0)
            words = _fitting(words, ("x" if begin else "") + text[begin : match.start()])
            if _is_possessive(text, match):
                words, end = f"{words}'s", end + 1
        if match.start() > position:
            pieces.append(("same", text[position : match.start()]))
        pieces += [("out", text[match.start() : end]), ("in", words)]
        position = end
    if position < len(text):
        pieces.append(("same", text[position:]))
    return pieces


def _is_glued(text: str, match: re.Match[str], links: list[tuple[int, int]]) -> bool:
    """Part of an address, a path or a machine's name, where spaces would break it."""
    around = text[max(match.start() - 1, 0) : match.start()] + text[match.end() : match.end() + 1]
    return any(sign in "-_/\\" for sign in around) or any(
        start <= match.start() < end for start, end in links
    )


def _is_possessive(text: str, match: re.Match[str]) -> bool:
    """ "James' laptop": a name that ends in s goes without one. A closing quote is none."""
    if match.group()[-1] not in "sxz" or not re.match(r"['’](?!\w)", text[match.end() :]):
        return False
    line = text[max(match.start() - 1000, 0) : match.start()].rpartition("\n")[2]
    opened = len(re.findall(r"(?:^|(?<=[\s(]))['‘](?=[\w@])", f"{line}x"))
    closed = len(re.findall(r"(?<=[\w.,!?])['’](?!\w)", line))
    return opened <= closed


def _spellings(instead: dict[str, str]) -> re.Pattern[str]:
    """Any of the spellings, the longest first, as whole words.

    Those that begin alike stand behind one look at that character: most places of a text are
    passed over without trying each spelling.
    """
    ways: dict[str, list[str]] = {}
    for found in sorted(instead, key=len, reverse=True):
        way = re.escape(found)
        if not UNSPACED.search(found):
            before = r"(?<![^\W\d_])" if found[0].isalpha() else r"(?<!\d)"
            after = r"(?![^\W\d_])" if found[-1].isalpha() else r"(?!\d)"
            way = f"{before}{way}{after}"
        ways.setdefault(found[0], []).append(way)
    first = "".join(map(re.escape, ways))
    alike = (f"(?={re.escape(sign)})(?:{'|'.join(those)})" for sign, those in ways.items())
    return re.compile(f"(?=[{first}])(?:{'|'.join(alike)})")


def _fitting(words: str, before: str) -> str:
    """The words without a second article, and with a capital where a sentence begins."""
    if re.search(r"\b(?:the|an?|our)\s+$", before, re.IGNORECASE):
        words = re.sub(r"^(?:the|an?)\s+", "", words)
    opens = re.search(r"(?:^|\n)[\s>*#+\d.)\-–\"“'‘\[_]*$|[.!?…]['\"”)]*\s+[\"“'‘(\[*_]*$", before)
    return words[:1].upper() + words[1:] if opens else words
