"""Ask trackers for their tickets, where they cannot tell: by the token that the settings have.

A request goes only where an administrator connected a tracker, and only to addresses that
common/outbound.py lets it.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta
from http import HTTPStatus
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
#: A tracker that will not say is left alone, twice as long each time in a row, or as long as it
#: says itself.
FIRST_REST, LONGEST_REST = timedelta(minutes=14), timedelta(hours=4)
LONGEST_WISH = timedelta(days=1)
_MOST_COUNTED = 16
#: These are about whoever asks, and every later ticket would hear the same.
_NOT_NOW = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
_SERVER_ERRORS = 500


class _NotNow(Exception):
    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after or timedelta(0)


def ask(*, now: datetime) -> int:
    """Ask the trackers whose token is set for tickets of unfinished actions, those first that were
    not asked for longest. How many answered. Ends in time for the task that runs it."""
    ends_at = monotonic() + MOST_SECONDS
    tokens = {
        tracker: token
        for tracker in Tracker.objects.filter(Q(rests_until=None) | Q(rests_until__lte=now))
        if (token := settings.TRACKER_TOKENS.get(trackers.api_host(tracker), ""))
    }
    due = (
        Ticket.objects.filter(tracker__in=list(tokens))
        .filter(Q(asked_at=None) | Q(asked_at__lte=now - ASK_AGAIN))
        .filter(action__in=Action.objects.unfinished().values("pk"))
        .select_related("tracker")
        .order_by(F("asked_at").asc(nulls_first=True), "pk")[:MOST_ASKED]
    )
    answered: Counter[Tracker] = Counter()
    for ticket in list(due):
        if monotonic() > ends_at:
            break
        if ticket.tracker not in tokens:
            continue
        try:
            answered[ticket.tracker] += _ask_for(ticket, tokens[ticket.tracker], now=now)
        except _NotNow as refusal:
            _leave_alone(ticket.tracker, refusal, now=now)
            del tokens[ticket.tracker]
    speaking = [tracker.pk for tracker in tokens if answered[tracker]]
    Tracker.objects.filter(pk__in=speaking, refusals__gt=0).update(refusals=0, rests_until=None)
    return answered.total()


def _leave_alone(tracker: Tracker, refusal: _NotNow, *, now: datetime) -> None:
    refusals = min(tracker.refusals, _MOST_COUNTED)
    rest = min(FIRST_REST * 2**refusals, LONGEST_REST)
    until = now + max(rest, min(refusal.after, LONGEST_WISH))
    Tracker.objects.filter(pk=tracker.pk).update(refusals=refusals + 1, rests_until=until)
    logger.warning("%s is not asked again before %s: %s", tracker, until.isoformat(), refusal)


def _ask_for(ticket: Ticket, token: str, *, now: datetime) -> bool:
    """Noted before it is sent: whatever goes wrong, the others have their turn first."""
    Ticket.objects.filter(pk=ticket.pk).update(asked_at=now)
    address, headers = trackers.question(ticket.tracker, ticket.key, token)
    if ticket.etag:
        headers["If-None-Match"] = ticket.etag
    try:
        answer = outbound.get(address, headers=headers)
    except outbound.NotReached as error:
        raise _NotNow(str(error)) from None
    if answer.status in _NOT_NOW or answer.status >= _SERVER_ERRORS:
        raise _NotNow(f"it answered {answer.status}", answer.retry_after)
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
