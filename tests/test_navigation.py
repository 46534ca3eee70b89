"""The numbers beside the navigation."""

import pytest
from django.db import connection
from django.test import RequestFactory

from config.context import product
from incidents.models import Incident
from tests.make import (
    make_action,
    make_incident,
    make_more_like,
    make_review,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def counts_for(user):
    request = RequestFactory().get("/")
    request.user = user
    return dict(product(request)["navigation_counts"])


def test_the_numbers_hold_only_what_one_may_see_and_cost_one_query(django_assert_num_queries):
    user = make_user()
    make_incident(state="reported")
    hidden = make_incident(state="reported", visibility="restricted")
    make_review(incident=hidden)
    make_review()
    make_action(owner=user)
    make_action(owner=user).incidents.add(hidden)
    make_action()

    with django_assert_num_queries(1):
        assert counts_for(user) == {
            "ongoing": "1",
            "reviews": "1",
            "my_actions": "1",
            "unread": "",
            "pinned": "",
        }


def test_a_long_list_is_not_counted_to_its_end():
    team = make_team()
    Incident.objects.bulk_create(
        Incident(reference=f"INC-{n}", title="Slow", severity="sev3", team=team) for n in range(150)
    )

    assert counts_for(make_user())["ongoing"] == "99+"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite")
@pytest.mark.parametrize("page", ["/", "/incidents/"])
def test_what_goes_on_is_found_without_looking_through_all_there_were(client, page):
    make_more_like(make_incident(state="resolved"), 500)
    make_incident(state="reported")
    client.force_login(make_user())
    asked = []

    def note(execute, sql, parameters, many, context):
        if '."resolved_at" IS NULL' in sql:
            asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with connection.execute_wrapper(note):
            client.get(page)
        assert len(asked) == 2
        for sql, parameters in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            plan = [step for *_, step in cursor.fetchall()]
            assert any("USING INDEX incident_ongoing_of_kind" in step for step in plan)
