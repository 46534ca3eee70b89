"""Calendars of due dates that programs subscribe to."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from actions import workflow
from incidents.models import Involvement
from people import feed_keys
from people.models import FeedKey
from tests.make import make_action, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    user = make_user()
    client.force_login(user)
    return user


def make_address(client, team=""):
    page = client.post("/actions/calendars/", {"team": team})
    return page.context["address"].removeprefix("http://testserver")


def events(address):
    response = Client().get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    assert not [error for event in calendar.walk() for error in event.errors]
    return calendar.walk("VEVENT")


def path_of(address):
    return "/actions/" + address.split("/actions/", 1)[1]


def test_ones_own_dates_reach_a_calendar_without_a_session(client, owner):
    mine = make_action(owner=owner, title="Show the host role, \nin every prompt; always " * 3)
    make_action(title="Of somebody else")
    make_action(owner=owner, state="verified")

    [event] = events(path_of(make_address(client)))

    assert event["summary"].startswith(f"{mine.reference} Show the host role,")
    assert event["dtstart"].dt == mine.due_on
    assert event["dtend"].dt == mine.due_on + timedelta(days=1)
    assert event["uid"].startswith(f"action-{mine.reference}@")
    assert str(event["url"]).endswith(mine.get_absolute_url())


def test_a_moved_date_is_the_same_event_with_a_higher_number(client, owner):
    mine = make_action(owner=owner)
    address = path_of(make_address(client))
    [before] = events(address)

    workflow.redate(mine, by=owner, due_on=mine.due_on + timedelta(days=9), reason="Later")

    [after] = events(address)
    assert (before["uid"], after["dtstart"].dt - before["dtstart"].dt) == (
        after["uid"],
        timedelta(days=9),
    )
    assert after["sequence"] > before["sequence"]


def test_lines_end_and_fold_as_the_format_wants(client, owner):
    make_action(owner=owner, title="Ünïcode " * 24)

    content = Client().get(path_of(make_address(client))).content

    lines = content.split(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75


def test_restricted_actions_stand_by_their_number_and_only_for_those_named(client, owner):
    team = make_team(members=(owner,))
    hidden = make_action(title="A secret change", done_test="A secret sign", team=team)
    incident = make_incident(visibility="restricted")
    hidden.incidents.add(incident)
    address = path_of(make_address(client, team.slug))

    assert events(address) == []
    Involvement.objects.create(incident=incident, user=owner, capacity="participant")
    [event] = events(address)

    assert event["summary"] == hidden.reference
    assert b"secret" not in Client().get(address).content


def test_rights_end_with_the_account_the_year_and_the_owners_wish(client, owner):
    make_action(owner=owner)
    address = path_of(make_address(client))
    key = FeedKey.objects.get()

    def status():
        return Client().get(address).status_code

    assert status() == 200
    owner.is_active = False
    owner.save()
    assert status() == 404
    owner.is_active = True
    owner.save()
    FeedKey.objects.update(expires_at=timezone.now())
    assert status() == 404
    FeedKey.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert status() == 200
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.post(f"/actions/calendars/{key.pk}/").status_code == 404
    assert status() == 200
    client.post(f"/actions/calendars/{key.pk}/")
    assert status() == 404


def test_the_secret_is_long_shown_once_and_kept_as_a_hash(client, owner):
    address = make_address(client)
    secret = address.split("key=")[1]

    key = FeedKey.objects.get()
    assert len(secret) >= 43
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in client.get("/actions/calendars/").content.decode()


def test_a_new_address_ends_the_old_one(client, owner):
    old = path_of(make_address(client))
    new = path_of(make_address(client))

    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    assert FeedKey.objects.count() == 1


@pytest.mark.parametrize(
    "key", ["", "x", "\0", "ü" * 50, "a" * 5_000], ids=["none", "short", "zero", "letters", "long"]
)
def test_made_up_secrets_are_not_found(owner, key):
    assert Client().get("/actions/calendar.ics", {"key": key}).status_code == 404


def test_a_key_for_something_else_opens_no_calendar(owner):
    secret = feed_keys.issue(owner, "lessons:all", now=timezone.now())

    assert Client().get("/actions/calendar.ics", {"key": secret}).status_code == 404


def test_no_key_lasts_longer_than_a_year(owner):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedKey.objects.create(
            owner=owner, of="x", digest="y", created_at=now, expires_at=now + timedelta(days=366)
        )


def test_statements_do_not_grow_with_the_actions(client, owner):
    address = path_of(make_address(client))
    make_action(owner=owner)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            events(address)
        return len(captured)

    few = statements()
    for _ in range(12):
        make_action(owner=owner)
    assert statements() == few
