"""Look whether the audit trail is as it was when it was summed up."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Sum
from django.utils import timezone

from config.audit import chain
from config.models import TrailStretch


class Command(BaseCommand):
    help = (
        "Say whether any line of the audit trail was changed, added or taken away since it was "
        "summed up, which happens every night, and end with 1 if so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--close", action="store_true", help="first sum up what is new")
        parser.add_argument(
            "--sum",
            dest="kept",
            help="a sum that was kept elsewhere and has to be among those of the trail",
        )

    def handle(self, *, close: bool, kept: str | None, **options: Any) -> None:
        if close:
            chain.close(now=timezone.now())
        damages = list(chain.damages())
        for stretch, found in damages:
            self.stderr.write(f"{stretch}: {found} lines where {stretch.lines} were summed up")
        if kept and not TrailStretch.objects.filter(digest=kept).exists():
            raise CommandError("That sum is none of this trail: it was begun anew since then.")
        if damages:
            raise CommandError("The trail is not what it was.")
        all_of_it = TrailStretch.objects.aggregate(lines=Sum("lines", default=0), count=Count("pk"))
        self.stdout.write("{lines} lines in {count} stretches are as they were".format(**all_of_it))
