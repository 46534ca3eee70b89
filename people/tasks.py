"""Telling people, in the background."""

from celery import shared_task

from people import deliveries, notifications


@shared_task(ignore_result=True)
def deliver_waiting() -> None:
    """Send mail for a while. When there is plenty, a further worker is woken to help."""
    deliveries.deliver_waiting(on_plenty=notifications.wake_worker)
