"""The answers in a reminder: a link for one deed with one action by one person.

Signed, good for 14 days, and used once. It needs no session: whoever holds the mail of its owner
answers for them, as far as they may answer themselves at that moment. Following it does nothing;
the page it leads to has a button.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac

from actions import permissions
from actions.models import Action
from common import drafts
from people.mails import ANY_MEMBER
from people.models import Notification, User

GOOD_FOR = timedelta(days=14)
DEEDS = ("done", "date", "drop", "snooze")


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
        return drafts.mark_sent(self.key, self.user, self.action.get_absolute_url())

    @property
    def is_used(self) -> bool:
        return drafts.first_address(self.key) is not None


def _salt(deed: str) -> str:
    return f"actions.mail_links.{deed}"


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
    if not action or not permissions.can_progress(user, action):
        return None
    is_private = not Action.objects.visible_to(ANY_MEMBER).filter(pk=pk).exists()
    # Nobody can guess it, so nobody can use it up by another form.
    key = salted_hmac(_salt(deed), f"{pk}-{user_pk}-{told}", algorithm="sha256").hexdigest()
    return Link(deed, action, user, key, is_private)
