"""Two people at the page of an ongoing incident: each sees what the other does, undisturbed."""

import re

import pytest

from tests.journeys.people import invite, set_up_by

pytestmark = [pytest.mark.browser, pytest.mark.servers]

#: Milliseconds: the page asks every ten seconds.
SOON = 15_000


def test_what_one_adds_the_other_sees_without_losing_a_word(open_page, live_site, browser_log):
    lead = set_up_by(open_page())
    helper = invite(
        lead, "Yuki Tanaka", "yuki.tanaka@example.org", site=live_site, open_page=open_page,
        team="Database",
    )  # fmt: skip
    page = lead.page
    lead.goes_to("/incidents/new/")
    page.get_by_label("What is happening?").fill("Saving new articles fails for everybody")
    page.get_by_label("When did it start?").fill("25 min ago")
    page.get_by_label("Which service?").select_option(label="Main database")
    page.get_by_label("SEV 2").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))
    similar = page.locator("aside.stack > section[hx-get*='similar']")
    assert similar.evaluate("part => getComputedStyle(part).display") == "none"  # and no gap
    helper.goes_to(page.url)

    # The helper is in the middle of a sentence, and has words for everyone ready.
    line = helper.page.get_by_label("What just happened?")
    helper.clicks("I will: takes notes", inside=helper.page.locator("#duties"))
    helper.page.get_by_label("Tell everyone").fill("We are copying the database.")
    line.press_sequentially("the replica is ab")

    # Without a connection the line stays where it is, and can still be read.
    own = page.get_by_label("What just happened?")
    for complaint in ("ERR_FAILED", "htmx:afterRequest", "htmx:sendError"):
        browser_log.allow(complaint)
    page.route("**/events/", lambda route: route.abort())
    own.fill("failed over to the replica")
    own.press("Enter")
    said = page.get_by_text("Not sent: the server cannot be reached.")
    said.wait_for()
    assert own.bounding_box()["width"] > said.bounding_box()["width"] / 2
    page.unroute("**/events/")
    own.press("Enter")
    helper.page.locator("#days").get_by_text("failed over to the replica").wait_for(timeout=SOON)
    page.locator("#duties").get_by_text("Yuki Tanaka").wait_for(timeout=SOON)

    assert line.input_value() == "the replica is ab"
    assert line.evaluate("field => field === document.activeElement")
    assert helper.page.get_by_label("Tell everyone").input_value() == (
        "We are copying the database."
    )
    line.press_sequentially("out to take over")
    assert line.input_value() == "the replica is about to take over"

    # What everyone is told, and the end of it.
    helper.page.get_by_label("Next word promised by").fill("in 30 min")
    helper.clicks("Post update")
    page.locator("#updates").get_by_text("We are copying the database.").wait_for(timeout=SOON)
    page.get_by_text("Next one promised by").wait_for(timeout=SOON)
    lead.clicks("Resolved")
    helper.page.get_by_text("Show the whole story").wait_for(timeout=SOON)
    assert helper.page.locator("[hx-trigger='every 10s']").count() == 0
