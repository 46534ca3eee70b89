"""The first page from elsewhere brings its style sheet; a browser keeps it for the next one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.people import set_up_by

pytestmark = [pytest.mark.browser, pytest.mark.servers]

SHEET = "/static/css/site."


def comes_from_elsewhere(page: Page) -> list[str]:
    """The addresses that it asked for meanwhile."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/incidents/", wait_until="networkidle")
    return asked


def is_styled(page: Page) -> bool:
    top = page.locator(".app-top")
    return top.evaluate("top => getComputedStyle(top).position") == "sticky"


def test_it_is_styled_before_any_file_has_come_and_fetches_one_when_the_reader_stirs(open_page):
    page = open_page()
    set_up_by(page)
    page.context.clear_cookies(name="sheet")

    asked = comes_from_elsewhere(page)
    assert is_styled(page)
    assert [url for url in asked if SHEET in url] == []

    with page.expect_response(lambda response: SHEET in response.url) as fetched:
        page.mouse.move(200, 200)
    fetched.value.finished()
    comes_from_elsewhere(page)
    assert is_styled(page)
    assert page.locator(f"link[rel=stylesheet][href^='{SHEET}']").count() == 1
