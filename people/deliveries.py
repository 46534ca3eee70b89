"""Deliver what waits to be told: claim rows by lease, send, and say what became of each.

Any number of workers may run this at once. A worker that dies holds its rows until the lease
runs out; then another takes them. A mail that was handed over a moment before the crash goes out
again under the same Message-ID, which mail programs show once.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections import Counter
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.text import one_line
from people import mails
from people.models import Delivery

logger = logging.getLogger(__name__)

BATCH = 50
#: Longer than a task may live (CELERY_TASK_TIME_LIMIT), so that no two workers hold a row.
LEASE = timedelta(seconds=120)
#: A delivery run starts no new batch after this many seconds.
PATIENCE = 40
LONGEST_WAIT = timedelta(hours=1)
#: With the waits of `wait_after`, a little over a day.
MOST_ATTEMPTS = 30


def deliver_waiting(*, now: datetime | None = None) -> Counter[str]:
    """Deliver until nothing waits or time is up; how many were sent, dropped, put off or failed.

    Stops when the mail server cannot be reached: everything else would only wait for it too.
    """
    counts: Counter[str] = Counter()
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        lease, rows = claim(now=now or timezone.now())
        if not rows:
            break
        done = _deliver_batch(lease, rows)
        counts += done
        if done["unreachable"]:
            break
    return counts


def claim(*, now: datetime, most: int = BATCH) -> tuple[uuid.UUID, list[Delivery]]:
    """Take up to `most` rows that are due, for LEASE. Each goes to one worker only.

    PostgreSQL skips the rows another worker is claiming. SQLite knows no row locks and Django
    leaves the words out; there the IMMEDIATE transaction lets one worker claim at a time.
    """
    lease = uuid.uuid4()
    with transaction.atomic():
        waiting = Delivery.objects.waiting(now=now).order_by("due_at", "pk")
        pks = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
        if pks:
            Delivery.objects.filter(pk__in=pks).update(
                lease=lease, leased_until=now + LEASE, attempts=F("attempts") + 1
            )
    rows = Delivery.objects.filter(lease=lease, pk__in=pks).select_related(
        "notification__recipient", "notification__object_type"
    )
    return lease, list(rows.order_by("due_at", "pk"))


def _deliver_batch(lease: uuid.UUID, rows: list[Delivery]) -> Counter[str]:
    counts: Counter[str] = Counter()
    connection = get_connection()
    public = mails.open_to_all(rows)
    try:
        for position, row in enumerate(rows):
            outcome = _deliver(connection, lease, row, public)
            counts[outcome] += 1
            if outcome == "unreachable":
                _give_back(lease, rows[position + 1 :])
                break
    finally:
        connection.close()
    return counts


def _deliver(
    connection: BaseEmailBackend, lease: uuid.UUID, row: Delivery, public: mails.Objects
) -> str:
    """Send one mail and write down the outcome. One odd row never stops the others."""
    try:
        mail = mails.compose(row, public)
    except Exception as error:
        logger.exception("Delivery %s could not be written", row.pk)
        return _put_off(lease, row, error)
    if mail is None:
        _settle(lease, row, state=Delivery.State.DROPPED)
        return "dropped"
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        _put_off(lease, row, error)
        return "unreachable"
    try:
        mail.connection = connection
        mail.send()
    except (OSError, SMTPException, ValueError) as error:
        # After a refusal the session is in an unknown state; the next mail opens a new one.
        connection.close()
        return _put_off(lease, row, error)
    _settle(lease, row, state=Delivery.State.SENT, sent_at=timezone.now(), last_error="")
    return "sent"


def _settle(lease: uuid.UUID, row: Delivery, **changes: object) -> None:
    """Write the outcome, if the row is still ours."""
    Delivery.objects.filter(pk=row.pk, lease=lease, state=Delivery.State.WAITING).update(
        lease=None, leased_until=None, **changes
    )


def _put_off(lease: uuid.UUID, row: Delivery, error: Exception) -> str:
    """Try again later, or give up after a day of trying."""
    words = one_line(f"{type(error).__name__}: {error}")[:300]
    if row.attempts >= MOST_ATTEMPTS:
        _settle(lease, row, state=Delivery.State.FAILED, last_error=words)
        logger.warning("Delivery %s given up after %s attempts", row.pk, row.attempts)
        return "failed"
    due_at = timezone.now() + wait_after(row.attempts)
    _settle(lease, row, due_at=due_at, last_error=words)
    return "put off"


def wait_after(attempts: int) -> timedelta:
    """1, 2, 4 … minutes, at most an hour, and up to a quarter more so that not all come at once."""
    minutes = min(2 ** (min(attempts, 10) - 1), LONGEST_WAIT / timedelta(minutes=1))
    return timedelta(minutes=minutes * random.uniform(1, 1.25))  # noqa: S311


def _give_back(lease: uuid.UUID, rows: list[Delivery]) -> None:
    """Rows that were not tried stay due."""
    Delivery.objects.filter(pk__in=[row.pk for row in rows], lease=lease).update(
        lease=None, leased_until=None, attempts=F("attempts") - 1
    )
