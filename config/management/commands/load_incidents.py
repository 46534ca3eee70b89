"""Load incidents that other organisations have told in public, or our own from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.loading.files import IncidentFile, look_at
from config.loading.rows import DEFAULT_TEAM, Loaded, Loader, team_named

PROBLEMS_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Load incident files (docs/incident-files.md). All files are checked before anything is "
        "written. Good files are loaded, each in one transaction; nothing of a file with a "
        "problem is loaded, and the exit code is 1 when there was one. Loading a file again "
        "changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="a .json file, or a folder of them"
        )
        parser.add_argument(
            "--team",
            default=DEFAULT_TEAM,
            metavar="NAME",
            help="the team that owns the incidents and the services not yet known; made when "
            "missing (default: %(default)s)",
        )
        parser.add_argument("--check", action="store_true", help="check the files, write nothing")

    def handle(self, *, paths: list[Path], team: str, check: bool, **options: Any) -> None:
        name = team.strip()
        if not 1 <= len(name) <= 120 or not name.isprintable():
            raise CommandError("--team needs a name of 1 to 120 characters.")
        files = look_at(paths)
        refused = [file for file in files if file.problems]
        for file in refused:
            self._refuse(file)
        good = [file for file in files if not file.problems]
        created = 0
        if check:
            for file in good:
                self.stdout.write(f"{file.path}: can be loaded.")
        elif good:
            loader = Loader(team_named(name), at=timezone.now())
            for file in good:
                loaded = loader.load(file)
                created += loaded.is_new
                self.stdout.write(_sentence(file, loaded))
        verdict = f"{len(good)} can be loaded" if check else f"{created} created"
        unchanged = "" if check else f", {len(good) - created} already here"
        summary = f"{_count(len(files), 'file')}: {verdict}{unchanged}, {len(refused)} refused."
        if refused:
            raise CommandError(f"{summary} Nothing of a refused file was loaded.")
        self.stdout.write(summary)

    def _refuse(self, file: IncidentFile) -> None:
        for problem in file.problems[:PROBLEMS_SHOWN]:
            self.stderr.write(f"{file.path}: {problem}")
        more = len(file.problems) - PROBLEMS_SHOWN
        if more > 0:
            self.stderr.write(f"{file.path}: and {_count(more, 'more problem')}.")


def _sentence(file: IncidentFile, loaded: Loaded) -> str:
    """ "INC-12 created from x.json: 14 events, 9 findings, 8 actions, 3 lessons." """
    reference = loaded.incident.reference
    if loaded.is_new:
        parts = ", ".join(_count(number, name) for name, number in loaded.counts.items())
        return f"{reference} created from {file.path}: {parts}."
    if loaded.differing:
        shown = ", ".join(loaded.differing[:10])
        more = len(loaded.differing) - 10
        tail = f" and {more} more" if more > 0 else ""
        return (
            f"{reference} is already here, and {file.path} now differs in {shown}{tail}. "
            "Left as it is; change it in the product."
        )
    return f"{reference} is already here, unchanged: {file.path}."


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
