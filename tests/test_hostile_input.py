"""Whatever is typed, pasted or forged: an answer, never a crash.

Every address and every form that the tests of authorisation know, asked by somebody who may, with
one value at a time turned hostile.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.authorisation import matrix, world
from tests.authorisation.attempts import Attempt
from tests.make import make_user
from tests.test_authorisation import ATTEMPTS

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "common",
    "people",
    "incidents",
    "postmortems",
    "actions",
    "lessons",
    "alerts",
    "api",
    "config",
)

SIGNS = "'); DROP TABLE x; -- & | !! <-> :* \\ %s {0.__class__} {{ 7*7 }} =cmd|' /C' 🧯 ＝1 \u202e"
HOSTILE: dict[str, Any] = {
    "NUL": "a\x00b",
    "a number beyond any column": "9" * 30,
    "a number beyond any conversion": "9" * 5_000,
    "signs": SIGNS,
    "long": "[x] " * 75_000,
    "a list": ["1", "__proto__", "🥺"],
}
IN_AN_ADDRESS = ("a\x00b", "__proto__", "x" * 3_000, "A-0", 0, 2**31, 2**63, 10**30)
CURSORS = (
    "",
    "[",
    "[" * 5_000,
    "[Infinity, Infinity]",
    "[NaN, 1]",
    "[1e30, 1e30]",
    f"[{'9' * 5_000}, 1]",
    "[null, 1]",
    "[[1], {}]",
    "[true, false]",
    '["\\ud800", 1]',
    '["a\\u0000b", 1]',
    '["2026-02-30", 1]',
    '["2026-01-01T00:00:00", 1]',
    '["0001-01-01T00:00:00+14:00", 1]',
    '["9999-12-31T23:59:59-14:00", 1]',
    f'["2026-01-01T00:00:00Z", {2**70}]',
    f'["2026-01-01", {2**70}]',
    f"[{2**70}]",
)


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker) -> Iterator[world.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


def crash(
    everything: world.World, role: str, method: str, address: str, data: dict[str, Any] | None
) -> str:
    """How the request failed, or "" when it was answered. What it changed is undone."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = everything.sessions[role]
    with transaction.atomic():
        try:
            response = getattr(client, method)(address, data or {})
            b"".join(response)
            failed = f"answered {response.status_code}" if response.status_code >= 500 else ""
        except Exception as error:  # noqa: BLE001 whatever it is, it is reported
            failed = f"{type(error).__name__}: {str(error)[:120]}"
        transaction.set_rollback(True)
    return failed


def who_may(attempt: Attempt) -> str:
    answers = matrix.MATRIX[attempt.row]
    return next((role for role in "GFDUPXM" if answers[role] in "Y."), "G")


def tried(method: str) -> list[Attempt]:
    """One attempt for each address, and for each deed at an address of several."""
    found = {
        (attempt.name, *attempt.verb.values()): attempt
        for attempt in ATTEMPTS
        if attempt.method == method
        and not attempt.is_restricted
        and any(matrix.MATRIX[attempt.row].get(role) == "Y" for role in "GFDUPXM")
    }
    return list(found.values())


def asked_for(apps: Iterable[str] = APPS) -> list[str]:
    """Every name that the code of these apps looks up in what was sent."""
    sent = r"(?:POST|GET|asked|query)"
    ways = [rf'{sent}(?:\.get(?:list)?\(|\[|, )"(\w+)"', rf'"(\w+)" in (?:request\.)?{sent}\b']
    found: set[str] = set()
    for file in (file for app in apps for file in (ROOT / app).rglob("*.py")):
        text = file.read_text()
        found.update(*(re.findall(way, text) for way in ways))
    return sorted(found)


def typed_into(everything: world.World, role: str, address: str) -> set[str]:
    """The names of the fields on the page of a form; none where there is no such page."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = everything.sessions[role]
    page = client.get(address)
    forms = re.findall(
        r'<form[^>]*method="post"[^>]*>(.*?)</form>', page.content.decode(), re.DOTALL
    )
    own = [form for form in forms if "form_token" in form or "is-invalid" in form] or forms
    return set(re.findall(r'name="([^"]+)"', " ".join(own))) - {"csrfmiddlewaretoken"}


def test_every_field_of_every_form_takes_anything(everything):
    """The kinds take turns from field to field."""
    crashes, fields = [], 0
    for attempt in tried("post"):
        role, side = who_may(attempt), everything.open
        with transaction.atomic():
            attempt.prepare(side)
            address = reverse(attempt.name, args=attempt.args(side))
            if query := attempt.query(side):
                address += f"?{urlencode(query)}"
            right = attempt.verb | attempt.data(side)
            for name in sorted({*right, *typed_into(everything, role, address)}):
                fields += 1
                kind = list(HOSTILE)[fields % len(HOSTILE)]
                sent = right | {name: HOSTILE[kind], "next": "__proto__", "__proto__": "x"}
                if failed := crash(everything, role, "post", address, sent):
                    crashes.append(f"{attempt.name} {name}, {kind}: {failed}")
            transaction.set_rollback(True)

    assert fields > 200
    assert not crashes, "\n".join(crashes)


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_deed_takes_one_thing_in_all_its_fields(everything, kind):
    crashes, names = [], asked_for()
    for attempt in tried("post"):
        address = reverse(attempt.name, args=attempt.args(everything.open))
        sent = dict.fromkeys(names, HOSTILE[kind]) | attempt.verb
        if failed := crash(everything, who_may(attempt), "post", address, sent):
            crashes.append(f"{attempt.name}: {failed}")

    assert not crashes, "\n".join(crashes)


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_page_takes_any_question(everything, kind):
    crashes, names = [], asked_for()
    # Servers take no longer line.
    value = HOSTILE[kind][:1_000] if kind == "long" else HOSTILE[kind]
    question = urlencode(dict.fromkeys(names, value), doseq=True)
    for attempt in tried("get"):
        address = f"{reverse(attempt.name, args=attempt.args(everything.open))}?{question}"
        if failed := crash(everything, who_may(attempt), "get", address, None):
            crashes.append(f"{attempt.name}: {failed}")

    assert {"q", "after", "before", "page", "team", "form_token", "line", "revision"} <= set(names)
    assert not crashes, "\n".join(crashes)


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_doors_take_anything(db, kind):
    make_user()
    client, value = Client(), HOSTILE[kind]
    token = "x" * 3_000 if kind == "long" else str(value)
    answers = [
        client.post(reverse("account_login"), {"login": value, "password": value}),
        client.post(f"{reverse('account_login')}?{urlencode({'next': value})}"),
        client.post(reverse("account_reset_password"), {"email": value}),
        client.get(f"/account/password/reset/key/1-{quote(token)}/"),
        client.get(f"/welcome/{quote(token, safe='')}/"),
        client.post("/setup/", {"name": value, "email": value, "time_zone": value}),
        client.post(reverse("people:choose_language"), {"language": value, "next": value}),
    ]

    assert [answer for answer in answers if answer.status_code >= 500] == []


def test_every_address_takes_any_argument(everything):
    crashes, tries = [], 0
    for attempt in {one.name: one for one in ATTEMPTS}.values():
        side = everything.open
        args, data = attempt.args(side), attempt.verb | attempt.data(side)
        for place, value in product(range(len(args)), IN_AN_ADDRESS):
            forged = [*args[:place], value, *args[place + 1 :]]
            try:
                address = reverse(attempt.name, args=forged)
            except NoReverseMatch:
                continue
            tries += 1
            if failed := crash(everything, who_may(attempt), attempt.method, address, data):
                crashes.append(f"{attempt.name} {str(value)[:40]!r}: {failed}")

    assert tries > 100
    assert not crashes, "\n".join(crashes)


@pytest.mark.parametrize(
    "name",
    ["incidents:list", "postmortems:list", "actions:list", "lessons:list", "people:people",
     "people:notifications"],
)  # fmt: skip
def test_every_forged_place_in_a_list_gives_a_page(everything, name):
    crashes = []
    views = ("all", "parked") if name == "actions:list" else ("",)
    for cursor, view in product(CURSORS, views):
        numbered = re.sub(r"\]$", ", 26]", cursor)
        forged = base64.urlsafe_b64encode(numbered.encode()).decode().rstrip("=")
        key = "before" if CURSORS.index(cursor) % 2 else "after"
        address = f"{reverse(name)}?{urlencode({key: forged, 'view': view})}"
        if failed := crash(everything, "D", "get", address, None):
            crashes.append(f"{key} {cursor[:40]}: {failed}")

    assert not crashes, "\n".join(crashes)
