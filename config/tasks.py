"""What needs every other app, in the background."""

from celery import shared_task
from django.utils import timezone

from config import reminders


@shared_task(ignore_result=True)
def tell_reports() -> None:
    reminders.tell_reports(now=timezone.now())
