"""The numbers beside the navigation."""

import pytest
from django.db import connection
from django.test import RequestFactory

from config.context import product
from incidents.models import Incident
from tests.make import make_action, make_incident, make_review, make_team, make_user

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
def test_what_goes_on_is_found_without_looking_through_all_there_were():
    user, model = make_user(), make_incident(state="resolved")
    fields = [field.attname for field in Incident._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(model, name) for name in fields}
    Incident.objects.bulk_create(
        Incident(**values | {"reference": f"INC-{90_000 + number}"}) for number in range(500)
    )
    make_incident(state="reported")
    asked = []

    def note(execute, sql, parameters, many, context):
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with connection.execute_wrapper(note):
            assert counts_for(user)["ongoing"] == "1"
        [(sql, parameters)] = asked
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        plan = [step for *_, step in cursor.fetchall()]

    ways = [step for step in plan if step.startswith(("SCAN U0", "SEARCH U0 USING INDEX incident"))]
    assert ways == ["SEARCH U0 USING INDEX incident_ongoing_of_kind (kind=? AND resolved_at=?)"]
