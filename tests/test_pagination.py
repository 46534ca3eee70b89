"""Keyset pages: each row once, in order, forwards and back."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from common.pagination import batches, page_of
from incidents.listing.order import ORDERS
from incidents.models import Incident
from tests.make import make_team

pytestmark = pytest.mark.django_db
SIZE = 4


@pytest.fixture
def incidents():
    """Few values, so that many rows share one, and starts that are not known."""
    rng, team = random.Random(7), make_team()
    first = datetime(2026, 3, 1, tzinfo=UTC)
    days = [first + timedelta(days=number) for number in range(3)]
    return Incident.objects.bulk_create(
        Incident(
            reference=f"INC-{number}",
            title=f"Slow {number}",
            team=team,
            severity=rng.choice(["sev1", "sev2", "sev4"]),
            filed_at=rng.choice(days),
            started_at=rng.choice([*days, None]),
        )
        for number in range(30)
    )


def walk(order, way):
    """The pages from one end: forwards from the first, or back from the one `way` begins at."""
    page, pages = (
        page_of(Incident.objects.all(), QueryDict(way), order=order, size=SIZE, unknown_last=True),
        [],
    )
    while True:
        pages.append(page)
        url = page.next_url if not way else page.previous_url
        if not url:
            return pages
        page = page_of(
            Incident.objects.all(), QueryDict(url[1:]), order=order, size=SIZE, unknown_last=True
        )


def expected(order):
    rows = list(Incident.objects.all())
    for name in reversed(order):
        column = name.removeprefix("-")
        rows.sort(
            key=lambda row, column=column: getattr(row, column) or datetime(1, 1, 1, tzinfo=UTC),
            reverse=name.startswith("-"),
        )
    lead = order[0].removeprefix("-")
    return sorted(rows, key=lambda row: getattr(row, lead) is None)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_walking_gives_each_row_once_and_in_order(incidents, order):
    pages = walk(order, "")
    wanted = [row.pk for row in expected(order)]

    assert [row.pk for page in pages for row in page.rows] == wanted
    back = walk(order, pages[-1].previous_url[1:])
    # From the last page but one, where this walk begins, to the first.
    assert [row.pk for page in reversed(back) for row in page.rows] == wanted[
        : -len(pages[-1].rows)
    ]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_each_page_knows_where_it_stands(incidents, order):
    pages = walk(order, "")

    assert [(page.first, page.last) for page in pages] == [
        (first, min(first + SIZE - 1, 30)) for first in range(1, 31, SIZE)
    ]
    back = walk(order, pages[-1].previous_url[1:])
    assert [page.first for page in back] == [page.first for page in reversed(pages[:-1])]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_batches_are_the_whole_list_in_order(incidents, order):
    found = [
        row.pk
        for batch in batches(Incident.objects.all(), order=order, size=7, unknown_last=True)
        for row in batch
    ]

    assert found == [row.pk for row in expected(order)]


def test_a_row_that_comes_in_front_shifts_nothing(incidents):
    order = ("-filed_at", "-pk")
    first = page_of(
        Incident.objects.all(), QueryDict(""), order=order, size=SIZE, unknown_last=True
    )
    Incident.objects.create(
        reference="INC-99", title="Newer", severity="sev1", team=incidents[0].team
    )

    second = page_of(
        Incident.objects.all(),
        QueryDict(first.next_url[1:]),
        order=order,
        size=SIZE,
        unknown_last=True,
    )

    assert [row.pk for row in second.rows] == [row.pk for row in expected(order)[5:9]]
