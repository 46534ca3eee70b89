"""Headers that every answer carries, its language, the size of what is sent, and a second try."""

import random
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from common import languages
from common.storage import FULL_DISK

#: Of what is no form.
BYTES = "application/octet-stream"
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class ResponseHeadersMiddleware:
    """Keep our pages out of other sites and out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers["Reporting-Endpoints"] = f'policy="{settings.POLICY_REPORTS}"'
        if "Cache-Control" not in response.headers:
            patch_cache_control(response, private=True, no_store=True)
        return response


class LanguageMiddleware:
    """The language of the browser, and from people.middleware.ReaderMiddleware on the reader's:
    this one is for those who are not signed in, and for when the database is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = languages.of_answer(request, reader=None)
        with translation.override(language):
            return languages.named(self.get_response(request), language)


class BodySizeMiddleware:
    """Refuse what is too large before it is read, and read what a form with files brings.

    A view marked by `takes_files` may be sent more, by somebody who is signed in, or as bytes that
    it reads itself once it knows who sends them. Stands before CsrfViewMiddleware, which would
    read any form of any size.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if request.method != "POST":
            return None
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if getattr(view, "takes_files", False) and (
            request.content_type == BYTES or request.user.is_authenticated
        ):
            most = settings.REQUEST_WITH_FILES_MAX_BYTES
        if length_of(request) > most:
            return _refused(
                request,
                413,
                _("That is too much at once"),
                _(
                    "Nothing was saved. This takes up to {most} MB at a time. Go back, where what "
                    "you typed still stands, and send less of it or in parts."
                ).format(most=round(most / 1_000_000)),
            )
        try:
            request.POST  # noqa: B018 what is large waits in the folder for temporary files
        except UnreadablePostError:  # whoever sent it has gone
            return None
        except OSError as error:
            if error.errno not in FULL_DISK:
                raise
            return no_room(request)
        return None


class AnotherTryMiddleware:
    """Do a page again whose transaction the database gave up for another one's sake.

    Two that wait for each other's rows (a deadlock), or that cannot both be true, are nobody's
    mistake, and nothing of the one that was given up is left. Stands innermost, so that nothing
    but the view itself is done twice; after `_TRIES` the error goes on as any other. Bytes that a
    view has read itself are gone, so that whoever sent them has to send them again.
    """

    _TRIES = 3
    #: serialization_failure, deadlock_detected: PostgreSQL's documentation, appendix A
    _GIVEN_UP = frozenset({"40001", "40P01"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or request.content_type == BYTES:
            return None
        for tried in range(1, self._TRIES):
            if not self._was_given_up(error):
                break
            time.sleep(random.uniform(0.01, 0.1) * tried)  # noqa: S311 no secret
            for _name, files in request.FILES.lists():
                for file in files:
                    file.seek(0)
            try:
                return match.func(request, *match.args, **match.kwargs)
            except OperationalError as another:
                error = another
        return None

    def _was_given_up(self, error: Exception) -> bool:
        state = getattr(error.__cause__, "sqlstate", None)
        return isinstance(error, OperationalError) and state in self._GIVEN_UP


def takes_files(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that may be sent files."""
    view.takes_files = True
    return view


def no_room(request: HttpRequest) -> HttpResponse:
    return _refused(
        request,
        507,
        _("There is no room left for files"),
        _(
            "Nothing of this was saved. Go back, where what you typed still stands, and tell the "
            "people who run this site that its disk is full."
        ),
    )


def length_of(request: HttpRequest) -> int:
    """Bytes of the body, as it says of itself: no more of it is read."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdecimal() and len(declared) < 16 else 0


def _refused(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "text": text}, status=status)
