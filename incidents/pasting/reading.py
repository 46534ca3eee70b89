"""A pasted text, from its characters to its events."""

from __future__ import annotations

import re
import zoneinfo
from datetime import date, datetime

from common import when
from incidents import kinds
from incidents.pasting import grouping, layout, records, shapes, tables, zones
from incidents.pasting.model import LONGEST, MOST_LINES, Line, Pasted, TooLong
from incidents.pasting.placing import Places
from incidents.pasting.shapes import Token

#: "DiskFull", "db-1" or "Watchdog (db1)"; "Incident with …" is a sentence.
_ALERT_NAME = re.compile(r"\S+?[A-Z\d_.\-/]\S|[^\s:]+\s*(?:$|\(|;)", re.MULTILINE)
_COLON_CLOCK = re.compile(r"\d\d?:\d\d")
_DIGITS_ALONE = re.compile(r"\W{0,4}([012]\d)([.]?)([0-5]\d)(?:\s*[:\-–—]\s|\s)", re.ASCII)


def understand(
    text: str,
    *,
    now: datetime,
    zone: zoneinfo.ZoneInfo,
    date: date | None = None,
    around: when.Span | None = None,
) -> Pasted:
    """Read notes, chats, logs, alerts and tables, also several in one text.

    `date` is the day of clock times before the first date; without it that date counts, then the
    story `around`, then today. Raises TooLong.
    """
    if len(text) > LONGEST:
        raise TooLong
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MOST_LINES:
        raise TooLong
    words = zones.words_of(zone)
    known = (
        tables.find(lines, words)
        | records.find("\n".join(lines), words)
        | layout.with_time_at_end(lines, words)
    )
    loose = _writes_clocks_without_colon(lines)
    tokens: list[Token] = []
    for index, line in enumerate(lines):
        if index in known:
            tokens += known[index]
        else:
            tokens.append(shapes.look(line, index + 1, words, loose=loose))
    grouped = grouping.group(tokens, words)
    events = {id(entry): _line(entry) for entry in grouped.entries}
    Places(now, zone, date, around).all(grouped, events)
    return Pasted(list(events.values()), grouped.not_placed, grouped.passed_over)


def _line(entry: grouping.Entry) -> Line:
    text, source = entry.text, entry.token.speaker
    alert = shapes.ALERT.match(text)
    if not source and alert and alert["name"] and _ALERT_NAME.match(text, alert.start("name")):
        source = alert["name"]
    kind = entry.token.event_kind or kinds.guess(text)
    return Line(text, kind, entry.raw, source=source)


def _writes_clocks_without_colon(lines: list[str]) -> bool:
    """2327 and 23.27 are times where several lines, in order, begin so and none with 23:27."""
    begins = [found for line in lines if (found := _DIGITS_ALONE.match(line))]
    if len(begins) < 2 or len(begins) * 2 < sum(1 for line in lines if line.strip()):
        return False
    return not any(_COLON_CLOCK.match(line.lstrip(" -*[(")) for line in lines)
