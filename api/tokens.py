"""Tokens: made, found by their secret, counted, renewed and taken back."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from api.models import ApiToken, SentOnce
from common import kept_words
from common.history import record
from common.prepared import Prepared
from people.models import User

#: So that programs that look for leaked secrets know one of ours.
PREFIX = "story_"
_BYTES = 32
#: Tokens of one person.
MOST = 20
#: Days for which one can be made.
LASTS = (30, 90, 365)
#: How long a repetition is known as one.
REMEMBERED = timedelta(days=2)


class TooMany(Exception):
    """This person has as many tokens as one can look after."""


@dataclass(frozen=True)
class Rate:
    """Where a token stands in its minute. `is_over`: this call was one too many."""

    limit: int
    remaining: int
    seconds_left: int
    is_over: bool


@transaction.atomic
def issue(owner: User, *, name: str, scope: str, days: int, now: datetime) -> tuple[ApiToken, str]:
    """A new token and its secret, which nobody sees again. Raises IntegrityError when there is
    one of this name, and TooMany."""
    # The row of the person is locked, so that two clicks don't pass the limit together.
    User.objects.select_for_update().get(pk=owner.pk)
    if ApiToken.objects.of_owner(owner).count() >= MOST:
        raise TooMany
    secret = _new_secret()
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        scope=scope,
        digest=_digest(secret),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    record(owner, "made a token", token, scope)
    return token, secret


_MAY = {
    "read": pgettext_lazy("what a token may", "read"),
    "file": pgettext_lazy("what a token may", "file incidents"),
    "write": pgettext_lazy("what a token may", "read and change"),
}


@kept_words.shape("(?P<scope>read|file|write)")
def _scope_for_reader(scope: str) -> str:
    return str(_MAY[scope])


def _known(digest: str) -> QuerySet:
    return ApiToken.objects.valid().filter(digest=digest).select_related("owner")


_KNOWN = Prepared(_known, digest=str)


def find(secret: str) -> ApiToken | None:
    """The valid token with this secret, with its owner."""
    if not secret.startswith(PREFIX):
        return None
    return next(iter(_KNOWN.objects(digest=_digest(secret))), None)


#: Nothing is written once the limit is reached.
_SPEND = """
    UPDATE api_apitoken
    SET calls = CASE WHEN minute = %(minute)s THEN calls + 1 ELSE 1 END,
        minute = %(minute)s, used_on = %(today)s
    WHERE id = %(token)s AND (minute <> %(minute)s OR calls < %(limit)s)
"""


def spend(token: ApiToken, *, now: datetime) -> Rate:
    """Count one call, in one statement that all processes share."""
    minute, limit = int(now.timestamp() // 60), settings.API_CALLS_PER_MINUTE
    today = now.astimezone(UTC).date().isoformat()
    told = {"minute": minute, "today": today, "token": token.pk, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, told)
        is_counted = cursor.rowcount > 0
    used = token.calls + 1 if token.minute == minute else 1
    seconds_left = 60 - int(now.timestamp() % 60)
    return Rate(limit, max(0, limit - used), seconds_left, is_over=not is_counted)


@transaction.atomic
def renew(token: ApiToken, *, by: User) -> str:
    """Another secret for the same token; the old one opens nothing from now on."""
    secret = _new_secret()
    ApiToken.objects.filter(pk=token.pk).update(digest=_digest(secret))
    record(by, "made a new secret", token)
    return secret


@transaction.atomic
def take_back(token: ApiToken, *, by: User) -> None:
    """It opens nothing from now on."""
    record(by, "took back a token", token, token.scope)
    token.delete()


def forget(*, now: datetime) -> None:
    """What was sent long ago is no longer known as sent."""
    SentOnce.objects.filter(at__lt=now - REMEMBERED).delete()


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(_BYTES)


def _digest(secret: str) -> str:
    # 256 bits from the system's source: nothing to guess, so a plain hash is enough.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
