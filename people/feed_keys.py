"""Secret addresses for programs that cannot log in: calendars and readers of feeds.

Whoever has the address reads what its owner may read at that moment, of one kind, until the owner
takes it back, a year is over or the account is closed.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from common.history import record
from people.models import FeedKey, User

LASTS = timedelta(days=365)
_BYTES = 32


@transaction.atomic
def issue(owner: User, of: str, *, now: datetime) -> str:
    """A new secret for one thing. An earlier one for the same thing ends with this."""
    secret = secrets.token_urlsafe(_BYTES)
    FeedKey.objects.update_or_create(
        owner=owner,
        of=of,
        defaults={"digest": _digest(secret), "created_at": now, "expires_at": now + LASTS},
    )
    record(owner, "made a secret address", owner)
    return secret


def find(secret: str, *, of: str, now: datetime) -> FeedKey | None:
    """The valid key with this secret, for things whose name begins with `of`."""
    keys = FeedKey.objects.valid(now=now).filter(of__startswith=of)
    return keys.select_related("owner").filter(digest=_digest(secret)).first()


@transaction.atomic
def take_back(owner: User, pk: int) -> bool:
    """End one of one's own; whether there was such a one."""
    deleted, _ = FeedKey.objects.of_owner(owner).filter(pk=pk).delete()
    if deleted:
        record(owner, "took back a secret address", owner)
    return bool(deleted)


def _digest(secret: str) -> str:
    # 256 bits from the system's source: nothing to guess, so a plain hash is enough.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
