"""The list as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from actions.querysets import ActionQuerySet
from common.text import one_line

COLUMNS = ("Reference", "Action", "How we will know", "Kind", "Priority", "State", "Owner", "Team",
           "Due", "From", "Ticket")  # fmt: skip


#: How a formula may begin, also in the wide forms that spreadsheets fold into these.
_FORMULAS = tuple("=+-@|%＝＋－＠｜％")


class _Line:
    """csv wants a file; we want the line back."""

    def write(self, line: str) -> str:
        return line


def cell(value: object) -> str:
    """The text of a cell. What a spreadsheet would run as a formula gets a quote in front."""
    text = one_line(str(value or ""))
    return f"'{text}" if text.startswith(_FORMULAS) else text


def rows(actions: ActionQuerySet) -> Iterator[str]:
    """CSV lines, the header first. Starts with the mark that tells spreadsheets it is UTF-8."""
    write = csv.writer(_Line(), quoting=csv.QUOTE_ALL).writerow
    yield "\ufeff"
    yield write(COLUMNS)
    for action in actions.iterator(chunk_size=500):
        sources = ", ".join(incident.reference for incident in action.incidents.all())
        values = (action.reference, action.title, action.done_test, action.get_kind_display(),
                  action.get_priority_display(), action.get_state_display(), action.owner,
                  action.team, action.due_on, sources, action.ticket_url)  # fmt: skip
        yield write([cell(value) for value in values])
