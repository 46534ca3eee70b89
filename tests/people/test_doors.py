"""Getting in and out: log-in, lock-out, reset by mail, sessions."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from config import settings as product_settings
from people.deliveries import deliver_waiting
from people.models import Delivery, Notification, User
from tests.make import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
RESET = "/account/password/reset/"


def log_in(client, email, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password} | extra)


def is_in(client) -> bool:
    return client.get("/account/login/").status_code == 302


@pytest.fixture
def ada():
    return make_user(email="Ada@Example.org", password=PASSWORD)


def test_people_log_in_by_mail_in_any_case_of_letters(client, ada):
    response = log_in(client, "aDA@example.ORG")

    assert (response.status_code, response.url) == (302, "/")
    assert client.session[SESSION_KEY] == str(ada.pk)


def test_a_wrong_password_an_unknown_person_and_a_closed_account_read_the_same(client, ada):
    make_user(email="gone@example.org", password=PASSWORD, is_active=False)
    answers = [
        log_in(client, "ada@example.org", "something else entirely"),
        log_in(client, "nobody@example.org"),
        log_in(client, "gone@example.org"),
    ]

    def without_echo(response):
        text = response.content.decode()
        for word in ("ada@example.org", "nobody@example.org", "gone@example.org"):
            text = text.replace(word, "…")
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len({without_echo(answer) for answer in answers}) == 1
    assert "do not belong together" in answers[0].content.decode()
    assert not is_in(client)


def test_what_was_typed_stays_and_the_password_does_not(client, ada):
    page = log_in(client, "ada@example.org", "a secret that must not come back").content.decode()

    assert 'value="ada@example.org"' in page
    assert "a secret that must not come back" not in page
    assert "<title>Error: Log in" in page


def test_the_eleventh_wrong_password_is_429_and_even_the_right_one_waits(client, ada):
    for _ in range(10):
        assert log_in(client, "ada@example.org", "not the password").status_code == 422

    refused = log_in(client, "ada@example.org")

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "300"
    assert "Too many tries for now" in refused.content.decode()
    assert not is_in(client)


def test_the_lock_out_counts_one_account_whatever_address_or_host_it_is_tried_from(client, ada):
    hosts = ["127.0.0.1", "localhost"]
    for number in range(10):
        client.post(
            LOGIN,
            {"login": "ADA@example.org", "password": "not the password"},
            REMOTE_ADDR=f"10.0.0.{number + 1}",
            headers={"host": hosts[number % 2], "x-forwarded-for": f"192.0.2.{number}"},
        )

    there = client.post(
        LOGIN,
        {"login": "ada@example.org", "password": PASSWORD},
        REMOTE_ADDR="10.9.9.9",
        headers={"host": "localhost"},
    )

    assert there.status_code == 429


def test_a_locked_account_locks_nobody_else_out(client, ada):
    make_user(email="grace@example.org", password=PASSWORD)
    for number in range(11):
        client.post(
            LOGIN,
            {"login": "ada@example.org", "password": "not the password"},
            REMOTE_ADDR=f"10.0.1.{number + 1}",
        )

    assert log_in(client, "grace@example.org").status_code == 302


def test_one_address_is_locked_out_across_accounts_and_headers_move_nothing(client, ada):
    for number in range(10):
        client.post(
            LOGIN,
            {"login": f"person{number}@example.org", "password": "a guess"},
            headers={"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"},
        )

    assert log_in(client, "one-more@example.org", "a guess").status_code == 429


def test_the_session_gets_a_new_key_at_log_in(client, ada):
    session = client.session
    session["typed"] = "before"
    session.save()
    before = session.session_key

    log_in(client, "ada@example.org")

    assert client.session.session_key != before


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://localhost/somewhere",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\x00//evil.example",
    ],
)
def test_log_in_leads_to_this_site_only(client, ada, address):
    assert log_in(client, "ada@example.org", next=address).url == "/"


def test_log_in_leads_on_to_the_page_that_was_asked_for(client, ada):
    asked = client.get("/settings/?from=mail")

    assert asked.url == "/account/login/?next=/settings/%3Ffrom%3Dmail"
    assert log_in(client, "ada@example.org", next="/settings/?from=mail").url == (
        "/settings/?from=mail"
    )


def test_logging_out_takes_a_post_and_ends_the_session_on_the_server(client, ada):
    log_in(client, "ada@example.org")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    assert client.get("/account/logout/").status_code == 405
    assert is_in(client)
    answer = client.post("/account/logout/")
    assert answer.url == LOGIN
    # Texts that could not be sent stay in the browser's storage.
    assert answer.headers["Clear-Site-Data"] == '"cache"'

    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert not is_in(stolen)


def test_logging_out_needs_the_form_of_a_page(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post("/account/logout/").status_code == 403
    assert is_in(client)


# A new password by mail -------------------------------------------------------------------------
def link_in_mail() -> str:
    deliver_waiting(now=timezone.now())
    text = mail.outbox[-1].body
    found = re.search(r"^(https?://\S+)$", text, re.MULTILINE)
    assert found, text
    return found[1]


def path_of(link: str) -> str:
    assert link.startswith(settings.SITE_ORIGIN + "/")
    return link.removeprefix(settings.SITE_ORIGIN)


def test_a_new_password_by_mail_works_once_and_ends_open_sessions(client, ada):
    elsewhere = Client()
    elsewhere.force_login(ada)
    answer = client.post(RESET, {"email": "ADA@example.org"}, headers={"host": "localhost"})
    path = path_of(link_in_mail())
    assert answer.url == "/account/password/reset/sent/"

    form = client.get(path, follow=True)
    done = client.post(
        form.request["PATH_INFO"],
        {"password1": "clouds over the harbour", "password2": "clouds over the harbour"},
    )

    assert done.url == "/account/password/reset/key/done/"
    assert not is_in(elsewhere)
    assert log_in(client, "ada@example.org", "clouds over the harbour").status_code == 302
    again = Client().get(path, follow=True)
    assert again.status_code == 410
    assert "The link is no longer good" in again.content.decode()


def test_looking_at_the_link_changes_nothing(client, ada):
    client.post(RESET, {"email": "ada@example.org"})
    path = path_of(link_in_mail())

    for _ in range(2):
        page = Client().get(path, follow=True)
        assert page.status_code == 200
        assert "Choose a new password" in page.content.decode()

    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_the_link_is_good_for_an_hour(client, ada, monkeypatch):
    from people import account_mail

    path = account_mail.password_reset_path(ada)
    assert client.get(path, follow=True).status_code == 200

    later = timezone.now().replace(tzinfo=None) + timedelta(hours=1, minutes=1)
    monkeypatch.setattr(account_mail.default_token_generator.__class__, "_now", lambda self: later)

    assert Client().get(path, follow=True).status_code == 410


def test_a_changed_link_opens_nothing(client, ada):
    other = make_user(email="grace@example.org", password=PASSWORD)
    client.post(RESET, {"email": "ada@example.org"})
    path = path_of(link_in_mail())
    from allauth.account.utils import user_pk_to_url_str

    forged = path.replace(f"/{user_pk_to_url_str(ada)}-", f"/{user_pk_to_url_str(other)}-")

    assert forged != path
    assert client.get(forged, follow=True).status_code == 410


def test_unknown_and_closed_addresses_get_the_same_answer_and_no_mail(client, ada):
    make_user(email="gone@example.org", password=PASSWORD, is_active=False)
    answers = {
        (response.status_code, response.url)
        for email in ("ada@example.org", "nobody@example.org", "gone@example.org")
        for response in [client.post(RESET, {"email": email})]
    }
    deliver_waiting(now=timezone.now())

    assert answers == {(302, "/account/password/reset/sent/")}
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_a_dead_mail_server_changes_no_answer_and_the_mail_waits(client, ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1

    response = client.post(RESET, {"email": "ada@example.org"})
    deliver_waiting(now=timezone.now())

    assert response.url == "/account/password/reset/sent/"
    assert Delivery.objects.get().state == Delivery.State.WAITING


def test_no_link_that_opens_an_account_is_stored(client, ada):
    client.post(RESET, {"email": "ada@example.org"})
    key = path_of(link_in_mail()).rstrip("/").rpartition("-")[2]

    stored = str(list(Notification.objects.values())) + str(list(Delivery.objects.values()))
    assert key not in stored


def test_account_mails_are_not_listed_under_the_bell(client, ada):
    client.post(RESET, {"email": "ada@example.org"})

    assert Notification.objects.count() == 1
    assert list(Notification.objects.visible_to(ada)) == []
    assert ada.notifications.unread().count() == 0


def test_a_weak_new_password_comes_back_with_what_to_do(client, ada):
    client.post(RESET, {"email": "ada@example.org"})
    form = client.get(path_of(link_in_mail()), follow=True)
    where = form.request["PATH_INFO"]

    short = client.post(where, {"password1": "short", "password2": "short"})
    differs = client.post(
        where, {"password1": "clouds over the harbour", "password2": "clouds over the town"}
    )

    assert (short.status_code, differs.status_code) == (422, 422)
    assert "at least 12 characters" in short.content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_too_many_reset_mails_for_one_address_are_refused(client, ada):
    answers = [client.post(RESET, {"email": "ada@example.org"}).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]


# What is there and what is not ------------------------------------------------------------------
def test_nothing_else_of_allauth_has_an_address():
    own = {name for name in get_resolver().reverse_dict if str(name).startswith("account_")}

    assert own == {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
    }
    make_user()
    for path in ("signup/", "email/", "confirm-email/x/", "reauthenticate/", "inactive/", ""):
        assert Client().get(f"/account/{path}").status_code == 404


def test_a_form_asked_for_as_json_is_still_a_page(client, ada):
    response = client.post(
        LOGIN,
        {"login": "ada@example.org", "password": "wrong, and long enough"},
        headers={"x-requested-with": "XMLHttpRequest", "accept": "application/json"},
    )

    assert (response.status_code, response.headers["Content-Type"]) == (
        422,
        "text/html; charset=utf-8",
    )


def test_passwords_are_kept_by_argon2():
    assert product_settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_the_database_refuses_an_address_in_capitals():
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        User.objects.create(email="Ada@example.org", name="Ada")


def test_every_door_has_its_page(client):
    make_user()
    pages = {
        reverse("account_login"): "Log in",
        reverse("account_reset_password"): "Send the link",
        reverse("account_reset_password_done"): "Look into your mail",
        reverse("account_reset_password_from_key_done"): "Your password is changed",
    }
    for address, words in pages.items():
        response = client.get(address)
        assert response.status_code == 200
        assert words in response.content.decode()
