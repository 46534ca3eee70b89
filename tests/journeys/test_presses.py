"""A click is not lost when what arrives late moves the button away under it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

TEXT = "At noon the crew failed to look. A sloppy merge came next."
_MAKE = """
from datetime import UTC, datetime
from tests.make import make_review, make_incident, make_team
from postmortems import taking_part
from people.models import User
user = User.objects.create(name="Fay Guide", email="fay.guide@example.org")
user.set_password({password!r})
user.save()
incident = make_incident(
    team=make_team(manager=user), facilitator=user, started_at=datetime(2017, 1, 31, tzinfo=UTC)
)
review = make_review(incident=incident, facilitator=user, state="drafting")
taking_part.accept_premises(review, user)
print(incident.reference)
"""


@pytest.fixture
def reference(live_site) -> str:
    return live_site.python(_MAKE.format(password=PASSWORD)).strip()


@pytest.fixture
def page(open_page, reference) -> Page:
    fay = Person("Fay Guide", "fay.guide@example.org", open_page())
    fay.logs_in()
    return fay.page


def press_while_it_moves(page: Page, button: Locator, *, waits_for: str, held: list) -> None:
    """Let what was asked for arrive between the press and its end."""
    button.hover()
    before = button.bounding_box()
    page.mouse.down()
    with page.expect_response(waits_for):
        page.wait_for_timeout(500)  # past the pause after the last key
        for request in held:
            request.continue_()
    page.wait_for_timeout(300)
    after = button.bounding_box()
    assert abs(after["y"] - before["y"]) > before["height"] / 2
    page.mouse.up()


def test_hints_come_while_a_card_is_added(page, reference):
    held = []
    page.goto(f"/reviews/{reference}/")
    part = page.locator("#wrong")
    part.locator("summary.add-line").click()
    page.route("**/wording/", lambda request: held.append(request))
    part.locator("details[open] textarea").first.fill(TEXT)

    add = part.locator("details[open] button.btn-primary")
    press_while_it_moves(page, add, waits_for="**/wording/", held=held)

    expect(part.locator("article")).to_contain_text(TEXT)


def test_a_time_is_read_while_an_incident_is_saved(page, reference):
    held = []
    page.goto(f"/incidents/{reference}/edit/")
    page.route("**/incidents/read/**", lambda request: held.append(request))
    page.get_by_label("Impact stopped").first.fill("1 Feb 2017 17:00 UTC")

    save = page.get_by_role("button", name="Save Ctrl Enter")
    press_while_it_moves(page, save, waits_for="**/incidents/read/**", held=held)

    page.wait_for_url(f"**/incidents/{reference}/")
    expect(page.get_by_text("17:00").first).to_be_visible()
