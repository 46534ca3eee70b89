"""The second step of logging in: codes of an app, recovery codes, and passkeys."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from common.models import Activity
from people import second_step
from people.models import User
from tests.conftest import answers
from tests.make import PASSWORD, make_user
from tests.servers import Process, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import LiveSite

pytestmark = pytest.mark.django_db

STEP = "/account/second-step/"
CODE = "/account/login/code/"


@pytest.fixture
def ada():
    return make_user(email="ada@example.org", password=PASSWORD)


def log_in(client: Client, user: User, **extra):
    sent = {"login": user.email, "password": PASSWORD} | extra
    return client.post("/account/login/", sent)


def show_password(client: Client, password: str = PASSWORD):
    return client.post("/account/again/", {"password": password})


def code_now(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up(client: Client, user: User) -> tuple[str, list[str]]:
    """The secret, and the recovery codes as the page shows them."""
    log_in(client, user)
    show_password(client)
    page = client.get(STEP + "app/").content.decode()
    secret = re.search(r"<code[^>]*>([A-Z2-7]{16,})</code>", page)[1]
    answer = client.post(STEP + "app/", {"code": code_now(secret)}, follow=True)
    return secret, re.findall(r"<code>(\d{8})</code>", answer.content.decode())


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def test_before_anything_is_changed_the_password_is_asked_for_again(client, ada):
    log_in(client, ada)

    asked = client.get(STEP + "app/")
    wrong = client.post(asked.url, {"password": "not the password"})
    right = client.post(asked.url, {"password": PASSWORD})

    assert unquote(asked.url) == f"/account/again/?next={STEP}app/"
    assert wrong.status_code == 422
    assert "This is not your password" in wrong.content.decode()
    assert right.url == f"{STEP}app/"


def test_too_many_wrong_passwords_there_are_429(client, ada):
    log_in(client, ada)

    answers = [show_password(client, "not the password").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_with_an_app_the_password_alone_opens_nothing(client, ada):
    secret, codes = set_up(client, ada)
    assert len(codes) == 10

    elsewhere = Client()
    answer = log_in(elsewhere, ada, next="/incidents/")
    assert answer.url.startswith(CODE)
    assert not is_in(elsewhere)
    wrong = elsewhere.post(CODE, {"code": "000000"})
    assert wrong.status_code == 422
    assert "This is not the code now" in wrong.content.decode()

    right = elsewhere.post(CODE, {"code": code_now(secret, steps=1)})

    assert right.url == "/incidents/"
    assert is_in(elsewhere)


def test_whoever_has_none_gets_in_without_what_passkeys_bring(client, ada, monkeypatch):
    """Twelve megabytes for each web server. Whoever has one does not get past it without them."""
    set_up(Client(), make_user(email="bo@example.org", password=PASSWORD))
    monkeypatch.setitem(sys.modules, "allauth.mfa.stages", None)

    log_in(client, ada)

    assert is_in(client)
    with pytest.raises(ImportError):
        log_in(Client(), User.objects.get(email="bo@example.org"))


def test_a_recovery_code_works_once(client, ada):
    _, codes = set_up(client, ada)

    first, second = Client(), Client()
    for each in (first, second):
        log_in(each, ada)
        each.post(CODE, {"code": codes[3]})

    assert is_in(first)
    assert not is_in(second)
    assert "9 left" in client.get(STEP).content.decode()


def test_recovery_codes_are_shown_once(client, ada):
    _, codes = set_up(client, ada)

    page = client.get(STEP + "codes/").content.decode()

    assert codes
    assert not any(code in page for code in codes)
    assert "10 of 10 are left" in page


def test_new_recovery_codes_end_the_old_ones(client, ada):
    _, old = set_up(client, ada)

    page = client.post(STEP + "codes/new/", follow=True).content.decode()
    new = re.findall(r"<code>(\d{8})</code>", page)

    assert len(new) == 10
    assert not set(old) & set(new)


def test_the_eleventh_wrong_code_is_429_and_the_right_one_waits(client, ada):
    _, codes = set_up(client, ada)
    elsewhere = Client(REMOTE_ADDR="10.1.1.1")
    log_in(elsewhere, ada)
    for number in range(10):
        answer = elsewhere.post(CODE, {"code": "000000"}, REMOTE_ADDR=f"10.1.1.{number + 1}")
        assert answer.status_code == 422

    refused = elsewhere.post(CODE, {"code": codes[0]}, REMOTE_ADDR="10.1.2.1")

    assert refused.status_code == 429
    assert not is_in(elsewhere)


def test_the_step_cannot_be_reached_without_the_password(client, ada):
    set_up(Client(), ada)

    assert client.get(CODE).url == "/account/login/"
    assert client.post(CODE, {"code": "123456"}).url == "/account/login/"


def test_turning_it_off_leaves_the_password_and_no_codes(client, ada):
    set_up(client, ada)

    client.post(STEP + "app/remove/")

    assert not Authenticator.objects.filter(user=ada).exists()
    assert log_in(Client(), ada).url == "/"
    assert list(Activity.objects.order_by("pk").values_list("verb", flat=True)) == [
        "added second step",
        "removed second step",
    ]


def test_an_administrator_takes_it_off_for_somebody_who_lost_it(client, ada):
    set_up(client, ada)
    admin = make_user(is_admin=True)
    theirs = Client()
    theirs.force_login(admin)
    page = f"/settings/people/{ada.pk}/"
    assert "log in with a second step" in theirs.get(page).content.decode()

    theirs.post(page + "second-step/")

    assert log_in(Client(), ada).url == "/"
    deed = Activity.objects.get(verb="took off second step")
    assert (deed.actor, deed.object_id) == (admin, ada.pk)
    assert "second step" not in theirs.get(page).content.decode().split("<main")[1]


def test_the_secret_cannot_be_read_in_a_copy_of_the_database(client, ada, settings):
    secret, codes = set_up(client, ada)
    stored = str(list(Authenticator.objects.values()))

    assert secret not in stored
    assert not any(code in stored for code in codes)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough to be taken, and random too: 8f2k"
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_now(secret, steps=1))


def test_it_is_kept_nowhere_when_it_was_used(client, ada):
    secret, _ = set_up(client, ada)
    elsewhere = Client()
    log_in(elsewhere, ada)
    elsewhere.post(CODE, {"code": code_now(secret, steps=1)})

    assert is_in(elsewhere)
    assert set(Authenticator.objects.values_list("last_used_at", flat=True)) == {None}


def test_a_passkey_nobody_knows_opens_nothing(client, ada):
    assert client.get("/account/login/passkey/").json()["publicKey"]["challenge"]

    for credential in ("", "{}", "[]", '{"id": "x", "response": {"userHandle": "MQ"}}', "nul\0l"):
        answer = client.post("/account/login/passkey/", {"credential": credential})
        assert answer.url == "/account/login/"
    assert "The passkey was not taken" in client.get("/account/login/").content.decode()


def test_keys_belong_to_the_site_and_not_to_the_host_of_a_request(client, ada, settings):
    settings.SITE_ORIGIN = "https://stories.example.org"

    options = client.get("/account/login/passkey/", headers={"host": "localhost"}).json()

    assert options["publicKey"]["rpId"] == "stories.example.org"
    assert second_step.can_have_passkeys()


def test_a_bare_address_offers_no_passkeys(client, ada, settings):
    settings.SITE_ORIGIN = "http://127.0.0.1:8000"

    assert "passkey" not in client.get("/account/login/").content.decode()
    log_in(client, ada)
    assert "Passkeys" not in client.get(STEP).content.decode()
    show_password(client)
    assert client.get(STEP + "passkeys/new/").status_code == 404


def test_keys_of_somebody_else_are_not_there(client, ada):
    other = make_user()
    key = Authenticator.objects.create(user=other, type="webauthn", data={"name": "Theirs"})
    log_in(client, ada)
    show_password(client)

    assert client.post(f"{STEP}passkeys/{key.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_a_passkey_that_cannot_be_read_is_not_added(client, ada, settings):
    settings.SITE_ORIGIN = "https://stories.example.org"
    log_in(client, ada)
    show_password(client)

    for credential in ("", "{}", "[1]", '{"id": "x", "response": {}}'):
        client.get(STEP + "passkeys/new/")
        answer = client.post(STEP + "passkeys/new/", {"name": "Phone", "credential": credential})
        assert answer.status_code == 422
    assert not Authenticator.objects.exists()


# In a real browser, with a key of its own making ------------------------------------------------
@pytest.fixture
def site_with_a_name(live_site: LiveSite, tmp_path) -> Iterator[str]:
    """The live site once more, by a name: browsers tie passkeys to one."""
    live_site.begin_anew()
    port = free_port()
    address = f"http://localhost:{port}"
    web = Process(
        [sys.executable, "-m", "gunicorn", "config.wsgi", "--config", "deploy/gunicorn.conf.py",
         "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8"],
        log=tmp_path / "web.log",
        environment=dict(live_site.environment) | {"SITE_ORIGIN": address},
    )  # fmt: skip
    try:
        wait_until(lambda: answers(f"{address}/healthz"), within=30, what="the site")
        yield address
    finally:
        web.stop()


@pytest.mark.browser
def test_a_passkey_is_made_and_logs_in_without_a_password(
    site_with_a_name, live_site, browser, browser_log
):
    live_site.python(
        "from people.models import User\n"
        f"User.objects.create_superuser('ada@example.org', '{PASSWORD}', name='Ada')"
    )
    context = browser.new_context(base_url=site_with_a_name)
    context.set_default_timeout(10_000)
    page = context.new_page()
    browser_log.watch(page, site_with_a_name)
    keys = context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    page.goto("/account/login/")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.goto("/account/second-step/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.goto("/account/second-step/")
    page.get_by_text("Phone").wait_for()

    page.get_by_label("your account").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_label("your account").wait_for()

    page.get_by_label("your account").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("heading", name="One more step").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("your account").wait_for()
    context.close()
