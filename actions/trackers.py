"""What GitHub, GitLab and Jira call things: addresses of tickets, what they tell, how to ask.

Nothing here reads or writes rows. What comes from outside is taken apart with care: any part of it
may be missing or of another kind.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.dateparse import parse_datetime

from actions.models import Ticket, Tracker

State = Ticket.State
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"


@dataclass(frozen=True)
class News:
    """What is told of one ticket. `changed_at` is by the clock of the tracker, or None."""

    key: str
    state: str
    changed_at: datetime | None


@dataclass(frozen=True)
class Kind:
    """`address` finds the ticket in what follows the tracker's address; `key` makes its key."""

    address: re.Pattern[str]
    key: Callable[[re.Match[str]], str]
    is_signed: Callable[[bytes, Mapping[str, str], str], bool]
    number: tuple[str, ...]
    read: Callable[[Any], News | None]
    api: Callable[[str, str], str]
    sign_in: Callable[[str], dict[str, str]]
    answer: Callable[[Any], tuple[str, datetime | None]]


def key_of(tracker: Tracker, address: str) -> str:
    """The key of the ticket with this address; "" when it is none of this tracker's."""
    start = tracker.address.rstrip("/")
    if not address.lower().startswith(f"{start.lower()}/"):
        return ""
    kind = KINDS[tracker.kind]
    found = kind.address.fullmatch(urlsplit(address[len(start) :]).path)
    return kind.key(found) if found else ""


def is_signed(tracker: Tracker, body: bytes, headers: Mapping[str, str]) -> bool:
    """The sender knows the secret of this tracker."""
    return KINDS[tracker.kind].is_signed(body, headers, tracker.secret)


def number_of(tracker: Tracker, body: bytes, headers: Mapping[str, str]) -> str:
    """By what the same telling is known again: the tracker's own number, else what is in it."""
    given = (headers.get(name, "") for name in KINDS[tracker.kind].number)
    number = next(filter(None, given), "")
    is_usable = 0 < len(number) <= 100 and number.isprintable()
    return number if is_usable else hashlib.sha256(body).hexdigest()


def read(tracker: Tracker, told: Any) -> News | None:
    """What a telling says of a ticket; None for everything else trackers tell. Raises ValueError
    for text that no database keeps."""
    return KINDS[tracker.kind].read(told)


def question(tracker: Tracker, key: str, token: str) -> tuple[str, dict[str, str]]:
    """(address, headers) by which the tracker is asked for a ticket."""
    kind = KINDS[tracker.kind]
    headers = {"Accept": "application/json", **kind.sign_in(token)}
    return kind.api(tracker.address.rstrip("/"), key), headers


def answer(tracker: Tracker, told: Any) -> tuple[str, datetime | None]:
    """(state, when it changed) of what it answered; unknown for what cannot be read. Raises
    ValueError for text that no database keeps."""
    return KINDS[tracker.kind].answer(told)


def api_host(tracker: Tracker) -> str:
    return urlsplit(KINDS[tracker.kind].api(tracker.address.rstrip("/"), "a/b#1")).hostname or ""


# Reading with care ------------------------------------------------------------------------------
def parse(text: str | bytes) -> Any:
    """What stands in this JSON. Raises ValueError for what is none, also for NaN and for a name
    that stands twice, which every reader takes in another way; RecursionError for what is deep."""
    return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _part(told: Any, *path: str) -> Any:
    for name in path:
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _text(told: Any, *path: str) -> str:
    found = _part(told, *path)
    if not isinstance(found, str):
        return ""
    found.encode()  # Half of a surrogate pair is no text.
    if "\0" in found:
        raise ValueError("NUL in a text")
    return found[:300]


def _number(told: Any, *path: str) -> int:
    found = _part(told, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def _moment(text: str) -> datetime | None:
    """ "2026-11-28T17:00:00Z", "2026-11-28 17:00:00 UTC" or "2026-11-28T17:00:00.000+0100"."""
    try:
        found = parse_datetime(text.replace(" UTC", "Z"))
        if found is None:
            return None
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    # At the ends of the calendar there is no such time in other zones.
    return found if 1 < found.year < 9999 else None


def _hmac(name: str) -> Callable[[bytes, Mapping[str, str], str], bool]:
    def is_signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={wanted}".encode(), headers.get(name, "").encode())

    return is_signed


def _token(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    return hmac.compare_digest(secret.encode(), headers.get("X-Gitlab-Token", "").encode())


def _open_or_closed(text: str, *, opened: str) -> str:
    return {opened: State.OPEN, "closed": State.CLOSED}.get(text, State.UNKNOWN)


# GitHub -----------------------------------------------------------------------------------------
def _github_news(told: Any) -> News | None:
    name, number = _text(told, "repository", "full_name"), _number(told, "issue", "number")
    if not name or not number:
        return None
    state, at = _github_answer(_part(told, "issue"))
    if _text(told, "action") in {"deleted", "transferred"}:
        state = State.UNKNOWN
    return News(f"{name.lower()}#{number}", state, at)


def _github_answer(told: Any) -> tuple[str, datetime | None]:
    state = _open_or_closed(_text(told, "state"), opened="open")
    return state, _moment(_text(told, "updated_at"))


def _github_api(address: str, key: str) -> str:
    name, _, number = key.partition("#")
    start = "https://api.github.com" if address == "https://github.com" else f"{address}/api/v3"
    return f"{start}/repos/{name}/issues/{number}"


# GitLab -----------------------------------------------------------------------------------------
def _gitlab_news(told: Any) -> News | None:
    name = _text(told, "project", "path_with_namespace")
    number = _number(told, "object_attributes", "iid")
    if _text(told, "object_kind") not in {"issue", "work_item"} or not name or not number:
        return None
    state, at = _gitlab_answer(_part(told, "object_attributes"))
    return News(f"{name.lower()}#{number}", state, at)


def _gitlab_answer(told: Any) -> tuple[str, datetime | None]:
    state = _open_or_closed(_text(told, "state"), opened="opened")
    return state, _moment(_text(told, "updated_at"))


def _gitlab_api(address: str, key: str) -> str:
    name, _, number = key.partition("#")
    return f"{address}/api/v4/projects/{quote(name, safe='')}/issues/{number}"


# Jira -------------------------------------------------------------------------------------------
def _jira_news(told: Any) -> News | None:
    event, key = _text(told, "webhookEvent"), _text(told, "issue", "key")
    if not event.startswith("jira:issue_") or not key:
        return None
    state, _ = _jira_answer(_part(told, "issue"))
    milliseconds = _number(told, "timestamp")
    at = datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 < milliseconds < 10**14 else None
    return News(key.upper(), State.UNKNOWN if event == "jira:issue_deleted" else state, at)


def _jira_answer(told: Any) -> tuple[str, datetime | None]:
    category = _text(told, "fields", "status", "statusCategory", "key")
    state = {"done": State.CLOSED, "new": State.OPEN, "indeterminate": State.OPEN}.get(category)
    return state or State.UNKNOWN, _moment(_text(told, "fields", "updated"))


def _jira_sign_in(token: str) -> dict[str, str]:
    """ "address:token" is an account of Jira Cloud, anything else a personal access token."""
    if ":" in token:
        return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}


KINDS: Mapping[str, Kind] = {
    Tracker.Kind.GITHUB: Kind(
        address=re.compile(rf"/({_NAME}/{_NAME})/(?:issues|pull)/([1-9][0-9]{{0,8}})/?"),
        key=lambda found: f"{found[1].lower()}#{found[2]}",
        is_signed=_hmac("X-Hub-Signature-256"),
        number=("X-GitHub-Delivery",),
        read=_github_news,
        api=_github_api,
        sign_in=lambda token: {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        answer=_github_answer,
    ),
    Tracker.Kind.GITLAB: Kind(
        address=re.compile(
            rf"/({_NAME}(?:/{_NAME}){{1,10}})(?:/-)?/(?:issues|work_items)/([1-9][0-9]{{0,8}})/?"
        ),
        key=lambda found: f"{found[1].lower()}#{found[2]}",
        is_signed=_token,
        # X-Gitlab-Event-UUID is the same for everything one event set off, so it is no number.
        number=("Idempotency-Key",),
        read=_gitlab_news,
        api=_gitlab_api,
        sign_in=lambda token: {"PRIVATE-TOKEN": token},
        answer=_gitlab_answer,
    ),
    Tracker.Kind.JIRA: Kind(
        address=re.compile(r"/browse/([A-Za-z][A-Za-z0-9_]{1,99}-[1-9][0-9]{0,8})/?"),
        key=lambda found: found[1].upper(),
        is_signed=_hmac("X-Hub-Signature"),
        number=("X-Atlassian-Webhook-Identifier",),
        read=_jira_news,
        api=lambda address, key: f"{address}/rest/api/2/issue/{key}?fields=status,updated",
        sign_in=_jira_sign_in,
        answer=_jira_answer,
    ),
}
