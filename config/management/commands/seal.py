"""Seal published reviews whose time has come, as the scheduler does every night."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from postmortems import sealing


class Command(BaseCommand):
    help = (
        "Take out who wrote what in every review that was published long enough ago (Settings, "
        "Protection). It cannot be undone. With --dry-run it says what would go."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        if dry_run:
            found = [
                (review.reference, sealing.foreseen(review)) for review in sealing.due(now=now)
            ]
        else:
            found = [(one.review.reference, one.unlinked) for one in sealing.seal_due(now=now)]
        for reference, unlinked in found:
            told = ", ".join(f"{count} {kind}" for kind, count in unlinked.items() if count)
            self.stdout.write(f"{reference}: {told or 'nothing to take out'}")
        verb = "would be sealed" if dry_run else "sealed"
        self.stdout.write(f"{len(found)} reviews {verb}")
