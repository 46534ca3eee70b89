"""That a page asks of what it shows whether it may be seen, however much is hidden besides."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions import board
from actions.listing import page as pages
from actions.listing.filters import Filters
from actions.models import Action
from common.keys import naming_rules
from incidents.models import Incident
from postmortems.models import Review
from tests.make import make_action, make_incident, make_more_like, make_review, make_user
from tests.plans import analyze, rows_read_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL"),
]
SHOWN, HIDDEN = 25, 3_000
ALL = QueryDict("view=all")


@pytest.fixture
def beside_much_that_is_hidden():
    """Some open ones with a review and an action each, the newest of all, and thousands hidden."""
    make_more_like(make_incident(visibility="restricted"), HIDDEN)
    for _ in range(2 * SHOWN):
        incident = make_incident()
        make_review(incident=incident)
        make_action().incidents.add(incident)
    analyze(Incident, Review, Action, Action.incidents.through)


@pytest.mark.parametrize(
    "page",
    [
        lambda user: Incident.objects.visible_to(user).order_by("-filed_at", "-pk"),
        lambda user: Incident.objects.for_list(user),
        lambda user: Review.objects.visible_to(user).order_by("-requested_at", "-pk"),
        lambda user: Action.objects.visible_to(user).order_by("-pk"),
    ],
    ids=["incidents", "incidents with reviews", "reviews", "actions"],
)
@pytest.mark.parametrize("named", [False, True], ids=["written out", "named"])
def test_a_page_does_not_gather_what_is_hidden(beside_much_that_is_hidden, page, named):
    rows = page(make_user())[:SHOWN]
    if named:
        rows = naming_rules(rows)

    with CaptureQueriesContext(connection) as asked:
        assert len(rows) == SHOWN

    assert rows_read_for(asked[0]) < 15 * SHOWN


@pytest.mark.parametrize(
    ("count", "statements"),
    [
        (lambda user, today: pages.counts(user, today=today), 1),
        (lambda user, today: board.lanes(Filters(ALL, user=user), today=today), 5),
    ],
    ids=["views", "lanes"],
)
def test_actions_are_counted_without_gathering_what_is_hidden(
    beside_much_that_is_hidden, count, statements
):
    with CaptureQueriesContext(connection) as asked:
        count(make_user(), timezone.localdate())
    told = [query for query in asked if "hidden_incidents" in query["sql"]]

    assert len(told) == statements
    assert sum(map(rows_read_for, told)) < HIDDEN
