"""What is asked of both worlds: every address, every way to ask, by everybody who is outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone
from django.utils.text import slugify

from actions.models import Tracker
from alerts.models import AlertSource
from lessons.models import Following
from people import feed_keys
from people.models import FeedKey, SavedView
from tests.authorisation import coverage
from tests.authorisation.attempts import Attempt, as_program, is_for_programs, nothing
from tests.authorisation.world import Side
from tests.fuzzing.pages import fields_of
from tests.restricted.hidden import NEEDLE, OUTSIDERS, Base
from tests.test_hostile_input import asked_for


def _view(side: Side) -> list[Any]:
    """Somebody's own way of looking at a list."""
    view, _ = SavedView.objects.get_or_create(
        owner=side["elsewhere"], page="incidents", name=side.words[:60]
    )
    return [view.pk]


def _calendar(side: Side) -> int:
    """The address that somebody else made for their calendar."""
    return _secret_address(side, "actions:mine")


def _followed(side: Side) -> int:
    """Something that somebody else follows."""
    following, _ = Following.objects.get_or_create(follower=side["elsewhere"], team=side.team)
    return following.pk


def _feed(side: Side) -> int:
    return _secret_address(side, "library:everything")


def _secret_address(side: Side, of: str) -> int:
    """Made once: each making leaves a line in the trail."""
    made = FeedKey.objects.filter(owner=side["elsewhere"], of=of)
    if not made.exists():
        feed_keys.issue(side["elsewhere"], of, now=timezone.now())
    return made.get().pk


#: Addresses the matrix knows no attempt for: (arguments of a side), or None for those of nobody.
FURTHER: dict[str, Callable[[Side], list[Any]]] = {
    "actions:take_back_calendar": lambda side: [_calendar(side)],
    # With a made-up secret; tests/actions/test_calendars.py asks with a true one.
    "actions:calendar": lambda side: [],
    "following:stop": lambda side: [_followed(side)],
    "following:take_back_feed": lambda side: [_feed(side)],
    # The same; tests/lessons/test_feeds.py.
    "lessons:feed": lambda side: [],
    # Made-up keys again; tests/actions and tests/telling ask with true ones.
    **{
        name: lambda side: ["no-such-token"]
        for name in (
            "mail_done",
            "mail_date",
            "mail_drop",
            "mail_held",
            "mail_snooze",
            "people:unsubscribe",
        )
    },
    "alerts:hear": lambda side: [AlertSource.objects.get().pk],
    "actions:told": lambda side: [Tracker.objects.get().pk],
    # A passkey nobody has; tests/people/test_second_step.py.
    "mfa_remove_webauthn": lambda side: [1],
    "people:delete_view": _view,
    "people:edit_view": _view,
    "people:pin_view": _view,
    "postmortems:draft_pdf": lambda side: [side.incident.reference],
    "postmortems:uncombine": lambda side: [side.incident.reference],
    # Public before it was restricted; see hidden.py.
    "public_edition": lambda side: [NEEDLE.lower()],
    "people:welcome": lambda side: ["no-such-token"],
    "account_reset_password_from_key": lambda side: ["1", "no-such-key"],
}
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
#: What changes from one showing of a page to the next.
_PASSING = (
    (rb'name="csrfmiddlewaretoken" value="[^"]*"', b"(token)"),
    (rb'name="form_token" value="[^"]*"', b"(token)"),
    # The time and the seal of what is signed; what is signed is compared.
    (rb':\w{6}:[\w-]{43}"', b'(seal)"'),
    # Secrets that are made by asking, and shown this once.
    (rb'<code class="text-break"(?: id="\w+")?>(?:story_)?[\w-]{43}</code>', b"(secret)"),
    (rb"key=[\w-]{43}", b"(secret)"),
    (rb'<img class="qr" src="[^"]*"', b"(secret)"),
    (rb'<code class="text-break" translate="no">\w+</code>', b"(secret)"),
    (rb'"challenge": "[\w-]{43}"', b"(challenge)"),
)
_PASSING_HEADERS = {"Set-Cookie", "Content-Length", "Expires", "X-Request-ID"}


@dataclass(frozen=True)
class Question:
    role: str
    method: str
    address: str
    data: tuple[tuple[str, Any], ...] = ()
    prepare: Callable[[Side], Any] | None = None

    def __str__(self) -> str:
        return f"{self.role} {self.method.upper()} {self.address} {dict(self.data) or ''}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: The page that a redirect leads to, with what it says at its top.
    then: Answer | None = None

    def difference(self, other: Answer) -> str:
        if self.status != other.status:
            return f"{other.status} without, {self.status} with"
        if self.headers != other.headers:
            return f"headers {sorted(set(self.headers) ^ set(other.headers))}"
        if self.body != other.body:
            return _first_difference(other.body.decode(), self.body.decode())
        further = self.then.difference(other.then) if self.then and other.then else ""
        return f"after the redirect: {further}" if further else ""


def _first_difference(without: str, with_it: str) -> str:
    at = next(
        (place for place, (a, b) in enumerate(zip(without, with_it, strict=False)) if a != b),
        min(len(without), len(with_it)),
    )
    around = slice(max(0, at - 60), at + 60)
    return f"…{without[around]!r} without, {with_it[around]!r} with"


def ask(base: Base, question: Question) -> Answer:
    """What it changes is undone."""
    cache.clear()  # what Redis keeps is not rolled back, such as who writes where
    with transaction.atomic():
        if question.method == "post":
            same_keys()
        if question.prepare:
            question.prepare(base.open)
        client = Client(raise_request_exception=False)
        if question.role != "A":
            client.cookies[settings.SESSION_COOKIE_NAME] = base.sessions[question.role]
        if is_for_programs(resolve(question.address.partition("?")[0]).view_name):
            called = as_program(
                question.method, dict(question.data), base.tokens.get(question.role)
            )
            answer = _read(getattr(client, question.method)(question.address, **called))
            transaction.set_rollback(True)
            return answer
        sent = dict(question.data) if question.method == "post" else None
        for value in sent.values() if sent else ():
            for one in value if isinstance(value, list) else [value]:
                if hasattr(one, "seek"):
                    one.seek(0)  # a file that the other world has read
        answer = _read(getattr(client, question.method)(question.address, sent))
        if question.role != "A" and question.method == "post" and answer.status == 302:
            location = dict(answer.headers)["Location"]
            answer = Answer(answer.status, answer.headers, answer.body, _read(client.get(location)))
        transaction.set_rollback(True)
    return answer


def same_keys() -> None:
    """New rows get the same numbers in both worlds."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
            cursor.execute(
                "INSERT INTO sqlite_sequence SELECT name, 1000000 FROM sqlite_master "
                "WHERE type = 'table' AND sql LIKE '%%AUTOINCREMENT%%'"
            )
        else:
            cursor.execute(
                "SELECT setval(oid::regclass, 1000000) FROM pg_class "
                "WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"
            )


def _read(response: Any) -> Answer:
    body = b"".join(response) if response.streaming else response.content
    for passing, instead in _PASSING:
        body = re.sub(passing, instead, body)
    headers = tuple((name, v) for name, v in response.items() if name not in _PASSING_HEADERS)
    return Answer(response.status_code, headers, body)


def make_what_is_named(base: Base) -> None:
    """What addresses name beside the matrix, in both worlds alike."""
    for args in FURTHER.values():
        args(base.open)


# Which questions ---------------------------------------------------------------------------------
#: (arguments, what stands behind the question mark, answers) of an attempt.
Asked = tuple[list[Any], dict[str, Any], dict[str, Any]]


def of_side(attempts: Iterable[Attempt], side: Side) -> list[Asked]:
    """What each attempt asks on this side. Asking for arguments may create what they name."""
    return [(one.args(side), one.query(side), _answers(one, side)) for one in attempts]


def _answers(attempt: Attempt, side: Side) -> dict[str, Any]:
    with transaction.atomic():
        attempt.prepare(side)
        answers = attempt.verb | attempt.data(side)
        transaction.set_rollback(True)
    return answers


def of_the_matrix(
    attempts: Iterable[Attempt], open_side: list[Asked], hidden_side: list[Asked]
) -> Iterator[Question]:
    """What the matrix tries, on the open side, and then with one thing at a time, in the address,
    behind its question mark or in the form, that belongs to the restricted side."""
    for attempt, known, secret in zip(attempts, open_side, hidden_side, strict=True):
        prepare = attempt.prepare if attempt.prepare is not nothing else None
        for mixed in _mixtures(known, secret):
            everybody = OUTSIDERS if attempt.method == "get" else "XD"
            for role in everybody if mixed is known else "X":
                if question := _question(role, attempt.method, attempt.name, mixed, prepare):
                    yield question


def _mixtures(known: Asked, secret: Asked) -> Iterator[Asked]:
    yield known
    for part in range(3):
        ours, theirs = known[part], secret[part]
        keys = range(len(ours)) if isinstance(ours, list) else ours
        for key in (key for key in keys if ours[key] != theirs[key]):
            mixed = ours.copy()
            mixed[key] = theirs[key]
            yield (*known[:part], mixed, *known[part + 1 :])


def _question(
    role: str, method: str, name: str, asked: Asked, prepare: Callable[[Side], Any] | None
) -> Question | None:
    args, query, data = asked
    try:
        address = reverse(name, args=args)
    except NoReverseMatch:
        return None
    address += f"?{urlencode(query)}" if query else ""
    return Question(role, method, address, tuple(data.items()), prepare)


def by_every_method(
    attempts: Iterable[Attempt], hidden_side: list[Asked], hidden: Side
) -> Iterator[Question]:
    """Every address of what is restricted, asked in every way there is."""
    asked = {
        (one.name, *args) for one, (args, *_) in zip(attempts, hidden_side, strict=True) if args
    }
    asked |= {(name, *args(hidden)) for name, args in FURTHER.items()}
    for name, *args in sorted(asked, key=repr):
        address = reverse(name, args=args)
        yield from (Question("M", method, address) for method in METHODS)
        yield from (Question(role, "get", address) for role in "AD")


def bare(base: Base) -> Iterator[Question]:
    """Every address of the URL configuration that needs nothing to be known."""
    for name, route in coverage.patterns().items():
        if "<" not in route and "(?P" not in route:
            for role in OUTSIDERS:
                yield Question(role, "get", reverse(name))
    yield from (
        Question(role, "get", reverse(name, args=args(base.open)))
        for name, args in FURTHER.items()
        for role in OUTSIDERS
    )


def filters(base: Base, hidden: Side) -> Iterator[Question]:
    """Every page that takes something to look for, asked for each thing one could know of the
    restricted side, under each name that its own forms and links use; then under every other name
    that the code of its app looks up, and at every address that its filters link to."""
    for name, route in coverage.patterns().items():
        if "<" in route or "(?P" in route or name in coverage.PUBLIC:
            continue
        address = reverse(name)
        page = ask(base, Question("M", "get", address))
        if page.status != 200:
            continue
        own = _parameters(address, page.body)
        typed = fields_of(page.body.decode()).texts
        for key in sorted(own):
            for value in words_of(hidden) if key in typed else keys_of(hidden):
                yield Question("M", "get", f"{address}?{urlencode({key: value})}")
        app = name.partition(":")[0] if ":" in name else "config"
        for key in sorted(set(asked_for(("common", app))) - own):
            for value in (NEEDLE, hidden.incident.reference):
                yield Question("M", "get", f"{address}?{urlencode({key: value})}")
        yield from (Question(role, "get", f"{address}?q={NEEDLE}") for role in "XD")
        yield from (Question("M", "get", link) for link in sorted(_links(address, page.body)))


def _parameters(address: str, body: bytes) -> set[str]:
    text = body.decode(errors="replace")
    forms = re.findall(r'<form[^>]*method="get"[^>]*>(.*?)</form>', text, re.DOTALL)
    names = set(re.findall(r'name="([^"]+)"', " ".join(forms)))
    return names | {
        name for link in _links(address, body) for name, _ in parse_qsl(urlsplit(link).query)
    }


def _links(address: str, body: bytes) -> set[str]:
    found = re.findall(r'(?:href|hx-get)="([^"]*\?[^"]+)"', body.decode(errors="replace"))
    links = {unescape(link).partition("#")[0] for link in found}
    links = {f"{address}{link}" if link.startswith("?") else link for link in links}
    return {link for link in links if urlsplit(link).path == address}


def words_of(hidden: Side) -> list[str]:
    """What somebody could know of it and type."""
    return [
        NEEDLE,
        hidden.incident.reference,
        hidden.action.reference,
        hidden.draft.reference,
    ]


def keys_of(hidden: Side) -> list[str]:
    """What the choice of a filter could say of it."""
    return [
        NEEDLE,
        hidden.incident.reference,
        slugify(hidden.words),
        hidden.service.slug,
        hidden.team.slug,
        str(hidden["F"].pk),
        # One number for whatever goes by its number.
        str(hidden.service.pk),
    ]
