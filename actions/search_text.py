"""What an action can be found by, beside its title."""

from collections.abc import Iterable

from actions.models import Action
from common.languages import english


def text_of(action: Action, incidents: Iterable[str]) -> str:
    """Reference, where it comes from (references of its incidents), and every text people wrote
    into it."""
    with english():
        kind = str(action.get_kind_display())
    parts = [
        action.reference,
        *incidents,
        action.team.name if action.team else "",
        kind,
        action.detail,
        action.done_test,
        action.proof,
        action.blocked_on,
        action.decision_reason,
        action.owner_in_account,
    ]
    return "\n".join(part for part in parts if part)


def refresh(action: Action) -> None:
    """Keep the index in step; call it in the transaction of the change."""
    incidents = [incident.reference for incident in action.incidents.all()]
    Action.objects.filter(pk=action.pk).update(search_text=text_of(action, incidents))
