"""Pages whose input leaves no trace beside what the page itself keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters

_ANSWERS = (Http404, PermissionDenied, SuspiciousOperation)


def in_confidence(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view whose input is kept by nothing but itself.

    Without a session, what was sent is not put aside until after the log-in; error reports name
    no field; and what stopped it is told by its kind alone, since the message of an error of the
    database quotes the row.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return sensitive_post_parameters()(view)(request, *args, **kwargs)
        except _ANSWERS:
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, its message may quote
            kind = type(error).__name__
        raise RuntimeError(f"A page that keeps a confidence stopped: {kind}")

    wrapped.keeps_confidence = True
    return wrapped


def keeps_confidence(view: Callable[..., Any] | None) -> bool:
    return getattr(view, "keeps_confidence", False)
