"""The link in a mail, and in its List-Unsubscribe header, that ends mails of this kind (RFC 8058).

It names a person and topics, is signed for this one purpose, and needs no session: whoever holds
the mail may end such mails, and can do nothing else with it. Looking at it changes nothing. It is
good for 60 days: mails are kept, and a program offers the way out of an old one, too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.urls import reverse

from people import topics
from people.models import User
from people.topics import Topic

GOOD_FOR = timedelta(days=60)
_SALT = "people.unsubscribing"


class Over(Exception):
    """A link of ours that is too old."""


class Ending(NamedTuple):
    user: User
    topics: tuple[Topic, ...]


def path_for(user: User, names: Collection[str]) -> str:
    """The address for what can be chosen among these topics; "" when nothing can."""
    chosen = sorted(name for name in names if topics.BY_NAME[name].can_be_chosen)
    if not chosen:
        return ""
    return reverse("people:unsubscribe", args=[signing.dumps([user.pk, chosen], salt=_SALT)])


def read(token: str) -> Ending | None:
    """None for what we did not sign, and for people who left. Raises Over for what is too old."""
    try:
        pk, names = signing.loads(token, salt=_SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise Over from None
    except signing.BadSignature:
        return None
    user = User.objects.active().filter(pk=pk).first()
    # A topic that was given up meanwhile is silent anyway.
    found = tuple(topics.BY_NAME[name] for name in names if name in topics.BY_NAME)
    return Ending(user, found) if user else None
