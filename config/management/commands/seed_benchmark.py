"""Fill a database with synthetic rows to measure with. benchmarks/README.md says how."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from config import bulk
from config.seeding.people import Impossible
from config.seeding.rows import Seeder, Sizes
from config.seeding.texts import KNOWN_SHARES


class Command(BaseCommand):
    help = (
        "Add synthetic incidents, reviews, actions and lessons, quickly and always the same for "
        "the same --seed, and one log-in that may see them. For databases made to be measured: "
        "nothing takes the rows out again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, meaning in (
            ("incidents", "incidents"),
            ("reviews", "reviews, nine of ten published; each needs an incident"),
            ("actions", "actions, in every stage"),
            ("lessons", "published lessons of about 150 words"),
            ("due", "how many of the actions are due today"),
            ("people", "at least so many; without it 60, or one for every 20 actions due"),
        ):
            parser.add_argument(f"--{name}", type=int, default=0, metavar="N", help=meaning)
        parser.add_argument(
            "--events-per-incident", type=int, default=3, metavar="N", help="default: 3"
        )
        parser.add_argument("--email", required=True, help="the log-in that may see the rows")
        parser.add_argument("--password", required=True)
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")

    def handle(self, *, email: str, password: str, seed: int, **options: Any) -> None:
        began = time.monotonic()

        def say(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - began:7.1f} s  {line}")

        try:
            validate_email(email)
            sizes = Sizes(**{name: options[name] for name in Sizes.__dataclass_fields__})
            Seeder(sizes, seed=seed, now=timezone.now(), say=say).run(email, password)
        except (Impossible, ValidationError) as error:
            words = error.messages[0] if isinstance(error, ValidationError) else str(error)
            raise CommandError(f"Nothing was added. {words}") from error
        bulk.analyze()
        say("Counted for the planner: ready")
        shares = ", ".join(f"{word} {share:.2%}" for word, share in KNOWN_SHARES.items())
        self.stdout.write(f"Words with a known share of the texts: {shares}.")
        self.stdout.write(f"Log in as {email}.")
