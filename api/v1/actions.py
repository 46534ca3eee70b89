"""Actions: found, agreed or parked, and given other words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import Field

from actions import export, origin, permissions, promise, workflow
from actions.forms.writing import ActionForm, NewActionForm
from actions.listing.filters import VIEWS, Filters
from actions.listing.wishes import AGES, NAMES, WHEN
from actions.models import Action
from actions.querysets import ActionQuerySet
from api.etags import etag_of, require_seen
from api.once import once
from api.problems import Problem
from api.v1.door import CHANGING, FILING, READING, Scope, Sent, Token, Told
from api.v1.incidents import answer
from api.v1.lists import Asked, Slugs, Words, link, page, require_known, require_understood
from api.v1.sent import as_form, require_valid
from api.v1.words import (
    ActionKind,
    ActionState,
    Measure,
    Priority,
    Reference,
    Slug,
    Text,
    Title,
    one_of,
)
from common.access import require
from common.history import EditConflict
from people.models import Team, User

router = Router(tags=["Actions"])
_AGREED_BY = "Actions are agreed by those who guide the review, and by managers. Ask one of them."
Address = Annotated[str, Field(max_length=254, description="The e-mail address of a colleague.")]
Day = Annotated[date, Field(strict=False)]
Url = Annotated[str, Field(max_length=500)]


class ActionTold(Told):
    reference: str
    address: str
    version: int
    title: str
    detail: str
    done_test: str
    kind: ActionKind
    measure: Measure
    priority: Priority
    state: ActionState
    owner: str | None
    team: str | None
    due_on: str | None
    blocked_on: str
    proof: str
    decision_reason: str
    incidents: list[str]
    ticket: str | None
    done_at: str | None
    verified_at: str | None


class Actions(Told):
    items: list[ActionTold]
    next: str | None


class AskedForActions(Asked):
    view: one_of(VIEWS) | None = Field(None, description="A tab of the page; else all.")
    q: Words = None
    when: list[one_of(WHEN)] = []
    kind: list[ActionKind] = []
    state: list[ActionState] = []
    age: list[one_of(AGES)] = []
    team: Slugs = []
    service: Slugs = []
    incident: Reference | None = None


def tell(actions: Iterable[Action]) -> list[dict[str, Any]]:
    """Rows that come from `for_list`."""
    said = ("version", "measure", "blocked_on", "proof", "decision_reason")
    return [
        export.described(action) | {name: getattr(action, name) for name in said}
        for action in actions
    ]


def find(reader: User, reference: str) -> Action:
    visible: ActionQuerySet = Action.objects.visible_to(reader)
    return get_object_or_404(
        visible.select_related(
            "owner", "team", "done_by", "verified_by", "ticket", "drop_suggestion__by", "snooze"
        ).prefetch_related("incidents"),
        reference=reference,
    )


def told_of(reader: User, reference: str) -> dict[str, Any]:
    return tell([find(reader, reference)])[0]


@router.get("/actions", response={200: Actions, **READING}, auth=Token())
def list_actions(request: HttpRequest, asked: Query[AskedForActions]) -> Any:
    """What was promised, soonest first."""
    require_known(request, asked)
    filters, reader = Filters(request.GET, user=request.user), request.auth.reader
    require_understood(request, filters, NAMES)
    rows = filters.rows() if asked.view else filters.narrow(Action.objects.all())
    order = filters.order if asked.view else ("due_on", "pk")
    return page(
        request,
        asked,
        rows.visible_to(reader).for_list(),
        order=order,
        told=tell,
        unknown_last=True,
    )


@router.get(
    "/actions/{reference:reference}",
    response={200: ActionTold, 304: None, **READING},
    auth=Token(find=find),
)
def read_action(request: HttpRequest, reference: Reference, response: HttpResponse) -> Any:
    return answer(request, response, tell([request.found])[0])


# Writing ----------------------------------------------------------------------------------------
class NewAction(Sent):
    """Agreed with owner, day and a sentence on how we will know that it works; or parked."""

    title: Title
    kind: ActionKind
    decision: one_of(["agree", "park"]) = "agree"
    owner: Address | None = None
    due_on: Day | None = Field(None, description="null for the day that is usual.")
    done_test: Annotated[str, Field(max_length=500)] = ""
    later_because: Annotated[str, Field(max_length=300)] = ""
    priority: Priority = "normal"
    measure: Measure = "other"
    team: Slug | None = Field(None, description="null for the team of what it comes from.")
    detail: Text = ""
    ticket: Url = ""
    review: Reference | None = Field(None, description="The review it comes from.")
    incident: Reference | None = Field(None, description="Or the incident.")


class ChangedAction(Sent):
    """What is left out stays as it is."""

    title: Title = "-"
    kind: ActionKind = "prevent"
    measure: Measure = "other"
    priority: Priority = "normal"
    detail: Text = ""
    team: Slug | None = None
    done_test: Annotated[str, Field(max_length=500)] = ""
    ticket: Url = ""


_NAMES = {"ticket_url": "ticket"}


@router.post("/actions", response={201: ActionTold, **FILING}, auth=Token(Scope.WRITE))
def create_action(request: HttpRequest, sent: NewAction, response: HttpResponse) -> Any:
    """From a review, from an incident, or from nothing yet."""
    user = request.user
    came_from = {name: value for name, value in (("review", sent.review),
                 ("incident", sent.incident)) if value}  # fmt: skip
    source = origin.read(as_form({name: one.upper() for name, one in came_from.items()}), user)
    require(source.allows(user), _AGREED_BY)

    def deed() -> str:
        today, incidents = timezone.localdate(), source.incidents()
        team = incidents[0].team if incidents else None
        promised = promise.days_by_priority(incidents, team, today=today)
        owners = permissions.possible_owners(incidents)
        teams = Team.objects.visible_to(user).by_name()
        answers = sent.model_dump(exclude={"review", "incident", "ticket"}) | {
            "owner": owner_key(owners, sent.owner),
            "team": _team_key(teams, sent.team) if sent.team else team and team.pk,
            "ticket_url": sent.ticket,
        }
        form = NewActionForm(
            as_form(answers),
            teams=teams,
            owners=owners,
            needs_team=not incidents,
            promised=promised,
            suggested=promised or promise.days_alone(team, today=today),
            today=today,
        )
        require_valid(form, _NAMES)
        action = workflow.create(
            by=user,
            values=form.values(),
            is_agreed=form.is_agreed,
            review=source.review,
            incident=source.incident,
        )
        return action.reference

    reference = once(request, deed)
    told = told_of(request.auth.reader, reference)
    response["ETag"] = etag_of(told)
    response["Location"] = link(f"/api/v1/actions/{reference}")
    return Status(201, told)


@router.patch(
    "/actions/{reference:reference}",
    response={200: ActionTold, **CHANGING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_progress),
)
def edit_action(
    request: HttpRequest, reference: Reference, sent: ChangedAction, response: HttpResponse
) -> Any:
    """Change its words. Needs If-Match."""

    def deed() -> None:
        action = locked(request)
        teams = Team.objects.visible_to(request.user).by_name()
        stands = ActionForm(instance=action, teams=teams)
        said = sent.model_dump(exclude_unset=True)
        if "ticket" in said:
            said["ticket_url"] = said.pop("ticket")
        if "team" in said:
            said["team"] = _team_key(teams, said["team"]) if said["team"] else ""
        held = {name: stands[name].value() for name in stands.fields}
        form = ActionForm(as_form(held | said), instance=action, teams=teams)
        require_valid(form, _NAMES)
        changes = {name: value for name, value in form.cleaned_data.items() if name in said}
        try:
            workflow.edit(action, seen=action.version, by=request.user, changes=changes)
        except EditConflict:  # the row is locked, so its version cannot have moved
            raise Problem(409, "Somebody else is saving. Try again.") from None

    return changed(request, response, deed)


def owner_key(owners: Any, address: str | None) -> object:
    """The key of the one with this address, or of nobody, which the form then says."""
    if not address:
        return None
    found = owners.filter(email=address.strip().lower()).values_list("pk", flat=True).first()
    return found or 0


def _team_key(teams: Any, slug: str) -> object:
    return teams.filter(slug=slug).values_list("pk", flat=True).first() or 0


def locked(request: HttpRequest, *, is_needed: bool = True) -> Action:
    """The action, which nobody else changes until this is over, as the caller has seen it."""
    Action.objects.select_for_update(of=("self",)).get(pk=request.found.pk)
    action = find(request.auth.reader, request.found.reference)
    require_seen(request, tell([action])[0], is_needed=is_needed)
    return action


def changed(request: HttpRequest, response: HttpResponse, deed: Any) -> dict[str, Any]:
    """Do it once, and tell what the action is by now."""

    def done() -> str:
        try:
            deed()
        except workflow.NotReady as reason:
            raise Problem(409, f"Nothing was changed. {reason}") from None
        return request.found.reference

    told = told_of(request.auth.reader, once(request, done))
    response["ETag"] = etag_of(told)
    return told
