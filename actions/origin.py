"""Where an action comes from: a card on a board, a review, an incident, or nowhere yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from actions import permissions
from actions.models import Action, Note
from common.addresses import word
from incidents.models import Incident
from people.models import User
from postmortems.models import Finding, Review
from postmortems.permissions import can_read_draft


@dataclass(frozen=True)
class Origin:
    review: Review | None = None
    finding: Finding | None = None
    incident: Incident | None = None
    #: From the answer to how it could have been known sooner.
    is_from_noticing: bool = False
    #: The action that did not hold, when the new one follows it.
    follows: Action | None = None
    #: What was said on another action, when the new one grows from it.
    note: Note | None = None

    def incidents(self) -> list[Incident]:
        if self.review:
            return [self.review.incident, *self.review.also_covers.all()]
        return [self.incident] if self.incident else []

    @property
    def is_restricted(self) -> bool:
        return any(incident.is_restricted for incident in self.incidents())

    def allows(self, user: User) -> bool:
        if self.review:
            return permissions.can_create_in(user, self.review)
        for grown_from in (self.follows, self.note and self.note.action):
            if grown_from and permissions.guides(user, grown_from):
                return True
        if self.incident:
            return permissions.can_create_for(user, self.incident)
        return permissions.can_create_alone(user)

    def initial(self) -> dict[str, Any]:
        """What the form starts with: the safer way from the card, and the team of the incident."""
        words = (self.finding.safer or self.finding.text) if self.finding else ""
        lead = self.incidents()[0] if self.incidents() else None
        first: dict[str, Any] = {"team": lead.team_id if lead else None}
        if self.is_from_noticing and self.review:
            words = self.review.known_sooner
            first |= {"kind": Action.Kind.DETECT, "measure": Action.Measure.TELEMETRY}
        if self.note:
            words = self.note.text
            first["team"] = first["team"] or self.note.action.team_id
        if self.follows:
            kept = ("kind", "measure", "priority", "team", "done_test")
            first |= {name: getattr(self.follows, name) for name in kept}
        return first | {"title": " ".join(words.split())[:200]}


def read(asked: QueryDict, user: User) -> Origin:
    """From ?review=INC-1&finding=12, ?review=INC-1&from=noticing or ?incident=INC-1, each with
    ?follows=A-2 or ?note=12 or without. Raises Http404 for what is not there for this person."""
    origin = _read(asked, user)
    if number := asked.get("note", ""):
        visible = Note.objects.filter(action__in=Action.objects.visible_to(user).values("pk"))
        note = get_object_or_404(visible.select_related("action__team"), pk=_key(number))
        origin = replace(origin, note=note)
    if not (reference := word(asked, "follows", longest=16)):
        return origin
    follows = get_object_or_404(Action.objects.visible_to(user), reference=reference)
    return replace(origin, follows=follows)


def _read(asked: QueryDict, user: User) -> Origin:
    if reference := word(asked, "review"):
        review = get_object_or_404(
            Review.objects.visible_to(user).select_related("incident__team"),
            incident__reference=reference,
        )
        number = asked.get("finding", "")
        if not number:
            return Origin(review=review, is_from_noticing=asked.get("from") == "noticing")
        finding = get_object_or_404(review.findings.on_board(), pk=_key(number))
        return Origin(review=review, finding=finding)
    if reference := word(asked, "incident"):
        visible = Incident.objects.visible_to(user).select_related("team")
        return Origin(incident=get_object_or_404(visible, reference=reference))
    return Origin()


def _key(typed: str) -> int:
    """0, which no row has, for what is no number."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 16 else 0


@dataclass(frozen=True)
class Step:
    """One step of the way from what was seen to what changes."""

    label: str
    text: str


def trace(action: Action, user: User) -> list[Step]:
    """Event, contributing factor, safer way, action. Cards and factors belong to the working
    text, so only its readers are shown them."""
    steps: list[Step] = []
    finding = action.finding
    if finding is not None:
        event = finding.events.in_order().first()
        if event:
            steps.append(Step(gettext("What was seen"), event.text))
        if can_read_draft(user, finding.review):
            factor = finding.review.factors.order_by("position", "pk").first()
            if factor:
                steps.append(Step(gettext("Contributing factor"), factor.text))
            steps.append(Step(gettext("From the board"), finding.text))
            if finding.safer:
                steps.append(Step(gettext("Safer"), finding.safer))
    steps.append(Step(gettext("Action"), action.title))
    return steps
