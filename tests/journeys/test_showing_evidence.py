"""Files by picker, by dropping and by pasting, in a real browser; and without our script."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person
from tests.make import make_picture

pytestmark = [pytest.mark.browser, pytest.mark.servers]

#: Give the page a file as the desktop or the clipboard would.
HAND_OVER = """([kind, name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: data })
    : new DragEvent(kind, { ...options, dataTransfer: data });
  document.body.dispatchEvent(event);
}"""


def hand_over(page, kind, name, content, type_="image/png"):
    page.evaluate(HAND_OVER, [kind, name, type_, base64.b64encode(content).decode()])


_MAKE = """
from tests.make import make_incident, make_team, make_user
from people.models import Team, User
user = User.objects.filter(email="pia.lind@example.org").first()
user = user or make_user(email="pia.lind@example.org", name="Pia Lind", password={password!r})
team = Team.objects.first() or make_team()
print(make_incident(team=team, participants=(user,)).reference)
"""


@pytest.fixture
def incident(live_site, open_page):
    """The address of an incident's Evidence tab, with somebody of it signed in on a page."""
    reference = live_site.python(_MAKE.format(password=PASSWORD)).split()[-1]
    person = Person("Pia Lind", "pia.lind@example.org", open_page())
    person.logs_in()
    return person.page, f"/incidents/{reference}/evidence/"


def test_files_are_picked_dropped_and_pasted_and_a_refusal_keeps_its_words(incident, browser_log):
    browser_log.allow("status of 422")
    page, address = incident
    page.goto(address)
    rows = page.locator("[data-attach-queue] > li")
    status = page.locator("[data-attach-status]")

    # The picker takes several; dropping and pasting add to them.
    page.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": "minute.log", "mimeType": "text/plain", "buffer": b"20:00 slow"},
            {"name": "photo.heic", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic"},
        ]
    )
    hand_over(page, "dragover", "graph.png", make_picture())
    page.get_by_text("Drop to attach to").wait_for()
    hand_over(page, "drop", "graph.png", make_picture())
    hand_over(page, "paste", "image.png", make_picture((90, 60)))
    expect(rows).to_have_count(4)
    assert not page.get_by_text("Drop to attach to").is_visible()
    assert status.inner_text().startswith("4 files to attach.")
    assert rows.nth(3).get_by_role("textbox").evaluate("field => field === document.activeElement")

    rows.nth(1).get_by_label("What does it show?").fill("The whiteboard of that night")
    rows.nth(2).get_by_label("What does it show?").fill("Load climbs")
    page.get_by_role("button", name="Attach", exact=True).click()

    # What is taken stands in the list; what is refused stays, with its words and the reason.
    page.get_by_role("img", name="Load climbs").wait_for()
    expect(rows).to_have_count(1)
    why = "“photo.heic” is a HEIC picture. Save it as JPEG or PNG and attach that."
    assert rows.first.locator("[data-why]").inner_text() == why
    described = rows.first.get_by_label("What does it show?")
    assert described.input_value() == "The whiteboard of that night"
    assert status.inner_text() == f"3 files attached. {why}"
    assert page.locator(".thumbs img").count() == 2
    assert page.get_by_role("link", name="minute.log", exact=True).count() == 1
    assert page.get_by_text(re.compile(r"^pasted \d{4}-\d\d-\d\d [\d.]+\.png$")).count() == 1
    for picture in page.locator(".thumbs img").all():
        expect(picture).not_to_have_js_property("naturalWidth", 0)

    rows.first.get_by_role("button", name="Leave out photo.heic").click()
    expect(rows).to_have_count(0)


def test_a_picture_opens_in_place_and_a_page_is_only_downloaded(incident, browser_log):
    browser_log.allow("Applying inline style")  # the browser's own viewer, in our sandbox
    page, address = incident
    page.goto(address)
    page.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": "graph.png", "mimeType": "image/png", "buffer": make_picture()},
            {"name": "page.html", "mimeType": "text/html",
             "buffer": b"<script>document.title = 'ran'</script>"},
        ]
    )  # fmt: skip
    page.get_by_role("button", name="Attach", exact=True).click()
    link = page.get_by_role("link", name="page.html", exact=True)
    link.wait_for()

    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "page.html"
    page.locator(".thumb").click()
    page.wait_for_url(re.compile(r"/files/\d+/$"))
    assert page.locator("img").evaluate("img => img.naturalWidth") == 60


def test_without_our_script_the_plain_form_does_it(incident, open_page, live_site):
    page, address = incident
    plain = open_page(java_script_enabled=False, storage_state=page.context.storage_state())
    plain.goto(address)

    plain.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": "graph.png", "mimeType": "image/png", "buffer": make_picture()},
            {"name": "minute.log", "mimeType": "text/plain", "buffer": b"20:00 slow"},
        ]
    )
    plain.get_by_label("What does it show?").fill("The first minute")
    plain.get_by_role("button", name="Attach", exact=True).click()

    plain.get_by_text("Attached 2 files.").wait_for()
    assert plain.get_by_role("img", name="The first minute").count() == 1
    plain.get_by_role("link", name="Change what is said of minute.log").click()
    plain.get_by_label("What does it show?").fill("The log of that minute")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_role("link", name="The log of that minute")).to_have_count(1)
