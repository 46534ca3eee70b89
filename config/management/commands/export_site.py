"""Write the whole site to a folder or a zip file."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.exporting.archive import NotAnExport, writing
from config.exporting.site import Export, one_moment


class Command(BaseCommand):
    help = (
        "Write everything that is here to a folder, or to one file if PATH ends in .zip, for "
        "`import_site` (docs/exports.md). It holds what people wrote in confidence, but for "
        "confidential notes: keep it as you keep a backup. Passwords and secrets are left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="a new folder, or a new .zip")

    def handle(self, *, path: Path, **options: Any) -> None:
        begun = time.monotonic()
        try:
            with writing(path) as target, one_moment():
                export = Export(target, now=timezone.now())
                for _ in export.write():
                    pass
        except (NotAnExport, OSError) as error:
            raise CommandError(f"Not exported. {error}") from error
        for sha256 in export.missing:
            self.stderr.write(f"The storage has no file for the attachment {sha256}.")
        self.stdout.write(
            f"{sum(export.counts.values()):,} rows of {len(export.counts)} tables and "
            f"{export.files:,} files of {export.size:,} bytes in {path}, "
            f"{time.monotonic() - begun:.1f} s."
        )
