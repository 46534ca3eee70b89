"""A whole meeting by keyboard alone, with somebody else looking on at a second browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

#: Milliseconds: the screen asks every three seconds.
SOON = 10_000
_MAKE = """
from django.utils import timezone
from incidents.models import Incident, Involvement, TimelineEvent
from people.models import Membership, Team, User
from postmortems import taking_part, workflow
people = {}
for name in ("Fay Guide", "Pia Near"):
    email = name.lower().replace(" ", ".") + "@example.org"
    people[name] = User.objects.create_user(email=email, name=name, password=PASSWORD)
guide, near = people.values()
User.objects.filter(pk=guide.pk).update(is_in_facilitator_pool=True)
team = Team.objects.create(name="Storage", slug="storage")
now = timezone.now()
incident = Incident.objects.create(reference="INC-7", title="Saving fails", severity="sev2",
    team=team, state="resolved", started_at=now, resolved_at=now)
for text, kind in (("Writes are refused", "detection"), ("Removal on the primary", "decision")):
    TimelineEvent.objects.create(incident=incident, text=text, kind=kind, at=now, sort_at=now)
review = workflow.request(incident, by=near, today=now.date())
guide.refresh_from_db()
review = taking_part.assign(review, guide, by=near)
taking_part.invite(review, [near], by=guide)
workflow.open_gathering(review, by=guide)
for person in (guide, near):
    taking_part.accept_premises(review, person)
"""


def test_a_meeting_by_keyboard_with_a_second_browser_looking_on(open_page, live_site, browser_log):
    live_site.python(_MAKE.replace("PASSWORD", repr(PASSWORD)))
    guide = Person("Fay Guide", "fay.guide@example.org", open_page())
    near = Person("Pia Near", "pia.near@example.org", open_page())
    for person in (guide, near):
        person.logs_in()
        person.goes_to("/reviews/INC-7/meeting/")
    page, other, keys = guide.page, near.page, guide.page.keyboard

    # Start: both see it, and nothing on it is a person's name.
    near.sees("The facilitator starts it.")
    keys.press("ArrowRight")
    page.get_by_role("heading", name="Everybody did their best").wait_for()
    other.get_by_role("heading", name="Everybody did their best").wait_for(timeout=SOON)
    assert "Fay" not in other.locator(".meet").inner_text()

    # Next, through the premises and into the timeline.
    for number in range(2, 7):
        keys.press("ArrowRight")
        guide.sees(f"premise {number} of 6")
    keys.press("ArrowRight")
    guide.sees("moment 1 of 2")
    other.get_by_text("moment 1 of 2").wait_for(timeout=SOON)

    # Three lines, each of a kind chosen by its key.
    for key, words in (("1", "It had been silent before"), ("3", "A copy was there"),
                       ("5", "The limit was four years old")):  # fmt: skip
        keys.press(key)
        keys.type(words)
        keys.press("Enter")
        other.get_by_text(re.compile(words)).or_(
            other.locator("#meet-aside li", has_text="Surprises").get_by_text("1", exact=True)
        ).first.wait_for(timeout=SOON)
        keys.press("Escape")

    # One idea is parked.
    keys.press("p")
    keys.type("Alert on missing dumps")
    keys.press("Enter")
    other.get_by_text("Alert on missing dumps").wait_for(timeout=SOON)
    keys.press("Escape")

    # What is typed without a connection stays on the device, and goes out when it is back.
    for complaint in ("ERR_FAILED", "ERR_INTERNET", "htmx:"):
        browser_log.allow(complaint)
    page.route("**/meeting/capture/", lambda route: route.abort())
    keys.press("2")
    keys.type("Dumps were empty")
    keys.press("Enter")
    guide.sees("One line is kept on this device and sent as soon as it works again.")
    page.unroute("**/meeting/capture/")
    other.locator("#meet-aside li", has_text="Wrong and safer").get_by_text(
        "1", exact=True
    ).wait_for(timeout=SOON)
    page.get_by_text("One line is kept on this device").wait_for(state="hidden", timeout=SOON)
    keys.press("Escape")

    # A pause is everybody's, and a reload changes nothing.
    keys.press("s")
    other.get_by_text("Paused").wait_for(timeout=SOON)
    page.reload()
    guide.sees("moment 1 of 2")
    guide.sees("Paused")

    # The end.
    page.get_by_role("button", name="End").focus()
    keys.press("Enter")
    guide.sees("This is what was captured.")
    other.get_by_text("This is what was captured.").wait_for(timeout=SOON)
    guide.goes_to("/reviews/INC-7/")
    for words in ("It had been silent before", "A copy was there", "Dumps were empty",
                  "Alert on missing dumps"):  # fmt: skip
        guide.sees(words)


def test_on_a_phone_nothing_is_cut_off_and_without_javascript_it_works(open_page, live_site):
    live_site.python(_MAKE.replace("PASSWORD", repr(PASSWORD)))
    phone = open_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    guide = Person("Fay Guide", "fay.guide@example.org", phone)
    guide.logs_in()
    guide.goes_to("/reviews/INC-7/meeting/")

    phone.get_by_role("button", name="Start the meeting").click()
    guide.sees("premise 1 of 6")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    phone.get_by_role("button", name="Next premise").click()
    guide.sees("premise 2 of 6")
    phone.locator("label", has_text="Open question").click()
    guide.writes("Capture what was said", "Since when?")
    phone.keyboard.press("Enter")
    phone.locator("#meet-aside li", has_text="Open questions").get_by_text("1").wait_for()
    guide.writes("Capture what was said", "Alert on missing dumps")
    phone.get_by_role("button", name="Park it").click()
    guide.sees("Alert on missing dumps")


def test_the_line_is_there_while_the_meeting_runs_and_the_agenda_fits(
    open_page, live_site, browser_log
):
    live_site.python(_MAKE.replace("PASSWORD", repr(PASSWORD)))
    guide = Person("Fay Guide", "fay.guide@example.org", open_page())
    guide.logs_in()
    guide.goes_to("/reviews/INC-7/meeting/")
    page = guide.page
    line, agenda = page.locator("#capture-line"), page.locator(".agenda")

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        expect(line).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Start the meeting").click()
    expect(line).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 844})
    assert agenda.evaluate("list => list.scrollWidth <= list.clientWidth")

    # What is typed when somebody ends it stays in sight.
    line.fill("A last thought")
    live_site.python(
        "from django.utils import timezone\n"
        "from postmortems import meeting\n"
        "from postmortems.models import Review\n"
        "review = Review.objects.get()\n"
        "meeting.end(review, by=review.facilitator, now=timezone.now())"
    )
    guide.sees("Thank you. This is what was captured.")
    expect(line).to_be_visible()
    line.press("Enter")
    expect(line).to_be_hidden()
    page.get_by_text("Went right").or_(page.get_by_text("Open questions")).or_(
        page.get_by_text("Made sense")
    ).first.wait_for(timeout=SOON)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
