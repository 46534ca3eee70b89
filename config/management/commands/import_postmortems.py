"""Import postmortems that were written elsewhere."""

from __future__ import annotations

import zoneinfo
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize
from django.utils import timezone

from config import bulk
from config.importing import table
from config.importing.account import Defaults
from config.importing.looking import FORMS, MOST_BYTES, File, Looked, look
from config.importing.writing import Importer
from incidents.models import Incident
from people.models import Team

_ENDINGS = {"markdown": {".md", ".markdown", ".txt"}, "csv": {".csv", ".tsv"},
            "morgue": {".json", ".csv"}}  # fmt: skip


class Command(BaseCommand):
    # A site that runs has passed them, and they take longer than a thousand rows.
    requires_system_checks: list[str] = []
    help = (
        "Import postmortems from Markdown, CSV or Morgue (docs/importing.md). What cannot be taken "
        "is named with its line and holds up nothing else; the exit code is 1 then. What was "
        "imported before is left as it is. Look first with --dry-run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="FILE", help="a file, or a folder of them"
        )
        parser.add_argument("--as", dest="form", required=True, choices=FORMS)
        parser.add_argument(
            "--team", required=True, metavar="SLUG", help="the team that will own the incidents"
        )
        parser.add_argument(
            "--severity",
            default="sev3",
            choices=Incident.Severity.values,
            help="where the source tells none (default: %(default)s)",
        )
        parser.add_argument(
            "--zone", default="UTC", help="of times that tell none (default: %(default)s)"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"for CSV, which column is what: {', '.join(table.FIELDS)}",
        )
        parser.add_argument("--dry-run", action="store_true", help="look, write nothing")

    @bulk.without_collecting()
    def handle(self, *, paths: list[Path], form: str, **options: Any) -> None:
        team = Team.objects.filter(slug=options["team"]).first()
        if team is None:
            known = ", ".join(Team.objects.by_name().values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no team {options['team']!r}. There are: {known}.")
        now = timezone.now()
        defaults = Defaults(options["severity"], _zone(options["zone"]), now)
        mapping = _mapping(options["map"]) or None
        looked = look(_files(paths, form), form, defaults=defaults, mapping=mapping)
        made = refused = 0
        for file in looked:
            refused += len(file.read.problems)
            for problem in file.read.problems:
                self.stderr.write(f"{file.name}, {problem}")
            importer = Importer(team, by=None, at=now, file_name=file.name)
            if options["dry_run"]:
                made += self._tell(file, importer)
            else:
                outcome = importer.write(file.read.accounts)
                made += len(outcome.made)
                refused += len(outcome.problems)
                for incident in outcome.made:
                    self.stdout.write(f"{incident.reference} made: {incident.title}")
                for incident in outcome.known:
                    self.stdout.write(f"{incident.reference} is here already, left as it is.")
                for incident, why in outcome.waiting:
                    self.stdout.write(f"{incident.reference} waits to be signed: {why}.")
                for problem in outcome.problems:
                    self.stderr.write(f"{file.name}, {problem}")
        verb = "can be imported" if options["dry_run"] else "imported"
        summary = f"{made} {verb}, {refused} problem{pluralize(refused)}."
        if refused:
            raise CommandError(summary)
        self.stdout.write(summary)

    def _tell(self, file: Looked, importer: Importer) -> int:
        known = importer.known(file.read.accounts)
        for account in file.read.accounts:
            counts = ", ".join(account.counted)
            state = "here already" if account.key in known else account.severity
            review = "published" if account.is_published else "a draft"
            self.stdout.write(
                f"{file.name}, line {account.line}: {account.title} ({state}, review {review}): "
                f"{counts or 'no parts'}."
            )
            for note in account.notes:
                self.stdout.write(f"  {note}")
        return sum(account.key not in known for account in file.read.accounts)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError(f"--zone: there is no time zone {name!r}.") from error


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        field, _, column = pair.partition("=")
        if field not in table.FIELDS or not column:
            raise CommandError(
                f"--map: {pair!r} is not FIELD=COLUMN, FIELD one of those in --help."
            )
        mapping[field] = column
    return mapping


def _files(paths: list[Path], form: str) -> list[File]:
    found = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if path.is_dir() and (file.suffix.lower() not in _ENDINGS[form] or file.is_symlink()):
                continue
            try:
                if file.stat().st_size > MOST_BYTES:
                    raise CommandError(f"{file} is larger than {MOST_BYTES:,} bytes. Cut it up.")
                found.append(File.of(str(file), file.read_bytes()))
            except OSError as error:
                raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    if not found:
        raise CommandError("There is no such file there.")
    return found
