"""What comes of actions later: somebody helps, one answers two reviews, one did not hold, one is
doubted, one is silent for a while, one has a ticket, and one is talked about and shown to work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from actions import effects, notes, sharing, snoozing
from actions import workflow as promises
from actions.models import Action, EffectCheck, Ticket, Tracker
from incidents.files import keeping
from incidents.models import Incident
from people.models import User
from postmortems.models import Review

_HELPED = "Call a side ready only after a test payment"
_SHARED = "Rehearse the failover with one side unreachable"
_RECURRED = "Run exports on a replica of their own"
_DOUBTED = "Read both shapes of a cached price for one release"
_SILENT = 'Answer "try later" with a time to wait'
_TRACKED = "Send the messages of an order in their order"
_DONE = _SHARED
_REHEARSAL = b"""Rehearsal, first side unplugged at 10:04:00
10:04:21  second side asks for the lock
10:04:40  the lock expires
10:05:10  first payment, 1 min 10 s after the cable was pulled
"""
_SHOWN = "Card payments stop for 47 minutes while a failover waits for itself"
_LOCK = b"""\
17:21:48Z second  link to first side: down
17:22:03Z second  state: ready
17:22:04Z second  payment refused: waiting for lock gateway/first/writer
17:22:04Z second  lock gateway/first/writer held by first, lease: none
17:31:40Z second  payment refused: waiting for lock gateway/first/writer (2114 since ready)
18:08:12Z second  lock gateway/first/writer released
18:08:13Z second  payment accepted
"""
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
    _talk(Action.objects.get(title=_DONE), staff)
    _show(Incident.objects.get(title=_SHOWN))


def _talk(action: Action, staff: dict[str, User]) -> None:
    keeping.attach(
        action,
        [SimpleUploadedFile("second-rehearsal.txt", _REHEARSAL)],
        by=action.owner,
        description="The second rehearsal, minute by minute",
    )
    notes.add(
        action,
        author=staff[_HELPER],
        text="Could support watch the next one? They see the failed payments first.",
    )
    notes.add(
        action,
        author=action.owner,
        text=f"Good idea, @{staff[_HELPER].name}. They are invited to the one in spring.",
    )


def _show(incident: Incident) -> None:
    keeping.attach(
        incident,
        [SimpleUploadedFile("gateway-second-side.log", _LOCK)],
        by=incident.reporter,
        description="The second side of the gateway while it waits for the lock",
    )


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
