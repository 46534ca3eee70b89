"""CSV: one postmortem a row, and which column is what.

A cell that holds several things has them on lines of their own, or else with ";" between them, as
the export of the list writes them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from common import csv_lines, dates, when
from common.text import one_line
from config.importing import account as told
from config.importing.account import Account, Defaults, NotUnderstood, Problem, Promise, Read
from config.importing.headings import folded
from incidents.models import MILESTONES
from postmortems.models import Goal

MOST_ROWS = 20_000
MOST_COLUMNS = 200
_LONGEST_CELL = 100_000

#: What a column can be, as it is shown where columns are chosen.
FIELDS = {
    "title": _("Title"),
    "key": _("Its number or name there"),
    "summary": _("Summary"),
    "impact": _("Impact"),
    "severity": _("Severity"),
    "kind": _("Kind"),
    "status": _("State of the review"),
    "day": _("Day"),
    **{name: name.capitalize() for name in MILESTONES},
    "services": _("Services"),
    "tags": _("Tags"),
    "trigger": _("Last event before"),
    "factors": _("Contributing factors"),
    "right": _("What went right"),
    "wrong": _("What went wrong"),
    "differently": _("What we would do differently"),
    "luck": _("Where we were lucky"),
    "actions": _("Actions"),
    "lessons": _("Lessons"),
    "source": _("Address of the original"),
}
#: Names of columns beside those above and their keys.
_ALSO = {
    "title": ("name", "incident", "incident title", "headline", "postmortem"),
    "key": ("reference", "id", "incident id", "number", "incident number", "key"),
    "summary": ("description", "overview", "what happened"),
    "impact": ("customer impact",),
    "severity": ("sev", "priority"),
    "kind": ("type",),
    "status": ("review", "state", "review state"),
    "day": ("date", "incident date"),
    "started": ("started at", "start", "start time", "starttime"),
    "detected": ("detected at", "detection time", "detecttime"),
    "acknowledged": ("acknowledged at",),
    "mitigated": ("mitigated at",),
    "resolved": ("resolved at", "end", "end time", "endtime"),
    "services": ("service", "affected services"),
    "tags": ("tag", "labels"),
    "factors": ("root cause", "root causes", "causes", "contributing factor"),
    "right": ("what went well", "went well"),
    "wrong": ("went wrong", "what didn t go well"),
    "luck": ("where we got lucky", "lucky"),
    "actions": ("action items", "corrective actions", "follow ups"),
    "lessons": ("lessons learned",),
    "source": ("address", "url", "link", "source"),
}
_FIELD_OF = {
    name: field
    for field, words in FIELDS.items()
    for name in (field, folded(words), *_ALSO.get(field, ()))
}
_GOALS = {"right": Goal.RIGHT, "wrong": Goal.WRONG, "differently": Goal.DIFFERENTLY}


def columns(text: str) -> list[str]:
    """The names in the first line. Raises NotUnderstood."""
    for _line, row in _rows(text):
        return row
    raise NotUnderstood(gettext("the file is empty"))


def guessed(names: list[str]) -> dict[str, str]:
    """Column by field, as far as the names tell: the first that fits."""
    found: dict[str, str] = {}
    for name in names:
        field = _FIELD_OF.get(folded(name), "")
        if field and field not in found:
            found[field] = name
    return found


def read(text: str, *, mapping: Mapping[str, str], defaults: Defaults) -> Read:
    """`mapping` says the column of each field. Raises NotUnderstood where the file is none."""
    rows = _rows(text)
    heads = next(rows, (1, []))[1]
    if not heads:
        raise NotUnderstood(gettext("the file is empty"))
    unknown = [f"“{name}”" for name in mapping.values() if name not in heads]
    if unknown:
        missing = gettext("there is no column {names}").format(names=", ".join(unknown))
        raise NotUnderstood(missing)
    if "title" not in mapping:
        raise NotUnderstood(gettext("no column is the title; say which one is"))
    places = {field: heads.index(name) for field, name in mapping.items()}
    accounts, problems = [], []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(heads):
            why = gettext("it has {cells} cells, and the first line {heads}")
            why = why.format(cells=len(row), heads=len(heads))
            problems.append(Problem(line, told.not_taken(why)))
            continue
        values = {field: restored(row[place]) for field, place in places.items()}
        original = dict(zip(heads, row, strict=True))
        accounts.append(_account(line, values, original, defaults))
    result = told.sound(accounts)
    result.problems = sorted(problems + result.problems, key=lambda problem: problem.line)
    return result


def restored(cell: str) -> str:
    """What our own export put an apostrophe in front of, without it."""
    return cell[1:] if cell[:1] == "'" and csv_lines.cell(cell[1:]) != cell[1:] else cell


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells). Raises NotUnderstood with the line where it cannot go on."""
    if "\x00" in text:
        raise NotUnderstood(gettext("this is no text"))
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        for number, row in enumerate(reader):
            if len(row) > MOST_COLUMNS or number > MOST_ROWS:
                why = gettext("it has more than {rows} rows or {columns} columns")
                raise NotUnderstood(why.format(rows=dates.number(MOST_ROWS), columns=MOST_COLUMNS))
            yield before + 1, row
            before = reader.line_num
    except csv.Error as error:
        why = gettext("line {line} is no CSV: {why}").format(line=before + 1, why=error)
        raise NotUnderstood(why) from error


def _account(
    line: int, values: Mapping[str, str], original: Mapping[str, str], defaults: Defaults
) -> Account:
    title = one_line(values["title"])
    result = Account(
        key="",
        line=line,
        title=title,
        summary=values.get("summary", "").strip(),
        impact=values.get("impact", "").strip(),
        kind=told.kind_of(values.get("kind", "")),
        trigger=values.get("trigger", "").strip(),
        services=_several(values.get("services", "")),
        tags=[tag[:60] for tag in _several(values.get("tags", ""))],
        factors=_several(values.get("factors", "")),
        luck=_several(values.get("luck", "")),
        lessons=_several(values.get("lessons", "")),
        is_published=told.is_published(values.get("status", "")),
        original="\n".join(f"{name}: {cell}" for name, cell in original.items() if cell.strip()),
    )
    for field, goal in _GOALS.items():
        result.findings += [(goal, text) for text in _several(values.get(field, ""))]
    for text in _several(values.get("actions", "")):
        result.actions.append(Promise(told.cut(text, told.LONGEST_TITLE)))
    if address := values.get("source", "").strip():
        result.sources.append((title, address))
    severity = values.get("severity", "").strip()
    result.severity = told.severity_of(severity) if severity else defaults.severity
    _times(result, values, defaults)
    own = values.get("key", "").strip()
    first = min((moment.at for moment in result.times.values()), default=result.day)
    result.key = told.key_of("csv", own) if own else told.key_of("csv", title, first or "")
    return result


def _times(result: Account, values: Mapping[str, str], defaults: Defaults) -> None:
    for name in ("day", *MILESTONES):
        text = values.get(name)
        if not text:
            continue
        try:
            moment = told.moment_of(text, defaults)
        except NotUnderstood as error:
            result.notes.append(told.stays_unknown(name, error))
            continue
        if moment is None:
            continue
        if name == "day" or (moment.precision == "day" and result.day is None):
            result.day = moment.at.astimezone(defaults.zone).date()
        elif moment.precision != "day":
            result.times[name] = when.Moment(moment.at, moment.zone, moment.precision)
    if result.day is None and "started" in result.times:
        result.day = result.times["started"].at.astimezone(defaults.zone).date()


def _several(cell: str) -> list[str]:
    """What stands on lines of its own, or else between ";": a sentence on a line may have one."""
    cell = cell.strip()
    if not cell:
        return []
    parts = cell.split("\n" if "\n" in cell else ";")
    return [text for part in parts if (text := part.strip(" -*•\t\r"))]
