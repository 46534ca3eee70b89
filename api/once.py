"""A request that is sent again, with the same Idempotency-Key, does nothing again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import nullcontext

from django.db import transaction
from django.http import HttpRequest

from api.models import SentOnce
from api.problems import Problem

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def once(
    request: HttpRequest,
    deed: Callable[[], str],
    *,
    content: str = "",
    is_one_deed: bool = False,
) -> str:
    """Do it, all or nothing, and return the reference it gave; or that of the first time.

    Of several requests at once the others wait for the first one. What was refused can be sent
    again under its key. `content` is the SHA-256 of a body that was read as it came;
    `is_one_deed` says that the deed writes in one transaction of its own.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with nullcontext() if is_one_deed else transaction.atomic():
            return deed()
    if not _KEY.fullmatch(key):
        raise Problem(422, f"{HEADER} takes 1 to 200 visible ASCII characters.")
    digest = _digest(request, content or hashlib.sha256(request.body).hexdigest())
    with transaction.atomic():
        sent, is_first = SentOnce.objects.get_or_create(
            token=request.auth, key=key, defaults={"digest": digest}
        )
        if is_first:
            sent.made = deed()
            sent.save(update_fields=["made"])
        elif sent.digest != digest:
            raise Problem(422, f"This {HEADER} was sent with another request. Use a new one.")
        return sent.made


def _digest(request: HttpRequest, content: str) -> str:
    parts = (request.method or "", request.get_full_path(), content)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
