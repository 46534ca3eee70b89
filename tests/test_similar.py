from datetime import timedelta

import pytest
from django.utils import timezone

from tests.make import make_incident, make_lesson, make_service, make_user

pytestmark = pytest.mark.django_db
ASK = "/incidents/new/similar/"


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def found(client, title, **more):
    return client.get(ASK, {"title": title} | more).context["familiar"]


def titles(familiar):
    return [each.row.title for each in familiar.others]


def test_what_looks_familiar_shares_words_may_be_seen_and_says_why(client, reader):
    make_incident(title="The database disk is full", search_text="a disk of the database is full")
    make_incident(title="Mail is late", search_text="mail is late")
    make_incident(title="Hidden database disk is full", visibility="restricted")

    familiar = found(client, "Database: no room on the disk, full again")

    assert [(each.row.title, each.reason) for each in familiar.others] == [
        ("The database disk is full", "3 words in common: database, disk, full")
    ]


def test_words_in_a_row_are_quoted_and_the_same_service_is_named_and_comes_first(client, reader):
    service = make_service()
    make_incident(title="Old cluster rejects every write at noon")
    at_service = make_incident(title="The primary rejects every write")
    at_service.services.add(service)

    familiar = found(client, "Database rejects every write", service=service.pk)

    assert (familiar.others[0].row, familiar.others[0].reason) == (
        at_service,
        "same service, matches “rejects every write”",
    )


def test_lessons_come_along_and_drafts_do_not(client, reader):
    make_lesson(title="Watch the limits of counters", search_text="writes stop at the limit")
    make_lesson(title="Draft: limits of counters", state="draft")

    familiar = found(client, "A counter reached its limit")

    assert titles(familiar) == ["Watch the limits of counters"]
    assert "lesson-title" in client.get(ASK, {"title": "A counter at its limit"}).content.decode()


def test_there_are_never_more_than_five(client, reader):
    service = make_service()
    for number in range(4):
        make_incident(title=f"Certificate expired on proxy {number}")
        make_lesson(title=f"Certificate of a proxy expired {number}")
    for _ in range(3):
        make_incident(title="Proxy", state="reported", started_at=timezone.now()).services.add(
            service
        )

    familiar = found(client, "Certificate expired at the proxy", service=service.pk)

    assert len(familiar.just_begun) + len(familiar.others) == 5
    assert len([each for each in familiar.others if each.is_lesson]) == 2


def test_what_has_just_begun_at_the_same_service_is_offered_first(client, reader):
    service = make_service()
    now = timezone.now()

    def begun(minutes, **fields):
        incident = make_incident(
            state="reported", started_at=now - timedelta(minutes=minutes), **fields
        )
        incident.services.add(service)
        return incident

    just_begun = begun(4, title="Something quite different")
    begun(200)
    begun(5, visibility="restricted")

    html = client.get(ASK, {"title": "", "service": service.pk}).content.decode()

    assert found(client, "x", service=service.pk).just_begun == [just_begun]
    assert f"{just_begun.reference} began 4 min ago." in html
    assert f'href="/incidents/{just_begun.reference}/#quick"' in html


@pytest.mark.parametrize("title", ["", "disk", "the of and", "' OR 1=1 -- & | !", "x" * 5_000])
def test_too_little_to_compare_finds_nothing(client, reader, title):
    make_incident(title="The database disk is full")

    assert found(client, title).others == []


@pytest.mark.parametrize("rows", [1, 6])
def test_it_costs_the_same_for_any_number_of_rows(client, reader, django_assert_num_queries, rows):
    service = make_service()
    for _ in range(rows):
        make_incident(title="Certificate expired on the proxy").services.add(service)
        make_lesson(title="Certificate of the proxy expired").services.add(service)
    # session with user; just begun; lessons: ids, rows, services; the same of incidents
    with django_assert_num_queries(8):
        client.get(ASK, {"title": "Certificate expired at the proxy", "service": service.pk})
