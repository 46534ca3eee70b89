"""What somebody sent after their session had ended: kept until they have logged in again.

It waits in the anonymous session of the same browser, for the person who was logged in there
before and for nobody else. Files and forms with passwords are not kept.
"""

from __future__ import annotations

from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from common import drafts
from people.models import User

_KEY = "unsent"
_COOKIE = f"{settings.SESSION_COOKIE_NAME}_before"
_SALT = "who was logged in here"
_MOST = 1_000_000  # characters
_REMEMBERED = 90 * 24 * 3600  # seconds
#: They belong to one showing of a form.
_NOT_KEPT = {"csrfmiddlewaretoken", "form_token"}


class Unsent(TypedDict):
    owner: int
    to: str
    page: str
    fields: dict[str, list[str]]
    had_files: bool


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Note in a signed cookie who is logged in here, once."""
    if _before(request) != request.user.pk:
        response.set_signed_cookie(
            _COOKIE,
            str(request.user.pk),
            salt=_SALT,
            max_age=_REMEMBERED,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _before(request: HttpRequest) -> int | None:
    known = request.get_signed_cookie(_COOKIE, default="", salt=_SALT, max_age=_REMEMBERED)
    return int(known) if known else None


def keep(request: HttpRequest) -> bool:
    """Keep what was posted without a session. False: it is not to be kept."""
    owner = _before(request)
    fields = {name: values for name, values in request.POST.lists() if name not in _NOT_KEPT}
    is_secret = any("password" in name for name in fields)
    size = sum(len(each) for values in fields.values() for each in values)
    if owner is None or is_secret or size > _MOST or not any(map(any, fields.values())):
        return False
    request.session[_KEY] = Unsent(
        owner=owner,
        to=request.path,
        page=_page(request),
        fields=fields,
        had_files=bool(request.FILES),
    )
    return True


def _page(request: HttpRequest) -> str:
    """Where the form stood, as far as the browser tells; else where it was sent to."""
    told = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(told, allowed_hosts={request.get_host()}):
        return request.path
    parts = urlsplit(told)
    page = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # A path that begins with two slashes would lead to another host.
    return page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else request.path


def of(request: HttpRequest) -> Unsent | None:
    """What waits for this person, if anything does."""
    kept = request.session.get(_KEY)
    return kept if kept and kept["owner"] == request.user.pk else None


def forget(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)


def restored(request: HttpRequest, user: User) -> str | None:
    """Right after logging in: the page of a form that has a draft, which holds now what was
    sent. None for other forms; those wait at people:unsent."""
    kept = of(request)
    name = kept["fields"].get("draft", [""])[0] if kept else ""
    if kept is None or not drafts.is_name(name):
        return None
    typed: dict[str, Any] = {
        field: values if len(values) > 1 else values[0]
        for field, values in kept["fields"].items()
        if values and field != "draft"
    }
    drafts.save(user, name, typed)
    forget(request)
    return kept["page"]
