"""Who is logged in."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from common.prepared import Prepared
from people.models import User


def _with_key(pk: int) -> QuerySet[User]:
    return User.objects.filter(pk=pk)


_WITH_KEY = Prepared(_with_key, pk=int)


class AccountBackend(AuthenticationBackend):
    """As allauth does; who is there, which every page asks, by a statement put together once."""

    def get_user(self, user_id: int) -> User | None:
        found = next(iter(_WITH_KEY.objects(pk=user_id)), None)
        return found if found and self.user_can_authenticate(found) else None
