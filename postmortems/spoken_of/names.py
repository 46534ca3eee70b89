"""Names, whole or in part, and initials.

The directory is the main source; titles, initials and given names tell of people without an
account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from postmortems.directory import COLLEAGUE, UNSPACED, WORD, Directory, fold
from postmortems.given_names import GIVEN_NAMES
from postmortems.ordinary_words import (
    ABBREVIATIONS,
    MONTHS,
    OPENERS,
    ORDINARY_WORDS,
)
from postmortems.spoken_of.span import SOMEONE, Span

_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Fru|Monsieur|Madame|Señor|Señora)\b\.?[ \u00a0]+$"
)
_INITIALS_BEFORE = re.compile(r"(?<![\w.])(?:[^\W\d_a-z]\.[ \u00a0]?){1,2}$")
_INITIAL_AFTER = re.compile(r"[ \u00a0][^\W\d_a-z]\.(?![\w])")
_FAMILY_NAME = re.compile(r"[ \u00a0]((?:[A-ZÀ-ÖØ-Þ][\w’'-]*[a-zß-ÿ])(?:-\w+)?)(?![\w-])")
# What is done to people, or by them and hardly by a machine.
_DONE_TO_PEOPLE = frozenset(
    "ask asked asks asking called calling colleague cc dear even hello hi invited paged paging "
    "phoned pinged ping rang ring tell told telling thank thanked thanks with woke".split()
)
_BY = frozenset("and by for from let met of that to".split())
_SAID = frozenset(
    """
    agreed answered asked believed came could decided didn't felt forgot guessed had heard hoped
    knew might noticed proposed realised realized remembered replied said saw
    says should slept spoke suggested suspected thinks thought told took tried typed typing
    understood wanted was went who woke wondered worried would writes wrote
    """.split()
)
_ONLY_PEOPLE_DO = _SAID - frozenset("came could had might should took tried was went would".split())
_NOT_AFTER_A_NAME = frozenset(
    """
    a all an any anybody anyone as at be everybody everyone he her his i it its my never no nobody
    not of on our she some somebody someone that the their them there these they this those to us
    we you your
    """.split()
)


#: Between the words of one name.
_GAP = re.compile(r"[ \t\u00a0]+\n?|\n|, |\. |[._]")


def names(text: str, directory: Directory) -> Iterator[Span]:
    words = list(_pieces(text))
    folded = [fold(text[start:end]) for start, end in words]
    position = 0
    while position < len(words):
        length, role = _whole_name(text, words, folded, position, directory)
        if length:
            start, end = words[position][0], words[position + length - 1][1]
            yield Span(start, end, "name", True, role)
            position += length
            continue
        yield from _single_name(text, *words[position], folded[position], directory)
        position += 1
    if not UNSPACED.search(text):
        return
    for piece, role in directory.unspaced.items():
        at = text.find(piece)
        while at >= 0:
            yield Span(at, at + len(piece), "name", len(piece) > 1, role)
            at = text.find(piece, at + len(piece))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand, without a possessive: "Anna's" gives the place of "Anna"."""
    for match in WORD.finditer(text):
        word, start = match.group(), match.start()
        is_possessive = word[-1] in "sS" and word[-2:-1] in {"'", "’"}
        yield start, start + len(word) - 2 * is_possessive


def _whole_name(
    text: str,
    words: list[tuple[int, int]],
    folded: list[str],
    position: int,
    directory: Directory,
) -> tuple[int, str]:
    """(number of words, role) when a whole name starts here, "Keller, Anna" included."""
    if folded[position] not in directory.name_parts:
        return 0, ""
    for length in range(min(directory.longest, len(words) - position), 1, -1):
        ends = range(position, position + length - 1)
        gaps = [text[words[at][1] : words[at + 1][0]] for at in ends]
        if any(not _GAP.fullmatch(gap) for gap in gaps):
            continue
        here = tuple(folded[position : position + length])
        role = directory.names.get(here) or directory.names.get((here[-1], *here[:-1]))
        if role is None and gaps[0].startswith(","):
            role = directory.names.get((*here[1:], here[0]))
        if role is None:
            continue
        if all(word in ORDINARY_WORDS for word in here) and not text[words[position][0]].isupper():
            continue
        return length, role
    return 0, ""


def _single_name(
    text: str, start: int, end: int, folded: str, directory: Directory
) -> Iterator[Span]:
    known = directory.words.get(folded)
    if known:
        role, is_sure = known
        if is_sure or (text[start].isupper() and _tells_of_a_person(text, start, end, directory)):
            yield _with_the_rest(text, start, end, folded, role, is_sure)
        return
    if "-" in folded:
        at = start
        for piece in text[start:end].split("-"):
            yield from _single_name(text, at, at + len(piece), fold(piece), directory)
            at += len(piece) + 1
        return
    if not text[start].isupper():
        return
    # "Annas Änderung": a genitive without its apostrophe.
    known = directory.words.get(folded[:-1]) if folded.endswith("s") else None
    if known and known[1]:
        yield Span(start, end, "name", False, f"{known[0]}'s")
    else:
        yield from _unknown_name(text, start, end, folded)


def _with_the_rest(text: str, start: int, end: int, folded: str, role: str, is_sure: bool) -> Span:
    """The span of a name with initials around it: "J. Keller", "Anna K."."""
    if text[start].isupper():
        before = _INITIALS_BEFORE.search(text, max(start - 8, 0), start)
        if before:
            return Span(before.start(), end, "name", is_sure, role)
        after = _INITIAL_AFTER.match(text, end)
        if after and folded in GIVEN_NAMES:
            return Span(start, after.end(), "name", is_sure, role)
        rest = _FAMILY_NAME.match(text, end)
        if rest and folded in GIVEN_NAMES and fold(rest[1]) not in OPENERS:
            return Span(start, rest.end(), "name", False, COLLEAGUE)
    return Span(start, end, "name", is_sure, role)


def _unknown_name(text: str, start: int, end: int, folded: str) -> Iterator[Span]:
    """Somebody without an account: a given name with a family name, an initial, or a title."""
    if _TITLE.search(text, max(start - 12, 0), start):
        yield Span(start, end, "name", False, SOMEONE)
        return
    if folded in GIVEN_NAMES:
        rest = _FAMILY_NAME.match(text, end)
        if rest and fold(rest[1]) not in OPENERS:
            yield Span(start, rest.end(), "name", False, SOMEONE)
        elif word_after(text, end) in _ONLY_PEOPLE_DO:
            yield Span(start, end, "name", False, SOMEONE)
        return
    initials = _INITIALS_BEFORE.search(text, max(start - 8, 0), start)
    if initials and end - start > 2 and text[start + 1 : end].islower() and folded not in OPENERS:
        before = re.search(r"[\w.]+\s*$", text[max(initials.start() - 20, 0) : initials.start()])
        if not before or not re.search(r"\b(?:plan|option|step|part|class|type|team|group|site|"
                                       r"node|zone|rack|phase|figure|appendix|variant|vitamin)\s*$",
                                       before.group(), re.IGNORECASE):  # fmt: skip
            yield Span(initials.start(), end, "name", False, SOMEONE)


def _tells_of_a_person(text: str, start: int, end: int, directory: Directory) -> bool:
    """Whether a word that is a name and an ordinary word stands where a name would."""
    folded = fold(text[start:end])
    before, after = _word_before(text, start), word_after(text, end)
    if text[start:end].isupper() and end - start > 3:
        return False
    for beside in (_TITLE, _INITIALS_BEFORE):
        if beside.search(text, max(start - 12, 0), start):
            return True
    if before in _DONE_TO_PEOPLE or after in _ONLY_PEOPLE_DO:
        return True
    if directory.is_thing(folded):
        return False
    if folded in MONTHS and (
        before in {"in", "since", "until", "last", "next", "of", "by", "early", "late", "mid"}
        or re.search(r"\d(?:st|nd|rd|th|\.)?\s*$", text[max(start - 6, 0) : start])
    ):
        return False
    if text[end : end + 2] in {"'s", "’s"} and folded not in MONTHS:
        return before not in {"the", "a", "an"}
    if after in _SAID or (after.endswith("ed") and after not in {"need", "speed", "feed", "seed"}):
        return before not in {"the", "a", "an"}
    if before in _BY:
        return after not in _NOT_AFTER_A_NAME and not re.match(r"\s*\d|\s+[a-z]{2,}s?\b(?!ed)",
                                                               text[end:])  # fmt: skip
    return False


def _word_before(text: str, start: int) -> str:
    """The word before this place in the same sentence; "" if it opens one."""
    match = re.search(r"([\w’']+),?[ \u00a0]+[@*_“\"(]*$", text[max(start - 30, 0) : start])
    return fold(match[1]) if match else ""


def word_after(text: str, end: int) -> str:
    match = re.match(r"(?:['’]s)?,?[ \u00a0\n]+([\w’']+)", text[end : end + 30])
    return fold(match[1]) if match else ""


# Initials ---------------------------------------------------------------------------------------
_DOTTED = re.compile(r"(?<![\w.])[^\W\d_a-z]\.[ \u00a0]?(?:[^\W\d_a-z]\.[ \u00a0]?){0,1}"
                     r"[^\W\d_a-z]\.?(?![\w])(?<=\.)")  # fmt: skip
_BARE = re.compile(r"(?<![\w./&+#-])[A-ZÅÄÖØÆÜ]{2,3}(?![\w/&+#-]|\.\w)")
_ROLE_BEFORE = re.compile(
    r"\b(?:engineers?|on-?call|leads?|managers?|developers?|operators?|dbas?|sres?|administrators?|"
    r"admins?|analysts?|commander|scribe|owner|colleagues?|responders?|support|writer|coordinator|"
    r"comms?|communications?|database|network|storage|duty)\s*(?:[(\[]|, |: )$",
    re.IGNORECASE,
)
_TEAM_AFTER = re.compile(r" (?:from|in|of) (?:the )?[a-z]|,? \([a-z]|, [a-z ]+\]")


def initials(text: str, directory: Directory) -> Iterator[Span]:
    for match in _DOTTED.finditer(text):
        letters = fold(re.sub(r"[\W_]", "", match.group()))
        if letters in ABBREVIATIONS:
            continue
        role = directory.initials.get(letters[0] + letters[-1])
        yield Span(*match.span(), "initials", bool(role and role != COLLEAGUE), role or SOMEONE)
    for match in _BARE.finditer(text):
        letters = fold(match.group())
        if letters in ABBREVIATIONS and not re.match(r"\[[A-Z]{2}, [a-z]+\]",
                                                     text[match.start() - 1 :]):  # fmt: skip
            continue
        role = directory.initials.get(letters[0] + letters[-1])
        took_part = role is not None and role != COLLEAGUE
        beside_a_role = _ROLE_BEFORE.search(text, max(match.start() - 30, 0), match.start())
        of_a_team = len(letters) == 2 and _TEAM_AFTER.match(text, match.end())
        if took_part or beside_a_role or of_a_team:
            is_sure = took_part and bool(beside_a_role or of_a_team)
            yield Span(*match.span(), "initials", is_sure, role or SOMEONE)
