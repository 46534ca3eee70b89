"""Messages whose name, time and text stand in lines of their own."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from incidents.pasting import shapes, stamps
from incidents.pasting.shapes import Is, Speaker, Token
from incidents.pasting.stamps import ZoneWords

_FULL_NAME = re.compile(r"[A-ZÀ-Þ][\w.'’\-]+(?: (?:[A-ZÀ-Þ][\w.'’\-]*|de|van|der|den|von)){0,3}")
_LONGEST_AT_END = 40
_SHARE = 0.6
_NAME_LINE = re.compile(r"@?[^\W\d_][\w.\-'’]{0,30}(?: [^\W\d_][\w.\-'’]{0,30}){0,2}")
#: Said in one word, the state of a status page, or the head of a column: no names.
_NO_NAMES = frozenset(
    "ok okay done yes no thanks sure great nice agreed confirmed looking checking stop fixed back "
    "hello hi resolved monitoring update identified investigating completed verifying scheduled "
    "postmortem detected mitigated acknowledged triggered recovered closed opened time event "
    "description".split()
)


def with_time_at_end(lines: list[str], words: ZoneWords) -> dict[int, list[Token]]:
    """Tokens by index where most lines are like "- Disk full (23:27 UTC)"."""
    found: dict[int, list[Token]] = {}
    for index, line in enumerate(lines):
        told = line.rstrip().removesuffix(".")
        opens = max(told.rfind("("), told.rfind("["), 0) if told.endswith((")", "]")) else 0
        when = told[opens + 1 : -1]
        stamp = stamps.at(when, 0, words) if 0 < len(when) <= _LONGEST_AT_END else None
        lead = shapes.LEAD.match(line)
        text = told[lead.end() if lead else 0 : opens].strip()
        if text and stamp and stamp.clock and stamp.end == len(when):
            found[index] = [Token(Is.ENTRY, index + 1, line, stamp=stamp, text=text)]
    written = sum(1 for line in lines if line.strip())
    return found if len(found) >= 2 and len(found) >= _SHARE * written else {}


def arranged(tokens: list[Token]) -> list[Token]:
    """The tokens with each name, time and text in one, as far as the whole paste tells."""
    return _with_halves(_with_names_above(_with_times_below(_with_full_names(tokens))))


def _is_time_alone(token: Token) -> bool:
    return token.kind is Is.ENTRY and token.stamp is not None and not (token.text or token.speaker)


def _with_full_names(tokens: list[Token]) -> list[Token]:
    """ "[23:27] Alice Smith" with the text in the lines below, where all are like that."""
    bracketed = [
        place
        for place, token in enumerate(tokens)
        if token.kind is Is.ENTRY
        and token.is_bracketed
        and not token.name_first
        and not token.speaker
    ]

    def is_name(place: int) -> bool:
        below = tokens[place + 1].kind if place + 1 < len(tokens) else Is.BLANK
        return below is Is.TEXT and bool(_FULL_NAME.fullmatch(tokens[place].text))

    if not bracketed or not all(map(is_name, bracketed)):
        return tokens
    if len(bracketed) < 2 and " " not in tokens[bracketed[0]].text:
        return tokens
    tokens = list(tokens)
    for place in bracketed:
        token = tokens[place]
        tokens[place] = token._replace(
            text="", speaker=token.text, sure=Speaker.SURE, name_first=True
        )
    return tokens


def _with_times_below(tokens: list[Token]) -> list[Token]:
    """A status page, or a copy of Signal: each text has its time in the line below it."""
    told = [token for token in tokens if token.kind in {Is.TEXT, Is.ENTRY}]
    if not told or told[0].kind is not Is.TEXT or not _is_time_alone(told[-1]):
        return tokens
    if not all(_is_time_alone(token) for token in told if token.kind is Is.ENTRY):
        return tokens
    blocks: list[list[int]] = [[]]
    for place, token in enumerate(tokens):
        if token.kind is Is.TEXT:
            blocks[-1].append(place)
        elif token.kind is Is.ENTRY:
            blocks[-1].append(place)
            blocks.append([])
    blocks = [block for block in blocks if len(block) > 1]
    named = len(blocks) > 1 and all(
        len(block) > 2 and _is_name(tokens[block[0]].text) for block in blocks
    )
    tokens = list(tokens)
    for first, *_, time in blocks:
        token, text = tokens[time], tokens[first].text.strip()
        tokens[first] = tokens[first]._replace(
            kind=Is.ENTRY, stamp=token.stamp, bullet=-1,
            text="" if named else text, speaker=text if named else "",
            sure=Speaker.SURE if named else Speaker.NONE, name_first=named,
        )  # fmt: skip
        tokens[time] = Token(Is.NOISE, token.number, token.raw)
    return tokens


def _with_names_above(tokens: list[Token]) -> list[Token]:
    """A name in a line of its own, the time below it, then the text."""
    above = {
        place: at
        for place, token in enumerate(tokens)
        if _is_time_alone(token) and (at := _name_above(tokens, place)) is not None
    }
    names = Counter(tokens[at].text.strip() for at in above.values())
    tokens, dropped = list(tokens), set[int]()
    for place, at in above.items():
        name = tokens[at].text.strip()
        before = tokens[at - 1].kind if at else Is.BLANK
        edge = before in {Is.BLANK, Is.DAY, Is.NOISE, Is.HEADING} or at < place - 1
        # Without an empty line above it, it could also be the end of what was said before.
        if edge or names[name] > 1 or (before is Is.TEXT and _is_name(name)):
            tokens[place] = tokens[place]._replace(
                speaker=name, sure=Speaker.SURE, name_first=True, number=tokens[at].number,
                raw="\n".join(token.raw for token in tokens[at : place + 1]),
            )  # fmt: skip
            dropped.update(range(at, place))
    return [token for place, token in enumerate(tokens) if place not in dropped]


def _name_above(tokens: list[Token], place: int) -> int | None:
    """Where the name to this time stands; a dash may stand between them."""
    at = place - 1
    if at > 0 and tokens[at].kind is Is.NOISE and len(tokens[at].raw.strip()) == 1:
        at -= 1
    is_name = (
        at >= 0 and tokens[at].kind is Is.TEXT and _NAME_LINE.fullmatch(tokens[at].text.strip())
    )
    return at if is_name else None


def _is_name(text: str) -> bool:
    return bool(_FULL_NAME.fullmatch(text.strip())) and text.strip().lower() not in _NO_NAMES


def _with_halves(tokens: list[Token]) -> list[Token]:
    """Slack writes "11:28" alone for what follows "11:27 PM": the next such time is meant."""
    last, arranged_ = None, []
    for token in tokens:
        clock = token.stamp.clock if token.stamp else None
        if token.stamp and clock and clock.halved:
            last = clock
        elif token.stamp and clock and last and _is_time_alone(token) and 1 <= clock.hour <= 12:
            began = last.hour * 60 + last.minute
            hour = min(
                (clock.hour % 12, clock.hour % 12 + 12),
                key=lambda hour: (hour * 60 + clock.minute - began) % 1440,
            )
            last = replace(clock, hour=hour, halved=True)
            token = token._replace(stamp=replace(token.stamp, clock=last))
        arranged_.append(token)
    return arranged_
