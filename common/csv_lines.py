"""CSV that is safe to open in a spreadsheet, line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from common.text import one_line

#: How a formula may begin, also in the wide forms that spreadsheets fold into these.
_FORMULAS = tuple("=+-@|%＝＋－＠｜％")


class _Line:
    """csv wants a file; we want the line back."""

    def write(self, line: str) -> str:
        return line


def cell(value: object) -> str:
    """The text of a cell. What a spreadsheet would run as a formula gets a quote in front."""
    text = one_line("" if value is None else str(value))
    return f"'{text}" if text.startswith(_FORMULAS) else text


def lines(columns: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """CSV lines, the header first. Starts with the mark that tells spreadsheets it is UTF-8."""
    write = csv.writer(_Line(), quoting=csv.QUOTE_ALL).writerow
    yield "\ufeff"
    yield write([cell(column) for column in columns])
    for values in rows:
        yield write([cell(value) for value in values])
