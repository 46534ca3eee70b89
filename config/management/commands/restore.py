"""Put back what `backup` wrote."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backup


class Command(BaseCommand):
    help = (
        "Put the database and every stored file back as they were in FILE, and bring the tables up "
        "to date. Stop everything else that uses them first. With --check it only reads FILE and "
        "says whether it is whole."
    )
    # There may be no tables yet, or older ones.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--check", action="store_true", help="change nothing")
        parser.add_argument(
            "--replace", action="store_true", help="even when there are people here already"
        )

    def handle(self, *, file: Path, check: bool, replace: bool, **options: Any) -> None:
        try:
            made = backup.check(file) if check else backup.restore(file, replace=replace)
        except backup.Unusable as error:
            raise CommandError(str(error)) from error
        verb = "is whole" if check else "is back"
        self.stdout.write(f"{file} {verb}: {made}")
