"""Lessons, in the background."""

from celery import shared_task
from django.utils import timezone

from lessons import bulletins, freshness, news, readership


@shared_task(ignore_result=True)
def ask_whether_true() -> None:
    freshness.ask(now=timezone.now())


@shared_task(ignore_result=True)
def forget_tickets() -> None:
    readership.forget(today=timezone.localdate())


@shared_task(ignore_result=True)
def tell_followers() -> None:
    news.tell_followers(now=timezone.now())


@shared_task(ignore_result=True)
def draft_bulletin() -> None:
    bulletins.draft(timezone.localdate().replace(day=1))
