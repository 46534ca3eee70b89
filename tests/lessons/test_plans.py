"""That PostgreSQL reads the few rows a page shows, not all of a table that grows."""

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import Incident
from lessons.models import Lesson
from postmortems.models import Review
from tests.make import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL"),
]
MANY = 4_000


@pytest.fixture
def shelves():
    now = timezone.now()
    incidents = Incident.objects.bulk_create(
        Incident(reference=f"INC-{90_000 + n}", title="A queue grew", visibility="open")
        for n in range(MANY)
    )
    reviews = Review.objects.bulk_create(
        Review(incident=incident, state="published", published_at=now) for incident in incidents
    )
    lessons = Lesson.objects.bulk_create(
        Lesson(
            reference=f"L-{90_000 + n}",
            title="Size queues",
            insight="It had grown. " * 40,
            state="published",
            published_at=now,
            source_review=review,
        )
        for n, review in enumerate(reviews)
    )
    with connection.cursor() as cursor:
        for model in (Incident, Review, Lesson):
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return lessons


def test_the_sources_of_the_lessons_that_are_shown_are_looked_up(shelves):
    shown = Lesson.objects.filter(pk__in=[one.pk for one in shelves[:25]])

    plan = shown.for_results(make_user()).explain()

    assert "Seq Scan on postmortems_review" not in plan
    assert "Seq Scan on incidents_incident" not in plan


def test_drafts_are_found_without_reading_the_library(shelves):
    drafts = Lesson.objects.visible_to(make_user()).drafts().order_by("-pk")[:5]

    assert "Seq Scan on lessons_lesson" not in drafts.explain()
