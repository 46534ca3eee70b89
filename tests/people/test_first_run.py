"""The first set-up: once, on an empty installation."""

import threading

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client

from people import workflow
from people.models import Membership, Service, Team, User
from tests.make import make_user

ANSWERS = {
    "name": "Ada Lovelace",
    "email": "Ada@example.org",
    "password1": "clouds over the harbour",
    "password2": "clouds over the harbour",
    "time_zone": "Amsterdam",
    "team": "Storage",
    "service": "Main database",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/incidents/", "/account/login/", "/nowhere/", "/settings/"])
def test_every_page_leads_to_the_set_up_while_nobody_is_here(client, path):
    response = client.get(path)

    assert (response.status_code, response.url) == (302, "/setup/")


@pytest.mark.django_db
def test_the_health_page_answers_before_the_set_up(client):
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_set_up_makes_the_first_administrator_team_and_service(client):
    assert client.get("/setup/").status_code == 200
    response = client.post("/setup/", ANSWERS)

    user = User.objects.get()
    assert (response.status_code, response.url) == (302, "/")
    assert client.session[SESSION_KEY] == str(user.pk)
    assert (user.email, user.is_admin, user.time_zone) == (
        "ada@example.org",
        True,
        "Europe/Amsterdam",
    )
    assert user.check_password(ANSWERS["password1"])
    team = Team.objects.get()
    assert (team.name, team.slug) == ("Storage", "storage")
    assert Membership.objects.get().is_manager
    assert (Service.objects.get().name, Service.objects.get().team) == ("Main database", team)


@pytest.mark.django_db
def test_there_is_no_set_up_afterwards(client):
    make_user()
    gone, unknown = client.get("/setup/"), client.get("/setup-that-never-was/")

    assert (gone.status_code, client.post("/setup/", ANSWERS).status_code) == (404, 404)
    assert gone.content.replace(b"/setup/", b"") == unknown.content.replace(
        b"/setup-that-never-was/", b""
    )
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_half_filled_set_up_comes_back_with_everything_typed(client):
    response = client.post("/setup/", ANSWERS | {"time_zone": "Atlantis", "password2": "another"})
    page = response.content.decode()

    assert response.status_code == 422
    assert "Two answers need a second look" in page
    assert "No single time zone goes by this name" in page
    assert "The two passwords differ" in page
    for typed in ("Ada Lovelace", "Ada@example.org", "Atlantis", "Storage", "Main database"):
        assert f'value="{typed}"' in page
    assert ANSWERS["password1"] not in page
    assert User.objects.count() == 0


@pytest.mark.django_db
def test_a_password_like_the_name_is_asked_about(client):
    response = client.post(
        "/setup/", ANSWERS | {"password1": "ada lovelace", "password2": "ada lovelace"}
    )

    assert response.status_code == 422
    assert "too similar to the name" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_setting_up_at_once_one_gets_through():
    both_ready = threading.Barrier(2)
    outcomes = []

    def set_up(number: int) -> None:
        both_ready.wait()
        try:
            workflow.set_up(
                name=f"Person {number}",
                email=f"person{number}@example.org",
                password="clouds over the harbour",
                time_zone="UTC",
                team=f"Team {number}",
                service=f"Service {number}",
            )
            outcomes.append("made")
        except workflow.AlreadySetUp:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=set_up, args=[number]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["made", "refused"]
    assert (User.objects.count(), Team.objects.count(), Service.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_after_the_first_person_the_check_costs_nothing(django_assert_num_queries):
    user = make_user()
    client = Client()
    client.get("/account/login/")
    with django_assert_num_queries(0):
        client.get("/account/login/")
    client.force_login(user)
    assert client.get("/account/login/").status_code == 302
