"""Every kind of page of the demo, as axe sees it: WCAG 2.2 AA, by light and dark, wide and narrow.

The pages are found as people find them, by following links, as four people who may do different
things. Each kind of address is looked at once, with the first of them who is let in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve

from config.demo.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import BrowserLog, LiveSite

pytestmark = [pytest.mark.browser, pytest.mark.servers]

WHO = ("facilitator", "manager", "admin", "engineer")
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
#: Each theme and each width once: what a colour is does not depend on the width of the window.
WIDE_AND_LIGHT = ({"width": 1280, "height": 900}, "light")
NARROW_AND_DARK = ({"width": 390, "height": 844}, "dark")
#: Kinds of pages that the walk has to come by; more is better, fewer means that it lost its way.
AT_LEAST = 80


def kind_of(address: str) -> str | None:
    """The name of what answers there. None for what is elsewhere, and for files."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/"):
        return None
    try:
        return resolve(parts.path).view_name
    except Resolver404:
        return None


@dataclass
class Walk:
    """Follows links from Home, and looks at one page of each kind."""

    page: Page
    seen: dict[str, str]  # {kind: address}
    complaints: list[str] = field(default_factory=list)

    def go(self) -> None:
        waiting, known = deque(["/"]), {"/"}
        while waiting:
            address = waiting.popleft()
            if kind_of(address) in self.seen:
                continue
            for link in self.look_at(address):
                if link not in known and kind_of(link):
                    known.add(link)
                    waiting.append(link)

    def look_at(self, address: str) -> list[str]:
        """The links of a page, once it was looked at.."""
        answer = self.page.context.request.get(address, max_redirects=0)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if not (answer.ok and is_page):
            return []
        self.page.goto(address)
        self.seen[kind_of(address)] = address
        for size, theme in (WIDE_AND_LIGHT, NARROW_AND_DARK):
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.complaints += [f"{address}, {theme}: {each}" for each in violations(self.page)]
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            self.complaints.append(f"{address}: {too_wide} px wider than a phone")
        return self.page.eval_on_selector_all(
            "a[href]", "links => links.map(link => link.getAttribute('href').split('#')[0])"
        )


def violations(page: Page) -> Iterator[str]:
    for rule in Axe().run(page, options=WCAG).response["violations"]:
        for node in rule["nodes"]:
            yield f"{rule['id']} {node['target']} {node['html'][:120]} {node['failureSummary']}"


def test_axe_has_nothing_against_any_kind_of_page(
    open_page: Callable[..., Page], live_site: LiveSite, browser_log: BrowserLog
) -> None:
    live_site.manage("load_demo", "--yes")
    seen: dict[str, str] = {}
    complaints: list[str] = []

    for name in WHO:
        page = open_page()
        page.goto("/account/login/")
        complaints += [f"logging in: {each}" for each in violations(page)]
        page.get_by_label("E-mail").fill(f"{name}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        walk = Walk(page, seen)
        walk.go()
        complaints += walk.complaints

    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints[:40])
    assert len(seen) >= AT_LEAST, sorted(seen)
