"""Every clock time on every page says which zone it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone

from people.models import User
from tests.authorisation import matrix, world
from tests.authorisation.attempts import Attempt, send
from tests.test_authorisation import ATTEMPTS

pytestmark = pytest.mark.django_db

_CLOCK = re.compile(r"(?<![\d:+-])\d{1,2}:\d{2}(?![\d:])")
_ZONE = re.compile(r"(?:\s+on\s+\w+)?\s*(?:UTC|[A-Z]{3,4}\b|[+-]\d\d(?::?\d\d)?)")
#: Where an example of what can be typed stands, or what somebody typed themselves.
_TYPED = {"textarea", "option", "kbd", "code", "script", "style", "title", "pre"}
_EXAMPLES = {"form-hint", "parsed", "teach", "as-typed", "field-error"}
_VOID = {"input", "meta", "link", "br", "img", "hr"}


class BareClocks(HTMLParser):
    """Collects clock times in the text of a page that stand in no <time> and before no zone. The
    axis of a picture names its zone in the legend."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        classes = set((dict(attrs).get("class") or "").split())
        may = tag in _TYPED | {"time", "svg"} or bool(classes & _EXAMPLES)
        self.open.append((tag, may))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Holds no text."""

    def handle_endtag(self, tag: str) -> None:
        if tag in [name for name, _ in self.open]:
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if any(may for _, may in self.open):
            return
        for clock in _CLOCK.finditer(data):
            quoted = data.rfind("“", 0, clock.start()) > data.rfind("”", 0, clock.start())
            if not quoted and not _ZONE.match(data, clock.end()):
                self.found.append(data.strip()[:80])


def bare(html: str) -> list[str]:
    reader = BareClocks()
    reader.feed(html)
    return reader.found


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker) -> Iterator[world.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        built = world.build()
        User.objects.update(time_zone="Europe/Amsterdam")
        yield built
        transaction.set_rollback(True)


def pages() -> dict[str, Attempt]:
    return {
        attempt.name: attempt
        for attempt in ATTEMPTS
        if attempt.method == "get" and not attempt.is_restricted
    }


def test_no_page_shows_a_clock_time_without_its_zone(everything):
    bare_ones, seen = {}, 0
    for name, attempt in pages().items():
        answers = matrix.MATRIX[attempt.row]
        role = next((role for role in "GFDUPXM" if answers[role] in "Y."), "G")
        side = everything.open
        with transaction.atomic():
            attempt.prepare(side)
            response = send(
                everything, role, "get", name, attempt.args(side), {}, attempt.query(side)
            )
            transaction.set_rollback(True)
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            html = b"".join(response).decode()
            seen += "<time" in html
            if found := bare(html):
                bare_ones[name] = found

    assert seen > 10
    assert bare_ones == {}


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Seen at 20:00.</p>", ["Seen at 20:00."]),
        ("<p>at <b>9:05</b> CET</p>", ["9:05"]),
        ("<p>at <time>20:00</time></p>", []),
        ("<p>at 20:00 CET, 19:00 UTC, 01:00 +05:30</p>", []),
        ("<p>such as “14:32 failed over”</p>", []),
        ("<p class='form-hint'>21:30 or now</p><p>21:30 or now</p>", ["21:30 or now"]),
        ("<textarea>20:00 slow</textarea>", []),
    ],
)
def test_a_bare_clock_time_is_found(html, found):
    """The test of the test."""
    assert bare(html) == found


# The element ------------------------------------------------------------------------------------
NIGHT = datetime(2017, 1, 31, 23, 27, tzinfo=UTC)


def shown(filter_name: str, value: object, zone: str) -> str:
    with timezone.override(zone):
        return Template(f"{{% load times %}}{{{{ value|{filter_name} }}}}").render(
            Context({"value": value})
        )


def test_a_moment_reads_in_the_reader_s_zone_and_carries_utc():
    html = shown("moment", NIGHT, "Europe/Amsterdam")

    assert html == (
        '<time class="t" datetime="2017-01-31T23:27:00Z" title="31 Jan 2017 23:27 UTC" '
        'data-utc="31 Jan 23:27 UTC">1 Feb 2017 00:27 CET</time>'
    )


def test_the_day_of_utc_is_named_only_where_it_is_another_one():
    assert 'data-utc="20:27 UTC"' in shown("clock", NIGHT - timedelta(hours=3), "Europe/Amsterdam")


def test_who_reads_in_utc_is_not_told_it_twice():
    assert "data-utc" not in shown("moment", NIGHT, "UTC")


def test_the_day_of_a_moment_says_which_moment():
    html = shown("day", NIGHT, "Europe/Amsterdam")

    assert 'datetime="2017-01-31T23:27:00Z"' in html
    assert "31 Jan 2017 23:27 UTC" in html
    assert html.endswith(">1 Feb 2017</time>")


def test_a_page_offers_utc_once(client):
    user = User.objects.create_user("a@example.org", name="Ada", time_zone="Europe/Amsterdam")
    client.force_login(user)

    html = client.get(reverse("incidents:list")).content.decode()
    assert html.count("data-show-utc") == 1
    assert "Times in Europe/Amsterdam" in html
