"""The answers in a mail: a link for one deed with one action by one person.

Signed, good for 14 days, and used once. It needs no session: whoever holds the mail of its owner
answers for them, as far as they may answer themselves at that moment. Following it does nothing;
the page it leads to has a button.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.urls import reverse

from actions import permissions
from actions.models import Action
from common import drafts
from people.mails import ANY_MEMBER
from people.models import Notification, User

GOOD_FOR = timedelta(days=14)
#: Who may do each: the same as on the page of the action.
_MAY: Mapping[str, Callable[[User, Action], bool]] = {
    "done": permissions.can_progress,
    "date": permissions.can_plan,
    "drop": lambda user, action: (
        permissions.can_plan(user, action) or permissions.can_decide_against(user, action)
    ),
    "snooze": permissions.can_progress,
    "held": permissions.can_tell_effect,
}
DEEDS = tuple(_MAY)


class Over(Exception):
    """A link of ours that answers nothing any more: it is too old."""


class Link(NamedTuple):
    deed: str
    action: Action
    user: User
    key: str
    #: What any member may read of the action may be read here, too; else its reference alone.
    is_private: bool

    def use(self) -> bool:
        """Claim it, in the transaction of the deed. False: it was used before."""
        return drafts.claim(self.key, self.user, self.action.get_absolute_url())

    @property
    def is_used(self) -> bool:
        return drafts.is_claimed(self.key)


def _salt(deed: str) -> str:
    return f"actions.mail_links.{deed}"


def _key(deed: str, pk: int, user_pk: int, told: int) -> str:
    """The same after a change of SECRET_KEY: a link that was used stays used."""
    named = f"{_salt(deed)}-{pk}-{user_pk}-{told}"
    return f"mail:{hashlib.sha256(named.encode()).hexdigest()[:56]}"


def path_for(deed: str, notification: Notification, action: Action) -> str:
    token = signing.dumps(
        [action.pk, notification.recipient_id, notification.pk], salt=_salt(deed)
    )  # fmt: skip
    return reverse(f"mail_{deed}", args=[token])


def read(token: str, deed: str) -> Link | None:
    """None for what we did not sign for this deed, for who left, and for what they may not do or
    see now. Raises Over for what is too old."""
    try:
        pk, user_pk, told = signing.loads(token, salt=_salt(deed), max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise Over from None
    except signing.BadSignature:
        return None
    user = User.objects.active().filter(pk=user_pk).first()
    action = user and Action.objects.visible_to(user).filter(pk=pk).first()
    if not action or not _MAY[deed](user, action):
        return None
    is_private = not Action.objects.visible_to(ANY_MEMBER).filter(pk=pk).exists()
    return Link(deed, action, user, _key(deed, pk, user_pk, told), is_private)
