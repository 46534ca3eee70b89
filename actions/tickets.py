"""Tickets elsewhere: found by their address, told of or asked for, and never more than a hint.

What a tracker says is shown beside the action, with when it was seen. It moves no action: a closed
ticket is a reason to ask whether it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from actions import trackers
from actions.models import Action, Ticket, Tracker, TrackerDelivery
from common.history import record
from people.models import User

#: What was told twice comes within days, not months.
REMEMBERED = timedelta(days=90)


class NotUnderstood(Exception):
    """What was told is no JSON, or has text in it that cannot be kept."""


# Which ticket is whose ------------------------------------------------------------------------
def keep_in_step(action: Action) -> None:
    """After its address was written: the row of its ticket, when the tracker is known."""
    for tracker in Tracker.objects.order_by("pk") if action.ticket_url else ():
        if key := trackers.key_of(tracker, action.ticket_url):
            held = Ticket.objects.filter(action=action).first()
            if held is None or (held.tracker_id, held.key) != (tracker.pk, key):
                Ticket.objects.filter(action=action).delete()
                Ticket.objects.create(action=action, tracker=tracker, key=key)
            return
    Ticket.objects.filter(action=action).delete()


@transaction.atomic
def add_tracker(tracker: Tracker, *, by: User) -> Tracker:
    """From now on its tickets are known, those on actions that are there already, too."""
    tracker.save()
    actions = Action.objects.filter(ticket_url__istartswith=f"{tracker.address}/", ticket=None)
    Ticket.objects.bulk_create(
        Ticket(action=action, tracker=tracker, key=key)
        for action in actions.only("ticket_url")
        if (key := trackers.key_of(tracker, action.ticket_url))
    )
    record(by, "connected a tracker", tracker, str(tracker))
    return tracker


@transaction.atomic
def take_away(tracker: Tracker, *, by: User) -> None:
    """Its tickets are links again."""
    record(by, "took away a tracker", tracker, str(tracker))
    tracker.delete()


# Being told -----------------------------------------------------------------------------------
def hear(tracker: Tracker, body: bytes, headers: Mapping[str, str], *, now: datetime) -> int:
    """Take in what a tracker tells; its signature was checked. How many tickets say something
    else now. Told twice, or later than something newer, it changes nothing. Raises NotUnderstood.
    """
    try:
        news = trackers.read(tracker, trackers.parse(body))
    except (ValueError, RecursionError):
        raise NotUnderstood from None
    number = trackers.number_of(tracker, body, headers)
    with transaction.atomic():
        _, is_new = TrackerDelivery.objects.get_or_create(
            tracker=tracker, number=number, defaults={"received_at": now}
        )
        if not is_new:
            return 0
        Tracker.objects.filter(pk=tracker.pk).update(heard_at=now)
        return _write(tracker, news, now=now) if news else 0


def _write(tracker: Tracker, news: trackers.News, *, now: datetime) -> int:
    tickets = Ticket.objects.filter(tracker=tracker, key=news.key)
    if news.changed_at:
        tickets = tickets.filter(Q(changed_at=None) | Q(changed_at__lte=news.changed_at))
    return tickets.update(
        state=news.state, seen_at=now, changed_at=news.changed_at or F("changed_at"), etag=""
    )


def forget(*, now: datetime) -> None:
    """The numbers of what was told long ago."""
    TrackerDelivery.objects.filter(received_at__lt=now - REMEMBERED).delete()
