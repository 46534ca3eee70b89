"""Lines put together: who speaks, where one line cannot tell, and which text has which time."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext

from incidents.pasting import layout, noise, shapes
from incidents.pasting.model import NotPlaced
from incidents.pasting.shapes import Is, Speaker, Token
from incidents.pasting.stamps import Stamp, ZoneWords

#: "14:32 Decision: roll back" has no speaker.
LABELS = frozenset(
    "decision decided action actions note notes update updates alert alerts status impact "
    "detection detected trigger triggered fix fixed mitigation mitigated resolution resolved "
    "error errors warning warn info debug critical fatal cause summary fyi todo nb ps edit http "
    "https page paged deploy deployed started ended detect acknowledged ack next result outcome "
    "question answer timeline incident recovery recovered symptom symptoms observation "
    "hypothesis theory plan goal escalation escalated communication investigation monitoring "
    "identified customer customers problem firing ok done start end time date".split()
) | {
    "service alert", "host alert", "service notification", "host notification", "root cause",
    "status page",
}  # fmt: skip
_SHARE = 0.6
_LOOK_FOR_TIME = 8


@dataclass
class Entry:
    """One message or note; `rest` are the lines that follow without a time of their own."""

    token: Token
    rest: list[Token] = field(default_factory=list)

    @property
    def stamp(self) -> Stamp | None:
        return self.token.stamp

    @property
    def raw(self) -> tuple[int, ...]:
        rest = list(self.rest)
        while rest and not rest[-1].raw.strip():
            rest.pop()
        return tuple(
            line
            for token in [self.token, *rest]
            for line in range(token.number, token.number + token.raw.count("\n") + 1)
        )

    @property
    def text(self) -> str:
        below = [token.text for token in self.rest]
        while below and not below[-1].strip():
            below.pop()
        more = textwrap.dedent("\n".join(below)) if any(line.strip() for line in below) else ""
        whole = "\n".join(part for part in (self.token.text, more) if part.strip())
        return noise.without_edited(whole.strip()).strip()


@dataclass
class Grouped:
    """In the order of the paste: entries, and the tokens that say which day or zone follows."""

    items: list[Entry | Token] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)
    passed_over: list[tuple[int, str]] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        return [item for item in self.items if isinstance(item, Entry)]


def group(tokens: list[Token], words: ZoneWords) -> Grouped:
    tokens = _with_speakers(layout.arranged(tokens))
    closes, inside_until = _fences(tokens), -1
    grouped = Grouped()
    current: Entry | None = None
    speaker, why = "", gettext("It comes before the first time.")
    for place, token in enumerate(tokens):
        if place in closes and current:
            inside_until = closes[place]
        inside = place <= inside_until
        if inside or (token.kind is Is.ENTRY and current and _is_what_was_said(token, current)):
            token = token._replace(kind=Is.TEXT, text=token.raw)
        elif token.kind is Is.FENCE:
            token = token._replace(kind=Is.NOISE)
        if not inside and token.kind is Is.TEXT:
            token = _alert(token, tokens, place, current, words)
        if token.kind is Is.ENTRY:
            if token.name_first:
                speaker = token.speaker
            elif speaker and not token.text and not token.speaker:
                token = token._replace(speaker=speaker)
            elif token.text:
                speaker = ""
            current = Entry(token)
            grouped.items.append(current)
        elif token.kind in {Is.TEXT, Is.BLANK} and current:
            if _is_next_in_list(token, current) and not inside:
                current = Entry(_without_mark(token))
                grouped.items.append(current)
            else:
                current.rest.append(token)
        elif token.kind in {Is.DAY, Is.HEADING}:
            grouped.items.append(token)
            if token.kind is Is.DAY or token.zone:
                grouped.passed_over.append((token.number, token.raw))
            else:
                grouped.not_placed.append(
                    NotPlaced(token.number, token.raw, gettext("It is a heading."))
                )
            # A zone said in passing does not end a message.
            if token.kind is Is.DAY or not token.zone:
                current, why = (
                    None,
                    gettext("It stands below a heading, before the first time there."),
                )
        elif token.kind is Is.TEXT:
            grouped.not_placed.append(NotPlaced(token.number, token.raw, why))
        elif token.kind is not Is.BLANK:
            grouped.passed_over.append((token.number, token.raw))
    _drop_silent(grouped)
    return grouped


def _drop_silent(grouped: Grouped) -> None:
    """A time, or a name and a time, with nothing said is no event."""
    for entry in [entry for entry in grouped.entries if not entry.text]:
        tokens = [entry.token, *entry.rest]
        grouped.passed_over += [(token.number, token.raw) for token in tokens if token.raw.strip()]
        day = entry.stamp.day if entry.stamp else None
        place = grouped.items.index(entry)
        grouped.items[place] = entry.token._replace(kind=Is.DAY, day=day, zone="")


def _is_what_was_said(token: Token, current: Entry) -> bool:
    """The first line below "alice  11:42 PM" is her text, also when it begins with a time."""
    below_header = not current.text and bool(current.token.speaker)
    return below_header and bool(token.text) and token.sure is not Speaker.SURE


def _is_next_in_list(token: Token, current: Entry) -> bool:
    """A list in which this point has no time, among points that have one."""
    return token.kind is Is.TEXT and token.bullet >= 0 and token.bullet == current.token.bullet


def _without_mark(token: Token) -> Token:
    text = re.sub(r"^\s*(?:(?:[-*+•‣·▪◦●–—]|\d{1,3}[.)]|\[[ xX]\]|>+|#{1,6})\s+)*", "", token.text)
    return token._replace(kind=Is.ENTRY, text=text)


def _alert(
    token: Token, tokens: list[Token], place: int, current: Entry | None, words: ZoneWords
) -> Token:
    """An alert whose time stands in a line below its head is an event of its own."""
    if not shapes.ALERT.match(token.text.strip()):
        return token
    if current and current.token.name_first and not current.text:
        return token
    if stamp := _time_of_alert(token, tokens[place + 1 : place + 1 + _LOOK_FOR_TIME], words):
        return token._replace(kind=Is.ENTRY, stamp=stamp, text=token.text.strip(), bullet=-1)
    if current and shapes.ALERT.match(current.token.text) and not current.token.name_first:
        return token._replace(kind=Is.ENTRY, text=token.text.strip(), bullet=-1)
    return token


def _time_of_alert(token: Token, below: list[Token], words: ZoneWords) -> Stamp | None:
    """The first time below its head; when it says that all is well, the time of the end."""
    is_over, began = shapes.ALERT_OVER.match(token.text.strip()), None
    for line in below:
        if line.kind not in {Is.TEXT, Is.BLANK} or shapes.ALERT.match(line.text.strip()):
            break
        if stamp := shapes.alert_time(line.text, words):
            if not is_over or shapes.ALERT_ENDS.match(line.text):
                return stamp
            began = began or stamp
    return began


def _fences(tokens: list[Token]) -> dict[int, int]:
    """Where each fenced block that is closed begins and ends."""
    marks = [place for place, token in enumerate(tokens) if token.kind is Is.FENCE]
    return dict(zip(marks[::2], marks[1::2], strict=False))


def _with_speakers(tokens: list[Token]) -> list[Token]:
    """Decide by the whole paste whether "alice: " in front of a text is who speaks."""
    plain = [t for t in tokens if t.kind is Is.ENTRY and not t.name_first and not t.is_bracketed]
    named = [t for t in plain if t.sure is Speaker.COLON and t.speaker.lower() not in LABELS]
    chat = len(named) >= 2 and len(named) >= _SHARE * len(plain)
    known = {t.speaker for t in tokens if t.sure is Speaker.SURE}
    headers = Counter(t.speaker for t in tokens if t.name_first and t.sure is Speaker.COLON)
    decided = []
    for token in tokens:
        if token.name_first and token.sure is Speaker.COLON:
            if sum(headers.values()) < 2 and token.speaker not in known:
                token = token._replace(kind=Is.TEXT, text=token.raw, stamp=None, speaker="")
        elif token.sure in {Speaker.COLON, Speaker.BRACKETED}:
            is_label = token.speaker.lower() in LABELS
            bracketed = token.sure is Speaker.BRACKETED
            if not is_label and (bracketed or chat or token.speaker in known):
                token = shapes.without_speaker(token)
            else:
                token = token._replace(speaker="", sure=Speaker.NONE)
        decided.append(token)
    return decided


def texts(grouped: Grouped) -> Iterator[str]:
    """What stands before the first event."""
    entries = grouped.entries
    first = entries[0].token.number if entries else 0
    return (left.text for left in grouped.not_placed if left.number < first)
