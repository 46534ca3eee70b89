"""The Impact tab, the severity and its history, and who sees a restricted incident."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from incidents import permissions
from incidents.models import ImpactAnswers, ImpactFigure, Incident
from people.models import User
from tests.make import make_incident, make_team, make_user

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)


@pytest.fixture
def manager(client):
    user = make_user(time_zone="Europe/Amsterdam", name="Ada Lima")
    client.force_login(user)
    return user


@pytest.fixture
def outage(manager):
    return make_incident(
        severity="sev3",
        team=make_team(manager=manager),
        started_at=STARTED,
        started_zone="Europe/Amsterdam",
        detected_at=STARTED + timedelta(hours=2),
        detected_precision="about",
        detected_zone="EST",
        acknowledged_at=None,
        acknowledged_precision="never",
        mitigated_at=None,
        mitigated_precision="unknown",
        resolved_at=STARTED + timedelta(hours=2),
        resolved_zone="UTC",
    )


def impact(client, incident):
    return client.get(reverse("incidents:impact", args=[incident.reference]))


def test_durations_stand_only_between_known_milestones(client, outage):
    rows = impact(client, outage).context["milestones"]

    assert [
        (row.label, row.without, row.after_before, row.after_start, row.written_in) for row in rows
    ] == [
        ("Impact started", "", "", "", ""),
        ("Noticed", "", "", "about 2 h", "EST"),
        ("Somebody took it on", "did not happen", "–", "–", ""),
        ("Impact stopped", "not known", "–", "–", ""),
        ("Resolved", "", "–", "2 h", "UTC"),
    ]


def test_no_time_at_all_is_neither_unknown_nor_missing(client, outage):
    Incident.objects.update(detected_at=STARTED, detected_precision="exact")

    assert impact(client, outage).context["milestones"][1].after_start == "at once"


def test_what_goes_on_has_not_ended_yet(client, outage):
    Incident.objects.update(resolved_at=None, resolved_precision="unknown", state="reported")

    rows = impact(client, outage).context["milestones"]
    assert [row.without for row in rows[3:]] == ["not yet", "not yet"]


def test_it_tells_the_impact_the_answers_and_how_the_severity_changed(client, manager, outage):
    Incident.objects.update(impact="Nobody could log in")
    ImpactFigure.objects.create(incident=outage, label="users", value=700, qualifier="approx")
    ImpactAnswers.objects.create(
        incident=outage, reach="many", effect="main_task", suggested="sev2",
        overruled_because="Only the night shift",
    )  # fmt: skip
    client.post(
        reverse("incidents:severity", args=[outage.reference]),
        {"severity": "sev1", "reason": "Saved work is lost"},
    )

    html = impact(client, outage).content.decode()
    for words in (
        "Nobody could log in", "about 700", "A main task fails", "Only the night shift",
        "SEV 3 → SEV 1", "by Ada Lima", "“Saved work is lost”",
    ):  # fmt: skip
        assert words in html
    assert "SEV 3 → SEV 1" in client.get(outage.get_absolute_url()).content.decode()


def test_the_menu_opens_the_severity_that_was_picked(client, outage):
    address = reverse("incidents:severity", args=[outage.reference])

    html = client.get(address, {"to": "sev1"}).content.decode()
    assert 'value="sev1" checked' in html
    assert 'value="sev3" checked' in client.get(address, {"to": "worst"}).content.decode()


def test_moves_between_states_are_told_with_their_reasons(client, outage):
    client.post(
        reverse("incidents:move", args=[outage.reference]),
        {"to": "investigating", "reason": "The queue is stuck again"},
    )

    html = impact(client, outage).content.decode()
    assert "Investigating" in html
    assert "“The queue is stuck again”" in html


@pytest.mark.parametrize("rows", [1, 5])
def test_the_tab_costs_the_same_for_any_length(client, outage, django_assert_num_queries, rows):
    for number in range(rows):
        ImpactFigure.objects.create(incident=outage, label="users", value=number)
        outage.severity_changes.create(before="sev3", after="sev1", by=make_user())
        outage.state_changes.create(before="reported", after="resolved", by=make_user())
    impact(client, outage)
    with django_assert_num_queries(10):
        impact(client, outage)


# Who sees it ------------------------------------------------------------------------------------
def test_the_people_told_of_are_those_who_see_a_restricted_incident(client, manager, outage):
    named = make_user(name="Named One")
    outage.involvements.create(user=named, capacity="learner")
    stranger = make_user(name="Stranger Two")
    Incident.objects.update(visibility="restricted")

    told = set(permissions.who_sees_it_restricted(outage))

    everybody = User.objects.filter(pk__in=[manager.pk, named.pk, stranger.pk])
    assert told == {
        user for user in everybody if Incident.objects.visible_to(user).filter(pk=outage.pk)
    }
    html = client.get(reverse("incidents:people", args=[outage.reference])).content.decode()
    assert "Who can see it" in html
    html = client.get(reverse("incidents:restrict", args=[outage.reference])).content.decode()
    assert "<li>Named One</li>" in html
    assert "Stranger Two" not in html


def test_before_it_is_restricted_one_reads_who_would_still_see_it(client, manager, outage):
    html = client.get(reverse("incidents:restrict", args=[outage.reference])).content.decode()

    assert "These would still see it:" in html
    assert "<li>Ada Lima</li>" in html
