"""Look whether the database file is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.backup import sqlite


class Command(BaseCommand):
    help = (
        "Say whether the SQLite file is whole, and what to do if it is not. `make run` asks before "
        "it begins. PostgreSQL looks after its own files."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, **options: Any) -> None:
        file = Path(settings.DATABASES["default"]["NAME"])
        if connection.vendor != "sqlite" or not file.exists():
            return
        trouble = sqlite.trouble_in(file, is_start=True)
        if trouble:
            raise CommandError(
                f"The database file {file} is damaged or cannot be read. SQLite says: {trouble}\n"
                "Nothing was changed. Copy its folder to another disk first. Then move the file "
                f"away, with {file.name}-wal and {file.name}-shm, and bring back the newest backup "
                "(manage.py restore FILE). Without one, see “A damaged file” in docs/operations.md."
            )
