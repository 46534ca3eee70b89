"""Find what leads back to a person in a text, and replace it by words for a role.

Machines propose and a person decides: what is certainly a name comes with a role word, what may
just as well be a word is asked about. Nothing here changes a stored text; the caller hands in
texts and keeps what comes back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from people.models import User
from postmortems.models import Review
from postmortems.ordinary_words import NOT_HANDLES, ORDINARY_WORDS, SHARED_MAILBOXES

SOMEONE_HERE = "someone who took part"
COLLEAGUE = "a colleague"

KINDS = {
    "name": "Name",
    "handle": "Handle",
    "email": "E-mail address",
    "phone": "Phone number",
    "address": "Network address",
}

# Characters that are not seen: a name with one of them inside is still that name.
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LETTER = rf"(?:[^\W\d_]|[{_UNSEEN}])"
# Letters that hold together: "Keller", "O'Brien", "Anna-Lena".
_WORD = re.compile(rf"{_LETTER}+(?:['’\-]{_LETTER}+)*")
# Scripts written without spaces, where a name is looked for inside a run of letters.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_EMAIL = re.compile(r"[\w.+%'’-]*[\w+%-]@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_HANDLE = re.compile(r"(?<![\w@./])@([^\W_][\w-]*(?:\.[\w-]+)*)(?![\w/]*/)")
_PHONE = re.compile(
    r"(?<![\w.:/+-])(?:\+[ (]*\d(?:[ ()./-]{0,2}\d){6,14}|0\d(?:[ ()/-]{0,2}\d){7,12}|"
    r"\(\d{2,5}\)[ -]?\d(?:[ /-]?\d){5,9}|\d{3}[-. ]\d{3}[-. ]\d{4})(?![\w:]|[-./]\d)"
)
_IPV4 = re.compile(r"(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
                   r"(?![\w-]|\.\d)")  # fmt: skip
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})(?![\w:])", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"')\]]+", re.IGNORECASE)
_ACCOUNT = re.compile(r"[\w.+-]*\w")
_WORDS = ORDINARY_WORDS | SHARED_MAILBOXES
# Small words inside family names, no names themselves.
_PARTICLES = frozenset(
    "al bin da das de del della den der di do dos du el ibn la le van vom von zu zum".split()
)


class Span(NamedTuple):
    start: int
    end: int
    kind: str
    is_sure: bool
    instead: str


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
        return KINDS[self.kind]


class Replacement(NamedTuple):
    """What is written `instead` of a spelling; "" keeps it, also inside it."""

    found: str
    kind: str
    instead: str


class Directory:
    """Who could be meant, and how to speak of them. Looked up by folded words."""

    def __init__(self, people: Iterable[tuple[str, str, str]]) -> None:
        """`people` are (name, e-mail, role words); role words are "" for those not involved."""
        self.words: dict[str, tuple[str, bool]] = {}  # folded word: role, sure
        self.names: dict[tuple[str, ...], str] = {}  # folded words of a whole name: role
        self.accounts: dict[str, str] = {}  # "anna.keller", "akeller": role
        self.mailboxes: dict[str, str] = {}  # whole e-mail address: role
        self.unspaced: dict[str, str] = {}
        for name, email, role in people:
            self._add(name, email, role or COLLEAGUE)
        self.longest = max(map(len, self.names), default=0)

    @classmethod
    def around(cls, review: Review) -> Directory:
        """Everybody with an account, with the role words of those named on this review.

        One statement each for the roles and the people.
        """
        roles = {
            user_id: role_words or SOMEONE_HERE
            for user_id, role_words in review.incident.involvements.filter(
                capacity__in=["reporter", "participant"]
            ).values_list("user_id", "role_words")
        }
        for user_id, role_words in review.participants.values_list("user_id", "role_words"):
            if role_words or user_id not in roles:
                roles[user_id] = role_words or SOMEONE_HERE
        people = User.objects.values_list("pk", "name", "email")
        return cls(
            (name, email, roles.get(pk, "")) for pk, name, email in people.iterator(chunk_size=2000)
        )

    def _add(self, name: str, email: str, role: str) -> None:
        role = in_a_sentence(role)
        parts = [fold(word.group()) for word in _WORD.finditer(name)]
        mailbox = fold(email)
        local = mailbox.partition("@")[0]
        if mailbox:
            self.mailboxes[mailbox] = role
        whole = [part for part in parts if part]
        if len(whole) > 1:
            self._prefer(self.names, tuple(whole), role)
            joined = [whole[0] + whole[-1], whole[0][0] + whole[-1], whole[0] + whole[-1][0]]
            for account in [*joined, f"{whole[0]}.{whole[-1]}", f"{whole[0][0]}.{whole[-1]}"]:
                if len(account) >= 5:
                    self._prefer(self.accounts, account, role)
        for part in whole:
            for piece in {part, *part.split("-")}:
                if _UNSPACED.search(piece):
                    self._prefer(self.unspaced, piece, role)
                elif len(piece) > 1 and piece not in _PARTICLES:
                    is_sure = len(piece) > 2 and piece not in _WORDS
                    known = self.words.get(piece)
                    if known is None or known[0] == in_a_sentence(COLLEAGUE):
                        self.words[piece] = (role, is_sure)
        if local and local not in SHARED_MAILBOXES:
            self._prefer(self.accounts, local, role)

    @staticmethod
    def _prefer(known: dict, key: object, role: str) -> None:
        """Whoever took part is meant rather than a namesake elsewhere."""
        if known.get(key, COLLEAGUE) == COLLEAGUE:
            known[key] = role


def fold(word: str) -> str:
    """What stays when case, accents and unseen characters are put aside."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.translate({ord(sign): None for sign in _UNSEEN}))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return letters.casefold().replace("’", "'")


def in_a_sentence(role: str) -> str:
    """ "Database engineer" becomes "the database engineer"; words with an article stay."""
    role = " ".join(role.split())
    first, _, rest = role.partition(" ")
    if first.lower() in {"a", "an", "the", "our", "one", "someone", "somebody", "another"}:
        return f"{first.lower()} {rest}".strip()
    if first[1:].islower() or len(first) == 1:
        first = first.lower()
    return f"the {first} {rest}".strip()


def spans(text: str, directory: Directory) -> list[Span]:
    """Every trace in one text, from left to right, none overlapping."""
    found: list[Span] = []
    taken = bytearray(len(text))

    def claim(span: Span) -> None:
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
            found.append(span)

    for look in (_emails, _handles, _phones, _addresses, _accounts, _names):
        for span in look(text, directory):
            claim(span)
    return sorted(found)


def _emails(text: str, directory: Directory) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        mailbox = fold(match.group())
        role = directory.mailboxes.get(mailbox) or directory.accounts.get(mailbox.partition("@")[0])
        is_sure = role is not None or mailbox.partition("@")[0] not in SHARED_MAILBOXES
        yield Span(*match.span(), "email", is_sure, role or "an e-mail address")


def _handles(text: str, directory: Directory) -> Iterator[Span]:
    for match in _HANDLE.finditer(text):
        handle = fold(match.group(1))
        if handle in NOT_HANDLES or handle in SHARED_MAILBOXES:
            continue
        role = directory.accounts.get(handle)
        if role is None:
            pieces = [directory.words.get(piece) for piece in re.split(r"[._-]", handle)]
            role = next((known[0] for known in pieces if known and known[1]), None)
        yield Span(*match.span(), "handle", role is not None, role or COLLEAGUE)


def _phones(text: str, directory: Directory) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        yield Span(*match.span(), "phone", match.group().startswith("+"), "a phone number")


def _addresses(text: str, directory: Directory) -> Iterator[Span]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            yield Span(*match.span(), "address", False, "a network address")


def _accounts(text: str, directory: Directory) -> Iterator[Span]:
    """Account names such as anna.keller, akeller or ak42, where they stand alone."""
    for match in _ACCOUNT.finditer(text):
        account = fold(match.group())
        role = directory.accounts.get(account)
        if role is None or account in directory.words or account in ORDINARY_WORDS:
            continue
        # A plain word may be both: "release" is somebody's log-in and what everybody writes.
        joins_names = len(account) > 5 and _joins_names(account, directory)
        is_sure = joins_names or not account.isalpha()
        if is_sure or match.group()[0].isupper():
            yield Span(*match.span(), "handle", is_sure, role)


def _joins_names(account: str, directory: Directory) -> bool:
    return any(
        account.startswith(word) or account.endswith(word)
        for word, (_, is_sure) in directory.words.items()
        if is_sure and len(word) > 3
    )


def _names(text: str, directory: Directory) -> Iterator[Span]:
    words = list(_pieces(text))
    folded = [fold(text[start:end]) for start, end in words]
    position = 0
    while position < len(words):
        length, role = _whole_name(text, words, folded, position, directory)
        if length:
            yield Span(words[position][0], words[position + length - 1][1], "name", True, role)
            position += length
            continue
        yield from _single_name(text, *words[position], folded[position], directory)
        position += 1
    for piece, role in directory.unspaced.items():
        for match in re.finditer(re.escape(piece), text):
            yield Span(*match.span(), "name", len(piece) > 1, role)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand, without a possessive: "Anna's" gives the place of "Anna"."""
    for match in _WORD.finditer(text):
        word, start = match.group(), match.start()
        bare = re.sub(r"['’][sS]$", "", word)
        yield start, start + len(bare)


def _whole_name(
    text: str,
    words: list[tuple[int, int]],
    folded: list[str],
    position: int,
    directory: Directory,
) -> tuple[int, str]:
    """(number of words, role) when a whole name starts here, "Keller, Anna" included."""
    for length in range(min(directory.longest, len(words) - position), 1, -1):
        ends = range(position, position + length - 1)
        gaps = [text[words[at][1] : words[at + 1][0]] for at in ends]
        if any(not re.fullmatch(r"[ \t\u00a0]+\n?|\n|, |\. |[._]", gap) for gap in gaps):
            continue
        here = tuple(folded[position : position + length])
        role = directory.names.get(here)
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
        if is_sure or text[start].isupper():
            yield Span(start, end, "name", is_sure, role)
        return
    if "-" in folded:
        at = start
        for piece in text[start:end].split("-"):
            yield from _single_name(text, at, at + len(piece), fold(piece), directory)
            at += len(piece) + 1
        return
    # "Annas Änderung": a genitive without its apostrophe.
    known = directory.words.get(folded[:-1]) if folded.endswith("s") else None
    if known and known[1] and text[start].isupper():
        yield Span(start, end, "name", False, f"{known[0]}'s")


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


def replace(text: str, replacements: Iterable[Replacement]) -> str:
    return "".join(words for tag, words in segments(text, replacements) if tag != "out")


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
            words = _fitting(words, text[: match.start()])
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
    line = text[: match.start()].rpartition("\n")[2]
    opened = len(re.findall(r"(?:^|(?<=[\s(]))['‘](?=[\w@])", f"{line}x"))
    closed = len(re.findall(r"(?<=[\w.,!?])['’](?!\w)", line))
    return opened <= closed


def _spellings(instead: dict[str, str]) -> re.Pattern[str]:
    """Any of the spellings, the longest first, as whole words."""
    ways = []
    for found in sorted(instead, key=len, reverse=True):
        way = re.escape(found)
        if not _UNSPACED.search(found):
            before = r"(?<![^\W\d_])" if found[0].isalpha() else r"(?<!\d)"
            after = r"(?![^\W\d_])" if found[-1].isalpha() else r"(?!\d)"
            way = f"{before}{way}{after}"
        ways.append(way)
    return re.compile("|".join(ways))


def _fitting(words: str, before: str) -> str:
    """The words without a second article, and with a capital where a sentence begins."""
    if re.search(r"\b(?:the|an?|our)\s+$", before, re.IGNORECASE):
        words = re.sub(r"^(?:the|an?)\s+", "", words)
    opens = re.search(r"(?:^|\n)[\s>*#+\d.)\-–\"“'‘\[_]*$|[.!?…]['\"”)]*\s+[\"“'‘(\[*_]*$", before)
    return words[:1].upper() + words[1:] if opens else words
