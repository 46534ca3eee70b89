"""What needs every other app, in the background."""

from celery import shared_task
from django.utils import timezone

from config import readiness, reminders


@shared_task(ignore_result=True)
def tell_reports() -> None:
    reminders.tell_reports(now=timezone.now())


@shared_task(ignore_result=True)
def heartbeat(queue: str) -> None:
    """Says that somebody works on `queue`: the clock sends one to each."""
    readiness.heard_from(queue, now=timezone.now())
