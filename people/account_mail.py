"""Mails with a link that opens an account: to choose the first password, and a new one.

The link is made when the mail goes out (people/templatetags/account_links.py), so that nothing
that opens an account is ever stored.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from people.models import User
from people.notifications import notify
from people.querysets import ACCOUNT_MAIL

INVITATION_VALID_FOR = timedelta(days=7)
_SALT = "people.invitation"


class NotValid(Exception):
    """The link is too old, was used, was changed, or belongs to a closed account."""


def send_invitation(user: User, *, by: User) -> None:
    _send(user, "invitation", {"from": by.pk})


def send_password_reset(user: User) -> None:
    _send(user, "password_reset", {})


def _send(user: User, kind: str, data: dict[str, int]) -> None:
    """Told by mail only: the bell of somebody who cannot log in is no help."""
    if kind not in ACCOUNT_MAIL:
        raise ValueError(f"{kind!r} is not among {ACCOUNT_MAIL}")
    occasion = f"{kind}-{user.pk}-{secrets.token_hex(8)}"
    told = notify(user, kind=kind, about=user, occasion=occasion, data=data)
    if told:
        told.read_at = timezone.now()
        told.save(update_fields=["read_at"])


def password_reset_path(user: User) -> str:
    """Good once and for PASSWORD_RESET_TIMEOUT seconds."""
    uid, key = user_pk_to_url_str(user), default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})


def invitation_path(user: User) -> str:
    """Good once and for INVITATION_VALID_FOR."""
    return reverse("people:welcome", args=[signing.dumps([user.pk, _state(user)], salt=_SALT)])


def invited_by(token: str) -> User:
    """Whom the link invites. Raises NotValid."""
    try:
        pk, state = signing.loads(token, salt=_SALT, max_age=INVITATION_VALID_FOR)
        user = User.objects.active().get(pk=pk)
    except (signing.BadSignature, User.DoesNotExist, ValueError, TypeError):
        raise NotValid from None
    if user.has_usable_password() or not constant_time_compare(state, _state(user)):
        raise NotValid
    return user


def _state(user: User) -> str:
    """Changes with the password and the address, so that a link works once and for one person."""
    return salted_hmac(_SALT, f"{user.password} {user.email}").hexdigest()[:32]
