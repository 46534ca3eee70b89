"""The board without a mouse: line after line, a "made sense" card over time, help put away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

_MAKE = """
from tests.make import make_event, make_incident, make_review, make_team
from people.models import User
lead = User.objects.create(name="Fay Guide", email={email!r})
lead.set_password({password!r})
lead.save()
incident = make_incident(team=make_team(manager=lead), participants=(lead,))
make_event(incident, kind="decision", text="The slot is dropped.")
review = make_review(incident=incident, state="analysis")
from postmortems import taking_part
taking_part.accept_premises(review, lead)
print(review.get_absolute_url())
"""


@pytest.fixture
def writer(open_page, live_site, request) -> Person:
    email = f"{request.node.name[:40].replace('_', '-')}@example.org"
    address = live_site.python(_MAKE.format(password=PASSWORD, email=email)).strip()
    person = Person("Fay Guide", email, open_page())
    person.logs_in()
    person.goes_to(address)
    return person


def test_enter_adds_a_card_and_goes_on_to_the_next_line(writer):
    page = writer.page
    page.locator("#right summary.add-line").focus()
    page.keyboard.press("Enter")
    page.locator("#right_text").focus()

    for number, text in enumerate(("The snapshot was complete.", "Somebody was awake."), start=1):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator("#right article.item")).to_have_count(number)
        expect(page.locator("#right_text")).to_be_focused()
        expect(page.locator("#right_text")).to_have_value("")

    page.keyboard.type("Two lines,")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("one card.")
    page.keyboard.press("Enter")
    expect(page.locator("#right article.item")).to_have_count(3)
    expect(page.locator("#right article.item p").last).to_contain_text("one card.")


_ENTER_AT_ONCE = """
text => new MutationObserver((_, observer) => {
  const line = document.querySelector("#right_text");
  if (line.value) return;
  observer.disconnect();
  line.value = text;
  line.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
}).observe(document.querySelector("main"), {childList: true, subtree: true})
"""
_THREE_FRAMES = """
() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))
"""


def test_enter_in_a_line_that_has_just_come_leaves_the_page_where_it_is(writer):
    page = writer.page
    page.locator("#right summary.add-line").click()
    page.keyboard.type("The snapshot was complete.")
    page.evaluate("window.isStillHere = true")
    page.evaluate(_ENTER_AT_ONCE, "Somebody was awake.")
    page.keyboard.press("Enter")

    expect(page.locator("#right article.item")).to_have_count(2)
    assert page.evaluate("window.isStillHere") is True
    expect(page.locator("#right_text")).to_be_focused()


def test_the_next_line_is_ready_also_where_the_whole_page_comes_anew(writer):
    page = writer.page
    page.goto(f"{page.url}?adding=right#right")
    page.evaluate(_THREE_FRAMES)

    page.keyboard.type("More")
    expect(page.locator("#right_text")).to_have_value("More")


def test_a_decision_of_the_timeline_becomes_a_made_sense_card_over_time(writer):
    page = writer.page
    page.set_viewport_size({"width": 390, "height": 844})
    writer.clicks("The slot is dropped.")
    expect(page.locator("#id_text")).to_have_value("The slot is dropped.")
    page.get_by_label("What was there to see?").fill("A full disk")
    writer.clicks("Add this card")
    card = page.locator("#why article.item")
    expect(card).to_contain_text("A full disk")
    expect(card.get_by_role("link", name="event 1")).to_be_visible()

    card.get_by_role("link", name="Continue writing").click()
    page.get_by_label("What pressed?").fill("The busiest hour")
    writer.clicks("Save")

    expect(page.locator("#why article.item")).to_contain_text("The busiest hour")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_help_is_put_away_on_this_device_and_brought_back(writer):
    page = writer.page
    address = page.url
    page.locator("#wrong summary.add-line").click()
    help_card = page.locator("#wrong [data-dismiss=outcome]")
    button = help_card.get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    expect(help_card).to_be_hidden()
    expect(page.locator("#wrong_text")).to_be_focused()

    page.reload()
    page.locator("#wrong summary.add-line").click()
    expect(help_card).to_be_hidden()

    writer.goes_to("/how-we-review/")
    writer.clicks("Show all reminders again on this device")
    page.goto(address)
    page.locator("#wrong summary.add-line").click()
    expect(help_card).to_be_visible()
