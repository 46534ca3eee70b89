"""A task that kills its worker is tried three times, then parked: the others go on.

Whatever a worker had begun when it died is delivered again, and would kill the next one for ever.
So each start is written down before the work and taken away when the work ends, well or not; only
a worker that died leaves it. An administrator sees what is parked and has it tried again.

Mail and posts are told one by one in rows that count their own attempts (people/deliveries.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from common.waking import wake
from config.models import TaskTry

logger = logging.getLogger(__name__)

TRIES = 3
#: A message that comes again does so within hours; after that nobody asks for its start.
_FORGOTTEN_AFTER = timedelta(days=2)


class NotSent(Exception):
    """The broker did not take it."""


class CountedTask(DjangoTask):
    """The base of every task of ours."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request = self.request
        if request.called_directly or request.is_eager:
            return super().__call__(*args, **kwargs)
        # The worker has put the request in its place already: `run` is all that is left to do.
        with _counted(request.id, self.name, args) as may_run:
            return self.run(*args, **kwargs) if may_run else None


@contextmanager
def _counted(message: str, task: str, arguments: Sequence[Any]) -> Iterator[bool]:
    """Whether it may be run; whatever is raised within is an end, too.

    Without a database that writes nothing is counted: work goes on, and can hardly do harm.
    """
    try:
        may_run = begin(message, task, arguments, now=timezone.now())
    except DatabaseError:
        may_run = True
    try:
        yield may_run
    finally:
        if may_run:
            try:
                TaskTry.objects.filter(message=message).delete()
            except DatabaseError:
                logger.warning("The end of task %s was not noted", message)


@transaction.atomic
def begin(message: str, task: str, arguments: Sequence[Any], *, now: datetime) -> bool:
    """Note one more start of this message; False when there were enough, and it is parked."""
    mine = TaskTry.objects.filter(message=message)
    if not mine.update(starts=F("starts") + 1, started_at=now):
        TaskTry.objects.create(
            message=message, task=task, arguments=list(arguments), started_at=now
        )
        return True
    begun = mine.get()
    if begun.starts <= TRIES:
        return True
    _park(begun, now=now)
    return False


def _park(begun: TaskTry, *, now: datetime) -> None:
    """One row for the same work: the clock asks for some of it again and again."""
    starts = begun.starts - 1
    parked = TaskTry.objects.parked().filter(task=begun.task, arguments=begun.arguments)
    if parked.exclude(pk=begun.pk).update(starts=F("starts") + starts, started_at=now):
        begun.delete()
    else:
        TaskTry.objects.filter(pk=begun.pk).update(starts=starts, parked_at=now)
    logger.error("Parked %s (%s): its worker died %s times", begun.task, begun.message, starts)


def try_again(parked: TaskTry) -> None:
    """Send it as a new message. Twice is harmless, as every task is. Raises NotSent."""
    if not wake(parked.task, *parked.arguments):
        raise NotSent
    parked.delete()


def forget(*, now: datetime) -> None:
    """Starts whose message never came again: a worker was stopped by force, or the queue lost."""
    TaskTry.objects.filter(parked_at=None, started_at__lt=now - _FORGOTTEN_AFTER).delete()
