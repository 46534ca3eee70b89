from celery import shared_task
from django.utils import timezone

from api import tokens


@shared_task(ignore_result=True)
def forget_what_was_sent() -> None:
    tokens.forget(now=timezone.now())
