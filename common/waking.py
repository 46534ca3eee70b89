"""Wake a worker after the commit. The rows are the truth; a lost wake-up only delays."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def once_after_commit(hook: Callable[[], object]) -> None:
    """Call `hook` once when the transaction has committed, however often this is asked for."""
    if not any(known is hook for _, known, *_ in connection.run_on_commit):
        transaction.on_commit(hook, robust=True)


def wake(task: str, *arguments: Any, expires: int | None = None) -> bool:
    """Send the task with one short try: somebody waits for the page that saved its cause. Whether
    the broker took it.

    Hand it to `transaction.on_commit(…, robust=True)`. A broker that cannot be reached is logged;
    whoever owns the task finds forgotten work again by a sweep or by the page that waits.
    """
    once = {"max_retries": 0, "interval_start": 0}
    try:
        with current_app.connection(transport_options=once) as broker:
            current_app.send_task(task, arguments, connection=broker, retry=False, expires=expires)
    except (OperationalError, OSError) as error:
        logger.warning("No worker was woken for %s: %s", task, error)
        return False
    return True
