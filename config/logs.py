"""Our logs: one JSON object for each line, the request's id with it, and what is left out.

No line holds a password, a key, an address of e-mail, a row that a database quotes, or who asked
for a page. docs/operations.md has the fields.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

#: Every page on which a confidential note is written or read, or the pulse answered.
#: deploy/gunicorn.conf.py has it, too.
CONFIDENTIAL = re.compile(r"^/reviews/[^/]+/(?:notes?|pulse)/")

#: Addresses that are keys, from a mail or an invitation: whoever reads one in a log could use it.
#: deploy/gunicorn.conf.py has it, too.
SECRET = re.compile(r"^(/(?:a|welcome|unsubscribe|account/password/reset/key)/)[^/]+")


class LeaveOutConfidence(logging.Filter):
    """Django tells of every refused request by its path, and hands the request along. Of such a
    page nothing is told: when a mistyped code was tried is when somebody came back. Only that one
    stopped, which somebody has to mend. Keys that stand in an address are left out of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if CONFIDENTIAL.match(path):
            status = getattr(record, "status_code", 500)
            if status < 500:
                return False
            record.msg = "A confidential page answered %s"
            record.args = (status,)
            del record.request
        elif SECRET.match(path) and isinstance(record.args, tuple):
            record.args = tuple(
                SECRET.sub(r"\1...", part) if isinstance(part, str) else part
                for part in record.args
            )
        return True


# The id of a request ------------------------------------------------------------------------------
def new_id() -> str:
    return secrets.token_hex(8)


class RequestIdMiddleware:
    """Gives each request an id: it stands in the answer's X-Request-ID, on error pages, and in
    every line logged meanwhile, also by what a worker does because of it. Nobody outside can
    choose it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.id = new_id()
        # It stays until the next one: Django tells of what it refused when all is answered.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request.id
        return response


# What is left out of any text ---------------------------------------------------------------------
_LEFT_OUT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), r"\1(left out)@"),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "(e-mail)"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.I), r"\1 (left out)"),
    (
        re.compile(
            r"\b(password\w*|passwd|secret\w*|\w*token|api_?key|key|code|sessionid|csrftoken|cookie"
            r"|authorization)(\"?'?\s*[=:]\s*)[^\s&,;]+",
            re.I,
        ),
        r"\1\2(left out)",
    ),
    # What PostgreSQL quotes of a row, whose texts have lines of their own: all after it, up to
    # Python's whole sentence. Of a text in a row PostgreSQL quotes less than that.
    (
        re.compile(
            r"^(DETAIL|CONTEXT):.*?"
            r"(?=\n\n(?:The above exception was the direct cause of the following exception"
            r"|During handling of the above exception, another exception occurred):\n\n|\n?\Z)",
            re.M | re.S,
        ),
        r"\1: (left out)",
    ),
    (re.compile(r"(/(?:a|welcome|unsubscribe|account/password/reset/key)/)[^/\s?]+"), r"\1..."),
)


def left_out(text: str) -> str:
    """The text as it may stand in a log."""
    for pattern, instead in _LEFT_OUT:
        text = pattern.sub(instead, text)
    return text


def leave_out(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """For structlog: the same in every field."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = _plain(value)
    return event


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return left_out(str(value))


# How a line looks ---------------------------------------------------------------------------------
def _before() -> Iterator[Any]:
    yield structlog.contextvars.merge_contextvars
    yield structlog.stdlib.add_log_level
    yield structlog.stdlib.add_logger_name
    yield structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")


def formatter(*, is_json: bool) -> dict[str, Any]:
    """An entry of LOGGING["formatters"]: lines of any logger, for programs or for eyes."""
    drawn: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    drawn += [structlog.processors.format_exc_info, leave_out]
    drawn.append(
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "()": "structlog.stdlib.ProcessorFormatter",
        "processors": drawn,
        "foreign_pre_chain": list(_before()),
    }


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_before(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
