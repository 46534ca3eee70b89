"""How much one person asks for in a minute: words to look for, and files of what is here.

Which address counts as what stands here and nowhere else. Programs are counted by their token
(api/tokens.py), and PDFs that wait for a worker in common/papers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config import errors
from people.models import User


@dataclass(frozen=True)
class Kind:
    """What is counted together: its key, the setting with its limit, and what its limit is told
    with."""

    name: str
    setting: str
    title: Promise
    text: Promise


SEARCH = Kind(
    "search",
    "SEARCHES_PER_MINUTE",
    _("Too many searches for now"),
    _(
        "More than {limit} searches came from you within a minute. Nothing is lost: what you typed "
        "stands where you typed it. Search again in {seconds} s."
    ),
)
FILE = Kind(
    "file",
    "EXPORTS_PER_MINUTE",
    _("Too many files for now"),
    _(
        "You asked for more than {limit} files within a minute, so this one was not made. Ask for "
        "it again in {seconds} s."
    ),
)

_SEARCHES = frozenset({"palette", "search", "search_suggestions", "similar"})
_LISTS = frozenset({"actions:list", "incidents:list", "lessons:list", "postmortems:list"})
_FILES = frozenset({"audit_csv", "audit_json", "handbook:markdown", "handbook:json"})


class PaceMiddleware:
    """Answer 429 to whoever asks for more than a person can read; stands after whoever it is, and
    their language, are known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        kind = _kind_of(request)
        if kind is None or not request.user.is_authenticated:
            return None
        seconds = spend(kind, request.user, now=timezone.now())
        if not seconds:
            return None
        limit = getattr(settings, kind.setting)
        text = str(kind.text).format(limit=limit, seconds=seconds)
        return errors.too_fast(request, str(kind.title), text, seconds=seconds)


def spend(kind: Kind, person: User, *, now: datetime) -> int:
    """Count one of them. When it was one too many, the seconds until the next minute, else 0.

    Two at the same moment may count as one where the cache cannot add by itself.
    """
    counts = caches["counts"]
    key = f"{kind.name}:{person.pk}:{int(now.timestamp() // 60)}"
    try:
        used = counts.incr(key)
    except ValueError:
        counts.add(key, 1, timeout=120)
        used = 1
    is_over = used > getattr(settings, kind.setting)
    return 60 - int(now.timestamp() % 60) if is_over else 0


def is_file(view_name: str) -> bool:
    """Whether the view with this name makes a file of a list or of a page."""
    name = view_name.rpartition(":")[2]
    return name.startswith("export") or name.endswith("pdf") or view_name in _FILES


def _kind_of(request: HttpRequest) -> Kind | None:
    name = request.resolver_match.view_name
    if name in _SEARCHES or (name in _LISTS and request.GET.get("q", "").strip()):
        return SEARCH
    if is_file(name):
        # A page that waits for its PDF looks every two seconds whether it is there.
        return SEARCH if request.htmx else FILE
    return FILE if "as" in request.GET else None
