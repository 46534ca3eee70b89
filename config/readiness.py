"""Whether everything the product needs is there: for /readyz and for administrators.

No answer names an address, a version or an error's own words: anybody may ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache as only_once
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from common import opensearch, search_index
from config.celery import app

#: Two heartbeats may be late.
_SILENT_AFTER = timedelta(seconds=3 * settings.HEARTBEAT_SECONDS)
_DAY = 86_400
_WITHIN = 2  # seconds


@dataclass(frozen=True)
class Check:
    """`trouble` says in a sentence what is wrong, for somebody who can mend it; empty when fine."""

    name: str
    trouble: str = ""


def checks(*, now: datetime) -> list[Check]:
    """One for each part. Takes some seconds at most, whatever is down."""
    found = [_look(_("database"), _database)]
    if not found[0].trouble:
        found.append(_look(_("migrations"), _migrations))
        found.append(_look(_("search"), _search))
    found.append(_look(_("queue"), _queue))
    found += [
        _look(_("worker for {queue}").format(queue=queue), partial(_worker, queue, now))
        for queue in settings.QUEUES
    ]
    return found


def heard_from(queue: str, *, now: datetime) -> None:
    """A worker has just done something for this queue."""
    cache.set(_key(queue), now, timeout=_DAY)


def last_heard(queue: str) -> datetime | None:
    heard: datetime | None = cache.get(_key(queue))
    return heard


def _key(queue: str) -> str:
    return f"heartbeat:{queue}"


def _look(name: str, at: Callable[[], str]) -> Check:
    try:
        return Check(name, at())
    except Exception:  # noqa: BLE001 whatever a server that is down makes its driver raise
        return Check(name, _("It does not answer."))


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        if connection.vendor == "postgresql" and connection.has_none_free(error):
            return _(
                "It answers, but every connection of this process is taken. Is DATABASE_POOL_SIZE "
                "smaller than WEB_THREADS, or does something hold them?"
            )
        return _("It does not answer.")
    return ""


def _migrations() -> str:
    missing = len(_ours() - set(MigrationRecorder(connection).applied_migrations()))
    if missing:
        return _("{missing} have not run: manage.py migrate.").format(missing=missing)
    return ""


@only_once
def _ours() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _search() -> str:
    return search_index.trouble() or (opensearch.trouble() if settings.OPENSEARCH_URL else "")


def _queue() -> str:
    with app.connection_for_write(connect_timeout=_WITHIN) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=_WITHIN)
    return ""


def _worker(queue: str, now: datetime) -> str:
    heard = last_heard(queue)
    if heard is None:
        return _("Nothing was heard of one yet. Is a worker running, and the clock (beat)?")
    if now - heard > _SILENT_AFTER:
        minutes = round((now - heard).total_seconds() / 60)
        return _(
            "Nothing was heard of one for {minutes} min. Is a worker running, and the clock?"
        ).format(minutes=minutes)
    return ""
