"""Actions, in the background."""

from celery import shared_task
from django.utils import timezone

from actions import asking, effects, reminders, tickets


@shared_task(ignore_result=True)
def remind() -> None:
    now = timezone.now()
    reminders.sweep(now=now)
    effects.remind(now=now)


@shared_task(ignore_result=True)
def look_after_tickets() -> None:
    now = timezone.now()
    tickets.forget(now=now)
    asking.ask(now=now)
