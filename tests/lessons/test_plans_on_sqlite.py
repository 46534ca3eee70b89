"""That SQLite begins at the few rows a page shows, once it has counted what is in its tables."""

from copy import copy
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lessons import curating
from lessons.models import Lesson
from lessons.reading import State
from tests.make import make_lesson, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite"),
]


@pytest.fixture
def shelf():
    """The first of many lessons, counted."""
    first = make_lesson()
    others = [copy(first) for _ in range(500)]
    for number, other in enumerate(others):
        other.pk, other._state.adding, other.reference = None, True, f"L-{90_000 + number}"
    Lesson.objects.bulk_create(others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return first


def plans(asked):
    with connection.cursor() as cursor:
        for one in asked.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}")
            yield from (step for *_, step in cursor.fetchall())


def test_what_a_lesson_says_better_is_found_by_its_own_index(shelf):
    older = Lesson.objects.exclude(pk=shelf.pk)[:1].get()
    Lesson.objects.filter(pk=older.pk).update(state="superseded", superseded_by=shelf)
    with CaptureQueriesContext(connection) as asked:
        state = State.of(make_user(), shelf)

    assert state.supersedes == [older]
    steps = list(plans(asked))
    assert any("INDEX lesson_superseded" in step for step in steps)
    assert not [step for step in steps if step in {"SCAN lessons_lesson", "SCAN U0"}]


def test_the_lesson_of_the_month_begins_at_the_months(shelf):
    with CaptureQueriesContext(connection) as asked:
        assert curating.of_the_month(make_user(), today=date(2026, 3, 3)) is None

    steps = list(plans(asked))
    assert any("lessons_lessonofthemonth" in step for step in steps)
    assert not [step for step in steps if step in {"SCAN lessons_lesson", "SCAN U0"}]
