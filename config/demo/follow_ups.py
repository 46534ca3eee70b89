"""What comes of actions later: somebody helps, one answers two reviews, one did not hold, one is
doubted, one is silent for a while, and one has a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions import effects, sharing, snoozing
from actions import workflow as promises
from actions.models import Action, EffectCheck, Ticket, Tracker
from incidents.models import Incident
from people.models import User
from postmortems.models import Review

_HELPED = "Call a side ready only after a test payment"
_SHARED = "Rehearse the failover with one side unreachable"
_RECURRED = "Run exports on a replica of their own"
_DOUBTED = "Read both shapes of a cached price for one release"
_SILENT = 'Answer "try later" with a time to wait'
_TRACKED = "Send the messages of an order in their order"
_HELPER = "elif.yildiz@example.org"


def live(staff: dict[str, User], *, now: datetime) -> None:
    manager = staff["manager@example.org"]
    helped = Action.objects.get(title=_HELPED)
    promises.set_helpers(helped, [staff[_HELPER]], by=manager)
    game_day = Review.objects.get(
        incident__kind=Incident.Kind.GAME_DAY, incident__organisation="", state="published"
    )
    sharing.take_on(Action.objects.get(title=_SHARED), game_day, by=manager)
    _happened_again(manager)
    _doubt(Action.objects.get(title=_DOUBTED))
    silent = Action.objects.get(title=_SILENT)
    snoozing.snooze(
        silent,
        by=silent.owner,
        until=now.date() + timedelta(days=8),
        reason="It waits for somebody else",
    )
    _track(Action.objects.get(title=_TRACKED), now=now)


def _doubt(action: Action) -> None:
    promises.suggest_dropping(
        action,
        by=action.owner,
        reason="Prices move to a service of their own next month. It keeps nothing in this cache.",
    )


def _track(action: Action, *, now: datetime) -> None:
    """Open, as its tracker told an hour ago."""
    Tracker.objects.create(kind=Tracker.Kind.GITLAB, address="https://gitlab.example.org")
    promises.edit(
        action,
        seen=action.version,
        by=action.owner,
        changes={"ticket_url": "https://gitlab.example.org/shop/checkout/-/issues/1094"},
    )
    Ticket.objects.filter(action=action).update(
        state=Ticket.State.OPEN, seen_at=now - timedelta(hours=1)
    )


def _happened_again(manager: User) -> None:
    """In an incident at the same service since, which is not restricted."""
    action = Action.objects.get(title=_RECURRED)
    since, _ = effects.since(action, manager)
    effects.answer(
        action.effect_checks.get(days=90),
        by=manager,
        answer=EffectCheck.Answer.RECURRED,
        sentence="A slot kept for a replica of exports filled the disk of the orders database.",
        incidents=[next(each.incident for each in since if each.may_be_named)],
    )
