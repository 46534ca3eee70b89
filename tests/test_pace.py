"""How much one person may ask for in a minute, and how it is said."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.core.cache import caches
from django.urls import URLPattern, get_resolver

from common import papers
from common.models import Paper
from config import pace
from tests.make import make_incident, make_lesson, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)
SEARCHES = (
    "/search/?q=restore",
    "/search/suggestions/?q=service:",
    "/palette/?q=restore",
    "/incidents/new/similar/?title=restore",
    "/lessons/?q=restore",
    "/incidents/?q=restore",
    "/reviews/?q=restore",
    "/actions/?q=restore",
)
FILES = (
    "/lessons/export.csv",
    "/incidents/export.json",
    "/reviews/export.md",
    "/actions/export.pdf",
    "/actions/export.csv",
    "/handbook/handbook.json",
    "/settings/audit/export.csv",
    "/settings/export/full/",
)


@pytest.fixture(autouse=True)
def clock():
    """It is 12:00:20; `clock(seconds)` later."""
    caches["counts"].clear()
    with patch("config.pace.timezone.now") as now:

        def later(seconds):
            now.return_value = NOW + timedelta(seconds=seconds)

        later(0)
        yield later


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def statuses(client, *addresses):
    return [client.get(address).status_code for address in addresses]


def test_the_search_after_the_last_one_is_429_until_the_minute_is_over(
    client, reader, settings, clock
):
    settings.SEARCHES_PER_MINUTE = 2

    assert statuses(client, *SEARCHES[:2]) == [200, 200]
    refused = client.get("/search/?q=restore")

    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    page = refused.content.decode()
    assert "More than 2 searches came from you within a minute. Nothing is lost" in page
    assert "Search again in 40 s." in page
    clock(39)
    assert statuses(client, "/search/?q=restore") == [429]
    clock(40)
    assert statuses(client, "/search/?q=restore") == [200]


def test_one_person_keeps_nobody_else_from_searching(client, reader, settings):
    settings.SEARCHES_PER_MINUTE = 1
    assert statuses(client, "/search/?q=a", "/search/?q=b") == [200, 429]

    client.force_login(make_user())

    assert statuses(client, "/search/?q=b") == [200]


@pytest.mark.parametrize("address", SEARCHES)
def test_these_are_searches(client, reader, settings, address):
    settings.SEARCHES_PER_MINUTE = 0

    assert statuses(client, address) == [429]


@pytest.mark.parametrize("address", FILES)
def test_these_are_files(client, reader, settings, address):
    settings.EXPORTS_PER_MINUTE = 0

    assert statuses(client, address) == [429]


def test_one_thing_to_keep_is_a_file_too(client, reader, settings):
    settings.EXPORTS_PER_MINUTE = 0
    there = [make_incident().get_absolute_url(), make_lesson().get_absolute_url()]

    assert statuses(client, *[f"{address}?as=markdown" for address in there]) == [429, 429]
    assert statuses(client, *there) == [200, 200]


def test_what_is_read_is_not_counted(client, reader, settings):
    settings.SEARCHES_PER_MINUTE = settings.EXPORTS_PER_MINUTE = 0

    assert statuses(client, "/", "/lessons/", "/incidents/", "/reviews/", "/actions/?q=") == [
        200, 200, 200, 200, 200,
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["/palette/?q=restore", "/search/?q=restore"])
def test_a_part_of_a_page_gets_the_words_alone(client, reader, settings, address):
    settings.SEARCHES_PER_MINUTE = 0

    refused = client.get(address, headers={"HX-Request": "true"})

    assert (refused.status_code, refused["Content-Type"]) == (429, "text/plain; charset=utf-8")
    assert refused.content.decode() == (
        "More than 0 searches came from you within a minute. Nothing is lost: what you typed "
        "stands where you typed it. Search again in 40 s."
    )


def test_a_file_more_is_429_and_says_when(client, reader, settings):
    settings.EXPORTS_PER_MINUTE = 1
    assert statuses(client, "/lessons/export.csv") == [200]

    refused = client.get("/lessons/export.json")

    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert "so this one was not made" in refused.content.decode()
    assert statuses(client, "/search/?q=restore") == [200]


def test_every_address_that_makes_a_file_is_known():
    def names(patterns, space=""):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield f"{space}{pattern.name}", str(pattern.pattern)
            else:
                inner = getattr(pattern, "namespace", None)
                yield from names(pattern.url_patterns, f"{space}{inner}:" if inner else space)

    ends = (".csv", ".json", ".md", ".pdf", "pdf/")
    files = {
        name
        for name, address in names(get_resolver().url_patterns)
        if address.endswith(ends) and not name.startswith(("api", "None"))
    }

    assert len(files) > 20
    assert {name for name in files if not pace.is_file(name)} == set()


# PDFs that wait for a worker ----------------------------------------------------------------------
@pytest.fixture
def woken():
    with patch("common.waking.current_app.send_task"):
        yield


def test_no_more_than_a_few_pdfs_of_one_person_wait(client, reader, woken):
    wanted = [f"/lessons/export.pdf?q=restore{number}" for number in range(papers.MOST_WAITING + 1)]
    assert statuses(client, *wanted[:-1]) == [202] * papers.MOST_WAITING

    refused = client.get(wanted[-1])

    assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    assert f"{papers.MOST_WAITING} of yours are being made already" in refused.content.decode()
    # Those that wait are looked after, once each; the handbook is everybody's.
    assert statuses(client, *wanted[:-1]) == [202] * papers.MOST_WAITING
    assert Paper.objects.filter(owner=reader).count() == papers.MOST_WAITING
    assert statuses(client, "/handbook/handbook.pdf") == [202]
    Paper.objects.filter(owner=reader).first().delete()
    assert statuses(client, wanted[-1]) == [202]


def test_pdfs_that_a_lost_worker_left_keep_nobody_from_asking(client, reader, woken):
    wanted = [f"/lessons/export.pdf?q=restore{number}" for number in range(papers.MOST_WAITING + 1)]
    statuses(client, *wanted[:-1])
    Paper.objects.update(asked_at=NOW - timedelta(minutes=3))

    assert statuses(client, wanted[-1]) == [202]
