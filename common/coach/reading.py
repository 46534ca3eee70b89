"""A text as sentences of tokens: without code, quotations and addresses, people as one token."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from common.coach.language import Language
from common.coach.people import with_people
from common.coach.tokens import TOKEN, Token, Vocabulary, split

_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
_HIDDEN_LINE = re.compile(r"^ {0,3}>|^(?: {4}|\t)|^ {0,3}\[[^\]\n]{1,200}\]:")
_ITEM = re.compile(r"^\s{0,12}(?:[-*+]|\d{1,3}[.)]|#{1,6})\s+|^\s*\|")
_CODE = re.compile(r"(?P<ticks>`+)(?!`)[^\n]{0,400}?(?<!`)(?P=ticks)(?!`)")
_ADDRESS = re.compile(
    r"!\[[^\]\n]{0,300}\]\([^)\s]{0,400}\)|(?<=\])\([^)\n]{0,400}\)|<[a-zA-Z/!][^<>\n]{0,400}>"
    r"|(?<![\w-])--?[a-zA-Z][\w-]{1,60}|\bhttps?://[^\s<>\"]+|\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
)
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'"}
_QUOTE = re.compile("[" + "".join(_QUOTES) + "]")
_LONGEST_QUOTE = 600
_ENDS = frozenset(".!?…")


@dataclass(slots=True)
class Block:
    """A paragraph, an item of a list, a heading or a row of a table."""

    start: int
    end: int
    hidden: list[tuple[int, int]] = field(default_factory=list)
    quoted: list[tuple[int, int]] = field(default_factory=list)


def sentences(text: str, language: Language, names: frozenset[str]) -> Iterator[list[Token]]:
    vocabulary = Vocabulary(language, names)
    for block in _blocks(text):
        _hide(text, block)
        sentence: list[Token] = []
        for token in _tokens(text, block, vocabulary):
            if token.word == "." and sentence and "<title>" in sentence[-1].keys:
                continue
            sentence.append(token)
            if token.word in _ENDS and _ends_here(text, token, block):
                yield with_people(sentence)
                sentence = []
        if sentence:
            yield with_people(sentence)


def _blocks(text: str) -> Iterator[Block]:
    """The parts of a Markdown text that are read, without code blocks and block quotes."""
    start: int | None = None
    end = offset = 0
    fence = ""
    after_blank = True
    for line in text.splitlines(keepends=True):
        stop = offset + len(line)
        opening = _FENCE.match(line)
        is_hidden = bool(fence)
        if opening and (not fence or line.strip().strip(fence[0]) == ""):
            if not fence:
                fence = opening["mark"]
            elif opening["mark"].startswith(fence):
                fence = ""
            is_hidden = True
        is_blank = not line.strip()
        hides = _HIDDEN_LINE.match(line)
        if hides and not fence:
            # Indented text goes on with its paragraph or item; only after a blank line it is code.
            is_indented = line.startswith((" " * 4, "\t"))
            is_hidden = is_hidden or not is_indented or (after_blank and start is None)
        item = _ITEM.match(line)
        if (is_blank or is_hidden or item) and start is not None:
            yield Block(start, end)
            start = None
        if not is_blank and not is_hidden:
            if start is None:
                start = offset + (item.end() if item else 0)
            end = stop
            if item and line.lstrip().startswith("#"):
                yield Block(start, end)
                start = None
        after_blank = is_blank or is_hidden
        offset = stop
    if start is not None:
        yield Block(start, end)


def _hide(text: str, block: Block) -> None:
    """Find what is code, an address or somebody else's words."""
    codes = [match.span() for match in _CODE.finditer(text, block.start, block.end)]
    block.hidden = [match.span() for match in _ADDRESS.finditer(text, block.start, block.end)]
    covered = sorted([*codes, *block.hidden])
    closers: dict[str, list[int]] = {}
    quoted = []
    position = block.start
    for match in _QUOTE.finditer(text, block.start, block.end):
        at = match.start()
        before = text[at - 1] if at > block.start else " "
        if at < position or before.isalnum() or _is_inside(at, covered):
            continue
        closing = _QUOTES[match[0]]
        if closing not in closers:
            closers[closing] = _closers(text, closing, block)
        following = bisect_right(closers[closing], at)
        if following == len(closers[closing]):
            continue
        stop = closers[closing][following] + 1
        if stop - at <= _LONGEST_QUOTE:
            quoted.append((at, stop))
            position = stop
    block.quoted = sorted([*codes, *quoted])


def _is_inside(position: int, spans: list[tuple[int, int]]) -> bool:
    before = bisect_right(spans, (position, position)) - 1
    return before >= 0 and position < spans[before][1]


def _closers(text: str, mark: str, block: Block) -> list[int]:
    """Where such a quotation can end: an apostrophe inside a word doesn't close."""
    places = [match.start() for match in re.finditer(mark, text[block.start : block.end])]
    return [
        block.start + place
        for place in places
        if mark not in "'’" or not text[block.start + place + 1 : block.start + place + 2].isalnum()
    ]


def _tokens(text: str, block: Block, vocabulary: Vocabulary) -> Iterator[Token]:
    gaps = sorted(
        [(*span, False) for span in block.hidden] + [(*span, True) for span in block.quoted]
    )
    position = block.start
    for start, stop, is_quoted in [*gaps, (block.end, block.end, False)]:
        if start < position:
            continue
        for match in TOKEN.finditer(text, position, start):
            yield from split(match, vocabulary)
        if is_quoted:
            last = text[stop - 2] if stop - start > 2 else ""
            yield Token(start, stop, frozenset({"<quote>"}), "")
            if last in ".!?":
                after = text[stop : stop + 2].lstrip()
                if after[:1].isupper():
                    yield Token(stop - 1, stop, frozenset({"."}), ".")
        position = stop


def _ends_here(text: str, token: Token, block: Block) -> bool:
    rest = text[token.end : min(block.end, token.end + 40)]
    if rest and not rest[0].isspace() and rest[0] not in "\"')”’]*_":
        return False
    following = rest.lstrip(" \n\t\"'”’)]*_")
    return not following[:1].islower()
