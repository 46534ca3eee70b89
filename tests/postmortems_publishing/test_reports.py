"""The PDF of a review: its pages, who gets it, and what happens while it is made."""

import io
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from common import pdf
from common.text import render
from postmortems import reports, tasks
from postmortems.models import ReportFile, Review
from tests.make import make_user
from tests.postmortems_publishing.story import published_story, tell_story
from tests.tagged import elements, what_is_missing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken():
    """The broker is the network edge: what would be sent to a worker."""
    with patch("common.waking.current_app.send_task") as send:
        yield send


def address(name, story, **query):
    return reverse(f"postmortems:{name}", args=[story.review.reference], query=query)


def pages_of(content):
    """The text of each page with single spaces, however its lines are broken."""
    pages = PdfReader(io.BytesIO(content)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def read(response):
    return b"".join(response.streaming_content)


def make_waiting_files():
    for pk in ReportFile.objects.filter(state="waiting").values_list("pk", flat=True):
        tasks.make_report(pk)


def test_publishing_asks_a_worker_for_the_file(client, django_capture_on_commit_callbacks, woken):
    with django_capture_on_commit_callbacks(execute=True):
        published_story()
    [report] = ReportFile.objects.all()
    assert ("postmortems.tasks.make_report", (report.pk,)) in [
        call.args for call in woken.mock_calls
    ]


def test_publishing_works_without_a_broker(django_capture_on_commit_callbacks, woken):
    woken.side_effect = ConnectionError("no broker")
    with django_capture_on_commit_callbacks(execute=True):
        story, _ = published_story()
    assert story.review.state == Review.State.PUBLISHED


def test_a_page_waits_until_the_file_is_there(client):
    story, _ = published_story()
    client.force_login(story.stranger)

    waiting = client.get(address("report_pdf", story))
    assert waiting.status_code == 202
    assert (
        client.get(address("report_pdf", story), headers={"HX-Request": "true"}).status_code == 204
    )
    make_waiting_files()
    ready = client.get(address("report_pdf", story))

    assert ready.status_code == 200
    assert ready["Content-Type"] == "application/pdf"
    assert ready["Content-Disposition"] == (
        f'attachment; filename="{story.review.reference} revision 1.pdf"'
    )
    assert read(ready).startswith(b"%PDF-")


def test_every_page_says_what_it_is(client):
    story, _ = published_story(events=60)
    make_waiting_files()
    client.force_login(story.stranger)

    pages = pages_of(read(client.get(address("report_pdf", story))))

    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert story.review.reference in text
        assert "Published, revision 1" in text
        assert "For everyone here" in text
        assert "times in CET and UTC" in text
        assert f"{number} of {len(pages)}" in text
    whole = "\n".join(pages)
    assert "A backup counts only after a restore has been rehearsed" in pages[0]
    assert "What went right" in pages[0]
    assert "CET (UTC+1)" in whole
    assert "31 Jan 2017, UTC" in whole
    assert "Look-alike environments" in whole
    assert "Removing a test dump pages someone within 15 minutes" in whole
    assert "accepted six premises first" in whole


def test_nobody_is_named_in_the_file(client):
    story, _ = published_story()
    make_waiting_files()
    client.force_login(story.stranger)
    content = read(client.get(address("report_pdf", story)))
    whole = "\n".join(pages_of(content)) + str(PdfReader(io.BytesIO(content)).metadata)
    for person in (story.engineer, story.facilitator, story.reviewer, story.manager):
        for word in (*person.name.split(), person.email):
            assert word not in whole
    assert "the database engineer" in whole


def test_the_file_is_tagged_and_says_its_title_and_language(client):
    story, _ = published_story()
    make_waiting_files()
    client.force_login(story.stranger)
    document = PdfReader(io.BytesIO(read(client.get(address("report_pdf", story)))))
    assert document.metadata.title == (
        f"{story.review.reference} A backup counts only after a restore has been rehearsed"
    )
    assert document.metadata.author is None
    root = document.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in document.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Source-Serif" in font for font in fonts)
    assert any("Inter" in font for font in fonts)


def test_the_file_reads_aloud(client):
    story, _ = published_story(events=60)
    make_waiting_files()
    client.force_login(story.stranger)

    content = read(client.get(address("report_pdf", story)))

    assert what_is_missing(content) == []
    kinds = {str(each["/S"]) for each in elements(PdfReader(io.BytesIO(content)))}
    assert {"/H1", "/H2", "/P", "/Figure", "/Table", "/TH", "/L", "/LI"} <= kinds


def test_a_restricted_file_does_not_exist_for_strangers(client):
    story, _ = published_story(visibility="restricted")
    make_waiting_files()
    client.force_login(story.stranger)
    assert client.get(address("report_pdf", story)).status_code == 404
    client.force_login(story.engineer)
    pages = pages_of(read(client.get(address("report_pdf", story))))
    assert "Only for the people named on it" in pages[0]


def test_a_file_is_gone_for_strangers_once_the_incident_is_restricted(client):
    story, _ = published_story()
    make_waiting_files()
    client.force_login(story.stranger)
    assert client.get(address("report_pdf", story)).status_code == 200
    story.review.incident.visibility = "restricted"
    story.review.incident.save()
    assert client.get(address("report_pdf", story)).status_code == 404
    client.force_login(story.engineer)
    # Another audience, so another file: the old one says "for everyone".
    assert client.get(address("report_pdf", story)).status_code == 202


def test_the_second_run_of_a_task_changes_nothing():
    published_story()
    make_waiting_files()
    [before] = ReportFile.objects.values()
    tasks.make_report(before["id"])
    assert [before] == list(ReportFile.objects.values())


def test_two_workers_make_it_once():
    published_story()
    [report] = ReportFile.objects.all()
    ReportFile.objects.update(started_at=timezone.now())
    tasks.make_report(report.pk)
    report.refresh_from_db()
    assert report.state == ReportFile.State.WAITING


def test_a_file_whose_worker_died_is_made_by_another():
    published_story()
    [report] = ReportFile.objects.all()
    ReportFile.objects.update(started_at=timezone.now() - reports.GIVEN_UP_AFTER * 2)
    tasks.make_report(report.pk)
    report.refresh_from_db()
    assert report.state == ReportFile.State.READY


def test_a_page_that_waits_calls_again_but_not_at_every_look(
    client, django_capture_on_commit_callbacks, woken
):
    story, _ = published_story()
    client.force_login(story.stranger)
    with django_capture_on_commit_callbacks(execute=True):
        client.get(address("report_pdf", story))
    assert not woken.called
    ReportFile.objects.update(asked_at=timezone.now() - timedelta(minutes=1))
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            client.get(address("report_pdf", story))
    assert woken.call_count == 1


def test_a_missing_library_is_said_in_one_sentence(client):
    story, _ = published_story()
    client.force_login(story.stranger)
    with patch("builtins.__import__", no_pango):
        make_waiting_files()
    answer = client.get(address("report_pdf", story))
    assert answer.status_code == 503
    assert "PDFs need the Pango library" in answer.content.decode()

    client.post(address("try_again", story), {"revision": "1"})
    make_waiting_files()
    assert client.get(address("report_pdf", story)).status_code == 200


real_import = __import__


def no_pango(name, *args, **kwargs):
    if name.startswith("weasyprint"):
        raise OSError("cannot load library 'libpango-1.0-0'")
    return real_import(name, *args, **kwargs)


def test_a_page_that_is_too_long_is_refused():
    with pytest.raises(pdf.PdfUnavailable, match="too long"):
        pdf.render("<p>" + "x" * 3_000_001)


def test_nothing_is_fetched_from_anywhere(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>needle</text></svg>')
    page = (
        f'<html lang="en"><title>x</title><img alt="x" src="file://{secret}">'
        f'<link rel="stylesheet" href="file://{secret}"><object data="file://{secret}"></object>'
        '<img alt="y" src="http://127.0.0.1:9/canary.png"><p>Text'
    )
    assert "needle" not in "".join(pages_of(pdf.render(page)))


# Drafts -----------------------------------------------------------------------------------------
def test_a_draft_is_marked_as_one_on_every_page(client):
    story = tell_story(events=60)
    client.force_login(story.engineer)
    assert client.post(address("make_draft", story)).url == address("draft_pdf", story)
    assert client.get(address("draft_pdf", story)).status_code == 202
    make_waiting_files()

    pages = pages_of(read(client.get(address("draft_pdf", story))))

    assert len(pages) > 2
    for text in pages:
        assert "DRAFT, with a second pair of eyes. Not published" in text
    assert "Anna Keller looks at the replica" in "".join(pages)


@pytest.mark.parametrize("who", ["facilitator", "stranger"])
def test_a_draft_is_for_the_person_who_asked_for_it(client, who):
    story = tell_story()
    client.force_login(story.engineer)
    client.post(address("make_draft", story))
    make_waiting_files()
    client.force_login(getattr(story, who))
    expected = 404 if who == "facilitator" else 403
    assert client.get(address("draft_pdf", story)).status_code == expected


def test_a_stranger_gets_no_draft(client):
    story = tell_story()
    client.force_login(story.stranger)
    assert client.post(address("make_draft", story)).status_code == 403
    assert not ReportFile.objects.exists()


def test_whoever_is_taken_off_gets_the_draft_no_longer(client):
    story = tell_story(visibility="restricted")
    client.force_login(story.engineer)
    client.post(address("make_draft", story))
    make_waiting_files()
    story.review.incident.involvements.filter(user=story.engineer).delete()
    assert client.get(address("draft_pdf", story)).status_code == 404


def test_a_new_draft_takes_the_place_of_the_old_one(client, django_capture_on_commit_callbacks):
    story = tell_story()
    client.force_login(story.engineer)
    client.post(address("make_draft", story))
    make_waiting_files()
    old = ReportFile.objects.get().file
    story.review.findings.filter(goal="right").update(text="Something new went right")

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("make_draft", story))
    assert client.get(address("draft_pdf", story)).status_code == 202
    make_waiting_files()

    assert "Something new went right" in "".join(
        pages_of(read(client.get(address("draft_pdf", story))))
    )
    assert not old.storage.exists(old.name)
    assert ReportFile.objects.count() == 1


def test_no_address_serves_the_folder_of_files(client):
    story, _ = published_story()
    make_waiting_files()
    client.force_login(make_user())
    name = ReportFile.objects.get().file.name
    for prefix in ("media", "static", "reports"):
        assert client.get(f"/{prefix}/{name}").status_code == 404
    assert story.review.reference not in name


def test_long_text_on_paper_has_its_levels_captions_and_no_links_to_itself():
    story, publication = published_story()
    text = "# Depth\n\nSee [the runbook](https://example.org/a).\n\n![The queue](file:12)"
    sections = [
        {"kind": kind, "title": title, "text": text, "html": render(text)}
        for kind, title in (("summary", "In short"), ("impact", "Impact"))
    ]

    page = reports.page(
        publication.snapshot | {"sections": sections},
        story.review,
        publication=publication,
        printed_at=publication.published_at,
    )

    assert page.count("<h2>Depth</h2>") == page.count("<h3>Depth</h3>") == 1
    assert page.count('<figcaption aria-hidden="true">The queue</figcaption></figure>') == 2
    assert 'class="anchor"' not in page
