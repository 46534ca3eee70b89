"""Let every signed publication go out whose time to take it back is over."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from postmortems import publishing


class Command(BaseCommand):
    help = (
        "Publish what was signed and not taken back in time, as the scheduler does every minute. "
        "Running it again publishes nothing twice."
    )

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"{publishing.publish_due(now=timezone.now()):>6} published")
