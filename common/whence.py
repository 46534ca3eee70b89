"""Where the request that is being answered came from, for the trail of deeds on accounts."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

#: Asked only when a deed keeps it. people/middleware.py sets it for each request.
ask: ContextVar[Callable[[], str | None] | None] = ContextVar("ask", default=None)


def address() -> str | None:
    """The client's; None outside of a request, and where there is no saying."""
    asked = ask.get()
    return asked() if asked else None
