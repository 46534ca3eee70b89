"""The actions of a story of the demo, each up to the state the story names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from actions import effects, promise
from actions import workflow as promises
from actions.models import Action, EffectCheck
from people.models import Team, User
from postmortems.models import Finding, Review

State = Action.State


class Promise:
    """An action of a story, up to the state it names."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        review: Review,
        cards: list[Finding],
        people: Mapping[str, User],
        guide: User,
        manager: User,
        now: datetime,
    ) -> None:
        self.data = data
        self.review = review
        self.cards = cards
        self.people = people
        self.guide = guide
        self.manager = manager
        self.today = now.date()
        self.state = State(data["state"])

    def _day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def keep(self, *, agreed_at: datetime) -> None:
        data, by = self.data, self.guide
        names = ("title", "kind", "measure", "strength", "priority", "done_test")
        values = {name: data[name] for name in names if name in data}
        values["team"] = Team.objects.get(name=data["team"])
        if "owner" in data:
            first = data.get("moved_from", data["due"])
            values |= {"owner": self.people[data["owner"]], "due_on": self._day(first)}
        action = promises.create(
            by=by,
            values=values,
            is_agreed="owner" in data,
            review=self.review,
            finding=self.cards[data["card"] - 1] if "card" in data else None,
        )
        if "moved_from" in data:
            action = promises.redate(
                action,
                by=values["owner"],
                due_on=self._day(data["due"]),
                reason=data["moved_because"],
            )
        self._go(action, owner=values.get("owner"))
        promised = promise.days_by_priority(
            action.incidents.all(), values["team"], today=agreed_at.date()
        )
        Action.objects.filter(pk=action.pk).update(
            created_at=agreed_at,
            promised_by=promised.get(action.priority) if "owner" in data else None,
        )

    def _go(self, action: Action, *, owner: User | None) -> None:
        data = self.data
        if self.state in {State.DECLINED, State.WONT_DO}:
            promises.drop(
                action,
                by=self.manager,
                reason=data["reason"],
                risk_carried_by=data.get("risk", ""),
                early_reason="It was decided after the days it had rested.",
            )
        if self.state in {State.PARKED, State.ACCEPTED, State.DECLINED, State.WONT_DO}:
            return
        worker = owner or self.guide
        action = promises.start(action, by=worker)
        if self.state == State.BLOCKED:
            promises.block(action, by=worker, blocked_on=data["blocked_on"])
        if self.state in {State.IN_PROGRESS, State.BLOCKED}:
            return
        action = promises.finish(action, by=worker, proof=data["proof"])
        if self.state == State.DONE:
            return
        action = promises.verify(
            action, by=self.people[data["verified_by"]], showed=data.get("showed", "")
        )
        due_at = datetime.combine(self._day(data["due"]), time(10), tzinfo=worker.zone)
        Action.objects.filter(pk=action.pk).update(
            done_at=due_at - timedelta(days=3), verified_at=due_at - timedelta(days=1)
        )
        self._look_again(action)

    def _look_again(self, action: Action) -> None:
        """`after` has what was said at each check, the first one first. What happened again is
        told once the incident in which it did is there: see follow_ups.py."""
        for check in action.effect_checks.order_by("days"):
            check.due_on = self._day(self.data["due"] - 1 + check.days)
            check.save(update_fields=["due_on"])
        for check, sentence in zip(
            action.effect_checks.order_by("days"), self.data.get("after", ()), strict=False
        ):
            effects.answer(check, by=self.manager, answer=self.state, sentence=sentence)
            answered_at = datetime.combine(check.due_on, time(11), tzinfo=self.manager.zone)
            EffectCheck.objects.filter(pk=check.pk).update(answered_at=answered_at)
