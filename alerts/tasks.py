from celery import shared_task
from django.utils import timezone

from alerts import hearing


@shared_task(ignore_result=True)
def forget_old_alerts() -> None:
    hearing.forget(now=timezone.now())
