"""That what few have is looked up, though PostgreSQL takes it to be as frequent as the rest."""

import re
from copy import copy
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common import keys
from common.models import Tag
from incidents.listing import facets, wishes
from incidents.models import Incident
from lessons import library, querysets
from lessons.asking import tags_seen_by
from lessons.models import Lesson
from tests.make import make_incident, make_lesson, make_more_like, make_service, make_user
from tests.plans import analyze, rows_read_for

pytestmark = pytest.mark.django_db
MANY, SHARED = 6_000, 4


@pytest.fixture
def oldest():
    """An incident and a lesson alone with a tag and a service, the oldest beside thousands that
    share a few. Of these the planner knows one by name, as it knows a hundred of thousands."""
    a_year_ago = timezone.now() - timedelta(days=365)
    incident = make_incident(filed_at=a_year_ago)
    lesson = make_lesson(published_at=a_year_ago)
    make_more_like(make_incident(), MANY)
    others = [copy(lesson) for _ in range(MANY)]
    for number, other in enumerate(others):
        other.pk, other._state.adding, other.reference = None, True, f"L-{90_000 + number}"
        other.published_at = timezone.now()
    Lesson.objects.bulk_create(others)
    tags = Tag.objects.bulk_create(Tag(name=f"tag {n}", slug=f"tag-{n}") for n in range(SHARED))
    services = [make_service() for _ in range(SHARED)]
    for model, owner in ((Incident, "incident_id"), (Lesson, "lesson_id")):
        rows = list(model.objects.values_list("pk", flat=True))
        for links, column, shared in (
            (model.tags.through, "tag_id", tags),
            (model.services.through, "service_id", services),
        ):
            links.objects.bulk_create(
                links(**{owner: row, column: shared[n % SHARED].pk}) for n, row in enumerate(rows)
            )
            analyze(links, values=1)
        analyze(model)
    tag, service = Tag.objects.create(name="rare", slug="rare"), make_service(slug="rare")
    for row in (incident, lesson):
        row.tags.set([tag])
        row.services.set([service])
    return incident, lesson


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
@pytest.mark.parametrize(
    "address",
    [
        "/incidents/?tag=rare",
        "/incidents/?service=rare",
        "/incidents/?filters=1",
    ],
)
def test_no_statement_goes_through_all_for_it(client, oldest, address, monkeypatch):
    monkeypatch.setattr(facets, "SAMPLE", 500)
    client.force_login(make_user())
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address)
    read = {
        query["sql"]: rows_read_for(query)
        for query in asked
        if query["sql"].startswith(("SELECT", "WITH"))
    }

    assert page.status_code == 200
    assert max(read.values()) < MANY, max(read, key=read.get)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
@pytest.mark.parametrize("column", ["tag_id", "service_id"])
def test_what_shares_it_is_looked_for_among_its_newest(oldest, column):
    (_, lesson), user = oldest, make_user()
    with CaptureQueriesContext(connection) as asked:
        assert library.near(user, lesson)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    looked_up = (
        rf"Limit [^\n]*\n[^\n]*Scan Backward using lesson_by_[^\n]*\n +Index Cond: \({column} ="
    )
    assert re.search(looked_up, plan)
    assert "lesson_newest" not in plan


@pytest.mark.parametrize("few", [2, 3])
@pytest.mark.parametrize("relation", ["tags", "services"])
def test_a_rare_one_is_asked_by_the_keys_of_its_lessons(monkeypatch, few, relation):
    monkeypatch.setattr(keys, "FEW", few)
    field = Lesson._meta.get_field(relation)
    shared = Tag.objects.create(name="rare", slug="rare")
    shared = shared if relation == "tags" else make_service(slug="rare")
    lessons = [make_lesson() for _ in range(3)]
    for lesson in lessons:
        getattr(lesson, relation).add(shared)
    make_lesson()
    with CaptureQueriesContext(connection) as asked:
        found = list(Lesson.objects.with_one(relation, "rare").order_by("pk"))

    assert found == lessons
    named = field.related_model._meta.db_table in asked[-1]["sql"]
    assert named == (few < len(lessons))


def test_a_lesson_that_shares_it_is_found_beside_many_newer_ones(monkeypatch):
    monkeypatch.setattr(querysets, "NEWEST", 3)
    tag, other = (Tag.objects.create(name=name, slug=name) for name in ("rare", "common"))
    oldest, lesson = make_lesson(title="Oldest"), make_lesson(title="This")
    newer = [make_lesson(title=f"Newer {number}") for number in range(6)]
    for one in (oldest, lesson):
        one.tags.add(tag)
    for one in (lesson, *newer):
        one.tags.add(other)

    near = Lesson.objects.newest_sharing("same_tag", lesson).order_by("-pk")

    assert list(near) == [*reversed(newer[-3:]), oldest]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
def test_a_tag_is_known_without_going_through_what_has_one(oldest):
    rare = tags_seen_by(make_user()).filter(slug="rare")
    with CaptureQueriesContext(connection) as asked:
        assert [tag.slug for tag in rare] == ["rare"]

    assert rows_read_for(asked[-1]) < 2 * MANY


@pytest.mark.parametrize(
    ("seen_by", "known"),
    [(tags_seen_by, ["lesson", "incident"]), (wishes.tags_seen_by, ["incident"])],
    ids=["search", "list of incidents"],
)
def test_a_tag_is_known_by_what_may_be_seen_alone(seen_by, known):
    tagged = {
        "draft": make_lesson(state=Lesson.State.DRAFT),
        "hidden": make_incident(visibility="restricted"),
        "lesson": make_lesson(),
        "incident": make_incident(),
    }
    for name, row in tagged.items():
        row.tags.add(Tag.objects.create(name=name, slug=name))
    Tag.objects.create(name="alone", slug="alone")

    assert [tag.slug for tag in seen_by(make_user()).order_by("pk")] == known


@pytest.mark.parametrize("few", [0, 1_000])
@pytest.mark.parametrize("address", ["/lessons/?{}=rare", "/incidents/?{}=rare"])
@pytest.mark.parametrize("name", ["tag", "service"])
def test_what_has_it_is_found_however_many_have_it(client, monkeypatch, few, address, name):
    monkeypatch.setattr(keys, "FEW", few)
    tag, service = Tag.objects.create(name="rare", slug="rare"), make_service(slug="rare")
    for make in (make_incident, make_lesson):
        make(title="Without it")
        row = make(title="It is here")
        row.tags.set([tag])
        row.services.set([service])
    client.force_login(make_user())

    page = client.get(address.format(name)).content.decode()

    assert "It is here" in page
    assert "Without it" not in page
