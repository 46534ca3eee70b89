"""Reviews, in the background."""

from celery import shared_task
from django.utils import timezone

from postmortems import confidential, publishing, reminders, reports, sealing


@shared_task(ignore_result=True)
def make_report(report_pk: int) -> None:
    reports.make(report_pk, now=timezone.now())


@shared_task(ignore_result=True)
def remind() -> None:
    reminders.remind(now=timezone.now())


@shared_task(ignore_result=True)
def open_notes() -> None:
    now = timezone.now()
    confidential.mix(today=confidential.today_of(now))
    confidential.tell_facilitators(now=now)


@shared_task(ignore_result=True)
def publish_due() -> None:
    publishing.publish_due(now=timezone.now())


@shared_task(ignore_result=True)
def seal() -> None:
    sealing.seal_due(now=timezone.now())
