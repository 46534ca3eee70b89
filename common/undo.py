"""Taking back what was just done: a message with a button, and the signed token behind it.

What was done goes back to who did it, signed, so that taking it back needs no table and nobody
else can do it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

#: How long something can be taken back, in seconds.
UNDO_WITHIN = 3_600


class CannotUndo(Exception):
    """The token is not this person's, or too old. Nothing was changed."""


def token_of(done: Any, *, by: Any, kind: str) -> str:
    """What takes `done` (plain JSON) back, for `by` alone. `kind` names the sort of deed, so that
    a token of another one is none."""
    return signing.dumps([by.pk, done], salt=kind, compress=True)


def done_by(token: str, *, by: Any, kind: str) -> Any:
    """What a token holds. Raises CannotUndo."""
    try:
        owner, done = signing.loads(token, salt=kind, max_age=UNDO_WITHIN)
    except signing.BadSignature as error:
        raise CannotUndo from error
    if owner != by.pk:
        raise CannotUndo
    return done


def say_with_undo(request: HttpRequest, text: str, *, address: str, token: str) -> None:
    """Show `text` on the next page, with a button that posts `token` to `address`.

    components/messages.html reads both out of the extra tags.
    """
    messages.success(request, text, extra_tags=f"{address} {token}")


def say_cannot_undo(request: HttpRequest) -> None:
    messages.error(
        request, _("Nothing was taken back. That can be done for an hour, by who changed it.")
    )
