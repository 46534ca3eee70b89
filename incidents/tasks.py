"""Incidents, in the background."""

from celery import shared_task
from django.utils import timezone

from incidents.files import store


@shared_task(ignore_result=True)
def sweep_files() -> None:
    store.sweep(now=timezone.now())
