"""Tokens: shown once, kept as a digest, counted, and dead at once."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from api import tokens
from api.models import ApiToken
from common.models import Activity
from tests.api.calling import Program, assert_problem, make_secret
from tests.make import make_incident, make_user

pytestmark = pytest.mark.django_db


def made_on_the_page(client, user, **typed) -> str:
    client.force_login(user)
    answers = {"name": "Dashboard", "scope": "read", "days": "30"} | typed
    page = client.post(reverse("api:tokens"), answers)
    assert page.status_code == 200, page.content
    return re.search(r"story_[\w-]{43}", page.content.decode())[0]


def test_a_token_is_shown_once_and_kept_as_a_digest(client):
    user = make_user()
    secret = made_on_the_page(client, user)

    token = ApiToken.objects.get()
    assert secret not in str(vars(token))
    assert (token.owner, token.scope) == (user, "read")
    assert secret not in client.get(reverse("api:tokens")).content.decode()
    assert not Activity.objects.filter(detail__contains=secret).exists()


def test_a_token_lets_in_and_says_when_it_was_used_last(client):
    secret = made_on_the_page(client, make_user())
    client.logout()
    answer = client.get("/api/v1/incidents", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200
    assert ApiToken.objects.get().used_on == timezone.now().date()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer story_wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic c3Rvcnk6"},
        {
            "Authorization": "Bearer story_\udcff".encode("utf-8", "surrogateescape").decode(
                "latin-1"
            )
        },
    ],
)
def test_nobody_comes_in_without_a_valid_token(client, headers):
    make_user()
    answer = client.get("/api/v1/incidents", headers=headers)

    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_in_the_address_opens_nothing(client):
    secret = make_secret(make_user())

    assert_problem(client.get(f"/api/v1/incidents?token={secret}&access_token={secret}"), 401)


def test_a_session_opens_nothing_and_a_token_opens_no_page(client):
    user = make_user()
    secret = make_secret(user)
    page = client.get("/incidents/", headers={"Authorization": f"Bearer {secret}"})
    client.force_login(user)

    assert page.status_code == 302
    assert_problem(client.get("/api/v1/incidents"), 401)
    assert_problem(
        client.post("/api/v1/incidents", {"title": "x"}, content_type="application/json"), 401
    )


def test_a_token_ends_with_its_time_its_owner_and_when_it_is_taken_back(client):
    user = make_user()
    past = Program(user, now=timezone.now() - timedelta(days=31), days=30)
    program, other = Program(user), Program(user)
    client.force_login(user)
    client.post(reverse("api:take_back_token", args=[ApiToken.objects.earliest("-pk").pk]))
    assert_problem(past.get("incidents"), 401)
    assert_problem(other.get("incidents"), 401)
    assert program.get("incidents").status_code == 200

    user.is_active = False
    user.save()
    assert_problem(program.get("incidents"), 401)


def test_a_renewed_token_has_another_secret(client):
    user = make_user()
    program = Program(user, name="Dashboard")
    client.force_login(user)
    page = client.post(reverse("api:renew_token", args=[ApiToken.objects.get().pk]))
    renewed = re.search(r"story_[\w-]{43}", page.content.decode())[0]

    assert_problem(program.get("incidents"), 401)
    program.secret = renewed
    assert program.get("incidents").status_code == 200


def test_others_neither_renew_nor_see_a_token_and_administrators_take_it_back(client):
    Program(make_user(), name="Secret plan")
    token = ApiToken.objects.get()
    stranger, admin = make_user(), make_user(is_admin=True)
    answers = {}
    for name, person in (("stranger", stranger), ("admin", admin)):
        client.force_login(person)
        answers[name] = [
            "Secret plan" in client.get(reverse("api:tokens")).content.decode(),
            client.post(reverse("api:renew_token", args=[token.pk])).status_code,
            client.post(reverse("api:take_back_token", args=[token.pk])).status_code,
        ]

    assert answers == {"stranger": [False, 403, 403], "admin": [True, 403, 302]}
    assert not ApiToken.objects.exists()


def test_a_name_is_given_once_and_nobody_has_too_many(client):
    user = make_user()
    made_on_the_page(client, user)
    again = client.post(reverse("api:tokens"), {"name": "Dashboard", "scope": "read", "days": 30})
    assert again.status_code == 422
    assert "You have a token of this name" in again.content.decode()

    for _ in range(tokens.MOST - 1):
        make_secret(user)
    one_more = client.post(reverse("api:tokens"), {"name": "One more", "scope": "read", "days": 30})
    assert one_more.status_code == 422
    assert ApiToken.objects.count() == tokens.MOST


def test_a_token_that_reads_changes_nothing():
    user = make_user()
    reading = Program(user, "read")

    assert_problem(reading.post("incidents", {"nonsense": 1}), 403, "only reads")


def test_only_a_token_that_writes_sees_what_is_restricted():
    user = make_user()
    hidden = make_incident(visibility="restricted", participants=(user,))
    answers = {
        scope: Program(user, scope).get(f"incidents/{hidden.reference}").status_code
        for scope in ("read", "file", "write")
    }
    stranger = Program(make_user(), "write").get(f"incidents/{hidden.reference}")

    assert answers == {"read": 404, "file": 404, "write": 200}
    assert stranger.status_code == 404


def test_calls_are_counted_by_the_minute(settings):
    settings.API_CALLS_PER_MINUTE = 2
    program = Program(make_user())
    first, second, third = (program.get("incidents") for _ in range(3))

    assert [first["RateLimit-Remaining"], second["RateLimit-Remaining"]] == ["1", "0"]
    assert_problem(third, 429)
    assert 1 <= int(third["Retry-After"]) <= 60
    assert third["RateLimit-Limit"] == "2"
    ApiToken.objects.update(minute=1)
    assert program.get("incidents").status_code == 200


def test_over_http_a_token_is_refused_and_not_led_on(settings):
    program = Program(make_user())
    settings.SECURE_SSL_REDIRECT = True

    assert_problem(program.get("incidents"), 403, "Only by https")


def test_no_log_holds_a_token(caplog):
    program = Program(make_user())
    with caplog.at_level("DEBUG"):
        program.get("incidents")
        program.get("incidents/INC-1")
        program.post("incidents", {"title": 3})

    assert program.secret not in caplog.text


def test_a_crash_is_told_as_a_problem(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a bug")

    program = Program(make_user())
    monkeypatch.setattr("api.v1.incidents.tell", broken)

    told = assert_problem(program.get("incidents"), 500)
    assert "a bug" not in str(told)
