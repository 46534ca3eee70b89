"""Lists and single things as files: what the reader may read, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from lessons.models import Lesson
from postmortems import snapshot
from postmortems.models import Publication, Section
from tests.make import (
    make_action,
    make_event,
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user())
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    return answer.getvalue().decode()


def published(**incident: str) -> Publication:
    review = make_review(
        state="published", incident=make_incident(**incident), published_at=timezone.now()
    )
    Section.objects.create(review=review, kind="summary", text="=It was full.")
    told = snapshot.build(review)
    return Publication.objects.create(review=review, revision=1, title=told["title"], snapshot=told)


@pytest.mark.parametrize("ending", ["csv", "json", "md"])
def test_reviews_that_were_published_and_not_their_working_text(reader, ending):
    seen = published(title="Disk full")
    published(title="Hidden one", visibility="restricted")
    Section.objects.filter(review=seen.review).update(text="Later working text")

    told = text_of(reader, f"/reviews/export.{ending}?view=published")

    assert "Disk full" in told
    assert "It was full." in told
    assert "Hidden one" not in told
    assert "Later working text" not in told


def test_a_review_under_way_is_told_of_without_its_text(reader):
    review = make_review(incident=make_incident(title="Still going"))
    Section.objects.create(review=review, kind="summary", text="Working text")

    told = json.loads(text_of(reader, "/reviews/export.json"))

    (row,) = told["reviews"]
    assert (row["title"], row["state"], row["publication"]) == ("Still going", "gathering", None)


def test_cells_of_reviews_run_nothing(reader):
    published(title="Disk full")

    assert '"\'=It was full."' in text_of(reader, "/reviews/export.csv?view=published")


@pytest.mark.parametrize("ending", ["csv", "json", "md"])
def test_lessons_as_far_as_they_were_narrowed_down(reader, ending):
    hidden = make_review(incident=make_incident(reference="INC-771", visibility="restricted"))
    make_lesson(title="Check the copies", happened_on="2024-03-04", source_review=hidden)
    make_lesson(title="Something else", happened_on="2023-03-04")
    make_lesson(title="Not yet", happened_on="2024-03-05", state=Lesson.State.DRAFT)

    told = text_of(reader, f"/lessons/export.{ending}?year=2024")

    assert "Check the copies" in told
    assert "Something else" not in told
    assert "Not yet" not in told
    assert "INC-771" not in told


def test_lessons_that_words_find(reader):
    make_lesson(title="Check the copies", search_text="copies")
    make_lesson(title="Something else", search_text="else")

    told = json.loads(text_of(reader, "/lessons/export.json?q=copies"))

    assert [row["title"] for row in told["lessons"]] == ["Check the copies"]


def test_filters_among_the_words_narrow_the_file_as_they_narrow_the_page(reader):
    about = make_service(name="Payments", slug="payments")
    for title, happened_on in (("Old copies", "2019-03-04"), ("New copies", "2024-03-04")):
        lesson = make_lesson(title=title, search_text="copies", happened_on=happened_on)
        lesson.services.add(about)
    make_lesson(title="Copies of others", search_text="copies", happened_on="2024-03-04")

    def titles(typed: str) -> list[str]:
        told = json.loads(text_of(reader, f"/lessons/export.json?{urlencode({'q': typed})}"))
        return sorted(row["title"] for row in told["lessons"])

    assert titles("copies service:payments after:2020") == ["New copies"]
    assert titles("service:payments") == ["New copies", "Old copies"]
    assert titles("copies -service:payments") == ["Copies of others"]


def test_actions_as_json(reader):
    make_action(title="Alert on missing dumps", reference="A-1")

    told = json.loads(text_of(reader, "/actions/export.json?view=all"))

    assert [row["title"] for row in told["actions"]] == ["Alert on missing dumps"]
    assert told["format"] == "second-story-actions"


def test_incidents_as_markdown_are_those_of_the_list(reader):
    make_incident(title="Disk full", summary="It was full.", impact="Nobody could pay")
    make_incident(title="Of another kind", kind="near_miss")
    make_incident(title="Hidden one", visibility="restricted")

    told = text_of(reader, "/incidents/export.md?kind=incident")

    assert told.startswith("# Disk full\n\n")
    assert "It was full.\n\n## Impact\n\nNobody could pay\n" in told
    assert "## Timeline" not in told
    assert "Of another kind" not in told
    assert "Hidden one" not in told


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_one_thing_as_a_file(reader, form):
    incident = make_incident(title="Disk full", summary="It was full.")
    make_event(incident, text="Failed over")
    action = make_action(title="Alert on missing dumps", review=make_review())
    lesson = make_lesson(title="Check the copies")

    assert "Failed over" in text_of(reader, f"{incident.get_absolute_url()}?as={form}")
    assert "missing dumps" in text_of(reader, f"{action.get_absolute_url()}?as={form}")
    assert "Check the copies" in text_of(reader, f"{lesson.get_absolute_url()}?as={form}")


def test_an_action_names_no_incident_that_is_hidden(reader):
    action = make_action(title="Alert on missing dumps", review=make_review())
    hidden = make_incident(reference="INC-771", visibility="restricted")
    action.incidents.add(hidden)

    answer = reader.get(f"{action.get_absolute_url()}?as=json")

    assert answer.status_code == 404 or "INC-771" not in answer.getvalue().decode()


def test_the_timeline_of_an_incident_is_a_table_to_keep(reader):
    incident = make_incident(reference="INC-7", title="Disk full")
    make_event(incident=incident, text="=It was full", source="the pager")

    told = reader.get(f"{incident.get_absolute_url()}?as=csv")

    (line,) = csv.DictReader(io.StringIO(told.getvalue().decode("utf-8-sig")))
    assert (line["text"], line["source"]) == ("'=It was full", "the pager")
    assert 'filename="INC-7-timeline-' in told.headers["Content-Disposition"]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_is_hidden_is_no_file_either(reader, form):
    incident = make_incident(visibility="restricted")

    assert reader.get(f"{incident.get_absolute_url()}?as={form}").status_code == 404


@pytest.mark.parametrize("rows", [1, 6])
def test_a_list_costs_the_same_for_any_length(reader, rows, django_assert_num_queries):
    for number in range(rows):
        make_lesson(title=f"Lesson {number}")
    # two of them for the line of the trail that somebody took it along
    with django_assert_num_queries(8):
        text_of(reader, "/lessons/export.json")
