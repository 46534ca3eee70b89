"""Whoever searches too often reads so beside what they typed, and it goes on by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

SAID = "Nothing is lost. Search again in 40 s."
_MAKE = """
from people.models import User
from tests.make import make_incident
reader = User.objects.filter(email="ira.holt@example.org").first() or User(name="Ira Holt")
reader.email = "ira.holt@example.org"
reader.set_password({password!r})
reader.save()
make_incident(title="The dugong feed stalled")
"""


@pytest.fixture
def page(open_page, live_site, browser_log) -> Page:
    live_site.python(_MAKE.format(password=PASSWORD))
    person = Person("Ira Holt", "ira.holt@example.org", open_page())
    person.logs_in()
    browser_log.allow("429")
    return person.page


def refuse(page: Page, address: str) -> None:
    page.route(
        address,
        lambda route: route.fulfill(
            status=429, body=SAID, headers={"Content-Type": "text/plain", "Retry-After": "40"}
        ),
    )


def test_the_page_of_the_search(page):
    page.goto("/search/")
    refuse(page, "**/search/?q=*")

    page.locator("#search-q").fill("dugong")

    expect(page.get_by_role("alert")).to_have_text(SAID)
    expect(page.locator("#search-q")).to_have_value("dugong")

    page.unroute("**/search/?q=*")
    page.locator("#search-q").fill("dugong feed")
    expect(page.locator("article.result")).to_contain_text("dugong")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_palette(page):
    page.keyboard.press("Control+k")
    field = page.locator("[data-palette-input]")
    expect(field).to_be_focused()
    refuse(page, "**/palette/?q=dugong")

    field.fill("dugong")

    expect(page.locator("[data-palette-count]")).to_have_text(SAID)
    expect(field).to_have_value("dugong")

    field.fill("dugong feed")
    expect(page.get_by_role("option").filter(has_text="The dugong feed stalled")).to_have_count(1)
