"""Find what is due now, as the scheduler does every ten minutes; send it if asked."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config import reminders
from people import deliveries
from people.models import Delivery
from people.notifications import wake_worker


class Command(BaseCommand):
    help = (
        "Write down every reminder that is due, once per person and occasion; running it again "
        "adds nothing. A worker sends them in working hours. With --deliver they are sent here "
        "and now, together with all other mail that waits and is due."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--deliver", action="store_true", help="send what is due")
        parser.add_argument(
            "--at-any-hour",
            action="store_true",
            help="do not wait for anybody's working hours: for trying it out",
        )

    def handle(self, *, deliver: bool, at_any_hour: bool, **options: Any) -> None:
        now = timezone.now()
        found = reminders.sweep(now=now)
        for whom, number in found.items():
            self.stdout.write(f"{number:>6} {whom}")
        self.stdout.write(f"{sum(found.values()):>6} reminders written down")
        if at_any_hour:
            Delivery.objects.untried().filter(due_at__gt=now).update(due_at=now)
            # The one that was woken when they were written found them not due.
            wake_worker()
        if deliver:
            self._deliver()
        later = Delivery.objects.filter(state=Delivery.State.WAITING).count()
        if later:
            self.stdout.write(f"{later:>6} mails wait for working hours or another attempt")

    def _deliver(self) -> None:
        """Batch after batch until nothing is due, or the mail server is out of reach."""
        total: Counter[str] = Counter()
        while done := deliveries.deliver_waiting():
            total += done
            if done["unreachable"]:
                self.stderr.write("The mail server cannot be reached; what waits stays waiting.")
                break
        for outcome in ("sent", "dropped", "put off", "failed"):
            self.stdout.write(f"{total[outcome]:>6} {outcome}")
