"""The list as a file: exactly what is shown, safe to open, for who may see it."""

import csv
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.http import QueryDict

from common.pagination import batches
from common.tags import tags_named
from incidents import custom
from incidents.listing.filters import Filters
from incidents.models import Incident
from tests.make import (
    make_incident,
    make_question,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 2, 1, 23, 30, tzinfo=UTC)


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def as_csv(client, query=""):
    text = b"".join(client.get(f"/incidents/export.csv?{query}")).decode()
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def as_json(client, query=""):
    return json.loads(b"".join(client.get(f"/incidents/export.json?{query}")))


def test_a_row_holds_times_with_their_zone_and_only_known_durations(client, reader):
    incident = make_incident(
        title="Saving fails",
        team=make_team(name="Storage"),
        started_at=START,
        started_zone="Europe/Amsterdam",
        started_precision="about",
        detected_at=START + timedelta(minutes=7, seconds=30),
        acknowledged_at=None,
        mitigated_at=None,
        mitigated_precision="never",
        resolved_at=START + timedelta(minutes=90),
    )
    incident.services.add(make_service(name="Web"), make_service(name="Mail"))
    incident.tags.set(tags_named(["night"]))
    make_review(incident=incident, state="gathering")
    cost = make_question(key="cost", type="number")
    custom.save(incident, {cost: Decimal(12)})

    [row] = as_csv(client)

    wanted = {
        "reference": incident.reference,
        "address": f"http://127.0.0.1:8000/incidents/{incident.reference}/",
        "team": "Storage",
        "services": "Mail; Web",
        "tags": "night",
        "started_at": "2026-02-01T23:30:00Z",
        "started_zone": "Europe/Amsterdam",
        "started_precision": "about",
        "acknowledged_at": "",
        "acknowledged_precision": "unknown",
        "mitigated_precision": "never",
        "minutes_to_detected": "7.5",
        "minutes_to_acknowledged": "",
        "minutes_to_mitigated": "n/a",
        "minutes_to_resolved": "90",
        "review": "gathering",
        "x.cost": "12",
    }
    assert {name: row[name] for name in wanted} == wanted
    [described] = as_json(client)["incidents"]
    assert described["milestones"]["started"] == {
        "at": "2026-02-01T23:30:00Z", "zone": "Europe/Amsterdam", "precision": "about"
    }  # fmt: skip
    assert described["minutes"] == {
        "to_detected": 7.5, "to_acknowledged": None, "to_mitigated": None, "to_resolved": 90
    }  # fmt: skip
    assert described["milestones"]["mitigated"]["precision"] == "never"
    assert (described["custom"]["cost"], described["services"]) == ("12", ["Mail", "Web"])


@pytest.mark.parametrize("query", ["", "severity=sev1", "sort=severity", "q=limit", "view=near"])
def test_both_files_hold_what_the_list_shows_in_its_order(client, reader, query):
    for number in range(9):
        make_incident(
            title=f"{number}",
            severity=f"sev{1 + number % 2}",
            kind="near_miss" if number % 3 else "incident",
            search_text="limit" if number % 2 else "",
        )
    shown = [row.reference for row in client.get(f"/incidents/?{query}").context["rows"]]
    assert shown

    assert [row["reference"] for row in as_csv(client, query)] == shown
    assert [row["reference"] for row in as_json(client, query)["incidents"]] == shown


def test_what_was_picked_is_a_file_of_its_own(client, reader):
    picked, _ = make_incident(), make_incident()

    assert [row["reference"] for row in as_csv(client, f"pick={picked.reference}")] == [
        picked.reference
    ]


def test_a_stranger_gets_no_row_of_what_is_restricted(client, reader):
    incident = make_incident(title="Behind closed doors", visibility="restricted")
    incident.tags.set(tags_named(["merger"]))
    assert as_csv(client) == []
    assert as_json(client, f"pick={incident.reference}")["incidents"] == []
    named = make_user()
    incident.involvements.create(user=named)
    client.force_login(named)

    assert [row["title"] for row in as_csv(client)] == ["Behind closed doors"]


def test_no_cell_begins_like_a_formula(client, reader):
    make_incident(title="=cmd|' /C calc'!A0", impact="@SUM(1)")

    [row] = as_csv(client)

    assert (row["title"], row["impact"]) == ("'=cmd|' /C calc'!A0", "'@SUM(1)")


def test_a_right_that_is_lost_meanwhile_holds_from_the_next_rows_on(reader):
    team = make_team()
    for _ in range(4):
        make_incident(team=team)
    filters = Filters(QueryDict(""), user=reader)
    rows = batches(filters.rows(), order=filters.order, size=2)
    assert len(next(rows)) == 2

    Incident.objects.update(visibility="restricted")

    assert list(rows) == []


@pytest.mark.parametrize("rows", [2, 30])
def test_a_file_costs_the_same_for_any_length_of_a_batch(
    client, reader, django_assert_num_queries, rows
):
    for _ in range(rows):
        incident = make_incident()
        incident.services.add(make_service())

    as_csv(client)  # that it was taken along is noted once

    # Session, user, whether it is noted, fields, rows with all that is told of them
    with django_assert_num_queries(4):
        assert len(as_csv(client)) == rows
