"""The style sheet within the page, for a reader whose browser was never sent it.

To ask for a sheet once its page is there takes another round trip, which over a mobile network is
the longest part of the wait for the first paint. So whoever comes from elsewhere gets it with the
page. Those who come from one of our pages ask for the file, which a browser keeps for good; a
cookie that comes with that file says so from then on.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from wsgiref.headers import Headers

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

STYLE = "css/site.css"


@dataclass(frozen=True)
class Sheet:
    """As it stands within a page, and as the policy of that page names it."""

    element: SafeString
    source: str

    @classmethod
    @cache
    def collected(cls) -> Sheet | None:
        """Of the file that pages link to; None where none was collected, as on a developer's
        machine."""
        url = static(STYLE)
        path = Path(settings.STATIC_ROOT) / url.removeprefix(settings.STATIC_URL)
        if not path.is_file():
            return None
        # Its fonts stand beside the folder of the file, and not beside the page.
        text = path.read_text().replace('url("../', f'url("{settings.STATIC_URL}')
        digest = b64encode(sha256(text.encode()).digest()).decode()
        element = format_html('<style data-file="{}">{}</style>', url, SafeString(text))
        return cls(element, f"'sha256-{digest}'")


class SheetMiddleware:
    """Gives a request whose page brings its sheet a `sheet`, and that page a policy that lets
    exactly this one in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.sheet = Sheet.collected() if _has_none(request) else None
        if request.sheet is None:
            return self.get_response(request)
        return csp_update({"style-src": [request.sheet.source]})(self.get_response)(request)


def _has_none(request: HttpRequest) -> bool:
    """Whether a person opens this from elsewhere, in a browser that was not sent today's sheet."""
    return (
        request.headers.get("Sec-Fetch-Dest") == "document"
        and request.headers.get("Sec-Fetch-Site") != "same-origin"
        and request.COOKIES.get(settings.SHEET_COOKIE_NAME) != _name_of(static(STYLE))
    )


def note_sent(headers: Headers, path: str, url: str) -> None:
    """Whoever is sent the sheet is given the cookie that says so: for whitenoise."""
    if url.startswith(f"{settings.STATIC_URL}{STYLE.removesuffix('css')}"):
        secure = "; Secure" if settings.SESSION_COOKIE_SECURE else ""
        headers["Set-Cookie"] = (
            f"{settings.SHEET_COOKIE_NAME}={_name_of(url)}; Path=/; Max-Age={_A_YEAR}; "
            f"HttpOnly; SameSite=Lax{secure}"
        )


_A_YEAR = 365 * 24 * 3600


def _name_of(url: str) -> str:
    """With the hash of what it holds: "site.a1a13b627651.css"."""
    return url.rpartition("/")[2]
