"""Deliver what waits to be told: claim rows by lease, send, and say what became of each.

Any number of workers may run this at once. A worker that dies holds its rows until the lease
runs out; then another takes them. What was taken by the other side goes into the database before
the next message is sent, so that a crash leaves one message in doubt at most; that one goes out
again under the same Message-ID, which mail programs show once (docs/delivery.md).
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import F
from django.utils import timezone

from common.text import one_line
from people.mailing import Mailing
from people.models import Sending
from people.sending import Message, PutOff, Refused, Unreachable, Way

logger = logging.getLogger(__name__)

#: So few that the last of many are shared by all workers: each may be a mail of twenty things.
BATCH = 25
#: Longer than a task may live (CELERY_TASK_TIME_LIMIT), so that no two workers hold a row.
LEASE = timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
#: A run sends nothing new after this many seconds: a worker that is asked to stop waits for it.
PATIENCE = 20
#: So long a run waits for a database that is away before it forgets what became of a message.
NOTE_PATIENCE = 20
FIRST_WAIT = timedelta(seconds=settings.DELIVERY_WAIT_SECONDS)
LONGEST_WAIT = timedelta(hours=1)
#: Longer than a day: what broke in the evening is mended the next morning.
TRIED_FOR = timedelta(hours=28)


def deliver_waiting(
    *,
    now: datetime | None = None,
    by: Callable[[], Way] = Mailing,
    on_plenty: Callable[[], object] | None = None,
) -> Counter[str]:
    """Deliver until nothing waits or time is up; how many messages were sent, dropped, put off
    or failed, or found nobody there ("unreachable").

    Stops when mail finds no server: everything else would only wait for it, too. What goes to
    another place goes on. `on_plenty` is called when there is work for one more: once beside this
    run, and once when its time is up.
    """
    counts: Counter[str] = Counter()
    until = time.monotonic() + PATIENCE
    way, has_called = by(), False
    try:
        while time.monotonic() < until:
            lease, rows = claim(way, now=now or timezone.now())
            if not rows:
                break
            if on_plenty and len(rows) >= BATCH and not has_called:
                on_plenty()
                has_called = True
            # Long before others may take the rows for those of a dead worker.
            held = time.monotonic() + LEASE.total_seconds() / 2
            counts += _deliver_batch(way, lease, rows, until=min(until, held))
            if counts["unreachable"] and way.has_one_place:
                break
        else:
            # The helper may have found nothing beside what this run held until now.
            if on_plenty:
                on_plenty()
    finally:
        way.close()
    return counts


def claim(
    way: Way | type[Way], *, now: datetime, most: int = BATCH
) -> tuple[uuid.UUID, Sequence[Sending]]:
    """Take about `most` rows that are due, for LEASE. Each goes to one worker only.

    PostgreSQL skips the rows another worker is claiming. SQLite knows no row locks and Django
    leaves the words out; there the IMMEDIATE transaction lets one worker claim at a time.
    """
    lease = uuid.uuid4()
    every = way.model.objects
    with transaction.atomic():
        pks = every.waiting(now=now).pick(most)
        if pks:
            every.filter(pk__in=pks).update(
                lease=lease, leased_until=now + LEASE, attempts=F("attempts") + 1
            )
    rows = every.filter(lease=lease, pk__in=pks).order_by("due_at", "pk")
    return lease, list(rows.select_related(*way.needs).prefetch_related(*way.brings))


def _deliver_batch(
    way: Way, lease: uuid.UUID, rows: Sequence[Sending], *, until: float
) -> Counter[str]:
    """Send until `until` (time.monotonic). What was not tried is given back, however this ends:
    a worker that is told to stop leaves nothing held."""
    counts: Counter[str] = Counter()
    untried = {row.pk: row for row in rows}
    silent: set[object] = set()
    try:
        for message in way.messages(rows):
            if counts and time.monotonic() > until:
                break
            if message.to in silent:
                continue
            for row in message.rows:
                del untried[row.pk]
            outcome = _deliver(way, lease, message)
            counts[outcome] += 1
            if outcome == "unreachable":
                if way.has_one_place:
                    break
                silent.add(message.to)
                _spare(way, message)
    finally:
        _give_back(way.model, lease, untried)
    return counts


def _deliver(way: Way, lease: uuid.UUID, message: Message) -> str:
    """Send one message and write down the outcome. One odd row never stops the others."""
    try:
        content = message.compose()
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        logger.exception("%s could not be written", message.rows[0])
        return _put_off(lease, message, PutOff(f"{type(error).__name__}: {error}"))
    if content is None:
        _settle(lease, message, state=Sending.State.DROPPED)
        return "dropped"
    try:
        way.send(content)
    except Refused as error:
        return _give_up(lease, message, error)
    except PutOff as error:
        return _put_off(lease, message, error)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        logger.exception("%s could not be sent", message.rows[0])
        return _put_off(lease, message, PutOff(f"{type(error).__name__}: {error}"))
    _settle(lease, message, state=Sending.State.SENT, sent_at=timezone.now(), last_error="")
    return "sent"


def _spare(way: Way, message: Message) -> None:
    """What waits for the same place waits as long as this message does, without an attempt."""
    now = timezone.now()
    until = max(now + FIRST_WAIT, *(row.due_at for row in message.rows))
    beside = way.beside(message).filter(state=Sending.State.WAITING, due_at__lte=now)
    beside.update(due_at=until)


def _settle(lease: uuid.UUID, message: Message, **changes: object) -> None:
    """Write the outcome, for the rows that are still ours. It is known nowhere else, so a
    database that is being restarted is waited for."""
    model = type(message.rows[0])
    mine = model.objects.filter(
        pk__in=[row.pk for row in message.rows], lease=lease, state=Sending.State.WAITING
    )
    until = time.monotonic() + NOTE_PATIENCE
    while True:
        try:
            mine.update(lease=None, leased_until=None, **changes)
            return
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            connection.close()
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311


def _give_up(lease: uuid.UUID, message: Message, error: Exception) -> str:
    _settle(lease, message, state=Sending.State.FAILED, last_error=_in_short(error))
    logger.warning("%s was given up: see the delivery log", message.rows[0])
    return "failed"


def _put_off(lease: uuid.UUID, message: Message, error: PutOff) -> str:
    """Try again later, or give up after a day of trying."""
    now = timezone.now()
    first = min(row.first_failed_at or now for row in message.rows)
    if now - first >= TRIED_FOR:
        return _give_up(lease, message, error)
    wait = wait_after(max(row.attempts for row in message.rows))
    if error.after is not None:
        wait += min(error.after, TRIED_FOR)
    for row in message.rows:
        row.due_at = now + wait
    _settle(
        lease,
        message,
        due_at=now + wait,
        first_failed_at=first,
        last_error=_in_short(error),
    )
    return "unreachable" if isinstance(error, Unreachable) else "put off"


def _in_short(error: Exception) -> str:
    return one_line(str(error))[:300]


def wait_after(attempts: int) -> timedelta:
    """Anything up to 1, 2, 4 … minutes, at most an hour: so much chance that what was refused
    together does not come back together ("full jitter")."""
    most = min(FIRST_WAIT * 2 ** (min(attempts, 16) - 1), LONGEST_WAIT)
    return max(most * random.random(), timedelta(seconds=1))  # noqa: S311


def _give_back(model: type[models.Model], lease: uuid.UUID, untried: Collection[int]) -> None:
    """Rows that were not tried stay due."""
    if untried:
        model._default_manager.filter(pk__in=list(untried), lease=lease).update(
            lease=None, leased_until=None, attempts=F("attempts") - 1
        )
