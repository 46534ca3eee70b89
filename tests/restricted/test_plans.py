"""That a page asks of what it shows whether it may be seen, however much is hidden besides."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action
from common.keys import naming_rules
from incidents.models import Incident
from postmortems.models import Review
from tests.make import make_action, make_incident, make_more_like, make_review, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL"),
]
SHOWN = 25


@pytest.fixture
def beside_much_that_is_hidden():
    """Some open ones with a review and an action each, the newest of all, and thousands hidden."""
    make_more_like(make_incident(visibility="restricted"), 3_000)
    for _ in range(2 * SHOWN):
        incident = make_incident()
        make_review(incident=incident)
        make_action().incidents.add(incident)
    with connection.cursor() as cursor:
        for model in (Incident, Review, Action, Action.incidents.through):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def rows_read(plan):
    """Rows that come out of all parts of a plan, however often each part is asked."""
    own = plan.get("Actual Rows", 0) * plan.get("Actual Loops", 1)
    return own + sum(map(rows_read, plan.get("Plans", ())))


@pytest.mark.parametrize(
    "page",
    [
        lambda user: Incident.objects.visible_to(user).order_by("-filed_at", "-pk"),
        lambda user: Incident.objects.for_list(user),
        lambda user: Review.objects.visible_to(user).order_by("-requested_at", "-pk"),
        lambda user: Action.objects.each_visible_to(user).order_by("-pk"),
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
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked[0]['sql']}")
        [[[plan]]] = cursor.fetchall()

    assert rows_read(plan["Plan"]) < 15 * SHOWN
