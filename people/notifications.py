"""Write down what somebody is to be told, in the transaction of its cause.

The rows are the truth; people/deliveries.py sends them. A worker is only woken: a lost wake-up
delays a mail by the beat of CELERY_BEAT_SCHEDULE, and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from common.waking import once_after_commit, wake
from people import preferences, topics
from people.models import Delivery, Notification, User

BATCH = 1_000


@dataclass(frozen=True)
class Telling:
    """One thing to tell one person. `occasion` is what makes it happen once."""

    recipient: User
    kind: str
    about: models.Model
    occasion: str
    data: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


def notify(
    recipient: User,
    *,
    kind: str,
    about: models.Model,
    occasion: str,
    data: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> Notification | None:
    """Tell `recipient` once per `occasion`; the words are templates/mail/<kind>.txt and .html.

    `about` is an object whose queryset has `visible_to`: what the recipient may not see when the
    mail goes out is not told. `data` is plain JSON for the words; some keys mean something here:
    `from` is the pk of the person to whom an answer goes; `also` names further objects,
    {"actions.action": [pk, …]}, of which the mail shows the visible ones; `path` is where the line
    under the bell leads when that is not the page of `about`; `text` or `said` are somebody's
    words, shown under that line. A mail goes out when its
    reader wants it (people/preferences.py), and not before `due_at`.

    Returns None when it was told before, or the recipient has left.
    """
    told = tell([Telling(recipient, kind, about, occasion, data or {}, due_at)])
    return told[0] if told else None


def tell(tellings: Iterable[Telling]) -> list[Notification]:
    """`notify` for many: a fixed number of statements for every thousand. Returns the new ones."""
    told: list[Notification] = []
    active = (telling for telling in tellings if telling.recipient.is_active)
    while batch := list(islice(active, BATCH)):
        told += _write(batch)
    return told


@transaction.atomic
def _write(batch: Sequence[Telling]) -> list[Notification]:
    """Notifications without a delivery were added a moment ago, by us: both rows always commit
    together, and a conflicting row of somebody else is waited for."""
    wanted = {(telling.recipient.pk, telling.occasion): telling for telling in batch}
    among_wanted = Notification.objects.filter(occasion__in={key[1] for key in wanted})
    known = set(among_wanted.values_list("recipient_id", "occasion"))
    fresh = {key: telling for key, telling in wanted.items() if key not in known}
    if not fresh:
        return []
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=telling.recipient,
                kind=telling.kind,
                occasion=telling.occasion,
                data=telling.data,
                object_type=ContentType.objects.get_for_model(telling.about),
                object_id=telling.about.pk,
            )
            # In one order for everybody, so that two sweeps never wait for each other.
            for _, telling in sorted(fresh.items(), key=lambda item: item[0])
        ],
        ignore_conflicts=True,
    )
    written = [
        notification
        for notification in among_wanted.filter(deliveries=None)
        if (notification.recipient_id, notification.occasion) in fresh
    ]
    told = [
        (notification, fresh[notification.recipient_id, notification.occasion])
        for notification in written
    ]
    Delivery.objects.bulk_create(_deliveries(told))
    wake_after_commit()
    return written


def _deliveries(told: Sequence[tuple[Notification, Telling]]) -> Iterator[Delivery]:
    """As each reader wants it; none for what stays under the bell."""
    now = timezone.now()
    wishes = preferences.of_people({telling.recipient.pk for _, telling in told})
    for notification, telling in told:
        person = telling.recipient
        topic = topics.of(telling.kind, telling.data)
        planned = preferences.plan(topic, person, wishes[person.pk], at=telling.due_at or now)
        if planned:
            due_at, shares_mail = planned
            yield Delivery(notification=notification, due_at=due_at, shares_mail=shares_mail)


def wake_after_commit() -> None:
    """Wake a worker once when the transaction has committed, however often this is called."""
    once_after_commit(wake_worker)


def wake_worker() -> None:
    wake("people.tasks.deliver_waiting", expires=60)
