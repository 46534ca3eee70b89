"""Ask trackers for their tickets, where they cannot tell: by the token that the settings have.

A request goes only where an administrator connected a tracker, and only to addresses that
common/outbound.py lets it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db.models import F, Q

from actions import trackers
from actions.models import Action, Ticket, Tracker
from common import outbound

logger = logging.getLogger(__name__)

State = Ticket.State

#: A ticket is asked for so often, and so many in one run, which ends after so many seconds.
ASK_AGAIN = timedelta(minutes=50)
MOST_ASKED, MOST_SECONDS = 100, 40


def ask(*, now: datetime) -> int:
    """Ask the trackers whose token is set for tickets of unfinished actions, those first that were
    not asked for longest. How many answered. Ends in time for the task that runs it."""
    ends_at = monotonic() + MOST_SECONDS
    tokens = {
        tracker.pk: token
        for tracker in Tracker.objects.all()
        if (token := settings.TRACKER_TOKENS.get(trackers.api_host(tracker), ""))
    }
    due = (
        Ticket.objects.filter(tracker__in=list(tokens))
        .filter(Q(asked_at=None) | Q(asked_at__lte=now - ASK_AGAIN))
        .filter(action__in=Action.objects.unfinished().values("pk"))
        .select_related("tracker")
        .order_by(F("asked_at").asc(nulls_first=True), "pk")[:MOST_ASKED]
    )
    answered = 0
    for ticket in list(due):
        if monotonic() > ends_at:
            break
        answered += _ask_for(ticket, tokens[ticket.tracker_id], now=now)
    return answered


def _ask_for(ticket: Ticket, token: str, *, now: datetime) -> bool:
    """Noted before it is sent: whatever goes wrong, the others have their turn first."""
    Ticket.objects.filter(pk=ticket.pk).update(asked_at=now)
    address, headers = trackers.question(ticket.tracker, ticket.key, token)
    if ticket.etag:
        headers["If-None-Match"] = ticket.etag
    try:
        answer = outbound.get(address, headers=headers)
    except outbound.NotReached:
        logger.warning("The tracker of ticket %s was not reached.", ticket.pk)
        return False
    if answer.status == 304:
        Ticket.objects.filter(pk=ticket.pk).update(seen_at=now)
        return True
    if answer.status in {404, 410}:
        Ticket.objects.filter(pk=ticket.pk).update(state=State.UNKNOWN, seen_at=now, etag="")
        return True
    if not answer.is_fine:
        logger.warning("The tracker of ticket %s answered %s.", ticket.pk, answer.status)
        return False
    try:
        state, changed_at = trackers.answer(ticket.tracker, trackers.parse(answer.text))
    except (ValueError, RecursionError):
        return False
    newer = Ticket.objects.filter(pk=ticket.pk)
    if changed_at:
        newer = newer.filter(Q(changed_at=None) | Q(changed_at__lte=changed_at))
    newer.update(
        state=state, seen_at=now, changed_at=changed_at or ticket.changed_at,
        etag=answer.etag[:200],
    )  # fmt: skip
    return True
