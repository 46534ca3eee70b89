"""Two people write one review at the same time: each sees what the other does, undisturbed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

#: Milliseconds: what one does, the other sees within this.
SOON = 5_000
_MAKE = """
from tests.make import make_user, make_review, make_finding, make_incident, make_team
from django.utils import timezone
from postmortems import taking_part
from postmortems.models import Review
from people.models import User
people = []
for name, email in (("Fay Guide", {lead!r}), ("Pia Near", {helper!r})):
    user = User.objects.create(name=name, email=email)
    user.set_password({password!r})
    user.save()
    people.append(user)
lead, helper = people
incident = make_incident(team=make_team(manager=lead), facilitator=lead, participants=(helper,))
review = make_review(incident=incident, participants=(helper,), facilitator=lead, state="drafting")
taking_part.accept_premises(review, lead)
review.participants.filter(user=helper).update(role_words="Support lead")
for number, text in enumerate(("First card", "Second card", "Third card"), start=1):
    make_finding(review, text=text, position=number)
print(review.get_absolute_url())
"""


@dataclass
class Two:
    lead: Person
    helper: Person
    address: str


@pytest.fixture
def two(open_page, live_site, request) -> Two:
    name = request.node.name[:40].replace("_", "-")
    emails = {"lead": f"lead-{name}@example.org", "helper": f"helper-{name}@example.org"}
    address = live_site.python(_MAKE.format(password=PASSWORD, **emails)).strip()
    two = Two(
        Person("Fay Guide", emails["lead"], open_page()),
        Person("Pia Near", emails["helper"], open_page()),
        address,
    )
    for person in (two.lead, two.helper):
        person.logs_in()
        person.page.get_by_role("link", name="Incidents").first.wait_for()
        person.goes_to(address)
    return two


def test_cards_and_presence_arrive_without_losing_a_word(two):
    lead, helper = two.lead.page, two.helper.page
    lead.locator("#right summary.add-line").click()
    line = lead.locator("#right textarea").first
    line.press_sequentially("The copy was re")

    helper.get_by_text("The facilitator is writing here.").wait_for(timeout=SOON)
    helper.locator("#differently summary.add-line").click()
    helper.locator("#differently textarea").first.fill("Ask a second pair of eyes")
    lead.get_by_text("The support lead is writing here.").wait_for(timeout=SOON)
    helper.locator("#differently textarea").first.press("Enter")

    lead.locator("#differently").get_by_text("Ask a second pair of eyes").wait_for(timeout=SOON)
    expect(lead.locator("#count-differently")).to_have_text("1")
    expect(lead.get_by_text("One new card.")).to_be_attached()
    assert line.input_value() == "The copy was re"
    assert line.evaluate("field => field === document.activeElement")
    expect(lead.get_by_text("The support lead is writing here.")).to_have_count(0, timeout=15_000)
    line.press_sequentially("cent")
    lead.locator("#right textarea").first.press("Enter")
    helper.locator("#right").get_by_text("The copy was recent").wait_for(timeout=SOON)
    lead.close()
    expect(helper.get_by_text("The facilitator is writing here.")).to_have_count(0, timeout=15_000)


def test_an_open_menu_and_a_selection_stay_while_the_rest_is_new(two):
    lead, helper = two.lead.page, two.helper.page
    card = lead.locator("#cards-right article").nth(0)
    card.locator("details[data-menu] summary").click()
    helper.locator("#cards-right article").nth(0).get_by_role(
        "button", name=re.compile("I saw this too")
    ).click()
    helper.locator("#cards-right article").nth(1).get_by_role(
        "button", name=re.compile("I saw this too")
    ).click()

    expect(
        lead.locator("#cards-right article").nth(1).get_by_text("I saw this too · 1")
    ).to_be_visible(timeout=SOON)
    assert card.locator("details[data-menu]").get_attribute("open") is not None
    assert card.get_by_text("I saw this too · 0").count()
    card.locator("details[data-menu] summary").click()
    lead.evaluate("document.activeElement.blur()")
    expect(card.get_by_text("I saw this too · 1")).to_be_visible(timeout=2 * SOON)


def test_without_a_server_it_waits_and_goes_on(two, browser_log):
    for complaint in ("ERR_FAILED", "htmx:afterRequest", "htmx:sendError"):
        browser_log.allow(complaint)
    lead, helper = two.lead.page, two.helper.page
    asked = []
    lead.on("request", lambda request: asked.append(request) if "/live/" in request.url else None)
    lead.route("**/live/**", lambda route: route.abort())
    lead.wait_for_timeout(10_000)
    assert 1 <= len(asked) <= 2  # more and more seldom
    lead.unroute("**/live/**")
    helper.locator("#differently summary.add-line").click()
    helper.locator("#differently textarea").first.fill("Wait for the checkpoint")
    helper.locator("#differently textarea").first.press("Enter")

    lead.locator("#differently").get_by_text("Wait for the checkpoint").wait_for(timeout=15_000)
