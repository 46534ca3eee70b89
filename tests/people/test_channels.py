"""Managers look after the channels of their team, administrators after all."""

import re

import pytest
from django.urls import reverse

from common import outbound
from common.history import mark_of
from people import channels as deeds
from people.models import Endpoint, Post
from people.posts import Announcement, announce
from tests.make import make_incident, make_team, make_user

pytestmark = pytest.mark.django_db

SLACK = "https://hooks.example.org/services/T0/B0/verysecret"


def typed(**changes):
    return {
        "name": "Storage room",
        "kind": "slack",
        "address": SLACK,
        "occasions": ["review_published", "lesson_published"],
        "least_severity": "sev2",
    } | changes


@pytest.fixture
def manager(client):
    """Somebody who manages a team, logged in."""
    person = make_user()
    person.team = make_team(manager=person)
    client.force_login(person)
    return person


def new_address(team=None):
    return reverse("people:new_channel") + (f"?team={team.slug}" if team else "")


def add(client, team, **changes):
    client.post(new_address(team), typed(**changes))
    return Endpoint.objects.latest("pk")


def change(client, endpoint, **changes):
    typed_over = {"mark": mark_of(deeds.in_words(endpoint)), "is_on": "on"} | changes
    return client.post(address("channel", endpoint), typed(**typed_over))


def address(name, endpoint):
    return reverse(f"people:{name}", args=[endpoint.pk])


def test_a_manager_adds_a_channel_for_the_team(client, manager):
    answer = client.post(new_address(manager.team), typed(), follow=True)

    endpoint = Endpoint.objects.get()
    assert (endpoint.name, endpoint.team, endpoint.address) == ("Storage room", manager.team, SLACK)
    assert endpoint.occasions == ["review_published", "lesson_published"]
    page = answer.content.decode()
    assert "Storage room is here." in page
    assert "hooks.example.org" in page
    assert "verysecret" not in page


def test_not_for_another_team_and_not_for_everybody(client, manager):
    for address in (new_address(make_team()), new_address()):
        assert client.get(address).status_code == 403
        assert client.post(address, {}).status_code == 403
    assert not Endpoint.objects.exists()


def test_a_member_does_not_see_where_teams_are_told(client):
    client.force_login(make_user())

    assert client.get(reverse("people:channels")).status_code == 403


def test_another_manager_sees_that_it_is_there_and_no_more(client, manager):
    theirs = Endpoint.objects.create(name="Lines", kind="slack", address=SLACK, team=make_team())

    page = client.get(reverse("people:channels")).content.decode()
    assert "Lines" in page
    assert "hooks.example.org" not in page
    assert client.get(address("channel", theirs)).status_code == 403
    assert client.post(address("try_channel", theirs)).status_code == 403
    assert client.post(address("remove_channel", theirs)).status_code == 403
    assert Endpoint.objects.filter(pk=theirs.pk).exists()


def test_an_address_inside_is_refused_and_what_was_typed_is_kept(client, manager):
    answer = client.post(new_address(manager.team), typed(address="http://169.254.169.254/"))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "It must begin with https://." in page
    assert "Storage room" in page
    assert not Endpoint.objects.exists()


INSIDE = [
    "https://127.0.0.1/",
    "https://169.254.169.254/",
    "https://[::1]/",
    "https://localhost/",
    "https://2130706433/",
]
NOWHERE = "Nothing can be posted there from here"


@pytest.mark.parametrize("inside", [*INSIDE, "https://nobody.invalid/"])
def test_a_host_inside_or_unknown_is_refused_with_one_text(client, manager, inside):
    endpoint = add(client, manager.team)

    for answer in (
        client.post(new_address(manager.team), typed(name="Copies", address=inside)),
        change(client, endpoint, address=inside),
    ):
        assert answer.status_code == 422
        assert NOWHERE in answer.content.decode()
    assert Endpoint.objects.get().address == SLACK


def test_where_hosts_inside_are_allowed_one_may_be_known_later(client, manager, settings):
    settings.OUTBOUND_INSIDE = ["chat.invalid", "10.0.0.0/8"]

    later = client.post(new_address(manager.team), typed(address="https://chat.invalid/x"))
    never = client.post(new_address(manager.team), typed(name="B", address=INSIDE[0]))

    assert (later.status_code, never.status_code) == (302, 422)


def test_the_secret_of_a_program_is_shown_once(client, manager):
    answer = client.post(new_address(manager.team), typed(kind="signed"))

    endpoint = Endpoint.objects.get()
    assert len(endpoint.secret) >= 32
    assert endpoint.secret in answer.content.decode()
    for name in ("channel", "channel_secret"):
        assert endpoint.secret not in client.get(address(name, endpoint)).content.decode()
    assert client.get(address("channel_secret", endpoint)).status_code == 403


def test_a_new_secret_takes_the_place_of_the_old_one(client, manager):
    endpoint = add(client, manager.team, kind="signed")

    page = client.post(address("channel_secret", endpoint)).content.decode()

    old, new = endpoint.secret, Endpoint.objects.get().secret
    assert old != new
    assert new in page


def test_a_change_without_an_address_keeps_the_one_there_is(client, manager):
    endpoint = add(client, manager.team)

    change(client, endpoint, address="", name="Copies", is_on="")

    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.address, endpoint.is_on) == ("Copies", SLACK, False)


def test_nobody_saves_over_what_they_have_not_seen(client, manager):
    endpoint = add(client, manager.team)
    shown = mark_of(deeds.in_words(endpoint))
    change(client, endpoint, name="Copies", mark=shown)

    answer = change(client, endpoint, name="Spare room", mark=shown)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Copies, at hooks.example.org" in page
    assert "Spare room" in page
    assert Endpoint.objects.get().name == "Copies"


def test_a_name_that_is_taken_is_refused(client, manager):
    add(client, manager.team)
    other = add(client, manager.team, name="Copies")

    for answer in (client.post(new_address(manager.team), typed()), change(client, other)):
        assert answer.status_code == 422
        assert "There is a channel of this name." in answer.content.decode()


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (outbound.Answer(200, "ok"), "It arrived. hooks.example.org answered: 200 OK “ok”"),
        (outbound.Answer(404, "no_service"), "It did not arrive. 404 Not Found “no_service”"),
        (outbound.NotReached(), "It did not arrive. It could not be reached from here in time"),
    ],
)
def test_a_test_shows_what_was_answered(client, manager, monkeypatch, answered, said):
    endpoint = add(client, manager.team)

    def post(address, **parts):
        assert address == SLACK
        if isinstance(answered, Exception):
            raise answered
        return answered

    monkeypatch.setattr(outbound, "post", post)

    page = client.post(address("try_channel", endpoint), follow=True).content.decode()

    assert said in page
    assert not Post.objects.exists()


def test_its_page_says_why_it_went_off_until_it_is_on_again(client, manager):
    endpoint = add(client, manager.team)
    Endpoint.objects.update(is_on=False, off_because="410 Gone")
    endpoint.refresh_from_db()

    assert (
        "answered that it is gone: 410 Gone."
        in client.get(address("channel", endpoint)).content.decode()
    )
    change(client, endpoint)

    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.off_because) == (True, "")


def test_what_it_was_told_last_is_listed(client, manager):
    endpoint = add(client, manager.team, occasions=["incident_filed"])
    incident = make_incident(team=manager.team)
    announce([Announcement("incident_filed", incident, "filed", {manager.team.pk})])
    Post.objects.update(state="failed", last_error="404 Not Found “no_service”")

    page = client.get(address("channel", endpoint)).content.decode()

    assert re.search(r"An incident is filed.*404 Not Found.*Given up", page, re.DOTALL)


def test_what_is_removed_hears_nothing_more(client, manager):
    endpoint = add(client, manager.team)

    client.post(address("remove_channel", endpoint))

    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_costs_the_same_for_any_length(client, manager, django_assert_num_queries, rows):
    for number in range(rows):
        add(client, manager.team, name=f"Room {number}")

    with django_assert_num_queries(8):
        client.get(reverse("people:channels"))
