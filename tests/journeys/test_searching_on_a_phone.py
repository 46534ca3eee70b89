"""What narrows a search is folded away on a phone, until somebody opens it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

FOLDED = "[data-fold-when-narrow]:not([open])"
OPEN = "[data-fold-when-narrow][open]"
_MAKE = """
from people.models import User
from tests.make import make_incident
reader = User.objects.create(name="Ines Vogt", email="ines.vogt@example.org")
reader.set_password({password!r})
reader.save()
for title in ("The walrus feed stalled", "The narwhal feed stalled"):
    make_incident(title=title)
"""


@pytest.fixture
def page(open_page, live_site) -> Page:
    live_site.python(_MAKE.format(password=PASSWORD))
    person = Person("Ines Vogt", "ines.vogt@example.org", open_page())
    person.logs_in()
    person.goes_to("/search/")
    return person.page


def search_for(page: Page, word: str) -> None:
    page.locator("#search-q").fill(word)
    expect(page.locator("article.result")).to_contain_text(word)
    # What htmx has swapped in is made ready a moment later.
    page.wait_for_timeout(100)


def test_a_live_search_folds_it_on_a_phone_and_keeps_what_was_chosen(page):
    expect(page.locator("[data-fold-when-narrow]")).to_have_count(0)
    search_for(page, "walrus")
    expect(page.locator(OPEN)).to_have_count(1)  # a wide screen has room

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/search/")
    search_for(page, "walrus")
    expect(page.locator(FOLDED)).to_have_count(1)

    page.locator(f"{FOLDED} summary").click()
    search_for(page, "narwhal")
    expect(page.locator(OPEN)).to_have_count(1)


def test_suggestions_that_come_meanwhile_fold_nothing(page):
    page.set_viewport_size({"width": 390, "height": 844})
    search_for(page, "walrus")
    page.locator(f"{FOLDED} summary").click()
    page.evaluate("htmx.config.defaultSettleDelay = 500")

    page.locator("#search-q").fill("narwhal")
    expect(page.locator("article.result")).to_contain_text("narwhal")
    page.evaluate("htmx.ajax('GET', '/search/suggestions/?q=feed', '#search-suggestions')")
    page.wait_for_timeout(700)

    expect(page.locator(OPEN)).to_have_count(1)
