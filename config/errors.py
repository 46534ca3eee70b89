"""Error pages: what didn't happen, why, and what to do next. The same for hidden and missing."""

import sqlite3
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import gettext as _

from common.middleware import length_of

_STYLE = "css/site.css"
_ONLY_TO_BE_READ = "25006"
_SQLITE_CANNOT = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
)


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return _page(
            request,
            413,
            _("Those are too many files at once"),
            f"Nothing was saved. Up to {most} go together. Go back, where what you typed still "
            "stands, and attach them in parts.",
        )
    return _page(
        request,
        400,
        _("That request could not be read"),
        _("Nothing was changed. Go back, reload the page and try again."),
    )


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    why = str(exception) if exception and str(exception) else ""
    return _page(
        request,
        403,
        _("This is for the people who work on it"),
        why or _("Nothing was changed. Ask the facilitator or the owning team to add you."),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is nothing here"),
        _(
            "The address may be mistyped, or this was never shared with you. "
            "Search finds everything you can read."
        ),
    )


def too_many(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """For the doors: wrong passwords, reset mails."""
    response = _page(
        request,
        429,
        _("Too many tries for now"),
        _("Nothing was changed. Wait five minutes, then try once more."),
    )
    response.headers["Retry-After"] = "300"
    return response


def too_fast(request: HttpRequest, title: str, text: str, *, seconds: int) -> HttpResponse:
    """More than anybody reads: the page, or for a part of one the words alone, which our scripts
    show beside what was typed."""
    if request.htmx:
        answer = HttpResponse(text, "text/plain; charset=utf-8", status=429)
    else:
        answer = _page(request, 429, title, text)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither session nor database nor style sheet: any of them may be what is missing."""
    if _is_the_database(sys.exc_info()[1]):
        return not_now(request)
    return HttpResponse(render_to_string("server_error.html", _bare(request)), status=500)


def not_now(request: HttpRequest) -> HttpResponse:
    """The database is away, busy or full. What was typed stands on the page, to be sent again."""
    sent, has_files = _sent(request)
    shown = _bare(request) | {
        "is_form": request.method == "POST",
        "typed": _typed(sent),
        "has_files": has_files,
        # With a file, or a password, it has to be filled in where it stood.
        "again": {} if has_files else sent,
        # Texts of other alphabets would be three times as long in the other kind.
        "kind": request.content_type,
        "address": request.get_full_path(),
        "csrf_token": get_token(request),
    }
    page = render_to_string("not_now.html", shown)
    return HttpResponse(page, status=503, headers={"Retry-After": "10"})


def _is_the_database(error: BaseException | None) -> bool:
    """Whether it is away, busy, full or only to be read: another try may do. SQLite says much else
    by the same exception."""
    cause = error.__cause__ if error else None
    if isinstance(error, InternalError):
        return getattr(cause, "sqlstate", None) == _ONLY_TO_BE_READ
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "").startswith(_SQLITE_CANNOT)
    return isinstance(error, OperationalError | InterfaceError)


def _sent(request: HttpRequest) -> tuple[dict[str, list[str]], bool]:
    """What a form was sent with, and whether files came along; nothing of one with a password, or
    of what BodySizeMiddleware would not have taken: it may not have been asked yet."""
    if length_of(request) > settings.REQUEST_WITH_FILES_MAX_BYTES:
        return {}, False
    try:
        fields = dict(request.POST.lists())
    except (OSError, SuspiciousOperation, MultiPartParserError):
        return {}, False
    if any("password" in name for name in fields):
        return {}, False
    fields.pop("csrfmiddlewaretoken", None)
    return fields, bool(request.FILES)


def _typed(fields: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), value)
        for name, values in fields.items()
        for value in values
        if value and "token" not in name and "password" not in name
    ]


def _bare(request: HttpRequest) -> dict[str, Any]:
    try:
        style = static(_STYLE)
    except ValueError:  # nobody has collected the static files
        style = ""
    return {"reference": getattr(request, "id", ""), "style": style}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came from a page that is too old. What was typed is shown, so it can be copied."""
    shown = {"typed": _typed(dict(request.POST.lists()))}
    return render(request, "csrf_failure.html", shown, status=403)
