"""Where a text speaks of a person: names, addresses, numbers, and what gives one away.

The directory is the main source. Forms that mean a person whoever it is (an author line, a mention
in a chat, a telephone number) are found without it. What may just as well be something else is not
sure, and somebody is asked.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from postmortems.directory import COLLEAGUE, WORD, Directory, broader, fold
from postmortems.given_names import GIVEN_NAMES
from postmortems.ordinary_words import (
    ABBREVIATIONS,
    MONTHS,
    NOT_HANDLES,
    OPENERS,
    ORDINARY_WORDS,
    SHARED_MAILBOXES,
)

SOMEONE = "someone"


class Span(NamedTuple):
    start: int
    end: int
    kind: str
    is_sure: bool
    instead: str


Look = Callable[[str, Directory], Iterator[Span]]


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
    for span in _times(text, found):
        claim(span)
    return sorted(found)


# Addresses and numbers --------------------------------------------------------------------------
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


def _emails(text: str, directory: Directory) -> Iterator[Span]:
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


def _numbers(text: str, directory: Directory) -> Iterator[Span]:
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


def _addresses(text: str, directory: Directory) -> Iterator[Span]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            before = text[max(match.start() - 60, 0) : match.start()]
            is_version = _VERSION_BEFORE.search(before) and _VERSION_NEAR.search(before)
            if is_version or _NOBODYS.match(match.group()):
                continue
            yield Span(*match.span(), "address", False, "a network address")


# Accounts and what people are called in chats ---------------------------------------------------
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
_ACCOUNT = re.compile(r"[\w.+-]*\w")


def _mentions(text: str, directory: Directory) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        is_team = match.group().startswith("<!")
        yield Span(*match.span(), "handle", not is_team, "a team" if is_team else COLLEAGUE)


def _handles(text: str, directory: Directory) -> Iterator[Span]:
    for match in _HANDLE.finditer(text):
        handle = fold(match.group(1))
        if handle in NOT_HANDLES or handle in SHARED_MAILBOXES:
            continue
        role = directory.account(handle)
        if role is None:
            pieces = [directory.words.get(piece) for piece in re.split(r"[._-]", handle)]
            role = next((known[0] for known in pieces if known and known[1]), None)
        yield Span(*match.span(), "handle", role is not None, role or COLLEAGUE)


def _places_of_people(text: str, directory: Directory) -> Iterator[Span]:
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


def _accounts(text: str, directory: Directory) -> Iterator[Span]:
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
    return any(
        account.startswith(word) or account.endswith(word)
        for word, (_, is_sure) in directory.words.items()
        if is_sure and len(word) > 3
    )


# Names ------------------------------------------------------------------------------------------
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


def _names(text: str, directory: Directory) -> Iterator[Span]:
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
    for piece, role in directory.unspaced.items():
        for match in re.finditer(re.escape(piece), text):
            yield Span(*match.span(), "name", len(piece) > 1, role)


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
        elif _word_after(text, end) in _ONLY_PEOPLE_DO:
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
    before, after = _word_before(text, start), _word_after(text, end)
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


def _word_after(text: str, end: int) -> str:
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


def _initials(text: str, directory: Directory) -> Iterator[Span]:
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


# What gives somebody away without naming them: advice, for these words may well stay ------------
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


def _roles(text: str, directory: Directory) -> Iterator[Span]:
    """Role words that one person alone held."""
    for role in directory.single_roles:
        words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", role)))
        for match in re.finditer(rf"(?:\b(?:the|our)\s+)?(?<![\w-]){words}(?![\w-])", text, re.I):
            if not _INDEFINITE.search(text, max(match.start() - 10, 0), match.start()):
                yield Span(*match.span(), "role", False, broader(role))


def _pronouns(text: str, directory: Directory) -> Iterator[Span]:
    for match in _PRONOUN.finditer(text):
        words = match.group()
        pronoun = re.split(r"['’ ]", words)[0]
        instead = _PRONOUNS[pronoun.lower()]
        rest = words[len(pronoun) :]
        rest = {" was": " were", " is": " are", " has": " have", " does": " do"}.get(rest, rest)
        if rest in {"'s", "’s"}:
            after = _word_after(text, match.end())
            rest = rest[0] + ("ve" if after.endswith(("ed", "en")) or after == "had" else "re")
        following = _NEXT_WORD.match(text, match.end())
        if pronoun.lower() == "her" and following and following[1].lower() not in _AFTER_THEM:
            words = f"their {following[1]}"
            yield Span(match.start(), following.end(), "pronoun", False, words)
            instead = "their"
        yield Span(*match.span(), "pronoun", False, instead + rest)


def _times(text: str, found: list[Span]) -> Iterator[Span]:
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


_LOOKS: tuple[Look, ...] = (
    _mentions,
    _emails,
    _places_of_people,
    _handles,
    _numbers,
    _addresses,
    _accounts,
    _names,
    _initials,
    _roles,
    _pronouns,
)
