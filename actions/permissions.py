"""Who may do what with an action: its owner, and those who guide a review it comes from."""

from actions.models import Action
from incidents.permissions import GUIDING, standing
from people import permissions as people
from people.models import User
from postmortems.models import Review


def guides(user: User, action: Action) -> bool:
    """Facilitates or manages one of the incidents it answers, or manages its team."""
    if people.manages(user, action.team):
        return True
    sources = list(action.incidents.all()) + [
        review.incident for review in action.reviews.select_related("incident__team")
    ]
    return any(standing(user, incident) & GUIDING for incident in sources)


def can_create_in(user: User, review: Review) -> bool:
    return bool(standing(user, review.incident) & GUIDING)


def can_create_alone(user: User) -> bool:
    """An action that comes from no review: managers and people in the facilitator pool."""
    return user.is_authenticated and (
        user.is_in_facilitator_pool or user.memberships.filter(is_manager=True).exists()
    )


def can_assign(user: User, action: Action) -> bool:
    return guides(user, action)


def can_progress(user: User, action: Action) -> bool:
    """Start, block, move the date and mark done: the owner, and those who guide it."""
    return action.owner_id == user.pk or guides(user, action)


def can_verify(user: User, action: Action) -> bool:
    """Anyone else who may see it and works on it: never the one who marked it done."""
    return action.done_by_id != user.pk and (
        action.owner_id == user.pk
        or guides(user, action)
        or (action.team_id is not None and user.teams.filter(pk=action.team_id).exists())
    )


def can_decide_against(user: User, action: Action) -> bool:
    """Not doing it after all is a manager's decision."""
    return people.manages(user, action.team) or guides(user, action)
