"""Actions, in the background."""

from celery import shared_task
from django.utils import timezone

from actions import reminders


@shared_task(ignore_result=True)
def remind() -> None:
    reminders.sweep(now=timezone.now())
