"""Keep what people type: autosaved drafts and forms that are sent only once."""

import hashlib
import json
import re
import secrets
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import QueryDict

from common.models import Draft, SubmittedForm

#: Never kept with a draft: they belong to one showing of the form, or name the draft itself.
_NOT_KEPT = {"csrfmiddlewaretoken", "form_token", "draft"}
_NAME = re.compile(r"[\w-]{1,80}", re.ASCII)
_TOKEN = re.compile(r"[\w -]{1,64}", re.ASCII)


def saved(owner: AbstractBaseUser, form: str) -> dict[str, Any]:
    """What this person typed into that form and has not sent; empty when there is nothing."""
    draft = Draft.objects.filter(owner=owner, form=form).first()
    return draft.data if draft else {}


def saved_under(owner: AbstractBaseUser, prefix: str) -> dict[str, dict[str, Any]]:
    """The same for all forms whose names begin so, by name."""
    found = Draft.objects.filter(owner=owner, form__startswith=prefix)
    return {draft.form: draft.data for draft in found}


def is_name(form: str) -> bool:
    return bool(_NAME.fullmatch(form))


def save(owner: AbstractBaseUser, form: str, data: dict[str, str | list[str]]) -> Draft:
    kept = {
        _storable(name): [_storable(each) for each in value]
        if isinstance(value, list)
        else _storable(value)
        for name, value in data.items()
        if name not in _NOT_KEPT
    }
    draft, _ = Draft.objects.update_or_create(owner=owner, form=form, defaults={"data": kept})
    return draft


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL, not even in JSON."""
    return text.replace("\0", "")


def discard(owner: AbstractBaseUser, form: str) -> None:
    Draft.objects.filter(owner=owner, form=form).delete()


def new_token() -> str:
    """A token for one showing of a form; put it into the form as `form_token`."""
    return secrets.token_urlsafe(24)


def first_address(token: str) -> str | None:
    """Where the first sending of this form led, or None when it was not sent yet."""
    if not _TOKEN.fullmatch(token):
        return None
    return SubmittedForm.objects.filter(token=token).values_list("address", flat=True).first()


def sending(posted: QueryDict) -> str:
    """Stands for one showing of a form, sent with these words. Going back in the browser and
    writing something else there is another sending; a second click is the same one. "" for a form
    without a token."""
    token = posted.get("form_token", "")
    if not _TOKEN.fullmatch(token):
        return ""
    said = sorted(
        (name, values) for name, values in posted.lists() if name != "csrfmiddlewaretoken"
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def mark_sent(token: str, owner: AbstractBaseUser, address: str) -> bool:
    """Claim the token inside the caller's transaction. False: another request was first."""
    return not _TOKEN.fullmatch(token) or claim(token, owner, address)


def claim(key: str, owner: AbstractBaseUser, address: str) -> bool:
    """`mark_sent` for what no form sends: at most 64 characters, with one that no token has, such
    as a colon, so that nobody can use it up by another form."""
    try:
        with transaction.atomic():
            SubmittedForm.objects.create(token=key, owner=owner, address=address)
    except IntegrityError:
        return False
    return True


def is_claimed(key: str) -> bool:
    return SubmittedForm.objects.filter(token=key).exists()
