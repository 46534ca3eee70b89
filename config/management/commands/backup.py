"""Put everything this site holds into one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import backup


class Command(BaseCommand):
    help = (
        "Write the database and every stored file to FILE, while people work. Keys are not in it: "
        "keep SECRET_KEY and NOTES_PEPPER (on one machine, the file secret_key in DATA_DIR) "
        "somewhere else. Whoever has the file can read everything in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a new file, as in monday.tar")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            made = backup.make(file, now=timezone.now())
        except FileExistsError:
            raise CommandError(f"{file} is there already. Choose another name.") from None
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}.") from error
        self.stdout.write(f"{file}: {made}")
