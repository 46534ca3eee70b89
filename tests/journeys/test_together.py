"""Two people write one review at the same time: each sees what the other does, undisturbed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

#: Milliseconds: the page asks every four seconds, and a busy machine answers late.
SOON = 10_000
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
        person.goes_to(address)
    return two


def test_cards_and_presence_arrive_without_losing_a_word(two):
    lead, helper = two.lead.page, two.helper.page
    lead.locator("#right summary.add-line").click()
    line = lead.locator("#right [data-adding] textarea").first
    line.press_sequentially("The copy was re")

    helper.get_by_text("The facilitator is writing here.").wait_for(timeout=SOON)
    helper.locator("#differently summary.add-line").click()
    helper.locator("#differently [data-adding] textarea").first.fill("Ask a second pair of eyes")
    lead.get_by_text("The support lead is writing here.").wait_for(timeout=SOON)
    helper.locator("#differently [data-adding] textarea").first.press("Enter")

    lead.locator("#differently").get_by_text("Ask a second pair of eyes").first.wait_for(
        timeout=SOON
    )
    expect(lead.locator("#count-differently")).to_have_text("1")
    assert lead.locator("#differently [data-grip]").first.is_visible()
    expect(lead.get_by_text("One new card.")).to_be_attached()
    assert line.input_value() == "The copy was re"
    assert line.evaluate("field => field === document.activeElement")
    expect(lead.get_by_text("The support lead is writing here.")).to_have_count(0, timeout=15_000)
    line.press_sequentially("cent")
    lead.locator("#right [data-adding] textarea").first.press("Enter")
    helper.locator("#right").get_by_text("The copy was recent").first.wait_for(timeout=SOON)
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
    # From one answer on: asked again after four seconds, then not before eight more.
    with lead.expect_response("**/live/**"):
        pass
    asked = []
    lead.on("request", lambda request: asked.append(request) if "/live/" in request.url else None)
    lead.route("**/live/**", lambda route: route.abort())
    lead.wait_for_timeout(10_000)
    assert len(asked) == 1  # more and more seldom
    lead.unroute("**/live/**")
    helper.locator("#differently summary.add-line").click()
    helper.locator("#differently [data-adding] textarea").first.fill("Wait for the checkpoint")
    helper.locator("#differently [data-adding] textarea").first.press("Enter")

    lead.locator("#differently").get_by_text("Wait for the checkpoint").first.wait_for(
        timeout=15_000
    )


def test_comments_arrive_and_call_whoever_can_read_them(two):
    lead, helper = two.lead.page, two.helper.page
    card = lead.locator("#cards-right article").nth(0)
    card.get_by_text("Comment", exact=False).first.click()
    box = card.locator("textarea")
    box.press_sequentially("Which copy, @Pi")
    lead.get_by_role("option", name="Pia Near").wait_for()
    lead.keyboard.press("Enter")
    expect(box).to_have_value("Which copy, @Pia Near ")
    helper.get_by_text("The facilitator is writing here.").wait_for(timeout=SOON)
    card.get_by_role("button", name="Send").click()

    there = helper.locator("#cards-right article").nth(0)
    expect(there.get_by_text("1 comment")).to_be_visible(timeout=SOON)
    there.get_by_text("1 comment").click()
    there.get_by_text("Which copy, @Pia Near").first.wait_for()
    there.locator("textarea").press_sequentially("The second one, @")
    helper.get_by_role("option").first.wait_for()
    # One click is enough, although people are still offered.
    there.get_by_role("button", name="Send").click()
    lead.locator("#cards-right article").nth(0).get_by_text("The second one").first.wait_for(
        timeout=SOON
    )


def test_cards_are_put_in_order_by_keyboard_and_by_dragging(two):
    lead, helper = two.lead.page, two.helper.page
    cards = lead.locator("#cards-right article")
    assert "First card" in cards.nth(0).inner_text()

    cards.nth(0).locator("[data-grip]").focus()
    lead.keyboard.press("Alt+ArrowDown")
    lead.get_by_text("Moved to place 2 of 3").wait_for(state="attached")
    assert "First card" in cards.nth(1).inner_text()
    assert cards.nth(1).locator("[data-grip]").evaluate("grip => grip === document.activeElement")
    expect(helper.locator("#cards-right article").nth(1)).to_contain_text(
        "First card", timeout=SOON
    )

    grip = cards.nth(2).locator("[data-grip]").bounding_box()
    first = cards.nth(0).bounding_box()
    lead.mouse.move(grip["x"] + 5, grip["y"] + 5)
    lead.mouse.down()
    lead.mouse.move(first["x"] + 40, first["y"] + 4, steps=12)
    lead.mouse.up()
    expect(helper.locator("#cards-right article").nth(0)).to_contain_text(
        "Third card", timeout=SOON
    )

    lead.get_by_role("button", name="Undo").click()
    expect(lead.locator("#cards-right article").nth(2)).to_contain_text("Third card")


def edits(person: Person, address: str):
    person.goes_to(address)
    return person.page.locator("#mine textarea, form.stack textarea").first


@pytest.mark.parametrize("which", ["text/summary/", "card"])
def test_what_is_typed_survives_whatever_happens(two, live_site, browser_log, which):
    """The network is cut, the tab is closed, the session ends, somebody saves first."""
    for complaint in ("ERR_FAILED", "(status of|Error Code) (401|409)", "htmx:"):
        browser_log.allow(complaint)
    lead, manager = two.lead, two.lead.page.context
    if which == "card":
        link = lead.page.locator("#cards-right article").nth(0).get_by_role("link", name="Edit")
        which = link.get_attribute("href").removeprefix(two.address)
    address = two.address + which

    box = edits(lead, address)
    lead.page.route("**/drafts/**", lambda route: route.abort())
    box.fill("Typed while the network was cut")
    lead.page.get_by_text("Kept on this device at").wait_for()
    lead.page.close()
    lead.page = manager.new_page()
    box = edits(lead, address)
    lead.page.get_by_text("Use that one").or_(
        lead.page.get_by_text("This is your draft")
    ).first.wait_for()
    if lead.page.get_by_text("Use that one").count():
        lead.page.get_by_text("Use that one").click()
        lead.page.get_by_text("This is your draft").wait_for()
    assert edits(lead, address).input_value() == "Typed while the network was cut"

    box = edits(lead, address)
    live_site.python(
        "from django.contrib.sessions.models import Session\n"
        "from django.core.cache import cache\n"
        "Session.objects.all().delete(); cache.clear()"
    )
    box.fill("Typed after the session had ended")
    lead.page.locator("#mine").get_by_role("button", name="Save", exact=True).click()
    lead.page.wait_for_url(re.compile("/account/login/"))
    lead.writes("E-mail", lead.email)
    lead.writes("Password", PASSWORD)
    lead.page.keyboard.press("Enter")
    lead.page.wait_for_url(re.compile(f"{address}|unsent"))
    expect(lead.page.locator("textarea").first).to_have_value("Typed after the session had ended")

    box = edits(lead, address)
    box.fill("Mine, over the same line")
    live_site.python(
        "from postmortems.models import Finding, Review\n"
        "from postmortems import board, writing\n"
        f"review = Review.objects.get(incident__reference={two.address.split('/')[2]!r})\n"
        f"if {which.startswith('text')}:\n"
        "    by = {'author': review.facilitator, 'seen': 0}\n"
        "    writing.save_section(review, 'summary', text='Theirs', **by)\n"
        "else:\n"
        f"    card = review.findings.get(pk={which.strip('/').split('/')[-1]!r})\n"
        "    board.edit_card(card, author=review.facilitator, seen=1, changes={'text': 'Theirs'})\n"
    )
    lead.page.locator("#mine").get_by_role("button", name="Save", exact=True).click()
    lead.page.get_by_text("This changed while you were writing.").wait_for()
    assert lead.page.locator("#mine textarea").first.input_value() == "Mine, over the same line"
    lead.page.get_by_role("button", name="Use mine").click()
    lead.page.wait_for_url(re.compile(rf"{two.address}#"))
    lead.page.get_by_text("Mine, over the same line").first.wait_for()
