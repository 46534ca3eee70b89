"""Note in the delivery log that a mail came back."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people import bounces


class Command(BaseCommand):
    help = (
        "Read one mail from standard input, as a mail server hands it to a program, and note in "
        "the delivery log what it says came back. Let the address that DEFAULT_FROM_EMAIL names, "
        "or the one that bounces go to, feed it: docs/delivery.md."
    )

    def handle(self, **options: Any) -> None:
        try:
            delivery = bounces.read(sys.stdin.buffer.read())
        except bounces.NotABounce as why:
            raise CommandError(f"Nothing was noted. {why}") from None
        self.stdout.write(f"Noted: {delivery.message_key} came back.")
