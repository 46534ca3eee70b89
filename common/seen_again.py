"""Pages that a browser keeps: asked about on every visit, and sent again only when they changed.

They are kept by the reader's browser alone. Who may see a page is asked before its mark is made,
so that a right that was lost is a 404 and never a page from memory.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag


def answer(
    request: HttpRequest, *, parts: object, changed_at: datetime, page: Callable[[], HttpResponse]
) -> HttpResponse:
    """The page, or a 304 when this reader has it as it is.

    `parts` is all that the page depends on beside the reader and their session: plain values,
    whose repr is the same for the same. Put nothing in that the page does not show: a mark that
    changes tells that something happened. A date alone (If-Modified-Since) is no reason to answer
    from memory, since rights change without one.
    """
    etag = _mark(request, parts)
    # What is to be said once is said now: a 304 would leave it for another page.
    is_told_something = bool(len(get_messages(request)))
    response = None if is_told_something else get_conditional_response(request, etag=etag)
    if response is None:
        response = page()
    if not is_told_something:
        response["ETag"] = etag
        response["Last-Modified"] = http_date(changed_at.timestamp())
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _mark(request: HttpRequest, parts: object) -> str:
    """Differs between readers and their sessions, and from day to day since pages say "today"."""
    user = request.user
    reader = (user.pk, user.name, user.email, user.theme, user.time_zone, user.language)
    session = request.session.session_key or ""
    looks = static("css/site.css"), static("js/site.js")
    # A browser gives a page that it keeps the policy that comes with a 304: common/sheet.py.
    brings_sheet = getattr(request, "sheet", None) is not None
    whole = (reader, session, timezone.localdate(), looks, brings_sheet, parts)
    return quote_etag(sha256(repr(whole).encode()).hexdigest()[:32])
