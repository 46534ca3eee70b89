"""What can become of an action: each the verb of its page, under the same rule of who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from actions import parking, permissions, promise, workflow
from actions.forms.deciding import AgreeForm, DropForm, KeepForm
from actions.forms.doing import BlockForm, DateForm, NotYetForm, OwnerForm, ProofForm, WorkedForm
from actions.models import Action
from api.v1.actions import ActionTold, Address, Day, changed, find, locked, owner_key
from api.v1.door import CHANGING, Scope, Sent, Token
from api.v1.sent import as_form, require_valid
from api.v1.words import Reference
from people.models import User

router = Router(tags=["Actions"])
_Line = Annotated[str, Field(min_length=1, max_length=300)]
_Optional = Annotated[str, Field(max_length=300)]
_Proof = Annotated[str, Field(min_length=1, max_length=8_000)]
_Answers = {200: ActionTold, **CHANGING}


class Agreed(Sent):
    owner: Address
    due_on: Day
    done_test: Annotated[str, Field(min_length=1, max_length=500)]
    later_because: _Optional = ""
    early_reason: _Optional = Field("", description="While it rests: why it cannot wait.")


class Handed(Sent):
    owner: Address


class Waiting(Sent):
    blocked_on: _Line


class Redated(Sent):
    due_on: Day
    reason: _Line


class Done(Sent):
    proof: _Proof


class Worked(Sent):
    showed: _Proof


class NotYet(Sent):
    missing: Annotated[str, Field(min_length=1, max_length=2_000)]


class Dropped(Sent):
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    risk_carried_by: Annotated[str, Field(max_length=160)] = ""
    early_reason: _Optional = ""


class Kept(Sent):
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


def _may_give_back(user: User, action: Action) -> bool:
    return permissions.can_verify(user, action) or permissions.can_progress(user, action)


def _may_drop(user: User, action: Action) -> bool:
    return permissions.can_decide_against(user, action) or permissions.can_plan(user, action)


def _door(may: Callable[[User, Action], bool]) -> Token:
    return Token(Scope.WRITE, find=find, may=may)


def _by_form(
    request: HttpRequest,
    response: HttpResponse,
    form_of: Callable[[Action], Form],
    deed: Callable[..., object],
) -> dict[str, Any]:
    """Put what was sent to the form of the page, and do the deed with what it cleaned."""

    def do() -> None:
        action = locked(request, is_needed=False)
        form = form_of(action)
        require_valid(form)
        deed(action, by=request.user, **form.cleaned_data)

    return changed(request, response, do)


@router.post(
    "/actions/{reference:reference}/agree", response=_Answers, auth=_door(permissions.guides)
)
def agree_on_action(
    request: HttpRequest, reference: Reference, sent: Agreed, response: HttpResponse
) -> Any:
    """Promise what was parked."""

    def form_of(action: Action) -> Form:
        sources, today = permissions.sources(action), timezone.localdate()
        owners = permissions.possible_owners(sources)
        return AgreeForm(
            as_form(sent.model_dump() | {"owner": owner_key(owners, sent.owner)}),
            owners=owners,
            today=today,
            priority=action.priority,
            promised=promise.days_by_priority(sources, action.team, today=today),
            rests_because=_rests_because(action),
        )

    return _by_form(request, response, form_of, workflow.agree)


@router.post(
    "/actions/{reference:reference}/owner", response=_Answers, auth=_door(permissions.can_assign)
)
def hand_over_action(
    request: HttpRequest, reference: Reference, sent: Handed, response: HttpResponse
) -> Any:
    """Give it to somebody else, who is told."""

    def form_of(action: Action) -> Form:
        owners = permissions.possible_owners(permissions.sources(action))
        return OwnerForm(as_form({"owner": owner_key(owners, sent.owner)}), owners=owners)

    return _by_form(request, response, form_of, workflow.assign)


@router.post(
    "/actions/{reference:reference}/start", response=_Answers, auth=_door(permissions.can_progress)
)
def start_action(request: HttpRequest, reference: Reference, response: HttpResponse) -> Any:
    """Begin, or go on after waiting."""
    return changed(
        request,
        response,
        lambda: workflow.start(locked(request, is_needed=False), by=request.user),
    )


@router.post(
    "/actions/{reference:reference}/wait", response=_Answers, auth=_door(permissions.can_progress)
)
def let_action_wait(
    request: HttpRequest, reference: Reference, sent: Waiting, response: HttpResponse
) -> Any:
    """Say what it waits for."""
    return _by_form(
        request, response, lambda action: BlockForm(as_form(sent.model_dump())), workflow.block
    )


@router.post(
    "/actions/{reference:reference}/date", response=_Answers, auth=_door(permissions.can_plan)
)
def move_date_of_action(
    request: HttpRequest, reference: Reference, sent: Redated, response: HttpResponse
) -> Any:
    """Another day, and why. The old one stays visible."""
    return _by_form(
        request,
        response,
        lambda action: DateForm(
            as_form(sent.model_dump()), today=timezone.localdate(), present=action.due_on
        ),
        workflow.redate,
    )


@router.post(
    "/actions/{reference:reference}/done", response=_Answers, auth=_door(permissions.can_progress)
)
def finish_action(
    request: HttpRequest, reference: Reference, sent: Done, response: HttpResponse
) -> Any:
    """It is done, and this shows that it works. Somebody else is asked to check."""
    return _by_form(
        request, response, lambda action: ProofForm(as_form(sent.model_dump())), workflow.finish
    )


@router.post(
    "/actions/{reference:reference}/verified",
    response=_Answers,
    auth=_door(permissions.can_verify),
)
def verify_action(
    request: HttpRequest, reference: Reference, sent: Worked, response: HttpResponse
) -> Any:
    """Somebody else than who did it has looked, and it works."""
    return _by_form(
        request, response, lambda action: WorkedForm(as_form(sent.model_dump())), workflow.verify
    )


@router.post(
    "/actions/{reference:reference}/not-yet", response=_Answers, auth=_door(_may_give_back)
)
def give_action_back(
    request: HttpRequest, reference: Reference, sent: NotYet, response: HttpResponse
) -> Any:
    """What was done does not show it yet: say what is missing."""
    return _by_form(
        request, response, lambda action: NotYetForm(as_form(sent.model_dump())), workflow.reopen
    )


@router.post("/actions/{reference:reference}/drop", response=_Answers, auth=_door(_may_drop))
def drop_action(
    request: HttpRequest, reference: Reference, sent: Dropped, response: HttpResponse
) -> Any:
    """Decide not to do it. Whoever promised it suggests that to the managers instead."""
    decides = permissions.can_decide_against(request.user, request.found)
    return _by_form(
        request,
        response,
        lambda action: DropForm(
            as_form(sent.model_dump()),
            is_promised=decides and action.state != Action.State.PARKED,
            rests_because=_rests_because(action) if decides else "",
        ),
        workflow.drop if decides else workflow.suggest_dropping,
    )


@router.post(
    "/actions/{reference:reference}/keep",
    response=_Answers,
    auth=_door(permissions.can_decide_against),
)
def keep_action(
    request: HttpRequest, reference: Reference, sent: Kept, response: HttpResponse
) -> Any:
    """It was suggested not to do it, and it is done all the same."""
    return _by_form(
        request, response, lambda action: KeepForm(as_form(sent.model_dump())), workflow.keep
    )


def _rests_because(action: Action) -> str:
    return parking.why_not_yet(action) if action.rests(on=timezone.localdate()) else ""
