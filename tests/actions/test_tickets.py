"""Tickets elsewhere: told by payloads as GitHub, GitLab and Jira document them; never obeyed."""

import hashlib
import hmac
import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actions import tickets, trackers, workflow
from actions.models import Ticket, Tracker, TrackerDelivery
from tests.make import make_action, make_user

pytestmark = pytest.mark.django_db

TOLD = Path(__file__).parent / "told"
NOW = timezone.now

PLACES = {
    "github": ("https://github.com", "https://github.com/Octo/infra/issues/1094"),
    "gitlab": ("https://gitlab.example.org",
               "https://gitlab.example.org/platform/infra/-/issues/23"),
    "jira": ("https://example.atlassian.net", "https://example.atlassian.net/browse/OPS-7"),
}  # fmt: skip


def recorded(name):
    return json.loads((TOLD / f"{name}.json").read_text(encoding="utf-8"))


def connected(kind, **fields):
    """(tracker, action): an action with a ticket in a tracker that is connected."""
    address, ticket = PLACES[kind]
    action = make_action(ticket_url=ticket, **fields)
    tracker = tickets.add_tracker(Tracker(kind=kind, address=address), by=make_user())
    return tracker, action


def headers_of(tracker, body, number):
    signed = "sha256=" + hmac.new(tracker.secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "github": {"X-Hub-Signature-256": signed, "X-GitHub-Delivery": number,
                   "X-GitHub-Event": "issues"},
        "gitlab": {"X-Gitlab-Token": tracker.secret, "Idempotency-Key": number,
                   "X-Gitlab-Event": "Issue Hook"},
        "jira": {"X-Hub-Signature": signed, "X-Atlassian-Webhook-Identifier": number},
    }[tracker.kind]  # fmt: skip


def tell(tracker, told, *, number="n-1", **changed):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = headers_of(tracker, body, number) | changed
    return Client().post(
        reverse("actions:told", args=[tracker.pk]), body, content_type="application/json",
        headers=headers,
    )  # fmt: skip


KINDS = pytest.mark.parametrize("kind", ["github", "gitlab", "jira"])


@KINDS
def test_a_closed_ticket_shows_and_asks_but_moves_nothing(client, kind):
    tracker, action = connected(kind, state="in_progress")
    client.force_login(action.owner)
    assert "not seen yet" in client.get(action.get_absolute_url()).content.decode()

    response = tell(tracker, recorded(f"{kind}-closed"))

    assert response.status_code == 204
    action.refresh_from_db()
    assert (action.ticket.state, action.state) == ("closed", "in_progress")
    page = client.get(action.get_absolute_url()).content.decode()
    assert "The ticket is closed" in page
    assert reverse("actions:finish", args=[action.reference]) in page


@KINDS
def test_the_same_telling_counts_once(kind):
    tracker, _ = connected(kind)

    assert tell(tracker, recorded(f"{kind}-closed")).status_code == 204
    Ticket.objects.update(state="open")
    assert tell(tracker, recorded(f"{kind}-closed")).status_code == 204

    assert Ticket.objects.get().state == "open"
    assert TrackerDelivery.objects.count() == 1


@KINDS
def test_what_is_older_than_what_is_known_tells_nothing(kind):
    tracker, _ = connected(kind)
    tell(tracker, recorded(f"{kind}-closed"))
    older = deepcopy(recorded(f"{kind}-closed"))
    if kind == "github":
        older["issue"] |= {"state": "open", "updated_at": "2026-01-01T00:00:00Z"}
    elif kind == "gitlab":
        older["object_attributes"] |= {"state": "opened", "updated_at": "2026-01-01 00:00:00 UTC"}
    else:
        older["issue"]["fields"]["status"]["statusCategory"]["key"] = "new"
        older["timestamp"] = 1_700_000_000_000

    tell(tracker, older, number="n-2")

    assert Ticket.objects.get().state == "closed"


@KINDS
def test_without_the_right_signature_nothing_is_read(kind):
    tracker, _ = connected(kind)
    wrong = Tracker(kind=kind, secret="another")
    body = json.dumps(recorded(f"{kind}-closed")).encode()

    for changed in (
        headers_of(wrong, body, "n-1"),
        dict.fromkeys(headers_of(wrong, body, "n"), ""),
    ):
        response = tell(tracker, body, **changed)
        assert (response.status_code, response.content) == (401, b"Not signed.\n")
    absent = Client().post(reverse("actions:told", args=[987_654_321]), body,
                           content_type="application/json")  # fmt: skip
    assert (absent.status_code, absent.content) == (401, b"Not signed.\n")
    assert Ticket.objects.get().state == "unknown"
    assert TrackerDelivery.objects.count() == 0


def test_a_signature_holds_for_one_body_only():
    tracker, _ = connected("github")
    body = json.dumps(recorded("github-closed")).encode()

    response = tell(tracker, body + b" ", **headers_of(tracker, body, "n-1"))

    assert response.status_code == 401


def test_what_is_too_large_is_not_read():
    tracker, _ = connected("github")

    assert tell(tracker, b"x" * 1_000_001).status_code == 413


@KINDS
@pytest.mark.parametrize(
    "told",
    [[], {}, "x", 1, None, {"issue": 3}, {"issue": {"number": True}, "repository": []},
     {"object_kind": "issue", "project": {}, "object_attributes": {"iid": "1"}},
     {"webhookEvent": "jira:issue_updated", "issue": {"key": {"a": 1}}}, {"zen": "Simple."}],
)  # fmt: skip
def test_anything_else_that_is_signed_is_taken_and_changes_nothing(kind, told):
    tracker, _ = connected(kind)

    assert tell(tracker, told).status_code == 204
    assert Ticket.objects.get().state == "unknown"


def test_what_is_no_json_is_refused():
    tracker, _ = connected("github")

    assert tell(tracker, b"{").status_code == 400
    assert tell(tracker, b"[" * 100_000).status_code == 400
    assert tell(tracker, b'{"zen": NaN}').status_code == 400
    assert tell(tracker, b'{"zen": "a", "zen": "b"}').status_code == 400
    assert TrackerDelivery.objects.count() == 0


@KINDS
@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_text_that_no_database_keeps_is_refused(kind, odd):
    tracker, _ = connected(kind)
    told = recorded(f"{kind}-closed")
    part, name = {
        "github": (told.get("repository"), "full_name"),
        "gitlab": (told.get("project"), "path_with_namespace"),
        "jira": (told.get("issue"), "key"),
    }[kind]
    part[name] += odd

    response = tell(tracker, told)

    assert (response.status_code, response.content) == (400, b"Not understood.\n")
    assert Ticket.objects.get().state == "unknown"


def test_a_length_of_thousands_of_digits_is_too_large():
    tracker, _ = connected("github")

    assert tell(tracker, {}, **{"Content-Length": "1" * 5_000}).status_code == 413
    assert tell(tracker, {}, **{"Content-Length": "²"}).status_code == 413


def test_a_number_that_no_database_keeps_is_none():
    tracker, _ = connected("github")

    assert tell(tracker, {}, number="n\0").status_code == 204
    assert "\0" not in TrackerDelivery.objects.get().number


@pytest.mark.parametrize(
    "at",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z",
     "2026-02-31T00:00:00Z"],
)  # fmt: skip
def test_a_time_beyond_the_calendar_is_none(at):
    tracker, _ = connected("github")
    told = recorded("github-closed")
    told["issue"]["updated_at"] = at

    assert tell(tracker, told).status_code == 204
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.changed_at) == ("closed", None)


@pytest.mark.parametrize(
    ("kind", "address", "key"),
    [
        ("github", "https://github.com/Octo/infra/issues/1094", "octo/infra#1094"),
        ("github", "https://github.com/octo/infra/pull/7#discussion", "octo/infra#7"),
        ("github", "https://github.com/octo/infra", ""),
        ("github", "https://github.com.evil.example/octo/infra/issues/1", ""),
        ("gitlab", "https://gitlab.example.org/a/b/c/-/issues/3", "a/b/c#3"),
        ("gitlab", "https://gitlab.example.org/a/b/-/work_items/3", "a/b#3"),
        ("jira", "https://example.atlassian.net/browse/ops-7", "OPS-7"),
        ("jira", "https://example.atlassian.net/browse/../x", ""),
    ],
)
def test_addresses_name_tickets(kind, address, key):
    assert trackers.key_of(Tracker(kind=kind, address=PLACES[kind][0]), address) == key


def test_any_other_address_is_a_link(client):
    action = make_action(ticket_url="https://tickets.example.org/42")
    connected("github")
    client.force_login(action.owner)

    page = client.get(action.get_absolute_url()).content.decode()

    assert "https://tickets.example.org/42" in page
    assert not Ticket.objects.filter(action=action).exists()


def test_another_address_is_another_ticket():
    tracker, action = connected("github")
    tell(tracker, recorded("github-closed"))

    workflow.edit(
        action, seen=action.version, by=action.owner,
        changes={"ticket_url": "https://github.com/octo/infra/issues/2"},
    )  # fmt: skip

    ticket = Ticket.objects.get()
    assert (ticket.key, ticket.state) == ("octo/infra#2", "unknown")


def test_administrators_connect_a_tracker_and_see_its_secret_once(client):
    admin = make_user()
    type(admin).objects.filter(pk=admin.pk).update(is_admin=True)
    client.force_login(type(admin).objects.get(pk=admin.pk))
    make_action(ticket_url=PLACES["github"][1])
    address = reverse("actions:trackers")

    page = client.post(address, {"kind": "github", "address": "https://github.com/"})

    tracker = Tracker.objects.get()
    assert tracker.secret in page.content.decode()
    assert tracker.secret not in client.get(address).content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Ticket.objects.get().key == "octo/infra#1094"
    again = client.post(address, {"kind": "github", "address": "https://github.com"})
    assert (again.status_code, Tracker.objects.get()) == (422, tracker)
    assert "Take it away first for a new secret." in again.content.decode()
    client.post(reverse("actions:take_away_tracker", args=[tracker.pk]))
    assert (Tracker.objects.count(), Ticket.objects.count()) == (0, 0)


def test_what_was_told_long_ago_is_forgotten():
    tracker, _ = connected("github")
    tell(tracker, {})

    tickets.forget(now=NOW() + tickets.REMEMBERED + timedelta(days=1))

    assert TrackerDelivery.objects.count() == 0


def test_a_form_with_files_is_not_signed(client):
    tracker, _ = connected("jira")

    response = client.post(reverse("actions:told", args=[tracker.pk]), {"a": "b"})

    assert response.status_code == 401
