"""The style sheet within the page, for a reader whose browser was never sent it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from wsgiref.headers import Headers

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from common import sheet
from tests.make import make_user
from tests.postmortems_publishing.story import published_story
from tests.test_headers import POLICY, policy_of

pytestmark = pytest.mark.django_db

FROM_ELSEWHERE = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
LINK = '<link rel="stylesheet" href="/static/css/site.css">'


@pytest.fixture(autouse=True)
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "css").mkdir()
    (tmp_path / "css/site.css").write_text(
        'a{top:0}@font-face{src:url("../vendor/fonts/a.woff2")}b{background:url("data:x")}'
    )
    sheet.Sheet.collected.cache_clear()
    yield
    sheet.Sheet.collected.cache_clear()


@pytest.fixture
def reader(client):
    client.force_login(make_user())
    return client


def within(response: HttpResponse) -> str | None:
    found = re.search(r"<style[^>]*>(.*?)</style>", response.content.decode(), re.DOTALL)
    return found and found[1]


def test_whoever_comes_from_elsewhere_gets_it_with_the_page(reader):
    page = reader.get("/incidents/", headers=FROM_ELSEWHERE)

    assert within(page) == (
        'a{top:0}@font-face{src:url("/static/vendor/fonts/a.woff2")}b{background:url("data:x")}'
    )
    assert LINK not in page.content.decode()


def test_the_policy_of_that_page_lets_in_exactly_this_sheet(reader):
    page = reader.get("/incidents/", headers=FROM_ELSEWHERE)

    digest = b64encode(sha256(within(page).encode()).digest()).decode()
    assert policy_of(page) == POLICY | {"style-src": {"'self'", f"'sha256-{digest}'"}}
    assert policy_of(reader.get("/incidents/")) == POLICY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "none"},
    ],
)
def test_whoever_comes_from_one_of_our_pages_asks_for_the_file(reader, headers):
    page = reader.get("/incidents/", headers=headers)

    assert within(page) is None
    assert LINK in page.content.decode()
    assert policy_of(page) == POLICY


def sent_with(url: str) -> str | None:
    headers = Headers([])
    sheet.note_sent(headers, "", url)
    return headers["Set-Cookie"]


def test_whoever_was_sent_the_file_asks_for_it_from_then_on(reader):
    name, _, value = sent_with("/static/css/site.css").partition(";")[0].partition("=")
    reader.cookies[name] = value

    assert within(reader.get("/incidents/", headers=FROM_ELSEWHERE)) is None


def test_whoever_was_sent_an_older_one_gets_the_new_one_with_the_page(reader):
    reader.cookies[settings.SHEET_COOKIE_NAME] = "site.0123456789ab.css"

    assert within(reader.get("/incidents/", headers=FROM_ELSEWHERE)) is not None


def test_the_cookie_comes_with_the_sheet_alone_and_no_script_reads_it(settings):
    settings.SESSION_COOKIE_SECURE = True

    assert sent_with("/static/js/site.js") is None
    assert sent_with("/static/css/site.css") == (
        f"{settings.SHEET_COOKIE_NAME}=site.css; Path=/; Max-Age=31536000; HttpOnly; "
        "SameSite=Lax; Secure"
    )


def test_without_a_collected_sheet_pages_link_to_it(reader, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "nothing"
    sheet.Sheet.collected.cache_clear()

    assert LINK in reader.get("/incidents/", headers=FROM_ELSEWHERE).content.decode()


def test_a_page_that_is_kept_with_its_sheet_is_not_taken_for_one_without(reader):
    story, _ = published_story()
    address = reverse("postmortems:published", args=[story.review.reference])
    kept = reader.get(address, headers=FROM_ELSEWHERE)
    again = reader.get(address, headers={"If-None-Match": kept["ETag"]})
    from_elsewhere = reader.get(address, headers=FROM_ELSEWHERE | {"If-None-Match": kept["ETag"]})

    assert (kept.status_code, again.status_code, from_elsewhere.status_code) == (200, 200, 304)
    assert policy_of(from_elsewhere) == policy_of(kept)
