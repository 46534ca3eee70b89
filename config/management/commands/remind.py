"""Find what is due now, as the scheduler does every ten minutes; send it if asked."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models.functions import Least
from django.utils import timezone

from config import reminders
from people import deliveries
from people.mailing import Mailing
from people.models import Delivery, Post, Sending
from people.notifications import wake_worker
from people.posting import Posting


class Command(BaseCommand):
    help = (
        "Write down every reminder that is due, once per person and occasion; running it again "
        "adds nothing. A worker sends them in working hours. With --deliver they are sent here "
        "and now, together with everything else that waits and is due: mail, and posts to channels."
    )

    # It may run every few minutes, and what is set up does not change meanwhile.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--deliver", action="store_true", help="send what is due, by mail and to channels"
        )
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
            Delivery.objects.untried().update(is_hurried=True, due_at=Least("due_at", now))
            # The one that was woken when they were written found them not due.
            wake_worker()
        if deliver:
            self._deliver()
        for model, words in ((Delivery, "mails"), (Post, "posts to channels")):
            later = model.objects.filter(state=Sending.State.WAITING).count()
            if later:
                self.stdout.write(f"{later:>6} {words} wait for their hour or another attempt")

    def _deliver(self) -> None:
        """Batch after batch until nothing is due, or nobody answers where the rest goes."""
        total: Counter[str] = Counter()
        for way, silent in (
            (Mailing, "The mail server cannot be reached; what waits stays waiting."),
            (Posting, "A channel cannot be reached; what waits for it stays waiting."),
        ):
            while done := deliveries.deliver_waiting(by=way):
                total += done
                if done["unreachable"]:
                    self.stderr.write(silent)
                    if way.has_one_place:
                        break
        total["put off"] += total["unreachable"]
        for outcome in ("sent", "dropped", "put off", "failed"):
            self.stdout.write(f"{total[outcome]:>6} {outcome}")
