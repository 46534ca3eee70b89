"""One way to try one row of the matrix over HTTP, and how an answer is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from tests.authorisation.world import Side, World


def nothing(side: Side) -> Any:
    return None


@dataclass(frozen=True)
class Attempt:
    """`args`, `query`, `data` and `prepare` are asked with the side of the world it is tried on:
    the restricted one for rows that begin with "restricted.", else the open one.

    Where a row has a door of its own for each role, `door` names the role that goes through this
    one; for the others it does not exist. `held` is what only that role has to send.
    """

    row: str
    method: str
    name: str
    args: Callable[[Side], list[Any]]
    query: Callable[[Side], dict[str, Any]]
    data: Callable[[Side], dict[str, Any]]
    prepare: Callable[[Side], Any]
    changes: bool
    verb: dict[str, Any]
    door: str = ""
    held: Callable[[Side], dict[str, Any]] = nothing

    @property
    def is_restricted(self) -> bool:
        return self.row.startswith("restricted.")

    def __str__(self) -> str:
        return f"{self.row} by {self.method.upper()} {self.name}"


def see(
    row: str,
    name: str,
    args: Callable[[Side], list[Any]] = lambda side: [],
    *,
    query: Callable[[Side], dict[str, Any]] = lambda side: {},
    prepare: Callable[[Side], Any] = nothing,
    door: str = "",
) -> Attempt:
    """A GET: who may sees it, and it changes nothing."""
    return Attempt(row, "get", name, args, query, lambda side: {}, prepare, False, {}, door)


def do(
    row: str,
    name: str,
    args: Callable[[Side], list[Any]] = lambda side: [],
    *,
    data: Callable[[Side], dict[str, Any]] = lambda side: {},
    query: Callable[[Side], dict[str, Any]] = lambda side: {},
    prepare: Callable[[Side], Any] = nothing,
    changes: bool = True,
    verb: dict[str, Any] | None = None,
    door: str = "",
    held: Callable[[Side], Any] = nothing,
) -> Attempt:
    """A POST with answers that are right: who may changes something by it. `verb` is what says
    which deed is asked for, where the address does not; it is sent with the empty form too."""
    return Attempt(row, "post", name, args, query, data, prepare, changes, verb or {}, door, held)


AS_A_FILE = "as a file"


def call(
    row: str,
    method: str,
    name: str,
    args: Callable[[Side], list[Any]] = lambda side: [],
    *,
    data: Callable[[Side], dict[str, Any]] = lambda side: {},
    query: Callable[[Side], dict[str, Any]] = lambda side: {},
    prepare: Callable[[Side], Any] = nothing,
    verb: dict[str, Any] | None = None,
) -> Attempt:
    """A program that sends JSON with the token of each role, or what is AS_A_FILE. All but a GET
    changes something."""
    changes = method != "get"
    return Attempt(row, method, name, args, query, data, prepare, changes, verb or {})


def is_for_programs(name: str) -> bool:
    return name.startswith("api:v1:")


def as_program(method: str, data: dict[str, Any] | None, secret: str | None) -> dict[str, Any]:
    """What Django's client is called with, besides the address."""
    sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {secret}"} if secret else {}}
    if method in {"post", "patch", "delete"}:
        sent["headers"]["If-Match"] = "*"
        if data and AS_A_FILE in data:
            sent |= {"data": data[AS_A_FILE], "content_type": "application/octet-stream"}
        else:
            sent |= {"data": json.dumps(data or {}), "content_type": "application/json"}
    return sent


class PlainClient(Client):
    """Hands the request to the product and the answer back. Django's own client keeps a copy of
    the context of every template that is rendered meanwhile, which nobody here reads."""

    def request(self, **request: Any) -> HttpResponse:
        return self.handler(self._base_environ(**request))


def send(
    world: World,
    role: str,
    method: str,
    name: str,
    args: list[Any],
    data: dict[str, Any],
    query: dict[str, Any] | None = None,
) -> HttpResponse:
    client = PlainClient(raise_request_exception=False)
    address = reverse(name, args=args)
    if query:
        address += "?" + "&".join(f"{key}={quote(str(value))}" for key, value in query.items())
    if is_for_programs(name):
        return getattr(client, method)(address, **as_program(method, data, world.tokens.get(role)))
    if role != "A":
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[role]
    return getattr(client, method)(address, data)


def missing(args: list[Any]) -> list[Any]:
    """The same arguments with references and numbers that were never given out."""
    found: list[Any] = []
    for arg in args:
        if isinstance(arg, int):
            found.append(987_654_321)
        elif re.fullmatch(r"[A-Z]+-\d+", arg):
            found.append(re.sub(r"\d+", "987654321", arg))
        else:
            found.append(arg)
    return found


def words(response: HttpResponse) -> str:
    """The page without what differs from one showing to the next: its path and its tokens."""
    content = b"".join(response) if response.streaming else response.content
    text = content.decode(errors="replace")
    path = response.wsgi_request.path
    for spelling in {path, escape(path), quote(path)}:
        text = text.replace(spelling, "(path)")
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "(token)", text)
    return re.sub(r'<span class="num">\d\d:\d\d', "(clock)", text)


def leads_to_login(response: HttpResponse) -> bool:
    is_redirect = response.status_code == 302
    return response.status_code == 401 or (
        is_redirect and response.url.startswith(reverse("account_login"))
    )


def answer_class(response: HttpResponse, never: Callable[[], HttpResponse]) -> str:
    """Y, N, H or L as in the matrix, or the status in words. `never` asks for what never was."""
    if leads_to_login(response):
        return "L"
    if response.status_code == 403:
        return "N"
    if response.status_code == 404:
        twin = never()
        same = twin.status_code == 404 and words(twin) == words(response)
        return "H" if same else "404, unlike the one for what never existed"
    if 200 <= response.status_code < 400:
        return "Y"
    return str(response.status_code)


class Writes:
    """Watches what reaches our tables, without what was rolled back again. Sessions and the cache
    may be written by anybody; reading may note who waits for a PDF, and has to leave a line in the
    trail when the thing is restricted. A token counts its calls."""

    _ANYWAY = re.compile(r"django_session|\bcache\b|api_apitoken")
    _ANYWAY_BY_READING = re.compile(
        _ANYWAY.pattern + r"|postmortems_reportfile|common_paper|common_activity"
    )

    def __init__(self, method: str) -> None:
        self.anyway = self._ANYWAY_BY_READING if method == "get" else self._ANYWAY
        self.statements: list[str] = []
        self._at_savepoint: dict[str, int] = {}

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        verb, _, rest = sql.lstrip().partition(" ")
        # SQLite counts the rows of an INSERT … RETURNING only while they are fetched.
        writes = verb == "INSERT" or (
            verb in {"UPDATE", "DELETE"} and context["cursor"].rowcount != 0
        )
        if writes:
            if not self.anyway.search(rest.partition(" SET ")[0].partition(" VALUES ")[0][:80]):
                self.statements.append(sql[:80])
        elif verb == "SAVEPOINT":
            self._at_savepoint[rest] = len(self.statements)
        elif sql.startswith("ROLLBACK TO SAVEPOINT "):
            del self.statements[self._at_savepoint[sql.removeprefix("ROLLBACK TO SAVEPOINT ")] :]
        return result


def wrong_cells(world: World, attempt: Attempt, answers: dict[str, str]) -> list[str]:
    """What the attempt answers differently from the matrix, for every role; [] when all is well."""
    wrong = []
    for role, expected in answers.items():
        if expected == ".":
            continue
        if expected == "Y" and attempt.door and role != attempt.door:
            expected = "H"
        with transaction.atomic():
            complaint = _cell(world, attempt, role, expected)
            transaction.set_rollback(True)
        if complaint:
            wrong.append(f"{role}: {complaint} ({attempt})")
    return wrong


def _cell(world: World, attempt: Attempt, role: str, expected: str) -> str:
    side = world.restricted if attempt.is_restricted else world.open
    attempt.prepare(side)
    args, query, data = attempt.args(side), attempt.query(side), attempt.verb | attempt.data(side)
    if role == attempt.door:
        data |= attempt.held(side) or {}

    def never() -> HttpResponse:
        return send(world, role, attempt.method, attempt.name, missing(args), data, query)

    if expected != "Y" and attempt.method != "get":
        unread = send(world, role, attempt.method, attempt.name, args, attempt.verb, query)
        if (got := answer_class(unread, never)) != expected:
            return f"{got} instead of {expected} for an empty form"
    writes = Writes(attempt.method)
    with connection.execute_wrapper(writes):
        response = send(world, role, attempt.method, attempt.name, args, data, query)
    got = answer_class(response, never)
    if got != expected:
        return f"{got} instead of {expected}{_said(response)}"
    changed = bool(writes.statements)
    if changed and (expected != "Y" or attempt.method == "get"):
        return f"answered {got} and wrote all the same: {writes.statements}"
    if expected == "Y" and attempt.changes and not changed:
        return f"answered {got} and changed nothing{_said(response)}"
    return ""


def _said(response: HttpResponse) -> str:
    """What a page that refused said, to find the mistake by."""
    if response.streaming or response.status_code == 404:
        return ""
    said = re.findall(
        r'class="(?:field-error|grow)"[^>]*>(.*?)</p>|<li>(.*?)</li>', response.content.decode()
    )
    plain = [re.sub(r"<[^>]+>", "", "".join(parts)).strip() for parts in said]
    return f" [{'; '.join(text for text in plain if text)[:200]}]" if any(plain) else ""
