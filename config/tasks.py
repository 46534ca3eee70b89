"""What needs every other app, in the background."""

import logging

from celery import shared_task
from django.utils import timezone

from common import opensearch, search_feed
from config import readiness, reminders, tries
from config.audit import chain

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def tell_reports() -> None:
    reminders.tell_reports(now=timezone.now())


@shared_task(ignore_result=True)
def heartbeat(queue: str) -> None:
    """Says that somebody works on `queue`: the clock sends one to each."""
    readiness.heard_from(queue, now=timezone.now())


@shared_task(ignore_result=True)
def feed_search() -> None:
    """Tell OpenSearch what changed. What it cannot be told now waits for the next time."""
    try:
        search_feed.feed()
    except opensearch.Away as error:
        logger.warning("OpenSearch could not be told what changed: %s", error)


@shared_task(ignore_result=True)
def thin_out_search_changes() -> None:
    """Also where nobody tells OpenSearch any more, and the triggers were left in place."""
    search_feed.thin_out()


@shared_task(ignore_result=True)
def forget_tries() -> None:
    tries.forget(now=timezone.now())


@shared_task(ignore_result=True)
def close_trail() -> None:
    chain.close(now=timezone.now())
