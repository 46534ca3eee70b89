"""The timeline by keyboard alone, in a browser, and as axe sees it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.people import set_up_by

pytestmark = [pytest.mark.browser, pytest.mark.servers]

LINES = [
    "31 Jan 2017 20:00 UTC alert: load climbs",
    "between 31 Jan 2017 22:00 and 22:30 UTC the copy waits in silence",
    "about 31 Jan 2017 23:27 UTC removal runs on the primary",
]


def file_an_incident(page):
    page.goto("/incidents/new/")
    page.get_by_label("What is happening?").fill("Primary database directory removed")
    page.get_by_label("Which service?").select_option(label="Main database")
    page.get_by_label("SEV 1").check()
    page.get_by_label("When did it start?").fill("31 Jan 2017 20:00 UTC")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))


def complaints(page):
    """What axe has against the timeline and the page of an event."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    return [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in found.response["violations"]
    ]


def test_a_timeline_is_told_walked_and_mended_without_a_mouse(page):
    set_up_by(page)
    file_an_incident(page)
    page.locator("h1").click()

    page.keyboard.press("t")
    for number, line in enumerate(LINES, start=1):
        expect(page.locator("#ql")).to_be_focused()
        page.keyboard.type(line)
        page.keyboard.press("Enter")
        expect(page.locator(".tl > li[id]")).to_have_count(number)
    expect(page.locator("#ql")).to_be_focused()
    page.keyboard.press("Escape")

    rows = page.locator(".tl > li[id]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()  # newest first: the copy waits
    expect(rows.nth(1)).to_contain_text("the copy waits in silence")
    page.keyboard.press("e")
    page.wait_for_url(re.compile(r"/events/\d+/$"))

    kind = page.get_by_label("Kind")
    kind.focus()
    page.keyboard.type("Deciding")
    asked = page.locator("#id_text-hint")
    expect(asked).to_have_text("What else was considered, and what was known?")
    expect(page.get_by_label("When")).to_have_value(re.compile(r"^between 31 Jan 2017 "))
    page.get_by_label("What happened").focus()
    page.keyboard.press("End")
    page.keyboard.type(" for forty minutes")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/#e\d+$"))
    changed = page.locator(".tl > li:target")
    expect(changed).to_contain_text("the copy waits in silence for forty minutes")
    expect(changed).to_contain_text("Deciding")
    page.keyboard.press("e")  # one stands on the event one came back to
    page.wait_for_url(re.compile(r"/events/\d+/$"))


def test_axe_has_nothing_against_the_timeline(page):
    set_up_by(page)
    file_an_incident(page)
    line = page.locator("#ql")
    for number, text in enumerate(LINES, start=1):
        line.fill(text)
        line.press("Enter")
        expect(page.locator(".tl > li[id]")).to_have_count(number)
    incident = page.url
    page.goto(f"{incident}edit/")
    page.locator("#id_resolved").fill("1 Feb 2017 18:00 UTC")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(incident)
    first = page.locator(".tl > li[id]").first
    first.get_by_role("link", name="Another account").focus()
    page.keyboard.press("Enter")
    page.get_by_label("What happened").fill("Support sees forty tickets")
    page.get_by_label("We learned this only afterwards").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"#e\d+$"))
    account = page.locator(".accounts").get_by_role("link", name="Edit event").first

    addresses = [incident, f"{incident}?key=1", page.url.partition("#")[0]]
    addresses.append(str(account.evaluate("link => link.href")))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1360, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for address in addresses:
                page.goto(address)
                page.evaluate("document.querySelector('.as-table')?.setAttribute('open', '')")
                assert complaints(page) == [], (scheme, width, address)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
