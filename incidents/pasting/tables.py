"""Tables in a paste: CSV, TSV and Markdown with a header that names a column of times."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from common.languages import english
from incidents.models import TimelineEvent
from incidents.pasting import stamps
from incidents.pasting.shapes import Is, Speaker, Token
from incidents.pasting.stamps import ZoneWords

_COLUMNS = {
    "time": ["time", "timestamp", "datetime", "date time", "date/time", "when", "at", "clock",
             "start", "started", "started at", "created at", "created", "event time", "time stamp",
             "date and time", "occurred at", "hour",
             "uhrzeit", "zeit", "zeitpunkt", "tijd", "tijdstip", "heure"],
    "date": ["date", "day", "datum", "tag", "dag"],
    "until": ["until", "end", "ended", "ended at", "to", "end time"],
    "text": ["event", "text", "message", "description", "what", "what happened", "note", "notes",
             "summary", "details", "detail", "action", "entry", "content", "comment", "update",
             "body", "happening", "observation", "msg", "was", "ereignis", "beschreibung", "wat",
             "gebeurtenis", "omschrijving"],
    "source": ["source", "author", "who", "user", "person", "speaker", "by", "name", "actor",
               "from", "reporter", "owner", "role", "sender", "handle", "username", "alert",
               "wer", "wie", "auteur"],
    "kind": ["kind", "type", "category"],
    "zone": ["zone", "time zone", "timezone", "tz"],
}  # fmt: skip
_NAMES = {name: column for column, names in _COLUMNS.items() for name in names}
_ZONE_IN_HEADER = re.compile(r"\s*(?:[(\[,]\s*)?\b(?P<zone>[A-Za-z][\w+:/\-]*)\s*[)\]]?\s*$")
_RULE = re.compile(r"[\s|:+=\-]*-[\s|:+=\-]*")
with english():
    _KINDS = {
        key.lower(): str(value)
        for value, label in TimelineEvent.Kind.choices
        for key in (str(value), str(label))
    }
_LONGEST_HEADER = 500


@dataclass(frozen=True)
class _Header:
    columns: dict[str, int]
    zone: str
    delimiter: str
    width: int


def find(lines: list[str], words: ZoneWords) -> dict[int, list[Token]]:
    """Tokens of the lines, by index, that belong to tables. A row over several lines is one."""
    found: dict[int, list[Token]] = {}
    index = 0
    while index < len(lines):
        header = _header(lines[index], words)
        if header is None:
            index += 1
            continue
        rows = list(_rows(lines, index + 1, header, words))
        if rows:
            found[index] = [Token(Is.DAY, index + 1, lines[index], zone=header.zone)]
            for row in rows:
                found.setdefault(row.number - 1, []).append(row)
                last = row.number - 1
                # A quoted cell goes on over lines that belong to its row.
                for more in range(last + 1, last + row.raw.count("\n") + 1):
                    found[more] = []
            index = max(found) + 1
        else:
            index += 1
    return found


def _header(line: str, words: ZoneWords) -> _Header | None:
    if len(line) > _LONGEST_HEADER:
        return None
    delimiter = next((sign for sign in "|\t;," if sign in line.strip().strip("|")), "")
    if not delimiter:
        return None
    columns: dict[str, int] = {}
    zone = ""
    cells = _cells(line, delimiter)
    for place, cell in enumerate(cells):
        name = re.sub(r"[\s_]+", " ", cell.strip(" *_\"'#").lower())
        column = _NAMES.get(name)
        if column is None and (inside := _ZONE_IN_HEADER.search(cell.strip())):
            before = re.sub(r"[\s_]+", " ", cell.strip()[: inside.start()].strip(" *_").lower())
            column = _NAMES.get(before)
            if column in {"time", "date", "until"} and words.is_zone(inside["zone"]):
                zone = inside["zone"]
            else:
                column = None
        if column and column not in columns:
            columns[column] = place
    if "time" not in columns and "date" in columns:
        columns["time"] = columns.pop("date")
    if "time" not in columns or "text" not in columns:
        return None
    return _Header(columns, zone, delimiter, len(cells))


def _rows(lines: list[str], index: int, header: _Header, words: ZoneWords) -> Iterator[Token]:
    if header.delimiter == "|":
        while index < len(lines) and "|" in lines[index]:
            if not _RULE.fullmatch(lines[index]):
                yield _row(_cells(lines[index], "|"), lines[index], index + 1, header, words)
            else:
                yield Token(Is.NOISE, index + 1, lines[index])
            index += 1
        return
    end = index
    while end < len(lines) and (lines[end].strip() or _inside_quotes(lines, index, end)):
        end += 1
    block = lines[index:end]
    reader = csv.reader((f"{line}\n" for line in block), delimiter=header.delimiter)
    begins = 0
    try:
        for cells in reader:
            raw = "\n".join(block[begins : reader.line_num])
            if len(cells) > max(header.columns["time"], 0):
                yield _row(cells, raw, index + begins + 1, header, words)
            begins = reader.line_num
    except csv.Error:
        return


def _inside_quotes(lines: list[str], start: int, end: int) -> bool:
    """An empty line within a quoted cell; looked for among the last lines only."""
    return sum(line.count('"') for line in lines[max(start, end - 30) : end]) % 2 == 1


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == "|":
        line = line.strip()
        if line.startswith("||"):  # the head of a table in a wiki
            line = line.replace("||", "|")
        inside = line.removeprefix("|").removesuffix("|")
        return [cell.strip() for cell in re.split(r"(?<!\\)\|", inside)]
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _row(cells: list[str], raw: str, number: int, header: _Header, words: ZoneWords) -> Token:
    def cell(column: str) -> str:
        place = header.columns.get(column, -1)
        return cells[place].strip().strip("*`") if 0 <= place < len(cells) else ""

    text, delimiter = cell("text").replace("\\|", "|"), header.delimiter
    if len(cells) > header.width and header.columns["text"] == header.width - 1:
        # A comma that nobody quoted.
        text = delimiter.join(cells[header.width - 1 :]).strip()
    text = re.sub(r"<br\s*/?>", "\n", text)
    when = " ".join(part for part in (cell("date"), cell("time"), cell("zone")) if part)
    if cell("until"):
        when = f"{cell('date')} {cell('time')} - {cell('until')} {cell('zone')}".strip()
    token = Token(Is.TEXT, number, raw, text=text)
    stamp = stamps.at(when, 0, words, loose=True)
    if not text:
        return token if raw.strip(" |\t,;") else token._replace(kind=Is.BLANK)
    if stamp is None and when.strip(" -–?") and when.lower() not in {"unknown", "n/a"}:
        return token._replace(text=raw)
    return token._replace(
        kind=Is.ENTRY,
        stamp=stamp,
        speaker=cell("source"),
        sure=Speaker.SURE,
        event_kind=_KINDS.get(cell("kind").lower(), ""),
    )
