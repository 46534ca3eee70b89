"""What comes of actions later: somebody helps, one answers two reviews, one did not hold."""

from __future__ import annotations

from actions import effects, sharing
from actions import workflow as promises
from actions.models import Action, EffectCheck
from incidents.models import Incident
from people.models import User
from postmortems.models import Review

_HELPED = "Call a side ready only after a test payment"
_SHARED = "Rehearse the failover with one side unreachable"
_RECURRED = "Run exports on a replica of their own"
_HELPER = "elif.yildiz@example.org"


def live(staff: dict[str, User]) -> None:
    manager = staff["manager@example.org"]
    helped = Action.objects.get(title=_HELPED)
    promises.set_helpers(helped, [staff[_HELPER]], by=manager)
    game_day = Review.objects.get(
        incident__kind=Incident.Kind.GAME_DAY, incident__organisation="", state="published"
    )
    sharing.take_on(Action.objects.get(title=_SHARED), game_day, by=manager)
    _happened_again(manager)


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
