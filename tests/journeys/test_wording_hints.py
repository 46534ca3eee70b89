"""Hints while one writes: underlined, used and taken back, kept and not asked about again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

TEXT = "At noon 🙂 the crew failed to look. A sloppy merge came next."
_MAKE = """
from tests.make import make_review, make_incident, make_team
from postmortems import taking_part
from people.models import User
user = User.objects.create(name="Fay Guide", email={email!r})
user.set_password({password!r})
user.save()
incident = make_incident(team=make_team(manager=user), facilitator=user)
review = make_review(incident=incident, facilitator=user, state="drafting")
taking_part.accept_premises(review, user)
print(review.get_absolute_url())
"""


@pytest.fixture
def editor(open_page, live_site, request) -> Page:
    """The editor of a section, open and empty."""
    email = f"{request.node.name[:40].replace('_', '-')}@example.org"
    address = live_site.python(_MAKE.format(email=email, password=PASSWORD)).strip()
    person = Person("Fay Guide", email, open_page())
    person.logs_in()
    person.goes_to(f"{address}text/what_happened/")
    return person.page


def field(page: Page):
    return page.locator("#id_text")


def underlined(page: Page):
    return page.locator("mark.hinted")


def card(page: Page, phrase: str):
    return page.locator("details.hint-card").filter(has_text=phrase)


def opened(page: Page, phrase: str):
    one = card(page, phrase)
    if one.get_attribute("open") is None:
        one.locator("summary").press("Enter")
    return one


def test_underlined_then_replaced_then_taken_back(editor):
    text = "🙂 Root cause: an old driver. A sloppy merge came next."
    field(editor).fill(text)

    expect(underlined(editor)).to_have_text(["Root cause", "sloppy"])
    expect(editor.get_by_text("2 wording hints")).to_be_attached()
    hint = opened(editor, "Root cause")
    expect(hint.locator("blockquote")).to_have_text("contributing factor")
    hint.get_by_role("button", name="Use this").press("Enter")

    expect(field(editor)).to_have_value(text.replace("Root cause", "Contributing factor"))
    expect(underlined(editor)).to_have_text(["sloppy"])
    editor.keyboard.press("Control+z")
    expect(field(editor)).to_have_value(text)
    expect(underlined(editor)).to_have_text(["Root cause", "sloppy"])


def test_what_was_not_done_is_asked_about_and_not_reworded(editor):
    field(editor).fill(TEXT)

    hint = opened(editor, "failed to")

    expect(hint).to_contain_text("What did they see at that moment")
    expect(hint.get_by_role("button", name="Use this")).to_have_count(0)


def test_underlines_stand_under_their_words(editor):
    field(editor).fill(TEXT)
    expect(underlined(editor)).to_have_count(2)

    mirror, area = editor.locator(".ed-mirror"), field(editor)

    same = """([mirror, area]) => ["fontFamily", "fontSize", "lineHeight", "paddingLeft", "width"]
        .every((name) => getComputedStyle(mirror)[name] === getComputedStyle(area)[name])"""
    assert editor.evaluate(same, [mirror.element_handle(), area.element_handle()])
    assert mirror.bounding_box() == area.bounding_box()


def test_a_kept_phrase_is_not_asked_about_again(editor):
    field(editor).fill(TEXT)
    with editor.expect_response(re.compile("wording/keep/")):
        opened(editor, "sloppy").get_by_role("button", name="Keep as it is").click()
    expect(underlined(editor)).to_have_text(["failed to"])
    editor.get_by_role("button", name="Save", exact=True).click()
    editor.wait_for_url(lambda address: "/text/" not in address)

    editor.evaluate("localStorage.clear()")
    editor.go_back()
    editor.reload()

    expect(underlined(editor)).to_have_text(["failed to"])


def test_hints_can_be_switched_off_on_this_device(editor):
    field(editor).fill(TEXT)
    expect(underlined(editor)).to_have_count(2)
    switch = editor.get_by_role("switch", name="Wording hints")

    switch.press("Space")

    expect(underlined(editor)).to_have_count(0)
    expect(editor.get_by_text("Wording hints are off on this device.")).to_be_visible()
    editor.reload()
    expect(switch).not_to_be_checked()
    editor.get_by_role("button", name="Turn on").click()
    field(editor).fill(TEXT)
    expect(underlined(editor)).to_have_count(2)


def test_any_field_about_the_event_has_hints_below_it(editor):
    incident = re.sub(r"/reviews/([^/]+)/.*", r"/incidents/\1/edit/", editor.url)
    editor.goto(incident)
    summary = editor.get_by_label("In short")
    summary.fill(TEXT)

    expect(underlined(editor)).to_have_text(["failed to", "sloppy"])
    expect(card(editor, "failed to")).to_be_visible()
    opened(editor, "failed to").get_by_role("button", name="Show in text").click()
    assert summary.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)") == (
        "failed to"
    )
    mirror = editor.locator(".coached > .ed-mirror").first
    assert mirror.bounding_box() == summary.bounding_box()
