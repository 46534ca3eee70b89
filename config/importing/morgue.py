"""Morgue, the tool Etsy made for postmortems: its tables as JSON or CSV.

Taken are `postmortems`, `tags` with `postmortem_referenced_tags`, `jira` and `forum_links`, with
the columns that later versions added. Times are seconds since 1970, and 0 is a time nobody knows.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.utils.translation import gettext

from common import when
from common.text import one_line
from config.importing import account as told
from config.importing.account import Account, Defaults, NotUnderstood, Problem, Promise, Read
from config.importing.pieces import joined, links
from postmortems.models import Section

Row = Mapping[str, Any]
#: Rows by table. Each row has the number of its line, or of its place, under "".
Tables = dict[str, list[Row]]
KNOWN = ("postmortems", "tags", "postmortem_referenced_tags", "jira", "forum_links")
#: Milestone by column.
_TIMES = {"started": "starttime", "detected": "detecttime", "resolved": "endtime"}
#: NULL in an export as CSV.
_NOTHING = {"NULL", "\\N"}
_LAST_MOMENT = 4_102_444_800  # 2100


def tables_of(text: str, *, name: str) -> Tables:
    """One file: JSON with rows by table, as phpMyAdmin or a script writes it, or CSV of the one
    table that the file is called by. Raises NotUnderstood."""
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in "{[":
        return _from_json(text)
    table = name.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
    if table not in KNOWN:
        raise NotUnderstood(
            gettext(
                "“{name}” is neither JSON nor called by a table of Morgue, such as postmortems.csv"
            ).format(name=name)
        )
    try:
        return {table: list(_from_csv(text))}
    except csv.Error as error:
        why = gettext("“{name}” is no CSV: {why}").format(name=name, why=error)
        raise NotUnderstood(why) from error


def _from_csv(text: str) -> Iterator[Row]:
    """Each row with the line where it begins, and without what MySQL and phpMyAdmin write for a
    cell that has nothing in it."""
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    heads, before = reader.fieldnames, reader.line_num
    for row in reader:
        yield {name: "" if row[name] in _NOTHING else row[name] for name in heads or ()} | {
            "": before + 1
        }
        before = reader.line_num


def _from_json(text: str) -> Tables:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(gettext("this is no JSON: {why}").format(why=error)) from error
    if isinstance(found, list):
        # phpMyAdmin: [{"type": "header"}, {"type": "table", "name": …, "data": […]}]
        found = {
            part.get("name"): part.get("data")
            for part in found
            if isinstance(part, dict) and part.get("type") == "table"
        }
    tables: Tables = {}
    for name in KNOWN:
        rows = found.get(name) or []
        if not isinstance(rows, list):
            raise NotUnderstood(gettext("“{name}” is no list of rows").format(name=name))
        # What is no row says nothing, and is refused like one without an id.
        told = [row if isinstance(row, dict) else {} for row in rows]
        tables[name] = [{**row, "": place} for place, row in enumerate(told, start=1)]
    if not tables["postmortems"]:
        raise NotUnderstood(gettext("there is no table “postmortems” with rows in it"))
    return tables


def read(tables: Tables, *, defaults: Defaults) -> Read:
    tags = {str(row.get("id")): str(row.get("title", "")) for row in _kept(tables, "tags")}
    tagged, tickets, posts = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in _kept(tables, "postmortem_referenced_tags"):
        if name := tags.get(str(row.get("tag_id"))):
            tagged[str(row.get("postmortem_id"))].append(name[:60])
    for row in _kept(tables, "jira"):
        tickets[str(row.get("postmortem_id"))].append(str(row.get("ticket", "")))
    for row in _kept(tables, "forum_links"):
        post = (one_line(str(row.get("comment") or ""))[:200], str(row.get("forum_link", "")))
        posts[str(row.get("postmortem_id"))].append(post)
    accounts, problems = [], []
    for row in tables.get("postmortems", []):
        own = str(row.get("id", ""))
        if _is_deleted(row):
            problems.append(Problem(row[""], gettext("Left out: it was deleted in Morgue.")))
            continue
        if not own:
            problems.append(Problem(row[""], told.not_taken(gettext("it has no id"))))
            continue
        account = _account(row, own, defaults)
        account.tags = tagged[own]
        account.sources = posts[own] + links(account.summary)
        account.actions = [
            Promise(told.cut(f"See {ticket}", told.LONGEST_TITLE))
            for ticket in tickets[own]
            if ticket
        ]
        accounts.append(account)
    result = told.sound(accounts)
    result.problems = sorted(problems + result.problems, key=lambda problem: problem.line)
    return result


def _kept(tables: Tables, name: str) -> list[Row]:
    return [row for row in tables.get(name, []) if not _is_deleted(row)]


def _is_deleted(row: Row) -> bool:
    return str(row.get("deleted") or "0") not in {"0", "false", "False"}


def _account(row: Row, own: str, defaults: Defaults) -> Account:
    result = Account(
        key=f"morgue:{own[:60]}",
        line=row[""],
        title=one_line(str(row.get("title") or "")),
        original=json.dumps({name: row[name] for name in row if name}, ensure_ascii=False),
    )
    short, long = (str(row.get(name) or "").strip() for name in ("tldr", "summary"))
    result.summary = short or long
    if short and long:
        result.sections[Section.Kind.WHAT_HAPPENED] = long
    surprised = str(row.get("why_surprised") or "").strip()
    result.surprises = [one_line(surprised)] if surprised else []
    severity = str(row.get("severity") or "")
    result.severity = told.severity_of(severity) if severity.strip("0") else defaults.severity
    for name, column in _TIMES.items():
        try:
            seconds = int(row.get(column) or 0)
        except (TypeError, ValueError):
            why = gettext("“{text}” is no number").format(text=row[column])
            result.notes.append(told.stays_unknown(name, why))
            continue
        if 0 < seconds < _LAST_MOMENT:
            result.times[name] = when.Moment(datetime.fromtimestamp(seconds, UTC), "UTC")
    if "started" in result.times:
        result.day = result.times["started"].at.astimezone(defaults.zone).date()
    if notes := str(row.get("meeting_notes_link") or ""):
        kind = Section.Kind.WHAT_HAPPENED
        result.sections[kind] = joined(
            result.sections.get(kind, ""), f"Notes of the meeting: {notes}"
        )
    if row.get("contact"):
        result.notes.append(gettext("Who was the contact was left out: it only names a person."))
    return result
