"""The actions of a team without a mouse: several dates at once, and cards between lanes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

_MAKE = """
from tests.make import make_action, make_team
from people.models import User
lead = User.objects.create(name="Fay Guide", email={email!r})
lead.set_password({password!r})
lead.save()
team = make_team(manager=lead)
for number in range(3):
    make_action(team=team, title=f"Change {{number}}")
"""


@pytest.fixture
def manager(open_page, live_site, request) -> Person:
    email = f"{request.node.name[:40].replace('_', '-')}@example.org"
    live_site.python(_MAKE.format(password=PASSWORD, email=email))
    person = Person("Fay Guide", email, open_page())
    person.logs_in()
    return person


def asked_for_a_day(manager: Person) -> Locator:
    """The field for a new day of the first action, reached by keys."""
    manager.goes_to("/actions/")
    for key in "jd":
        manager.page.keyboard.press(key)
    day = manager.page.get_by_label("Until which day?")
    expect(day).to_be_focused()
    return day


def test_two_get_a_new_date_and_it_is_taken_back(manager):
    page = manager.page
    manager.goes_to("/actions/")
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-picked-count]")).to_have_text("2")

    page.keyboard.press("d")
    page.get_by_label("Until which day?").fill(
        (timezone.localdate() + timedelta(days=90)).isoformat()
    )
    page.get_by_label("What came in between?").fill("The machines come later")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Two actions changed.")).to_be_visible()
    page.locator("main").focus()
    page.keyboard.press("z")
    expect(page.get_by_text("Taken back. Two actions changed.")).to_be_visible()


def test_a_day_three_weeks_ahead_takes_three_keys(manager):
    page, day = manager.page, asked_for_a_day(manager)
    page.get_by_label("What came in between?").fill("The machines come later")

    day.focus()
    page.keyboard.type("+3w")
    page.keyboard.press("Enter")

    expect(page.get_by_text("One action changed.")).to_be_visible()
    ahead = timezone.localdate() + timedelta(weeks=3)
    expect(page.locator(f"time[datetime='{ahead.isoformat()}']").first).to_be_visible()


@pytest.mark.parametrize(("typed", "days"), [("+10d", 10), ("+", None)])
def test_a_day_that_is_left_shows_what_was_understood(manager, typed, days):
    page, day = manager.page, asked_for_a_day(manager)

    page.keyboard.type(typed)
    page.keyboard.press("Tab")

    expect(day).to_have_attribute("type", "date")
    shown = (timezone.localdate() + timedelta(days=days)).isoformat() if days else ""
    expect(day).to_have_value(shown)


def test_a_card_goes_into_another_lane_and_back_by_keys(manager):
    page = manager.page
    manager.goes_to("/actions/board/")
    agreed, progress = page.locator("[data-lane=agreed]"), page.locator("[data-lane=progress]")
    expect(agreed.locator("[data-tile]")).to_have_count(3)

    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="In progress")).to_be_focused()
    page.keyboard.press("Enter")

    expect(progress.locator("[data-tile]")).to_have_count(1)
    page.locator("main").focus()
    page.keyboard.press("z")
    expect(agreed.locator("[data-tile]")).to_have_count(3)


def test_a_dragged_card_that_needs_a_proof_is_asked_for_it(manager):
    page = manager.page
    manager.goes_to("/actions/board/")

    page.locator("[data-tile]").first.drag_to(page.locator("[data-lane=check]"))

    expect(page.get_by_label("What shows that it works?")).to_be_visible()
