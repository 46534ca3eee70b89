"""A text as sentences of tokens: without code, quotations and addresses, people as one token."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from common.coach.language import Language

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
_TOKEN = re.compile(
    r"(?P<handle>(?<![\w.])@\w[\w.-]*\w)"
    r"|(?P<word>[^\W_]+(?:[-./_][^\W_]+|(?<=\d):\d+|['’](?=[^\W\d_])[^\W\d_]+)*['’]?)"
    r"|(?P<mark>[.,;:!?()\[\]|…–—])"
)
_TAILS = (("n't", "not"), ("'ve", "have"), ("'re", "are"), ("'ll", "will"), ("'m", "am"))
_NO_MODIFIER = frozenset(
    {
        *("<past>", "<done>", "<aux>", "<be>", "<have>", "<prep>", "<conj>", "<not>", "<det>"),
        *(".", ",", ";", ":", "!", "?", "(", ")", "[", "]", "|", "…", "–", "—", "'s", "<quote>"),
    }
)
_ENDS = frozenset(".!?…")


@dataclass(slots=True)
class Token:
    """A word, a mark, or a person who may be several words.

    ``keys`` are the word itself in lower case and its classes in angle brackets; ``start`` and
    ``end`` count code points of the whole text.
    """

    start: int
    end: int
    keys: frozenset[str]
    word: str
    is_capital: bool = False


@dataclass(slots=True)
class Block:
    """A paragraph, an item of a list, a heading or a row of a table."""

    start: int
    end: int
    hidden: list[tuple[int, int]] = field(default_factory=list)
    quoted: list[tuple[int, int]] = field(default_factory=list)


def sentences(text: str, language: Language, names: frozenset[str]) -> Iterator[list[Token]]:
    for block in _blocks(text):
        _hide(text, block)
        sentence: list[Token] = []
        for token in _tokens(text, block, language, names):
            if token.word == "." and sentence and "<title>" in sentence[-1].keys:
                continue
            sentence.append(token)
            if token.word in _ENDS and _ends_here(text, token, block):
                yield _with_people(sentence, language)
                sentence = []
        if sentence:
            yield _with_people(sentence, language)


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


def _tokens(text: str, block: Block, language: Language, names: frozenset[str]) -> Iterator[Token]:
    gaps = sorted(
        [(*span, False) for span in block.hidden] + [(*span, True) for span in block.quoted]
    )
    position = block.start
    for start, stop, is_quoted in [*gaps, (block.end, block.end, False)]:
        if start < position:
            continue
        for match in _TOKEN.finditer(text, position, start):
            yield from _split(match, language, names)
        if is_quoted:
            last = text[stop - 2] if stop - start > 2 else ""
            yield Token(start, stop, frozenset({"<quote>"}), "")
            if last in ".!?":
                after = text[stop : stop + 2].lstrip()
                if after[:1].isupper():
                    yield Token(stop - 1, stop, frozenset({"."}), ".")
        position = stop


def _split(match: re.Match[str], language: Language, names: frozenset[str]) -> Iterator[Token]:
    """One token, or two for a contraction or a possessive: "shouldn't" is "should" and "not"."""
    start, end = match.span()
    raw = match[0]
    if match.lastgroup == "handle":
        yield Token(start, end, frozenset({"<name>", "<handle>"}), raw.lower(), True)
        return
    if match.lastgroup == "mark":
        yield Token(start, end, frozenset({raw}), raw)
        return
    word = raw.replace("’", "'").lower()
    is_capital = raw[0].isupper()
    if is_capital and not raw.istitle() and raw.isalpha():  # "DockerHub", "DNS"
        keys = language.classes_of(word) | {"<capital>"}
        if raw.isupper() and "<acronym-group>" in keys:
            keys |= {"<group>"}
        yield Token(start, end, keys, word, True)
        return
    if "'" not in word:
        yield _word(start, end, word, is_capital, language, names)
        return
    for tail, meaning in _TAILS:
        if word.endswith(tail) and len(word) > len(tail):
            middle = end - len(tail)
            stem = {"ca": "can", "wo": "will", "sha": "shall"}.get(word[: -len(tail)])
            yield _word(start, middle, stem or word[: -len(tail)], is_capital, language, names)
            # "ought to've" and "shouldn't've" come as one token.
            yield Token(middle, end, language.classes_of(meaning), meaning)
            return
    if word.endswith("'s") and len(word) > 2:
        yield _word(start, end - 2, word[:-2], is_capital, language, names)
        is_verb = word[:-2] in {"it", "that", "this", "there", "here", "what", "who", "he", "she"}
        yield Token(end - 2, end, language.classes_of("is" if is_verb else "'s") | {"'s"}, "'s")
        return
    if word.endswith("'d") and len(word) > 2:
        yield _word(start, end - 2, word[:-2], is_capital, language, names)
        yield Token(end - 2, end, frozenset({"'d", "would", "had", "<aux>"}), "would")
        return
    if word.endswith("'"):
        yield _word(start, end - 1, word[:-1], is_capital, language, names)
        if word.endswith("s'"):
            yield Token(end - 1, end, frozenset({"'s"}), "'s")
        return
    yield _word(start, end, word, is_capital, language, names)


def _word(
    start: int, end: int, word: str, is_capital: bool, language: Language, names: frozenset[str]
) -> Token:
    keys = language.classes_of(word)
    if is_capital:
        keys = keys | {"<capital>"}
    if is_capital and (word in language.names or word in names or _bare(word) in language.names):
        keys = keys | {"<name>"}
    elif is_capital and len(keys) == 2 and len(word) > 3 and word.isalpha():
        keys = keys | {"<stranger>"}
    return Token(start, end, keys, word, is_capital)


def _bare(word: str) -> str:
    """Without accents, as the list of names is written."""
    return "".join(one for one in unicodedata.normalize("NFD", word) if one < "\u0300")


def _ends_here(text: str, token: Token, block: Block) -> bool:
    rest = text[token.end : min(block.end, token.end + 40)]
    if rest and not rest[0].isspace() and rest[0] not in "\"')”’]*_":
        return False
    following = rest.lstrip(" \n\t\"'”’)]*_")
    return not following[:1].islower()


# People ------------------------------------------------------------------------------------------
def _with_people(tokens: list[Token], language: Language) -> list[Token]:
    """The sentence with "the network engineer's" or "Carlos and Mei" as one token each."""
    _judge_strangers(tokens)
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        person = _person(tokens, at)
        if person is None:
            result.append(tokens[at])
            at += 1
            continue
        stop, kinds = person
        keys = kinds | {"<person>"}
        end = tokens[stop - 1].end
        if stop < len(tokens) and tokens[stop].word == "'s":
            following = tokens[stop + 1].keys if stop + 1 < len(tokens) else frozenset()
            is_verb = "<pronoun>" in kinds or not following.isdisjoint(
                {"<not>", "<det>", "<be.ing>"}
            )
            if not is_verb:
                keys = frozenset(f"{key[:-1]}.of>" for key in keys)
                end = tokens[stop].end
                stop += 1
        words = tokens[at].word if stop == at + 1 else ""
        if words:
            keys = keys | {words}
        result.append(Token(tokens[at].start, end, frozenset(keys), words, tokens[at].is_capital))
        at = stop
    return result


def _judge_strangers(tokens: list[Token]) -> None:
    """Take an unknown word in capitals for a name where it acts as only people do.

    At the beginning of a sentence the capital tells nothing.
    """
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if "<stranger>" not in token.keys:
            continue
        if following is not None and "<human>" in following.keys:
            token.keys |= {"<name>"}
        elif token is tokens[0] or (following is not None and _is_a_noun(following)):
            token.keys -= {"<stranger>"}


def _is_a_noun(token: Token) -> bool:
    """True for a word that nothing tells to be another: what stands before it describes it."""
    return token.word.isalpha() and token.keys.isdisjoint(_NO_MODIFIER | {"<soft>", "<adverb>"})


def _person(tokens: list[Token], at: int) -> tuple[int, frozenset[str]] | None:
    """Where the person that begins here ends, and what kind of person it is."""
    first = tokens[at].keys
    if tokens[at].word == "one" and [one.word for one in tokens[at + 1 : at + 2]] == ["of"]:
        several = _by_role(tokens, at + 2) if at + 2 < len(tokens) else None
        return several and (several[0], frozenset({"<role>", "<one>"}))
    if tokens[at].word == "no" and at + 1 < len(tokens) and tokens[at + 1].word == "one":
        return at + 2, frozenset({"<someone>", "<many>", "nobody"})
    if "<name>" in first:
        return _named(tokens, at)
    if "<title>" in first and [one.is_capital for one in tokens[at : at + 2]] == [True, True]:
        return _named(tokens, at + 1)
    if "<pronoun>" in first:
        return at + 1, frozenset({"<he>", "<one>"})
    if "<self>" in first:
        return at + 1, frozenset({"<self>"})
    if "<someone>" in first:
        return _someone(tokens, at)
    return _by_role(tokens, at)


def _named(tokens: list[Token], at: int) -> tuple[int, frozenset[str]]:
    kinds = frozenset({"<named>", "<one>"})
    stop = at + 1
    while stop < len(tokens) and stop < at + 4 and _goes_on_as_name(tokens[stop]):
        stop += 1
    # Names in a row: "Carlos, Mei and Jo".
    while stop + 1 < len(tokens) and tokens[stop].word in {"and", "&", ","}:
        if "<name>" not in tokens[stop + 1].keys:
            break
        stop += 2
    if stop + 2 < len(tokens) and tokens[stop].word == "(":
        for close in range(stop + 1, min(stop + 6, len(tokens))):
            if tokens[close].word == ")":
                return close + 1, kinds
    if stop < len(tokens) and tokens[stop].word in {"from", "in", "of", "at"}:
        after = stop + 1
        if after < len(tokens) and "<det>" in tokens[after].keys:
            after += 1
        for last in range(after, min(after + 3, len(tokens))):
            if "<group>" in tokens[last].keys or "<before-role>" in tokens[last].keys:
                if last + 1 == len(tokens) or "<group>" not in tokens[last + 1].keys:
                    return last + 1, kinds
            else:
                break
    return stop, kinds


def _goes_on_as_name(token: Token) -> bool:
    return token.is_capital and not token.keys.isdisjoint({"<name>", "<stranger>"})


def _someone(tokens: list[Token], at: int) -> tuple[int, frozenset[str]]:
    kind = frozenset({"<someone>", "<many>", tokens[at].word})
    stop = at + 1
    if _is_named(tokens, stop):
        return stop + 2, frozenset({"<named>", "<one>"})
    if stop < len(tokens) and tokens[stop].word in {"in", "from", "on", "at"}:
        after = stop + 1
        while after < len(tokens) and not tokens[after].keys.isdisjoint({"<det>", "<before-role>"}):
            after += 1
        if after < len(tokens) and not tokens[after].keys.isdisjoint({"<group>", "call", "duty"}):
            return after + 1, kind
        if after > stop + 1 and "<before-role>" in tokens[after - 1].keys:
            return after, kind
    return stop, kind


def _by_role(tokens: list[Token], at: int) -> tuple[int, frozenset[str]] | None:
    """ "The network engineer", "our database group", "a member of the support staff"."""
    stop = at
    has_det = False
    if "<det>" in tokens[stop].keys:
        has_det = True
        stop += 1
        if stop < len(tokens) and tokens[stop].word == "'s":
            return None
    head = 0
    kinds: frozenset[str] = frozenset()
    # The last word of a chain of modifiers that is a role or a group is the head.
    for last in range(stop, min(stop + 5, len(tokens))):
        keys = tokens[last].keys
        role = keys & {"<role>", "<roles>", "<group>", "<fool>"}
        if "<half-role>" in keys and last == stop:
            role = role if _word_at(tokens, last + 1) == "of" else frozenset()
        if "<role-tail>" in keys and last > at:
            names_person = not tokens[last - 1].keys.isdisjoint({"<role>", "<group>", "<vehicle>"})
            if names_person or _is_on_duty(tokens, last + 1):
                role = frozenset({"<role>"})
        if role and not (last > stop and tokens[last - 1].word in {"on", "the"}):
            head, kinds = last + 1, role
        modifies = role or not keys.isdisjoint(
            {"<before-role>", "<judge>", "<soft-judge>", "<ideal>"}
        )
        if (
            tokens[last].word == "'s"
            and head
            and last + 1 < len(tokens)
            and not tokens[last + 1].keys.isdisjoint({"<role>", "<roles>", "<group>"})
        ):
            continue
        is_verb = "<now>" in keys and (
            tokens[last].word.endswith("s") or tokens[at].word in {"that", "which", "who"}
        )
        if not modifies and (is_verb or not has_det or not keys.isdisjoint(_NO_MODIFIER)):
            break
    if not head:
        return None
    if head < len(tokens) and _makes_compound(tokens[head]):
        return None
    if _is_a_program(tokens, head):
        return None
    bare_group = "<group>" in kinds and not has_det and head == at + 1
    if bare_group and not _stands_alone(tokens, at, head):
        return None
    kind = "<role>" if kinds & {"<role>", "<fool>"} and not kinds & {"<group>"} else "<many>"
    found = {kind} | ({"<one>"} if kind == "<role>" and "<fool>" not in kinds else set())
    described = frozenset().union(*(token.keys for token in tokens[at:head]))
    if described & {"<judge>", "<soft-judge>", "<fool>"}:
        found.add("<judged>")
    if "<ideal>" in described and tokens[at].word in {"no", "any", "every", "each"}:
        found.add("<ideal.person>")
    if any(token.word in {"all", "whole", "entire"} for token in tokens[at:head]):
        found.add("<all-of>")
    if tokens[at].word in {"every", "no", "any"}:
        found.add(f"<{tokens[at].word}>")
    if tokens[at].word == "one":
        found.add("<the-one>")
    if any(token.word == "single" for token in tokens[at:head]):
        found.add("<single>")
    found |= kinds & {"<fool>"}
    stop = head
    # "an SRE named Robert", "the author of the patch", "the DBA on duty", "someone on call".
    following = [token.word for token in tokens[stop : stop + 2]]
    if _is_named(tokens, stop):
        return stop + 2, frozenset({"<named>", "<one>"})
    if stop < len(tokens) and "<number>" in tokens[stop].keys and kind == "<role>":
        return stop + 1, frozenset({"<named>", "<one>"})
    if _is_on_duty(tokens, stop):
        stop += 2
    elif following[:1] in (["responsible"], ["concerned"], ["involved"]):
        stop += 1
    elif stop + 1 < len(tokens) and tokens[stop].word in {"of", "in", "from", "at"}:
        after = stop + 1
        while after < len(tokens) and after < stop + 4:
            keys = tokens[after].keys
            if keys.isdisjoint({"<det>", "<before-role>"}):
                break
            if (
                "<group>" in keys
                and tokens[after + 1 :]
                and tokens[after + 1].keys.isdisjoint({"<group>", "<before-role>", "<roles>"})
            ):
                break
            after += 1
        if after < len(tokens) and not tokens[after].keys.isdisjoint(
            {"<group>", "<made>", "<roles>"}
        ):
            stop = after + 1
    return _after_place(tokens, stop), frozenset(found)


def _after_place(tokens: list[Token], at: int) -> int:
    """Behind "at the Frankfurt site", where a verb follows: it only tells who is meant."""
    if at + 1 >= len(tokens) or tokens[at].word not in {"in", "on", "at", "from", "of", "with"}:
        return at
    after = at + 2 if "<det>" in tokens[at + 1].keys else at + 1
    for last in range(after, min(after + 4, len(tokens))):
        keys = tokens[last].keys
        if last > after and not keys.isdisjoint({"<past>", "<be>", "<have>", "<aux>"}):
            return last
        if not keys.isdisjoint(_NO_MODIFIER):
            break
    return at


def _word_at(tokens: list[Token], at: int) -> str:
    return tokens[at].word if at < len(tokens) else ""


def _is_on_duty(tokens: list[Token], at: int) -> bool:
    on, what, after = (_word_at(tokens, place) for place in range(at, at + 3))
    return on == "on" and (
        what in {"duty", "call", "shift", "watch"} or (what == "the" and after == "phone")
    )


def _is_named(tokens: list[Token], at: int) -> bool:
    """True for "named Robert"."""
    follows = tokens[at : at + 2]
    return len(follows) == 2 and follows[0].word in {"named", "called"} and follows[1].is_capital


def _is_a_program(tokens: list[Token], head: int) -> bool:
    """True for "the package manager": what stands before makes a program of the role."""
    names_both = "<program>" in tokens[head - 1].keys
    return names_both and head > 1 and "<thing-before>" in tokens[head - 2].keys


def _makes_compound(token: Token) -> bool:
    """True when the word after a role makes a thing of it: "operator console"."""
    if not token.word or token.word == "'s":
        return False
    if "<thing-after>" in token.keys:
        return True
    # Of an unknown word only an ending of the past tells that it is the verb.
    return (
        len(token.keys - {"<capital>"}) == 1
        and token.word[-1].isalnum()
        and not token.word.endswith("ed")
    )


def _stands_alone(tokens: list[Token], at: int, head: int) -> bool:
    """True when a bare group word ("support", "infra") is a subject or follows a preposition."""
    following = tokens[head].keys if head < len(tokens) else frozenset()
    if at and not tokens[at - 1].keys.isdisjoint({"by", "because", "but", "and", ",", "of", "in"}):
        return True
    return at == 0 and not following.isdisjoint(
        {"<past>", "<aux>", "<be>", "<have>", "<not>", "<soft>", "<adverb>", "<often>"}
    )
