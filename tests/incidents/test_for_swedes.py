"""Whoever reads in Swedish leaves behind what everybody reads, and what is kept stays English."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from common.models import Activity, Revision
from incidents.models import Incident, Involvement
from tests.make import make_event, make_incident, make_user

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)


@pytest.fixture
def swede(client):
    person = make_user(language="sv", is_admin=True)
    client.force_login(person)
    return person


def led_by(person, **fields):
    incident = make_incident(state="resolved", started_at=STARTED, resolved_at=STARTED, **fields)
    for capacity in ("participant", "facilitator"):
        Involvement.objects.create(incident=incident, user=person, capacity=capacity)
    return incident


def test_what_an_incident_is_found_by(client, swede):
    incident = led_by(swede, kind=Incident.Kind.NEAR_MISS)

    client.post(reverse("incidents:tags", args=[incident.reference]), {"tags": "disk"})

    incident.refresh_from_db()
    assert "Near miss" in incident.search_text


def test_why_an_incident_was_closed(client, swede):
    incident = led_by(swede)
    sent = {"to": "closed", "close_reason": "false_alarm", "reason": "test"}

    client.post(reverse("incidents:move", args=[incident.reference]), sent)

    change = incident.state_changes.get(after="closed")
    assert change.reason == "False alarm: test"
    with translation.override("sv"):
        label = str(Incident.CloseReason.FALSE_ALARM.label)
        assert change.reason_in_words == f"{label}: test"


def test_what_the_trail_says_of_a_duty(client, swede):
    incident = make_incident()
    Involvement.objects.create(incident=incident, user=swede, capacity="participant")

    client.post(reverse("incidents:take_on", args=[incident.reference, "notes"]))

    assert Activity.objects.about(incident).get(verb="took on").detail == "“Takes notes”"


def test_earlier_times_and_kinds_of_an_event(client, swede):
    incident = led_by(swede)
    event = make_event(
        incident, at=STARTED, sort_at=STARTED, precision="about", kind="detection", author=swede
    )
    address = reverse("incidents:edit_event", args=[incident.reference, event.pk])
    sent = {"time": "omkring 31 jan 2017 20:30 CET", "kind": "decision", "text": event.text}

    assert client.post(address, sent | {"seen": event.version}).status_code == 302

    texts = set(Revision.objects.about(event).values_list("text", flat=True))
    assert {"about 2017-01-31 19:00 UTC", "about 2017-01-31 19:30 UTC"} <= texts
    assert {"Noticing", "Deciding"} <= texts


def test_filters_in_an_export(client, swede):
    response = client.get(reverse("incidents:export_json"), {"kind": "near_miss"})

    assert '"Kind is near miss"' in b"".join(response.streaming_content).decode()


def test_that_something_did_not_happen_is_read_in_swedish(client, swede):
    response = client.get(
        reverse("incidents:read_line"), {"field": "detected", "detected": "Hände inte."}
    )

    assert response.context["never"]


def test_pages_for_administrators_name_the_kinds(client, swede):
    assert client.get(reverse("incidents:questions")).status_code == 200
