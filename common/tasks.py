"""Pages on paper, in the background."""

from celery import shared_task
from django.utils import timezone

from common import papers


@shared_task(ignore_result=True)
def make_paper(paper_pk: int) -> None:
    papers.make(paper_pk, now=timezone.now())


@shared_task(ignore_result=True)
def throw_away_papers() -> None:
    papers.throw_away(now=timezone.now())
