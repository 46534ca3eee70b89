"""Who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends.base import SessionBase

from people.models import User

_asked_for: ContextVar[SessionBase | None] = ContextVar(
    "the session whose user is asked for", default=None
)


@contextmanager
def user_of(session: SessionBase) -> Iterator[None]:
    """Within this, who is logged in needs no statement of their own: they came with the session."""
    before = _asked_for.set(session)
    try:
        yield
    finally:
        _asked_for.reset(before)


class AccountBackend(AuthenticationBackend):
    """As allauth does, but who is there, which every page asks, comes in one statement with their
    session. Django checks afterwards that the session is still good for them."""

    def get_user(self, user_id: int) -> User | None:
        user: User | None = getattr(_asked_for.get(), "user", None)
        if user is None or user.pk != user_id:
            return super().get_user(user_id)
        return user if self.user_can_authenticate(user) else None
