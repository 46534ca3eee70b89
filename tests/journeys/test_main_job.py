"""The main job, walked once through real browsers, mail, worker and PDF.

The story is the database outage of 31 January 2017, as its public account tells it. The engineer's
name stands in a text on purpose: it must not reach a reader.
"""

import io
import re

import pytest
from pypdf import PdfReader

from tests.journeys.people import Person, invite, set_up_by
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.servers]

TIMELINE = [
    "31 Jan 2017 21:00 UTC Load on the database escalates into a lock-up of writes",
    "31 Jan 2017 22:00 UTC A page reports that the replica lags so far behind that it has stopped",
    "31 Jan 2017 23:00 UTC The replica's data directory is cleared, a base copy started",
    "about 31 Jan 2017 23:27 UTC The removal of leftover files runs on the primary",
    "1 Feb 2017 17:00 UTC The database is restored from a six-hour-old snapshot",
]


def file_the_incident(engineer: Person) -> str:
    """By keyboard from the home page; a first attempt without a start is asked about."""
    page = engineer.page
    engineer.goes_to("/")
    page.keyboard.press("c")
    page.get_by_label("What is happening?").fill(
        "Primary database directory removed during replica repair"
    )
    page.get_by_label("Which service?").select_option(label="Main database")
    page.get_by_label("SEV 1").check()
    page.keyboard.press("Control+Enter")
    page.get_by_role("alert").wait_for()
    assert page.title().startswith("Error: ")
    assert page.get_by_label("What is happening?").input_value().startswith("Primary database")

    page.get_by_label("When did it start?").fill("about 31 Jan 2017 23:27 UTC")
    page.get_by_text("23:27 UTC").first.wait_for()  # how it was read, before it is saved
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/incidents/INC-\d+/$"))
    return re.search(r"INC-\d+", page.url).group()


def tell_the_timeline(engineer: Person, reference: str) -> None:
    line = engineer.page.get_by_label("What just happened?")
    for number, text in enumerate(TIMELINE, start=1):
        line.fill(text)
        line.press("Enter")
        engineer.page.locator(".tl > li[id]").nth(number - 1).wait_for()
    engineer.goes_to(f"/incidents/{reference}/edit/")
    engineer.writes("In short", "A directory was cleared on the primary.")
    engineer.writes("Resolved", "1 Feb 2017 18:00 UTC")
    engineer.writes("Impact stopped", "1 Feb 2017 17:00 UTC")
    engineer.clicks("Save Ctrl Enter")
    engineer.goes_to(f"/incidents/{reference}/move/?to=resolved")
    engineer.clicks("Resolved")
    engineer.sees("18 h")


def test_from_an_empty_form_to_a_lesson_a_pdf_and_a_reminder(
    open_page, live_site, browser_log, tmp_path
):
    browser_log.allow("status of 422")
    browser_log.allow("status of 403")

    # Set-up and people ----------------------------------------------------------------------
    admin = set_up_by(open_page())

    def invited(name, email, team=""):
        return invite(admin, name, email, site=live_site, open_page=open_page, team=team)

    engineer = invited("Yuki Tanaka", "yuki.tanaka@example.org", team="Database")
    facilitator = invited("Femi Adeyemi", "femi.adeyemi@example.org")
    reviewer = invited("Rosa Marin", "rosa.marin@example.org")
    manager = invited("Malin Berg", "malin.berg@example.org", team="Database")
    reader = invited("Lars Holm", "lars.holm@example.org")
    # They read their mail at any hour, so that the journey can be walked at any hour, too.
    live_site.python(
        "from datetime import time; from people.models import User; "
        "User.objects.update(quiet_from=time(0), quiet_until=time(0), working_days='1234567')"
    )
    admin.goes_to("/settings/teams/database/")
    row = admin.page.locator("li", has_text=manager.email)
    admin.clicks("Make manager", inside=row)
    admin.goes_to("/settings/people/")
    admin.clicks(facilitator.name)
    admin.page.get_by_label("Can be asked to facilitate reviews").check()
    admin.clicks("Save")

    # The incident and its timeline ----------------------------------------------------------
    reference = file_the_incident(engineer)
    tell_the_timeline(engineer, reference)
    # A review of this severity is asked for by itself.
    review = f"/reviews/{reference}/"
    engineer.goes_to(review)
    engineer.sees("nobody guides it yet")

    # Somebody guides it ---------------------------------------------------------------------
    manager.goes_to(review)
    manager.clicks("Name a facilitator")
    manager.page.get_by_label(facilitator.name).check()
    pool = manager.page.locator("[aria-labelledby=assign-h]")
    pool.get_by_role("button", name="Ask them to guide it").click()
    live_site.mail.wait_for(2, to=facilitator.email)

    facilitator.goes_to(review)
    facilitator.clicks("People and meeting")
    facilitator.page.get_by_label(re.compile(f"^{engineer.name}")).check()
    facilitator.clicks("Invite them")
    facilitator.goes_to(review)
    facilitator.clicks("Open it for contributions")
    assert len(live_site.mail.wait_for(2, to=engineer.email)) == 2  # welcome, invitation

    # Premises, then the perspective ---------------------------------------------------------
    engineer.goes_to(f"{review}perspective/")
    assert "/premises/" in engineer.page.url
    engineer.page.get_by_label("I accept these premises").check()
    engineer.clicks("Accept and continue")
    engineer.goes_to(f"{review}perspective/")
    secret = "Both windows said the same thing except for one digit."
    engineer.writes("What made the next step the reasonable one?", secret)
    engineer.page.get_by_label("The review").check()
    engineer.clicks("Save and share as chosen")
    admin.goes_to(review)
    assert admin.page.get_by_text(secret).count() == 0
    facilitator.goes_to(f"{review}premises/")
    facilitator.page.get_by_label("I accept these premises").check()
    facilitator.clicks("Accept and continue")
    facilitator.goes_to(review)
    facilitator.clicks("Open the perspectives together")
    facilitator.sees(secret)

    # The board ------------------------------------------------------------------------------
    cards = {
        "right": ["A recent copy existed, thanks to a snapshot taken by hand."],
        "differently": ["Rehearse a restore from each backup on a schedule."],
        "wrong": [
            "Primary and replica differed by one digit, says Yuki Tanaka.",
            "Show the role of the host in every prompt.",
        ],
        "why": ["The replica had just been emptied by the same procedure."],
    }
    engineer.goes_to(review)
    for goal, texts in cards.items():
        part = engineer.page.locator(f"#{goal}")
        part.locator("summary.add-line").click()
        boxes = part.locator("details[open] textarea")
        for box, text in zip(range(len(texts)), texts, strict=True):
            boxes.nth(box).fill(text)
        part.locator("details[open] button.btn-primary").click()
        part.get_by_text(texts[0]).first.wait_for()

    facilitator.goes_to(review)
    for text, category in (
        ("Two near-identical terminals, side by side, late in the evening.", "Working conditions"),
        ("No backup had been restored from regularly.", "Backup and recovery"),
    ):
        facilitator.clicks("Add a factor")
        facilitator.writes("What made it likely?", text)
        facilitator.page.locator("input[name=kind][value=technical]").check()
        options = facilitator.page.locator("select[name=category] option")
        label = next(each for each in options.all_inner_texts() if each.startswith(category))
        facilitator.page.locator("select[name=category]").select_option(label=label)
        facilitator.page.locator("main form button.btn-primary").first.click()
        facilitator.sees(text)
    facilitator.goes_to(f"{review}text/summary/")
    facilitator.page.locator("#id_text").fill(
        "A data directory was cleared on the **primary**. Five ways to recover existed on paper."
    )
    facilitator.page.locator("#preview strong", has_text="primary").wait_for()
    facilitator.clicks("Save")

    # An action and a lesson -----------------------------------------------------------------
    facilitator.goes_to(review)
    facilitator.clicks("Add an action")
    facilitator.writes("What will change?", "Show the role of the host in every database prompt")
    facilitator.writes("How will we know it worked?", "A newcomer tells the hosts apart in 2 s")
    facilitator.page.get_by_label("Make it less likely").check()
    facilitator.page.get_by_label("Who will see to it?").select_option(label=engineer.name)
    facilitator.page.get_by_label("By when?").fill(
        live_site.python("from django.utils import timezone; print(timezone.localdate())").strip()
    )
    facilitator.clicks("Save the action")
    action = re.search(r"A-\d+", facilitator.page.content()).group()
    facilitator.goes_to(review)
    facilitator.clicks("Write a lesson from it")
    facilitator.page.locator("#id_title").fill("A backup is only what you have restored")
    facilitator.page.locator("#id_insight").fill("Five mechanisms existed and none was usable.")
    facilitator.clicks("Save as a draft")

    # Second pair of eyes --------------------------------------------------------------------
    facilitator.goes_to(review)
    facilitator.clicks("Look at it together")
    facilitator.clicks("Write it up")
    engineer.goes_to(f"{review}reply/")
    engineer.page.locator("input[name=reply][value=confirmed]").check()
    engineer.clicks("Send my answer")
    facilitator.goes_to(review)
    facilitator.clicks("Second pair of eyes")
    facilitator.writes("Who reads it with fresh eyes?", reviewer.email)
    facilitator.clicks("Ask them to read it")
    live_site.mail.wait_for(2, to=reviewer.email, within=120)
    reviewer.goes_to(f"{review}publish/")
    reviewer.clicks("It is ready")

    # Publication, without names -------------------------------------------------------------
    reader.goes_to(review)
    assert reader.page.get_by_text("Primary and replica differed").count() == 0
    manager.goes_to(f"{review}publish/")
    manager.clicks("Check the names and publish")
    manager.sees("Yuki Tanaka")
    manager.page.locator("fieldset", has_text="Yuki Tanaka").get_by_role("radio").first.check()
    manager.clicks("Sign and publish")
    if manager.page.get_by_text("Not published yet").count():  # the words chosen are shown first
        manager.clicks("Sign and publish")
    manager.page.wait_for_url(re.compile("/published/"))

    # The reader finds the lesson, the review and the PDF ------------------------------------
    reader.goes_to("/lessons/")
    search = reader.page.locator("main input[type=search], main input[name=q]").first
    search.fill("backups restoring")
    search.press("Enter")
    reader.page.get_by_role("link", name="A backup is only what you have restored").first.click()
    reader.sees("Five mechanisms existed and none was usable.")
    reader.goes_to(f"{review}published/")
    reader.sees("Primary and replica differed by one digit")
    assert "Yuki" not in reader.page.locator("main").inner_text()
    reader.page.wait_for_timeout(200)
    pdf = None
    for _ in range(60):
        answer = reader.page.request.get(f"{review}report.pdf")
        if answer.status == 200 and answer.headers["content-type"] == "application/pdf":
            pdf = PdfReader(io.BytesIO(answer.body()))
            break
        reader.page.wait_for_timeout(500)
    assert pdf is not None, "no PDF after 30 seconds"
    text = "\n".join(page.extract_text() for page in pdf.pages)
    flat = re.sub(r"\s+", " ", text)
    for words in (
        reference,
        "revision 1",
        "UTC",
        f"1 of {len(pdf.pages)}",
        "was cleared on the primary",
    ):
        assert words in flat, words
    assert "Show the role of the host in every database prompt" in flat
    assert "Yuki" not in flat
    assert "Tanaka" not in flat

    # The reminder and the questions after the review, by the worker, each once ---------------
    # From this sweep, or from the one that runs by itself every ten minutes.
    live_site.manage("remind", "--at-any-hour")

    def kinds() -> list[bool]:
        """Whether it names the action, of each mail that reminds of it or asks the questions."""
        told = [(mail.subject, mail.text) for mail in live_site.mail.to(engineer.email)]
        return sorted(
            action in subject + text
            for subject, text in told
            if re.match("Due today:|Was due ", subject)
            or "Two questions about the review of" in subject + text
        )

    wait_until(lambda: len(kinds()) >= 2, within=120, what="the reminder and the questions")
    assert kinds() == [False, True]
    sent = len(live_site.mail.to(engineer.email))
    live_site.manage("remind", "--deliver")
    assert kinds() == [False, True]
    assert len(live_site.mail.to(engineer.email)) == sent

    # Done by one person, checked by another --------------------------------------------------
    engineer.goes_to(f"/actions/{action}/")
    engineer.clicks("It is done")
    engineer.writes("What shows that it works?", "Tried with three people, 30 of 30 right.")
    engineer.page.locator("main form button.btn-primary").click()
    engineer.sees("Waiting to be checked")
    assert engineer.page.get_by_role("link", name="It worked").count() == 0
    manager.goes_to(f"/actions/{action}/")
    manager.clicks("It worked")
    manager.writes("What did you look at", "Ten prompts on both hosts, all told apart.")
    manager.page.locator("main form button.btn-primary").click()
    manager.sees("Verified")
