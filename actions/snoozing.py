"""Reminders that are silent for a while: a break with a reason, never an end."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from actions.models import Action, Snooze
from actions.workflow import NotReady, refuses
from common import kept_words
from common.dates import say
from common.history import record
from people.models import Delivery, User

#: A longer break is a new date.
LONGEST = timedelta(days=60)


@transaction.atomic
def snooze(action: Action, *, by: User, until: date, reason: str) -> Snooze:
    """No reminder to its owner before `until`; what waits to be sent is taken back. From that day
    on the ladder of reminders goes on. Raises NotReady for what is no longer open."""
    action, now = Action.objects.select_for_update(of=("self",)).get(pk=action.pk), timezone.now()
    if refusal := refuses(action, "snooze"):
        raise NotReady(refusal)
    kept, _ = Snooze.objects.update_or_create(
        action=action,
        defaults={
            "owner_id": action.owner_id,
            "until": until,
            "reason": reason,
            "by": by,
            "at": now,
        },
    )
    reminders = Delivery.objects.unheld(now=now).filter(
        notification__in=action.owner.notifications.about(action).filter(kind="action_reminder")
    )
    reminders.update(state=Delivery.State.DROPPED, lease=None, leased_until=None)
    record(by, "snoozed the reminders", action, f"until {until.day} {until:%b}: {reason}")
    return kept


@kept_words.shape(r"until (?P<day>\d+ \w{3}): (?P<reason>.+)")
def _snoozed_for_reader(day: str, reason: str) -> str:
    return gettext("until {day}: {reason}").format(day=kept_words.day(day), reason=reason)


def is_silent(action: Action, *, on: date) -> bool:
    """Nothing reminds its present owner of it on that day."""
    kept = getattr(action, "snooze", None)
    return (
        action.is_open
        and kept is not None
        and (kept.owner_id == action.owner_id and kept.until > on)
    )


@transaction.atomic
def wake(action: Action, *, by: User) -> None:
    """End the break: the ladder of reminders goes on from here."""
    if Snooze.objects.filter(action=action).delete()[0]:
        record(by, "ended the break of the reminders", action)


def said(until: date) -> str:
    """What the break means, for whoever set it."""
    return gettext("Until {day} nothing reminds of it. Its page says why.").format(
        day=say(until, "l j F")
    )


def days_on_offer(today: date) -> list[tuple[str, date]]:
    """What one click chooses: tomorrow, and the Monday that comes after it."""
    monday = today + timedelta(days=7 - today.weekday())
    tomorrow = today + timedelta(days=1)
    if tomorrow == monday:
        monday += timedelta(days=7)
    return [(gettext("Tomorrow"), tomorrow), (gettext("Next week"), monday)]
