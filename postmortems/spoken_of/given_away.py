"""What gives somebody away without naming them: advice, for these words may well stay."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from postmortems.directory import Directory, broader
from postmortems.spoken_of.names import word_after
from postmortems.spoken_of.span import Span

_INDEFINITE = re.compile(r"\b(?:an?|any|another|every|each|one|no)\s+$", re.IGNORECASE)
_PRONOUN = re.compile(
    r"(?<![\w-])(?:([Ss])?([Hh])e(?:(['’])(s|d|ll)\b|( (?:was|is|has|does))?\b)|"
    r"([Hh])(?:is|ers|im|er|imself|erself)\b)(?![-\w])"
)
_PRONOUNS = {
    "he": "they", "she": "they", "his": "their", "hers": "theirs", "him": "them", "her": "them",
    "himself": "themselves", "herself": "themselves",
}  # fmt: skip
_NEXT_WORD = re.compile(r" ([^\W\d_]+)")
_AFTER_THEM = frozenset(
    "a about after again and as at back because before but by during for from how if in into "
    "instead later of off on or out over so than that the then there through to too under until up "
    "was what when where whether while why with".split()
)
_CLOCK = re.compile(
    r"(?<![\w:.-])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\d:])( ?[AaPp]\.?[Mm]\b\.?)?"
    r"( (?:UTC|GMT|CES?T|BST|E[SD]T|P[SD]T|Z)\b)?"
)
_ABOUT_BEFORE = re.compile(
    r"(?:\b(?:about|around|approximately|roughly|circa|ca\.?|between|towards?|shortly|soon)"
    r"(?: (?:after|before))?|~)\s*$",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"[.!?](?=\s|$)|\n")


def roles(text: str, directory: Directory) -> Iterator[Span]:
    """Role words that one person alone held."""
    for role in directory.single_roles:
        words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", role)))
        for match in re.finditer(rf"(?:\b(?:the|our)\s+)?(?<![\w-]){words}(?![\w-])", text, re.I):
            if not _INDEFINITE.search(text, max(match.start() - 10, 0), match.start()):
                yield Span(*match.span(), "role", False, broader(role))


def pronouns(text: str, directory: Directory) -> Iterator[Span]:
    for match in _PRONOUN.finditer(text):
        words = match.group()
        pronoun = re.split(r"['’ ]", words)[0]
        instead = _PRONOUNS[pronoun.lower()]
        rest = words[len(pronoun) :]
        rest = {" was": " were", " is": " are", " has": " have", " does": " do"}.get(rest, rest)
        if rest in {"'s", "’s"}:
            after = word_after(text, match.end())
            rest = rest[0] + ("ve" if after.endswith(("ed", "en")) or after == "had" else "re")
        following = _NEXT_WORD.match(text, match.end())
        if pronoun.lower() == "her" and following and following[1].lower() not in _AFTER_THEM:
            words = f"their {following[1]}"
            yield Span(match.start(), following.end(), "pronoun", False, words)
            instead = "their"
        yield Span(*match.span(), "pronoun", False, instead + rest)


def times(text: str, found: list[Span]) -> Iterator[Span]:
    """Exact times in a sentence that speaks of one person already."""
    people = [span for span in found if span.kind not in {"address", "pronoun"}]
    if not people:
        return
    starts = sorted(span.start for span in people)
    ends = [match.end() for match in _SENTENCE_ENDS.finditer(text)] + [len(text)]
    for match in _CLOCK.finditer(text):
        if _ABOUT_BEFORE.search(text, max(match.start() - 30, 0), match.start()):
            continue
        end = ends[bisect_left(ends, match.end())]
        sentences_before = bisect_right(ends, match.start())
        start = ends[sentences_before - 1] if sentences_before else 0
        if bisect_left(starts, start) == bisect_left(starts, end):
            continue
        instead = _about(match)
        if instead:
            yield Span(*match.span(), "time", False, instead)


def _about(match: re.Match[str]) -> str:
    """The nearest half hour in words; "" if it is told to the half hour as it is."""
    hour, minute = int(match[1]), int(match[2])
    nearest = 30 * round((60 * hour + minute) / 30)
    if nearest == 60 * hour + minute and match.group().count(":") == 1:
        return ""
    most = 12 if match[3] else 24
    hour = nearest // 60 % most or (12 if match[3] else 0)
    clock = f"{hour}:{nearest % 60:02}" if match[3] else f"{hour:02}:{nearest % 60:02}"
    return f"about {clock}{match[3] or ''}{match[4] or ''}"
