"""Telling people, in the background."""

from celery import shared_task

from people import deliveries


@shared_task(ignore_result=True)
def deliver_waiting() -> None:
    deliveries.deliver_waiting()
