"""The languages of the interface: whose turn it is, and in which words something is kept.

A page speaks the language of its reader (people/middleware.py). What is stored, exported or told
to a program is said in English, whoever asks: `english`. What is sent to somebody is said in
theirs: `in_language_of`. docs/languages.md has the rest.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

ENGLISH = "en"
_FOR_PROGRAMS = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")
#: Among them a page for people.
_PAGE = "/api/docs/"


class Speaks(Protocol):
    language: str


def english() -> AbstractContextManager[object]:
    """For what is stored, exported, or read by programs."""
    return translation.override(ENGLISH)


def in_language_of(person: Speaks) -> AbstractContextManager[object]:
    return translation.override(of(person))


def of(person: Speaks) -> str:
    """A language that is not there any more is English."""
    return person.language if person.language in dict(settings.LANGUAGES) else ENGLISH


def of_browser(request: HttpRequest) -> str:
    """The one that was chosen in it, or the first in its list that we speak."""
    return translation.get_language_from_request(request)


def of_answer(request: HttpRequest, *, reader: Speaks | None) -> str:
    """Of what is answered to this reader, or to somebody whom we do not know yet."""
    path = request.path_info
    if path.startswith(_FOR_PROGRAMS) and not path.startswith(_PAGE):
        return ENGLISH
    return of(reader) if reader else of_browser(request)


def named(response: HttpResponse, language: str) -> HttpResponse:
    """Says of a page which language it is in; of two that say it, the inner one is right."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
    return response


def current() -> str:
    """The one that texts are shown in at this moment."""
    return translation.get_language() or ENGLISH
