"""That PostgreSQL reads the few rows a page shows, not all of a table that grows."""

import re
from copy import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import engines
from common.engines import CANDIDATES, WORDS_COUNTED
from common.keys import Given
from common.search_feed import searchable
from common.search_index import make_anew
from incidents.models import Incident
from lessons import facets
from lessons.models import Lesson
from postmortems.models import Review
from tests.make import make_incident, make_lesson, make_review, make_user
from tests.plans import analyze

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL"),
]
MANY = 4_000
GROWING = (Incident, Review, Lesson)


def many_like(row, prefix, **others):
    """As many as MANY; `others` gives for a field what each of them has."""
    rows = []
    for number in range(MANY):
        one = copy(row)
        one.pk, one._state.adding = None, True
        if prefix:
            one.reference = f"{prefix}-{90_000 + number}"
        for name, values in others.items():
            setattr(one, name, values[number])
        rows.append(one)
    return type(row).objects.bulk_create(rows)


def read_whole(plan):
    """Which of the tables that grow a plan reads from end to end."""
    tables = set(re.findall(r"Seq Scan on (\w+)", plan))
    return {model for model in GROWING if model._meta.db_table in tables}


@pytest.fixture
def shelves():
    review = make_review(incident=make_incident(), state="published")
    lesson = make_lesson(source_review=review, insight="It had grown. " * 40)
    incidents = many_like(review.incident, "INC")
    reviews = many_like(review, "", incident=incidents)
    lessons = many_like(lesson, "L", source_review=reviews)
    analyze(*GROWING)
    return lessons


def test_the_sources_of_the_lessons_that_are_shown_are_looked_up(shelves):
    shown = Lesson.objects.filter(pk__in=Given(Given.text(one.pk for one in shelves[:25])))

    plan = shown.for_results(make_user()).explain()

    assert not read_whole(plan) & {Incident, Review}


def test_how_many_lessons_divide_is_looked_up(shelves):
    keys = [one.pk for one in shelves[: MANY // 4]]
    with CaptureQueriesContext(connection) as asked:
        counted = facets.counts(make_user(), ("kind",), lessons=keys)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert [one.times for one in counted["kind"]] == [len(keys)]
    assert not read_whole(plan)


@pytest.mark.django_db(transaction=True)
def test_how_lessons_divide_is_planned_once_for_everybody(monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", 0)
    connection.close()
    lesson = make_lesson(source_review=make_review(incident=make_incident(), state="published"))
    try:
        for keys in ([], [lesson.pk]) * 4:
            counted = facets.counts(make_user(), ("kind",), lessons=keys)
            assert [one.times for one in counted["kind"]] == [1 for _ in keys]
        with connection.cursor() as cursor:
            cursor.execute("SELECT custom_plans, generic_plans FROM pg_prepared_statements")
            assert cursor.fetchall() == [(5, 3)]
    finally:
        connection.close()


def test_words_are_fetched_from_the_rows_that_are_weighed_and_sorted_with_none(shelves):
    with CaptureQueriesContext(connection) as asked:
        found = Lesson.objects.published().find("restored")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = [line for (line,) in cursor.fetchall()]

    assert len(found.ids) == CANDIDATES
    assert any("Tid Scan on lessons_lesson" in line for line in plan)
    assert all(int(line.rpartition("width=")[2][:-1]) < 50 for line in plan if "Sort  (" in line)


@pytest.fixture
def engine(shelves, monkeypatch):
    """One that knows the shelves to be long."""
    monkeypatch.setattr(engines, "STRETCHES", (100, 500))
    monkeypatch.setitem(engines.DATABASES, "postgresql", engines.Postgresql())
    assert Lesson.objects.find("restored").ids
    return engines.DATABASES["postgresql"]


def test_a_rare_word_is_looked_up_in_one_go_and_a_common_one_among_the_newest_first(engine):
    rare = make_lesson(search_text="pelican")
    with CaptureQueriesContext(connection) as asked:
        assert Lesson.objects.find("pelican").ids == [rare.pk]
        assert Lesson.objects.find("restored out").ids
        assert Lesson.objects.find("restored -pelican").ids
        assert rare.pk in Lesson.objects.find("restored pelican").ids

    stretches = [one["sql"].count(" > (SELECT count(*) FROM stretch") for one in asked]
    # The first statement asks which words are common.
    assert stretches[:5] == [0, 0, 2, 2, 0]


def test_a_common_word_is_known_without_going_through_the_rows_that_hold_it(engine):
    rows = [Lesson.objects.all()]
    with CaptureQueriesContext(connection) as asked:
        assert engine.known(rows, [("restored",)]) == {("restored",)}
        assert engine.known(rows, [("restored",), ("pelican",)]) == {("restored",)}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE) {asked[0]['sql']}")
        plan = [line for (line,) in cursor.fetchall()]

    looked_up = [line for line in plan if "on lessons_lesson" in line]
    assert looked_up
    assert all("never executed" in line for line in looked_up)


@pytest.mark.parametrize("model", searchable(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("is_anew", [False, True], ids=["at first", "made anew"])
def test_postgresql_knows_of_many_words_how_many_rows_hold_them(model, is_anew):
    """By itself it reads all of a million lessons for a word that none holds."""
    if is_anew:
        make_anew(model)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attstattarget FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attname = 'search_vector'",
            [model._meta.db_table],
        )
        assert cursor.fetchall() == [(WORDS_COUNTED,)]


def test_drafts_are_found_without_reading_the_library(shelves):
    drafts = Lesson.objects.visible_to(make_user()).drafts().order_by("-pk")[:5]

    assert Lesson not in read_whole(drafts.explain())


def test_the_words_of_a_lesson_stand_in_its_row():
    make_lesson(search_text=" ".join(f"word{number}" for number in range(300)))

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_column_size(search_vector) FROM lessons_lesson")
        [(size,)] = cursor.fetchall()
        cursor.execute(
            "SELECT reltoastrelid::regclass FROM pg_class WHERE relname = %s",
            [Lesson._meta.db_table],
        )
        [(elsewhere,)] = cursor.fetchall()
        cursor.execute(f"SELECT count(*) FROM {elsewhere}")
        [(kept_elsewhere,)] = cursor.fetchall()

    assert size > 2_000
    assert kept_elsewhere == 0
