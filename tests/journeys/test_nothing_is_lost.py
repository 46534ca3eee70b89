"""Filing under pressure, by keyboard alone; and whatever happens meanwhile, the text is there."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]

NEW = "/incidents/new/"
SENTENCE = "Saving new articles fails, the database rejects every write"
_MAKE = """
from people.models import Membership, Service, Team, User
user, made = User.objects.get_or_create(email={email!r}, defaults={{"name": "Pia Engel"}})
user.set_password({password!r})
user.save()
team, _ = Team.objects.get_or_create(name="Storage crew", slug="storage-crew")
Membership.objects.get_or_create(team=team, user=user)
Service.objects.get_or_create(name="Quince store", slug="quince-store", team=team)
"""


@pytest.fixture
def engineer(open_page, live_site, request) -> Person:
    """Somebody of a team with a service, logged in; a new person for each test."""
    email = f"{request.node.name[:40].replace('_', '-')}@example.org"
    live_site.python(_MAKE.format(email=email, password=PASSWORD))
    person = Person("Pia Engel", email, open_page())
    return logged_in(person)


def logged_in(person: Person) -> Person:
    person.logs_in()
    return person


def sentence(page):
    return page.get_by_label("What is happening?")


def draft_is_saved(page):
    page.get_by_text("Draft saved at").wait_for()


def test_four_answers_by_keyboard_alone(engineer):
    page, keys, started = engineer.page, [], time.monotonic()

    def press(key):
        keys.append(key)
        page.keyboard.press(key)

    def type_in(text):
        keys.extend(text)
        page.keyboard.type(text)

    engineer.goes_to("/")
    press("c")
    page.wait_for_url(re.compile(NEW))
    type_in("Saving new articles fails")
    press("Tab")
    type_in("22 min ago")
    press("Tab")  # I do not know
    press("Tab")
    type_in("qu")
    press("Tab")
    press("Space")
    assert page.get_by_label("SEV 1").is_checked()
    press("ArrowRight")
    press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))

    page.get_by_role("heading", name="Saving new articles fails").wait_for()
    assert page.get_by_text("Quince store").count()
    assert page.get_by_text("SEV 2").count()
    answers = len("Saving new articles fails") + len("22 min ago") + len("qu")
    assert len(keys) - answers <= 8  # C, four Tab, Space, an arrow, Ctrl Enter
    assert time.monotonic() - started < 20


def test_on_a_phone_four_answers_fit_and_are_tapped(engineer, open_page):
    page = open_page(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    logged_in(Person(engineer.name, engineer.email, page))
    page.get_by_role("link", name="File", exact=True).tap()
    sentence(page).fill("Mail arrives late")
    page.get_by_label("I do not know", exact=True).check()
    page.get_by_label("Which service?").select_option(label="I do not know yet")
    page.get_by_label("SEV 3").check()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="File incident").tap()
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))


def test_another_kind_asks_its_own_questions_and_keeps_what_was_typed(engineer):
    page = engineer.page
    engineer.goes_to(NEW)
    sentence(page).fill(SENTENCE)
    page.get_by_label("Which service?").select_option(label="Quince store")

    page.get_by_label("Near miss").check()

    page.get_by_label("What kept it from harm?").fill("A second copy")
    assert page.get_by_label("What nearly happened?").input_value() == SENTENCE
    page.get_by_label("Test", exact=False).last.check()
    page.get_by_label("What are you trying out?").wait_for()
    page.get_by_label("Near miss").check()
    page.get_by_label("What kept it from harm?").wait_for()
    assert page.get_by_label("What kept it from harm?").input_value() == "A second copy"
    chosen = page.get_by_label("Which service would it have hit?")
    assert chosen.locator("option:checked").inner_text() == "Quince store"


def test_a_severity_is_suggested_and_taken_by_one_click(engineer):
    page = engineer.page
    engineer.goes_to(NEW)
    page.get_by_text("Help me choose").click()
    for answer in ("Many", "A main task fails", "No"):
        page.get_by_label(answer, exact=True).check(force=True)
    page.get_by_text("because a main task fails for many and there is no way round").wait_for()

    page.get_by_role("button", name="Take SEV 2").click()

    expect(page.get_by_label("SEV 2")).to_be_checked()
    page.get_by_label("SEV 3").check()
    page.get_by_label("Why another one?").wait_for()


def test_a_closed_tab_is_opened_again_with_everything_in_it(engineer):
    engineer.goes_to(NEW)
    sentence(engineer.page).fill(SENTENCE)
    draft_is_saved(engineer.page)
    context = engineer.page.context
    engineer.page.close()

    page = context.new_page()
    page.goto(NEW)

    assert sentence(page).input_value() == SENTENCE


def test_a_session_that_ended_leads_back_to_the_form_with_everything_in_it(
    engineer, live_site, browser_log
):
    browser_log.allow("(status of|Error Code) 401")
    page = engineer.page
    engineer.goes_to(NEW)
    live_site.python(
        "from django.contrib.sessions.models import Session\n"
        "from django.core.cache import cache\n"
        "Session.objects.all().delete(); cache.clear()"
    )
    sentence(page).fill(SENTENCE)
    page.get_by_label("When did it start?").fill("22 min ago")
    page.get_by_label("Which service?").select_option(label="Quince store")
    page.get_by_label("SEV 1").check()
    page.keyboard.press("Control+Enter")

    page.wait_for_url(re.compile("/account/login/"))
    engineer.writes("E-mail", engineer.email)
    engineer.writes("Password", PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(NEW))
    assert sentence(page).input_value() == SENTENCE
    assert page.get_by_label("SEV 1").is_checked()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))


def test_without_a_connection_the_device_keeps_it_and_hands_it_over_later(engineer, browser_log):
    browser_log.allow("ERR_FAILED")
    page = engineer.page
    engineer.goes_to(NEW)
    page.route("**/drafts/**", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    sentence(page).fill(SENTENCE)
    page.get_by_text("Kept on this device at").wait_for()

    page.keyboard.press("Control+Enter")
    page.get_by_text("Not sent: the server cannot be reached.").wait_for()
    assert sentence(page).input_value() == SENTENCE

    page.unroute("**/drafts/**")
    page.unroute("**/healthz")
    page.evaluate("dispatchEvent(new Event('online'))")
    draft_is_saved(page)
    assert page.evaluate("localStorage.length") == 0


def test_what_only_the_device_kept_is_there_when_the_form_is_opened_again(engineer, browser_log):
    browser_log.allow("ERR_FAILED")
    context = engineer.page.context
    engineer.goes_to(NEW)
    engineer.page.route("**/drafts/**", lambda route: route.abort())
    sentence(engineer.page).fill(SENTENCE)
    engineer.page.get_by_text("Kept on this device at").wait_for()
    engineer.page.close()

    page = context.new_page()
    page.goto(NEW)

    expect(sentence(page)).to_have_value(SENTENCE)


def test_two_tabs_lose_neither_text(engineer):
    first, second = engineer.page, engineer.page.context.new_page()
    first.goto(NEW)
    second.goto(NEW)
    sentence(first).fill("What the first tab says")
    draft_is_saved(first)

    sentence(second).fill("What the second tab says")
    draft_is_saved(second)
    first.get_by_text("in another tab").wait_for()
    first.close()
    second.close()

    page = engineer.page.context.new_page()
    page.goto(NEW)
    assert sentence(page).input_value() == "What the second tab says"
    page.get_by_text("What the first tab says").wait_for()
    page.get_by_role("button", name="Use that one").click()
    expect(sentence(page)).to_have_value("What the first tab says")


def test_a_double_click_files_once(engineer, live_site):
    page = engineer.page
    engineer.goes_to(NEW)
    sentence(page).fill("A double click happened here")
    page.get_by_label("I do not know", exact=True).check()
    page.get_by_label("Which service?").select_option(label="I do not know yet")
    page.get_by_label("SEV 4").check()
    page.get_by_role("button", name="File incident").dblclick()
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))

    page.go_back()
    assert sentence(page).input_value() == ""  # a new form; the draft ended with the filing

    count = live_site.python(
        "from incidents.models import Incident\n"
        "print(Incident.objects.filter(title='A double click happened here').count())"
    )
    assert count.strip() == "1"
