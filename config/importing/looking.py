"""Files of any form, looked at before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from config.importing import markdown, morgue, table
from config.importing.account import Defaults, NotUnderstood, Problem, Read
from incidents.pasting.files import text_of

FORMS = {
    "markdown": _("Markdown, one postmortem a file"),
    "csv": _("CSV, one postmortem a row"),
    "morgue": _("Morgue, its tables as JSON or CSV"),
}
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class File:
    """A file and its text."""

    name: str
    text: str

    @classmethod
    def of(cls, name: str, content: bytes) -> File:
        return cls(name, text_of(content))


@dataclass(frozen=True)
class Looked:
    """What one file, or the tables of Morgue together, would make."""

    name: str
    read: Read


def look(
    files: Sequence[File],
    form: str,
    *,
    defaults: Defaults,
    mapping: Mapping[str, str] | None = None,
) -> list[Looked]:
    """A file that is not of its form is a problem of that file and of no other."""
    if form == "morgue":
        return [_morgue(files, defaults)]
    return [_one(file, form, defaults, mapping) for file in files]


def _one(file: File, form: str, defaults: Defaults, mapping: Mapping[str, str] | None) -> Looked:
    try:
        if form == "markdown":
            return Looked(file.name, markdown.read(file.text, name=file.name, defaults=defaults))
        chosen = mapping or table.guessed(table.columns(file.text))
        return Looked(file.name, table.read(file.text, mapping=chosen, defaults=defaults))
    except NotUnderstood as error:
        return Looked(file.name, _nothing(error))


def _morgue(files: Sequence[File], defaults: Defaults) -> Looked:
    count = len(files)
    several = ngettext("{number} file", "{number} files", count).format(number=count)
    name = files[0].name if count == 1 else several
    tables: morgue.Tables = {}
    try:
        for file in files:
            for table_name, rows in morgue.tables_of(file.text, name=file.name).items():
                tables[table_name] = [*tables.get(table_name, []), *rows]
    except NotUnderstood as error:
        return Looked(name, _nothing(error))
    return Looked(name, morgue.read(tables, defaults=defaults))


def _nothing(error: NotUnderstood) -> Read:
    return Read(problems=[Problem(1, gettext("Nothing was taken: {why}.").format(why=error))])
