"""Fill an empty site from an export."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.exporting.archive import NotAnExport, Source
from config.importing import site


class Command(BaseCommand):
    help = (
        "Fill an empty site from what `export_site` wrote: all of it, or nothing "
        "(docs/exports.md). Run `migrate` first and `import_site` before anybody signs in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="the folder, or the .zip")
        parser.add_argument("--check", action="store_true", help="check the files, write nothing")

    def handle(self, *, path: Path, check: bool, **options: Any) -> None:
        begun = time.monotonic()
        try:
            source = Source(path)
            try:
                if check:
                    tables = site.check(source)["tables"]
                    rows = sum(entry["rows"] for entry in tables)
                    self.stdout.write(f"{rows:,} rows of {len(tables)} tables can be read.")
                    return
                say = self.stdout.write if options["verbosity"] > 1 else lambda words: None
                done = site.bring_in(source, say=say)
            finally:
                source.close()
        except (NotAnExport, site.NotImported, site.store.NotStored) as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        self.stdout.write(
            f"{done.rows:,} rows and {done.files:,} files of {done.bytes:,} bytes, "
            f"{time.monotonic() - begun:.1f} s."
        )
        if done.missing:
            self.stdout.write(f"The export has no file for {done.missing} attachments.")
        self.stdout.write(
            f"{site.without_password()} people choose a password before they sign in: by the link "
            "on the sign-in page, or an administrator with `manage.py changepassword ADDRESS`."
        )
