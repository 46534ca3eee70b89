"""A key that somebody pastes into a text by mistake is refused before anybody reads it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents.models import Incident
from people import feed_keys
from tests.api.calling import Program, assert_problem, make_secret
from tests.make import make_incident, make_team, make_user

pytestmark = pytest.mark.django_db


def filed(summary: str) -> dict[str, str]:
    return {
        "kind": "incident",
        "title": "Payments fail",
        "summary": summary,
        "started": "22 min ago",
        "service": "unknown",
        "severity": "sev3",
        "visibility": "open",
    }


@pytest.fixture
def person(client):
    person = make_user()
    make_team(members=(person,))
    client.force_login(person)
    return person


def keys_of(person) -> list[str]:
    return [
        make_secret(person),
        f"/lessons/feed.atom?key={feed_keys.issue(person, 'lessons', now=timezone.now())}",
        f"/actions/calendar.ics?key={feed_keys.issue(person, 'actions', now=timezone.now())}",
    ]


def test_a_text_with_a_key_is_not_kept(client, person):
    for key in keys_of(person):
        answer = client.post("/incidents/new/", filed(f"I called it with `{key}`, and then"))
        page = answer.content.decode()

        assert answer.status_code == 422
        assert "There is a key in it that opens this site" in page
        # What was typed is still there, to take the key out of.
        assert "and then" in page
    assert not Incident.objects.exists()


def test_a_line_with_a_key_is_not_kept(client, person):
    incident = make_incident(participants=(person,))
    address = f"{incident.get_absolute_url()}events/"

    for key in keys_of(person):
        answer = client.post(address, {"line": f"14:32 called it with _{key}_, and then"})

        assert answer.status_code == 422
        assert "There is a key in it that opens this site" in answer.content.decode()
        assert "and then" in answer.content.decode()
    assert not incident.events.exists()


@pytest.mark.parametrize(
    "text",
    [
        "story_of_a_night, and story_" + "x" * 42,
        "https://maps.example.org/?key=" + "x" * 43,
        "story_" + "x" * 44,
    ],
)
def test_what_only_looks_a_little_like_one_is_kept(client, person, text):
    assert client.post("/incidents/new/", filed(text)).status_code == 302


def test_programs_are_told_alike(person):
    program = Program(person)
    incident = make_incident(participants=(person,))
    sent = {"title": f"It says {program.secret}", "severity": "sev3", "started": "20 min ago"}
    event = {"at": "20 min ago", "text": f"called with {program.secret}", "kind": "action"}

    assert_problem(program.post("incidents", sent), 422)
    answer = program.post(f"incidents/{incident.reference}/timeline", event)
    assert (answer.status_code, incident.events.count()) == (422, 0), answer.content
