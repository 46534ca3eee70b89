"""PDFs of what one may see: who gets which, what is on them, and what happens meanwhile."""

import csv
import io
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone
from pypdf import PdfReader

from common import papers, pdf, tasks
from common.models import Activity, Paper
from common.text import render
from incidents.models import Involvement
from lessons.models import Collection, CollectionEntry, Lesson
from tests.make import (
    make_action,
    make_event,
    make_incident,
    make_lesson,
    make_review,
    make_team,
    make_user,
)
from tests.tagged import what_is_missing

pytestmark = pytest.mark.django_db
START = datetime(2017, 1, 31, 23, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
HANDBOOK = "/handbook/handbook.pdf"


@pytest.fixture(autouse=True)
def woken():
    """The broker is the network edge: what would be sent to a worker."""
    with patch("common.waking.current_app.send_task") as send:
        yield send


@pytest.fixture
def reader(client):
    user = make_user(time_zone="Europe/Amsterdam")
    client.force_login(user)
    return user


def make_papers():
    for pk in Paper.objects.filter(state="waiting").order_by("pk").values_list("pk", flat=True):
        tasks.make_paper(pk)


def fetched(client, address):
    """The bytes of the file: asked for, made, asked for again."""
    assert client.get(address).status_code == 202
    make_papers()
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf"
    return b"".join(answer.streaming_content)


def words_of(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def told_incident(**fields):
    text = "## At first\n\nIt was late.\n\n- one\n- two"
    incident = make_incident(
        title="The replica was gone",
        summary=text,
        summary_html=render(text),
        impact="Nobody could pay",
        started_at=START,
        started_zone="Europe/Amsterdam",
        detected_at=START + timedelta(minutes=12),
        resolved_at=START + timedelta(hours=2),
        state="resolved",
        **fields,
    )
    for minutes, what in ((0, "The dump was removed"), (75, "It was restored")):
        make_event(
            incident=incident,
            at=START + timedelta(minutes=minutes),
            precision="about",
            text=what,
            is_key=not minutes,
            source="the pager",
        )
    return incident


def collection_of(*lessons):
    found = Collection.objects.create(title="Before on call", slug="before-on-call",
                                      introduction="Read these first.")  # fmt: skip
    for position, lesson in enumerate(lessons, start=1):
        CollectionEntry.objects.create(
            collection=found, lesson=lesson, position=position, why="It saves a night"
        )
    return found


def told_lesson(**fields):
    return make_lesson(title="Rehearse the restore", insight="Five ways on paper",
                       situation="A night", advice="Try it", where_applies="Databases",
                       **fields)  # fmt: skip


# What is on them --------------------------------------------------------------------------------
def test_an_incident_on_paper_has_its_times_in_both_zones(client, reader):
    incident = told_incident()

    pages = words_of(fetched(client, f"{incident.get_absolute_url()}pdf/"))

    whole = " ".join(pages)
    for words in ("The replica was gone", "Nobody could pay", "It was late", "Key moment. The dump",
                  "31 Jan 2017, 23:00", "1 Feb, 00:00", "about 00:15", "Wed 1 Feb 2017, UTC",
                  "Known from the pager", "12 min"):  # fmt: skip
        assert words in whole
    for number, text in enumerate(pages, start=1):
        assert "times in Europe/Amsterdam and UTC" in text
        assert f"{number} of {len(pages)}" in text


def test_a_word_without_an_end_stays_on_the_page(client, reader):
    long = "/srv/" + "x" * 190
    incident = told_incident()
    type(incident).objects.filter(pk=incident.pk).update(
        title=long, summary_html=render(f"| what | where |\n|---|---|\n| one | {long} |\n")
    )
    make_event(incident=incident, at=START, text=f"Removed {long}", source=long[:120])

    content = fetched(client, f"{incident.get_absolute_url()}pdf/")

    lines = [
        line
        for page in PdfReader(io.BytesIO(content)).pages
        for line in page.extract_text().splitlines()
    ]
    assert sum(line.count("x") for line in lines) >= 3 * 190
    # Of the widest letters of the smallest type some hundred stand side by side.
    assert max(map(len, lines)) < 150


def test_who_reads_in_utc_has_one_clock(client, reader):
    incident = told_incident()
    reader.time_zone = "UTC"
    reader.save()

    pages = words_of(fetched(client, f"{incident.get_absolute_url()}pdf/"))

    assert all("times in UTC" in page for page in pages)
    assert "Amsterdam" not in " ".join(pages)


def test_a_collection_on_paper_has_its_lessons_in_full_without_those_taken_back(client, reader):
    shown, taken_back = told_lesson(), make_lesson(title="Taken back", state=Lesson.State.DRAFT)
    found = collection_of(shown, taken_back)

    [page] = words_of(fetched(client, f"{found.get_absolute_url()}pdf/"))

    for words in ("Before on call", "Read these first.", "It saves a night", "Five ways on paper",
                  "Try it", "Databases"):  # fmt: skip
        assert words in page
    assert "Taken back" not in page


def test_a_lesson_of_a_collection_is_not_parted_from_its_one_sentence(client, reader):
    lessons = [
        make_lesson(title=f"Lesson {number}", insight="In one sentence.", situation="A night. " * 15
                    + "\n\n" + "It went on. " * number * 4)
        for number in range(1, 13)
    ]  # fmt: skip

    pages = words_of(fetched(client, f"{collection_of(*lessons).get_absolute_url()}pdf/"))

    assert len(pages) > 2
    for text in pages:
        assert not text.partition("Before on call · For")[0].endswith("In one sentence. ")


def test_the_list_of_actions_on_paper_says_what_it_was_narrowed_down_to(client, reader):
    make_action(title="Rehearse the restore", owner=reader)
    make_action(title="Somebody else's")

    [page] = words_of(fetched(client, "/actions/export.pdf?view=all&kind=prevent&q=rehearse"))

    assert "Rehearse the restore" in page
    assert "It does is make it less likely" in page
    assert "Somebody else's" not in page


def test_the_list_of_incidents_on_paper_is_that_of_the_page(client, reader):
    told_incident()
    make_incident(title="Of another kind", kind="near_miss")
    make_incident(title="Hidden one", visibility="restricted")

    [page] = words_of(fetched(client, "/incidents/export.pdf?kind=incident"))

    for words in ("The replica was gone", "31 Jan 2017, 23:00", "Kind", "List of incidents"):
        assert words in page
    assert ("Of another kind" in page, "Hidden one" in page) == (False, False)


def test_the_list_of_reviews_on_paper_is_that_of_the_page(client, reader):
    make_review(incident=make_incident(title="Still going"), state="gathering")
    make_review(incident=make_incident(title="Not begun"), state="requested")
    make_review(
        incident=make_incident(title="Hidden one", visibility="restricted"), state="gathering"
    )

    [page] = words_of(fetched(client, "/reviews/export.pdf?q=going"))

    for words in ("Still going", "List of reviews", "Under way", "“going”"):
        assert words in page
    assert ("Not begun" in page, "Hidden one" in page) == (False, False)


def test_the_library_on_paper_has_the_lessons_of_the_page_in_full(client, reader):
    told_lesson(search_text="restore", happened_on="2024-03-04")
    make_lesson(title="Something else", search_text="restore", happened_on="2019-03-04")

    [page] = words_of(fetched(client, "/lessons/export.pdf?q=restore+after:2020"))

    for words in ("“restore after:2020”", "Rehearse the restore", "Five ways on paper", "Try it"):
        assert words in page
    assert "Something else" not in page


def test_a_list_on_paper_says_where_it_stops(client, reader, monkeypatch):
    monkeypatch.setattr("lessons.paper.MOST", 1)
    make_lesson(title="Newer", published_at=START)
    make_lesson(title="Older", published_at=START - timedelta(days=1))

    [page] = words_of(fetched(client, "/lessons/export.pdf"))

    assert "There are more than 1: these are the first." in page
    assert ("Newer" in page, "Older" in page) == (True, False)


def test_an_action_on_paper_begins_with_how_one_will_know(client, reader):
    action = make_action(
        title="Rehearse the restore",
        owner=reader,
        done_test="A restore takes an hour",
        detail="Begin with the small one",
        proof="It took 50 minutes",
    )

    [page] = words_of(fetched(client, f"{action.get_absolute_url()}pdf/"))

    told = page.index("A restore takes an hour")
    for words in (str(reader), "Begin with the small one", "It took 50 minutes"):
        assert page.index(words) > told
    assert "For everyone here" in page


def test_an_action_on_paper_tells_the_days_of_its_reader(client, reader):
    action = make_action(owner=reader, state="done", done_at=START)

    [page] = words_of(fetched(client, f"{action.get_absolute_url()}pdf/"))

    assert "Marked done 1 February 2017" in page


def test_an_action_of_a_restricted_incident_has_no_paper_for_strangers(client, reader):
    incident = told_incident(visibility="restricted", participants=(reader,))
    action = make_action(review=make_review(incident=incident))
    address = f"{action.get_absolute_url()}pdf/"

    for page in words_of(fetched(client, address)):
        assert "RESTRICTED" in page
    assert "read" in set(Activity.objects.about(incident).values_list("verb", flat=True))
    client.force_login(make_user())
    assert client.get(address).status_code == 404


def test_the_handbook_is_made_once_for_everybody(client, reader):
    with patch("django.utils.timezone.now", return_value=LATE):  # tomorrow in Amsterdam
        first = fetched(client, HANDBOOK)
        client.force_login(make_user(time_zone="UTC"))

        again = client.get(HANDBOOK)

    assert b"".join(again.streaming_content) == first
    assert "Questions that help" in " ".join(words_of(first))
    assert Paper.objects.get().owner is None


def test_each_reads_aloud(client, reader):
    lesson = told_lesson(source_review=None)
    action = make_action(owner=reader, done_test="A restore takes an hour", detail="Small first")
    addresses = {
        "action": f"{action.get_absolute_url()}pdf/",
        "incident": f"{told_incident().get_absolute_url()}pdf/",
        "lesson": f"/lessons/{lesson.number}/pdf/",
        "collection": f"{collection_of(lesson).get_absolute_url()}pdf/",
        "actions": "/actions/export.pdf",
        "incidents": "/incidents/export.pdf",
        "reviews": "/reviews/export.pdf",
        "lessons": "/lessons/export.pdf",
        "handbook": HANDBOOK,
    }

    missing = {name: what_is_missing(fetched(client, path)) for name, path in addresses.items()}

    assert missing == {name: [] for name in addresses}


def test_what_does_not_read_aloud_is_found():
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>"
    page = f'<html><title>x</title><h1>x</h1><h3>y</h3><p>z<img src="data:image/svg+xml,{drawing}">'

    assert what_is_missing(pdf.render(page)) == [
        "it names no language",
        "after a heading of level 1 comes one of level 3",
        "a figure has no words",
    ]


# The same as Markdown and JSON -------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 4])
def test_a_collection_is_a_file_to_keep_in_as_many_statements_for_any_length(
    client, reader, django_assert_num_queries, count
):
    lessons = [told_lesson() for _ in range(count)]
    address = collection_of(*lessons).get_absolute_url()

    # session with user, whether they curate, entries, and the rest
    with django_assert_num_queries(7):
        told = client.get(f"{address}?as=json").json()

    assert [lesson["reference"] for lesson in told["lessons"]] == [
        lesson.reference for lesson in lessons
    ]
    assert {lesson["why"] for lesson in told["lessons"]} == {"It saves a night"}
    words = client.get(f"{address}?as=markdown").content.decode()
    assert words.startswith("# Before on call\n\nRead these first.\n\n## Rehearse the restore\n")
    assert words.count("### Advice\n\nTry it") == count


def test_a_collection_is_a_table_in_its_order(client, reader):
    first, taken_back = told_lesson(), make_lesson(title="Taken back", state=Lesson.State.DRAFT)
    found = collection_of(first, taken_back, make_lesson(title="=Second", insight="Two"))

    answer = client.get(f"{found.get_absolute_url()}?as=csv")

    assert answer["Content-Disposition"].startswith('attachment; filename="before-on-call-')
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode().removeprefix("\ufeff"))))
    assert [(row["why"], row["title"]) for row in rows] == [
        ("It saves a night", "Rehearse the restore"),
        ("It saves a night", "'=Second"),
    ]


def test_the_handbook_is_a_file_to_keep(client, reader):
    told = client.get("/handbook/handbook.json").json()
    words = client.get("/handbook/handbook.md").content.decode()

    assert told["format"] == "second-story-handbook"
    assert len(told["premises"]) == 6
    for page in told["pages"]:
        assert f"## {page['title']}\n\n{page['text']}" in words
    assert told["pages"]
    assert "## Questions that help" in words


# Who gets which ---------------------------------------------------------------------------------
def test_a_restricted_incident_has_no_paper_for_strangers(client, reader):
    incident = told_incident(visibility="restricted", participants=(reader,))
    address = f"{incident.get_absolute_url()}pdf/"

    for page in words_of(fetched(client, address)):
        assert "Only for the people named on it" in page
        assert "RESTRICTED" in page
    assert set(Activity.objects.about(incident).values_list("verb", flat=True)) >= {"read"}

    Involvement.objects.filter(user=reader).delete()
    assert client.get(address).status_code == 404
    client.force_login(make_user())
    assert client.get(address).status_code == 404


def test_nobody_is_handed_what_was_made_for_another(client, reader):
    """A list holds what its reader may see: the same page of two people is two files."""
    make_action(team=make_team())
    fetched(client, "/actions/export.pdf?view=all")
    client.force_login(make_user())

    assert client.get("/actions/export.pdf?view=all").status_code == 202
    assert Paper.objects.count() == 2


def test_what_changed_since_is_another_file(client, reader):
    lesson = told_lesson()
    fetched(client, f"/lessons/{lesson.number}/pdf/")
    Lesson.objects.filter(pk=lesson.pk).update(advice="Do it every month")

    [page] = words_of(fetched(client, f"/lessons/{lesson.number}/pdf/"))

    assert "Do it every month" in page


def test_a_draft_says_so_on_every_page(client, reader):
    draft = told_lesson(state=Lesson.State.DRAFT, author=reader)

    [page] = words_of(fetched(client, f"/lessons/{draft.number}/pdf/"))

    assert "DRAFT. Not published" in page
    client.force_login(make_user())
    assert client.get(f"/lessons/{draft.number}/pdf/").status_code == 404


# Meanwhile --------------------------------------------------------------------------------------
def waiting(now=None):
    now = now or timezone.now()
    html = '<html lang="en"><title>x</title><h1>x</h1>'
    return papers.ask_for(html, by=None, now=now)


def test_two_workers_make_it_once(monkeypatch):
    paper, made = waiting(), []

    def render(html):
        made.append(html)
        tasks.make_paper(paper.pk)  # the other one comes while the first is at it
        return b"%PDF-1.7 test"

    monkeypatch.setattr(pdf, "render", render)
    tasks.make_paper(paper.pk)
    tasks.make_paper(paper.pk)

    paper.refresh_from_db()
    assert (len(made), paper.state, paper.html) == (1, "ready", "")


def test_a_file_whose_worker_died_is_made_by_another():
    now = timezone.now()
    paper = waiting(now - timedelta(minutes=5))
    Paper.objects.update(started_at=now - papers.GIVEN_UP_AFTER * 2)

    tasks.make_paper(paper.pk)

    paper.refresh_from_db()
    assert paper.state == "ready"


def test_a_page_that_waits_calls_again_but_not_at_every_look(
    django_capture_on_commit_callbacks, woken
):
    at = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        waiting(at)
        waiting(at + timedelta(seconds=2))
    assert woken.call_count == 1
    with django_capture_on_commit_callbacks(execute=True):
        waiting(at + timedelta(minutes=1))
        waiting(at + timedelta(minutes=1, seconds=2))
    assert woken.call_count == 2


def test_what_went_wrong_is_said_and_asking_again_makes_it_anew(client, reader, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "render", lambda html: 1 / 0)
        assert client.get(HANDBOOK).status_code == 202
        make_papers()
    answer = client.get(HANDBOOK)
    assert answer.status_code == 503
    assert "could not be put on paper" in answer.content.decode()

    assert fetched(client, HANDBOOK).startswith(b"%PDF-")


def test_the_page_that_waits_offers_the_file_when_it_is_there(client, reader):
    looks = {"HX-Request": "true"}
    assert client.get(HANDBOOK, headers=looks).status_code == 204
    make_papers()

    assert "Download it" in client.get(HANDBOOK, headers=looks).content.decode()


def test_papers_of_yesterday_are_thrown_away_with_their_files(client, reader):
    fetched(client, HANDBOOK)
    [paper] = Paper.objects.all()

    assert papers.throw_away(now=timezone.now()) == 0
    assert papers.throw_away(now=timezone.now() + papers.KEPT * 2) == 1

    assert not paper.file.storage.exists(paper.file.name)
    assert not Paper.objects.exists()
