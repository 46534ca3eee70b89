"""Accounts, and what people are called in chats, addresses and folders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postmortems.directory import COLLEAGUE, WORD, Directory, fold
from postmortems.ordinary_words import (
    NOT_HANDLES,
    ORDINARY_WORDS,
    SHARED_MAILBOXES,
)
from postmortems.spoken_of.span import SOMEONE, Span

_MENTION = re.compile(r"<@[UW][A-Z0-9]{4,}(?:\|[^<>\n]*)?>|<!subteam\^[A-Z0-9]+(?:\|[^<>\n]*)?>")
_HANDLE = re.compile(r"(?<![\w@./])@([^\W_][\w-]*(?:\.[\w-]+)*)(?![\w/]*/)")
_CHAT_NICK = re.compile(
    r"^[ \t]*(?:\[?\d{1,2}:\d{2}(?::\d{2})?\]?[ \t]+)?<[ +@%~&]?([^\W\d_][\w\[\]\\`^|-]{1,30})>"
    r"[ \t]+(?=\S)(?!and\b|or\b)",
    re.MULTILINE,
)
_HTML = frozenset(
    """
    article aside body br button canvas code dd details div dl dt em fieldset figure footer form
    head header hr html iframe img input label legend li link main meta nav ol option pre script
    section select slot span strong style sub summary sup svg table tbody td template textarea tfoot
    th thead title tr ul var video host hostname name none null path url
    """.split()
)
_USER_IN_ADDRESS = re.compile(
    r"(?:https?://(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)/([\w.-]*\w)/?(?![\w/.-])|"
    r"https?://[^\s/]+/(?:[^\s?#]*/)?(?:people|person|users?|u|members?|profiles?)/([\w.-]*\w)|"
    r"https?://[^\s/]+/(?:[^\s?#]*/)?~([\w.-]*\w)|"
    r"https?://[^\s?#]+\?[^\s#]*?(?:assignee|author|user(?:name)?|reporter|owner|creator)="
    r"([\w.-]*\w)|"
    r"(?:https?|ssh|sftp)://([\w.-]+)(?::[^@\s/]*)?@)",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"(?:(?<![\w.])/(?:home|Users|usr/home)/|\b[A-Z]:\\Users\\|(?<![\w/.~])~)([^\W\d_][\w.-]*\w)"
)
_AUTHOR_LINE = re.compile(
    r"^[ \t]*(?:Author|Commit(?:ter)?|Signed-off-by|Co-authored-by|Reviewed-by|Reported-by|"
    r"Tested-by|Acked-by|Suggested-by):[ \t]*([^<>\n]*[^<>\s])(?=[ \t]*<)",
    re.MULTILINE | re.IGNORECASE,
)
_DEVICES = "macbook|laptop|mbp|thinkpad|iphone|ipad|desktop|pc|notebook|surface|imac|phone"
_MACHINE = re.compile(
    rf"(?<![\w.-])(?:([^\W\d_]\w*)-(?:{_DEVICES})(?:-\w+)*|(?:{_DEVICES})-([^\W\d_]\w*))"
    r"(?:\.(?:local|lan|home))?(?![\w-])",
    re.IGNORECASE,
)
_OF_THE_HOUSE = SHARED_MAILBOXES | frozenset(
    "app apps bench deployer guest lab loan office pool runner shared spare stage staging "
    "template vagrant vm worker".split()
)
_NO_WORD = ("", False)
_ACCOUNT = re.compile(r"[\w.+-]*\w")


def mentions(text: str, directory: Directory) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        is_team = match.group().startswith("<!")
        yield Span(*match.span(), "handle", not is_team, "a team" if is_team else COLLEAGUE)


def handles(text: str, directory: Directory) -> Iterator[Span]:
    for match in _HANDLE.finditer(text):
        handle = fold(match.group(1))
        if handle in NOT_HANDLES or handle in SHARED_MAILBOXES:
            continue
        role = directory.account(handle)
        if role is None:
            pieces = [directory.words.get(piece) for piece in re.split(r"[._-]", handle)]
            role = next((known[0] for known in pieces if known and known[1]), None)
        yield Span(*match.span(), "handle", role is not None, role or COLLEAGUE)


def places_of_people(text: str, directory: Directory) -> Iterator[Span]:
    """What stands where only the name of a person stands: in a chat, an address, a folder."""
    for match in _CHAT_NICK.finditer(text):
        if match[1].lower() not in _HTML:
            yield _called(match, 1, directory)
    for match in _USER_IN_ADDRESS.finditer(text):
        group = next(at for at in range(1, 6) if match[at] is not None)
        if match[group].lower() not in _OF_THE_HOUSE:
            yield _called(match, group, directory)
    for match in _HOME.finditer(text):
        if match[1].lower() not in _OF_THE_HOUSE:
            yield _called(match, 1, directory)
    for match in _AUTHOR_LINE.finditer(text):
        words = tuple(fold(word.group()) for word in WORD.finditer(match[1]))
        yield Span(*match.span(1), "name", True, directory.names.get(words, COLLEAGUE))
    for match in _MACHINE.finditer(text):
        group = 1 if match[1] else 2
        owner = fold(match[group])
        if owner not in _OF_THE_HOUSE and owner not in ORDINARY_WORDS:
            yield _called(match, group, directory)


def _called(match: re.Match[str], group: int, directory: Directory) -> Span:
    """What somebody is called here; sure when the directory knows them: "annas" is anna's."""
    written = fold(match[group])
    for name in (written, written.removesuffix("s")):
        known = directory.words.get(name)
        role = directory.account(name) or (known[0] if known and known[1] else None)
        if role:
            return Span(*match.span(group), "handle", True, role)
    return Span(*match.span(group), "handle", False, SOMEONE)


def accounts(text: str, directory: Directory) -> Iterator[Span]:
    """Account names such as anna.keller, akeller or ak42, where they stand alone."""
    for match in _ACCOUNT.finditer(text):
        account = fold(match.group())
        role = directory.account(account)
        if role is None or account in directory.words or directory.is_ordinary(account):
            continue
        # A plain word may be both: "release" is somebody's log-in and what everybody writes.
        joins_names = len(account) >= 5 and _joins_names(account, directory)
        is_sure = joins_names or not account.isalpha()
        if is_sure or match.group()[0].isupper():
            yield Span(*match.span(), "handle", is_sure, role)


def _joins_names(account: str, directory: Directory) -> bool:
    """True when it begins or ends with a word of four letters or more that is surely a name."""
    ends = (piece for at in range(4, len(account) + 1) for piece in (account[:at], account[-at:]))
    return any(directory.words.get(piece, _NO_WORD)[1] for piece in ends)
