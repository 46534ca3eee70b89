"""Records in a paste: lines of JSON, and whole documents as chat and alert tools export them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from incidents.pasting import noise, stamps
from incidents.pasting.shapes import Is, Speaker, Token
from incidents.pasting.stamps import ZoneWords

_WHEN = (
    "time", "ts", "timestamp", "@timestamp", "at", "date", "datetime", "created_at", "startsAt",
    "starts_at", "createdAt", "when",
)  # fmt: skip
_SAID = (
    "msg", "message", "text", "content", "body", "event", "description", "summary",
    "annotations.summary", "annotations.description", "labels.alertname", "title",
)  # fmt: skip
_WHO = (
    "user_profile.real_name", "user_profile.display_name", "user_profile.name", "author.name",
    "author.username", "user.name", "user.login", "sender.name", "agent.summary", "from",
    "username", "user", "author", "actor", "sender", "logger", "source", "labels.alertname",
    "service", "name",
)  # fmt: skip
_LIST = re.compile(r'\s*(?:\{[^\[]*?"\w+"\s*:\s*)?\[\s*(?=\{)')
_BETWEEN = re.compile(r"\s*,?\s*")
_LONGEST_LINE = 20_000


def find(text: str, words: ZoneWords) -> dict[int, list[Token]]:
    """Tokens by the index of their line: of a document that is a list of records, else of lines.

    A record over several lines is one; what stands around the records of a document is noise.
    """
    return _document(text, words) or {
        index: [token]
        for index, line in enumerate(text.split("\n"))
        if line.lstrip().startswith("{") and (token := _of_line(line, index + 1, words))
    }


def _document(text: str, words: ZoneWords) -> dict[int, list[Token]]:
    opened = _LIST.match(text)
    if opened is None:
        return {}
    decoder, position = json.JSONDecoder(), opened.end()
    found: dict[int, list[Token]] = {}
    line, counted, number = 0, 0, 0
    try:
        while text.startswith("{", position):
            row, end = decoder.raw_decode(text, position)
            line, counted = line + text.count("\n", counted, position), position
            # Each has a number of its own, also where several stand in one line.
            number = max(line, number) + 1
            token = _record(row, text[position:end], number, words)
            if token is None:
                return {}
            found.setdefault(line, []).append(token)
            for more in range(line + 1, line + 1 + token.raw.count("\n")):
                found.setdefault(more, [])
            between = _BETWEEN.match(text, end)
            position = between.end() if between else end
    except (ValueError, RecursionError):
        return {}
    lines = text.split("\n")
    for index in range(len(lines)):
        found.setdefault(index, [Token(Is.NOISE, index + 1, lines[index])])
    return found


def _of_line(line: str, number: int, words: ZoneWords) -> Token | None:
    if len(line) > _LONGEST_LINE:
        return None
    try:
        return _record(json.loads(line), line, number, words)
    except (ValueError, RecursionError):
        return None


def _record(row: object, raw: str, number: int, words: ZoneWords) -> Token | None:
    when, said = _first(row, _WHEN), _first(row, _SAID)
    stamp = stamps.at(when, 0, words) if when else None
    if stamp is None or not said:
        return None
    if noise.is_message(said):
        return Token(Is.NOISE, number, raw)
    return Token(
        Is.ENTRY, number, raw, stamp=stamp, text=said, speaker=_first(row, _WHO),
        sure=Speaker.SURE,
    )  # fmt: skip


def _first(row: object, paths: Iterable[str]) -> str:
    """The first text or number under one of these keys; a dot leads into a record."""
    for path in paths:
        value = row
        for key in [path] if isinstance(row, dict) and path in row else path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        text = "" if isinstance(value, bool | dict | list | None) else str(value).strip()
        if text:
            return text
    return ""
