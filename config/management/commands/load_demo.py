"""Fill an empty installation with a demo: `make run` does it on the first start."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo import everything, people


class Command(BaseCommand):
    help = (
        "Load the demo: a made-up company with people, incidents, reviews, actions and lessons in "
        "every state, and thirty incidents that others have told. Loads once; each run prints the "
        "log-ins. Their password is public, so never load it where real people work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--yes",
            action="store_true",
            help="load it although DATABASE_URL is set, or people have accounts already",
        )

    def handle(self, *, yes: bool, **options: Any) -> None:
        if not everything.is_loaded():
            if not yes:
                self._refuse_where_people_work()
            everything.load(now=timezone.now())
        self.stdout.write("Log in with one of these. The password is the same for all of them:")
        self.stdout.write(f"\n  {people.PASSWORD}\n\n")
        for email, does in people.logins():
            self.stdout.write(f"  {email:<26} {does}")

    def _refuse_where_people_work(self) -> None:
        if not settings.ONE_MACHINE:
            raise CommandError(
                "The demo was not loaded. DATABASE_URL is set, which looks like an installation "
                "people work with, and the demo's password is public. If that is what you want, "
                "add --yes."
            )
        if everything.strangers():
            raise CommandError(
                "The demo was not loaded. People have accounts here already, and the demo's "
                "password is public. If that is what you want, add --yes."
            )
