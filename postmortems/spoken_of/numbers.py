"""Mail addresses, telephone and staff numbers, and addresses of machines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postmortems.directory import Directory, fold
from postmortems.ordinary_words import (
    SHARED_MAILBOXES,
)
from postmortems.spoken_of.span import Span

_EMAIL = re.compile(r"[\w.+%'’-]*[\w+%-]@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_AT = r"\s*(?:\(at\)|\[at\]|\{at\}|\bat\b)\s*"
_DOT = r"\s*(?:\(dot\)|\[dot\]|\{dot\}|\bdot\b)\s*"
_HIDDEN_EMAIL = re.compile(
    rf"(?<![\w.])[\w.+-]*\w(?:{_AT}[\w-]+(?:{_DOT}[a-z]+)+|"
    rf"\s*(?:\(at\)|\[at\]|\{{at\}})\s*[\w-]+(?:\.[\w-]+)+)(?!\w)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.:/+-])(?:\+[ (]*\d(?:[ ()./-]{0,2}\d){6,14}|0\d(?:[ ()/-]{0,2}\d){7,12}|"
    r"\(\d{2,5}\)[ -]?\d(?:[ /-]?\d){5,9}|\d{3}[-. ]\d{3}[-. ]\d{4})(?![\w:]|[-./]\d)"
)
_EXTENSION = re.compile(
    r"\b(?:ext(?:ension)?|anknytning|durchwahl|tel(?:efon|ephone)?|phone|mobile)\b[.:]?\s*"
    r"\d[\d -]{1,12}\d(?![\w]|\.\w)",
    re.IGNORECASE,
)
_STAFF_NUMBER = re.compile(
    r"\b(?:(?:employee|staff|personnel|badge|emp)[ -]?(?:id|no|nr|number|#)?|"
    r"(?:personal|anställnings|mitarbeiter)-?(?:nummer|nr|id))\b[.:]?\s*#?"
    r"[A-Z]{0,3}-?\d{3,10}(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_PERSONNUMMER = re.compile(r"(?<![\w-])(?:\d{2})?(\d{6})[-+](\d{4})(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
                   r"(?![\w-]|\.\d)")  # fmt: skip
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})|"
    r"(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6})(?![\w:])",
    re.IGNORECASE,
)
_VERSION_BEFORE = re.compile(r"\b(?:versions?|releases?|build|from|to|v)\.?\s*$", re.IGNORECASE)
_VERSION_NEAR = re.compile(r"\b(?:versions?|releases?|upgrad\w+|downgrad\w+)\b", re.IGNORECASE)
# Nobody's: this machine, any machine, and the resolvers everybody uses.
_NOBODYS = re.compile(r"127\.|0\.|255\.|1\.1\.1\.1$|1\.0\.0\.1$|8\.8\.[84]\.[84]$|9\.9\.9\.9$")


def emails(text: str, directory: Directory) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        mailbox = fold(match.group())
        local = mailbox.partition("@")[0]
        if local == "git" and text[match.end() : match.end() + 1] == ":":
            continue  # where a repository lies
        role = directory.mailboxes.get(mailbox) or directory.accounts.get(local)
        is_sure = role is not None or local not in SHARED_MAILBOXES
        yield Span(*match.span(), "email", is_sure, role or "an e-mail address")
    for match in _HIDDEN_EMAIL.finditer(text):
        local = re.split(_AT, match.group(), flags=re.IGNORECASE)[0]
        role = directory.account(local) or directory.words.get(fold(local), ("",))[0]
        yield Span(*match.span(), "email", bool(role), role or "an e-mail address")


def numbers(text: str, directory: Directory) -> Iterator[Span]:
    for match in _STAFF_NUMBER.finditer(text):
        yield Span(*match.span(), "number", False, "a staff number")
    for match in _PERSONNUMMER.finditer(text):
        if _adds_up(match[1] + match[2]):
            yield Span(*match.span(), "number", True, "a personal number")
    for match in _PHONE.finditer(text):
        yield Span(*match.span(), "phone", match.group().startswith("+"), "a phone number")
    for match in _EXTENSION.finditer(text):
        yield Span(*match.span(), "phone", False, "a phone number")


def _adds_up(digits: str) -> bool:
    """The check digit of a Swedish personal number."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits)]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def addresses(text: str, directory: Directory) -> Iterator[Span]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            before = text[max(match.start() - 60, 0) : match.start()]
            is_version = _VERSION_BEFORE.search(before) and _VERSION_NEAR.search(before)
            if is_version or _NOBODYS.match(match.group()):
                continue
            yield Span(*match.span(), "address", False, "a network address")
