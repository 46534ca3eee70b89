"""Pieces of Markdown: parts under headings, entries of lists, rows of tables, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.importing import account as told
from config.importing.account import Promise
from config.importing.headings import Part, folded, part_of

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"(=+|-{3,})\s*$")
#: A line all in bold is a heading too, as wikis export it.
_BOLD_LINE = re.compile(r"(?:\*\*|__)([^*_]{2,80}?):?(?:\*\*|__):?\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"(\s*)(?:[-*+•]|\d{1,3}[.)])\s+(?:\[([ xX])\]\s+)?(.*)")
_LINK = re.compile(r"\[([^\]]+)\]\(\s*(https?://[^)\s]+)[^)]*\)|(https?://[^\s)>\]|]+)")

#: Parts that are read entry by entry.
LISTS = {
    Part.FACTORS, Part.RIGHT, Part.WRONG, Part.LUCK, Part.DIFFERENTLY, Part.LESSONS, Part.SURPRISES,
}  # fmt: skip


@dataclass
class Block:
    """The text below one heading."""

    heading: str
    level: int
    line: int
    part: Part
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def blocks(text: str) -> Iterator[Block]:
    """The parts of the text, each with its heading; code keeps its signs of headings."""
    block, in_code = Block("", 0, 0, Part.OTHER), False
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if _FENCE.match(line):
            in_code = not in_code
        heading, level = ("", 0) if in_code else _heading(line, lines[number : number + 1])
        if not heading:
            is_underline = bool(block.heading) and not block.lines and _UNDERLINE.match(line)
            if not is_underline:
                block.lines.append(line)
            continue
        yield block
        part = part_of(heading)
        if part is Part.OTHER and level > block.level > 0 and block.part is not Part.OTHER:
            # A heading of one's own below a known one belongs to it.
            part = block.part if block.part not in LISTS | {Part.FACTS} else part
        block = Block(plain(heading), level, number, part)
    yield block


def _heading(line: str, after: list[str]) -> tuple[str, int]:
    if found := _HEADING.match(line):
        return found[2].strip(), len(found[1])
    is_text = bool(after and line.strip()) and not cells(line) and not _ITEM.match(line)
    if is_text and (found := _UNDERLINE.match(after[0])):
        return line.strip(), 1 if found[1][0] == "=" else 2
    if (found := _BOLD_LINE.match(line)) and part_of(found[1]) is not Part.OTHER:
        return found[1].strip(), 6
    return "", 0


def items(lines: list[str]) -> list[str]:
    """Entries of the list, or rows of the table, or else paragraphs. A deeper entry goes with the
    one above it."""
    rows = [row for line in lines if (row := cells(line))]
    if len(rows) > 1:
        return [" · ".join(filter(None, row)) for row in rows[1:]]
    found: list[str] = []
    indent, is_list = 0, any(_ITEM.match(line) for line in lines)
    for line in lines:
        item = _ITEM.match(line)
        if item and (len(item[1]) <= indent or not found):
            indent = len(item[1])
            found.append(item[3])
        elif not line.strip():
            if not is_list and found and found[-1]:
                found.append("")
        elif found and (found[-1] or not is_list):
            found[-1] = f"{found[-1]} {(item[3] if item else line).strip()}".strip()
        else:
            found.append(line.strip())
    return [each for each in found if each.strip()]


def promises(lines: list[str]) -> list[Promise]:
    rows = [row for line in lines if (row := cells(line))]
    if len(rows) > 1:
        heads = [_COLUMNS.get(folded(cell), "") for cell in rows[0]]
        if "title" not in heads:
            heads[0] = "title"
        return [made for row in rows[1:] if (made := _from_row(heads, row))]
    found = []
    for line in lines:
        item = _ITEM.match(line)
        if item and item[3].strip():
            found.append(_from_line(item[3], is_done=(item[2] or " ") in "xX"))
        elif found and line.strip() and line[:1].isspace():
            last = found[-1]
            title = told.cut(f"{last.title} {plain(line)}", told.LONGEST_TITLE)
            found[-1] = Promise(title, last.owner, last.ticket, last.state, last.kind)
    return found or [_from_line(item, is_done=False) for item in items(lines)]


_COLUMNS = {
    **dict.fromkeys(("action item", "action items", "action", "item", "task", "description",
                     "title", "what", "corrective action", "follow up"), "title"),
    **dict.fromkeys(("owner", "assignee", "who", "dri", "responsible", "assigned to"), "owner"),
    **dict.fromkeys(("bug", "ticket", "issue", "link", "jira", "tracking", "tracking issue"),
                    "ticket"),
    **dict.fromkeys(("status", "state", "done"), "state"),
    **dict.fromkeys(("type", "kind"), "kind"),
}  # fmt: skip
_ACTION_KINDS = {"prevent": "prevent", "mitigate": "limit", "limit": "limit", "process": "prevent",
                 "detect": "detect", "investigate": "learn", "repair": "recover",
                 "recover": "recover", "learn": "learn"}  # fmt: skip


def _from_row(heads: list[str], row: list[str]) -> Promise | None:
    values = {name: cell for name, cell in zip(heads, row, strict=False) if name}
    title = told.cut(plain(values.get("title", "")), told.LONGEST_TITLE)
    if not title:
        return None
    state = values.get("state", "") or values.get("ticket", "")
    return Promise(
        title,
        owner=told.cut(plain(values.get("owner", "")), 120),
        ticket=address(values.get("ticket", "") or values["title"]),
        state="done" if re.search(r"\b(?:done|closed|complete[d]?|fixed)\b", state, re.I) else "",
        kind=_ACTION_KINDS.get(folded(values.get("kind", "")), "prevent"),
    )


def _from_line(text: str, *, is_done: bool) -> Promise:
    return Promise(
        told.cut(plain(text), told.LONGEST_TITLE),
        ticket=address(text),
        state="done" if is_done else "",
    )


def is_rule(line: str) -> bool:
    """The line below the heads of a table."""
    return bool(re.fullmatch(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*", line))


def cells(line: str) -> list[str]:
    """The cells of a row of a table; [] for any other line."""
    line = line.strip()
    if not line.startswith("|") or line.count("|") < 2 or is_rule(line):
        return []
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def plain(text: str) -> str:
    """Without the marks of Markdown; the words of a link stay."""
    text = re.sub(r"!?\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", text)
    text = re.sub(r"(?<!\\)\*\*", "", text)
    return re.sub(r"\\([\\`*_\[\]<>|#])", r"\1", text).strip()


def links(text: str) -> list[tuple[str, str]]:
    return [
        (told.cut(found[1] or found[3], 200), (found[2] or found[3]))
        for found in _LINK.finditer(text)
        if len(found[2] or found[3]) <= 500
    ]


def address(text: str) -> str:
    found = links(text)
    return found[0][1] if found else ""


def names(text: str) -> list[str]:
    found = (plain(part).lstrip("~").strip("\"' ") for part in re.split(r"[,;]| {2,}", text))
    return [name[:60] for name in found if name]


def joined(first: str, second: str) -> str:
    return "\n\n".join(part for part in (first.strip(), second.strip()) if part)
