"""Who may do what with the tokens of programs."""

from api.models import ApiToken
from people.models import User
from people.permissions import can_administer


def can_renew(user: User, token: ApiToken) -> bool:
    """Make a new secret: its owner, and nobody for somebody else."""
    return token.owner_id == user.pk


def can_take_back(user: User, token: ApiToken) -> bool:
    return token.owner_id == user.pk or can_administer(user)
