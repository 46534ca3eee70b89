"""Single sign-on against a real provider: allauth.idp.oidc in a process of its own, over HTTP."""

from __future__ import annotations

import base64
import hmac
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client, RequestFactory

from config import environment
from people import single_sign_on
from people.models import User
from tests.conftest import answers
from tests.make import PASSWORD, make_user
from tests.people.test_second_step import log_in, set_up
from tests.servers import ROOT, Process, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

BEGIN, CALLBACK = "/account/sso/", "/account/sso/callback/"
CLIENT, SECRET = "second-story", "a secret between the two"
PEOPLE = """
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

Client.objects.create(
    id={client!r}, name="Second Story", secret=make_password({secret!r}),
    scopes="openid\\nprofile\\nemail", redirect_uris={callback!r}, skip_consent=True)
for name, email, verified, groups in {people!r}:
    user = User.objects.create_user(name, email, {password!r}, first_name=name.title())
    user.groups.set([Group.objects.get_or_create(name=each)[0] for each in groups])
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
"""
ACCOUNTS = [
    ("ada", "Ada@example.org", True, []),
    ("unverified", "ada2@example.org", False, []),
    ("verified-in-words", "ada3@example.org", True, []),
    ("twin", "ada@example.org", True, []),
    ("lead", "lead@example.org", True, ["sre", "leads"]),
    ("admin", "admin@example.org", True, ["it"]),
    ("stranger", "stranger@example.org", True, ["sales"]),
    ("wrong-issuer", "wi@example.org", True, ["sre"]),
    ("wrong-audience", "wa@example.org", True, ["sre"]),
    ("too-old", "old@example.org", True, ["sre"]),
    ("somebody-else", "se@example.org", True, ["sre"]),
]


@dataclass
class Provider:
    address: str
    process: Process
    environment: dict[str, str]

    def python(self, code: str) -> None:
        command = [sys.executable, "-m", "django", "shell", "--no-imports"]
        done = subprocess.run(
            command, input=code, env=self.environment, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def set_groups(self, name: str, *groups: str) -> None:
        self.python(
            "from django.contrib.auth.models import Group, User\n"
            f"User.objects.get(username={name!r}).groups.set("
            f"[Group.objects.get_or_create(name=each)[0] for each in {groups!r}])"
        )

    def lets_in(self, name: str, ask: str) -> str:
        """Log in there as somebody would, with what the product asks; the way back."""
        browser = requests.Session()
        page = browser.get(ask)
        assert page.status_code == 200, page.text
        sent = {
            "login": name,
            "password": PASSWORD,
            "csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)[1],
            "next": parse_qs(urlsplit(page.url).query)["next"][0],
        }
        answer = browser.post(page.url, sent, allow_redirects=False)
        while "code=" not in answer.headers["Location"]:
            where = requests.compat.urljoin(self.address, answer.headers["Location"])
            answer = browser.get(where, allow_redirects=False)
            assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@pytest.fixture(scope="module")
def provider(tmp_path_factory) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("provider")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.sso_provider.settings",
        "PROVIDER_DB": str(folder / "provider.sqlite3"),
        "PROVIDER_KEY": pem.decode(),
    }
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "django"]
    subprocess.run([*command, "migrate", "-v", "0"], env=environment, cwd=ROOT, check=True)
    process = Process(
        [*command, "runserver", "--noreload", f"127.0.0.1:{port}"],
        log=folder / "provider.log",
        environment=environment,
    )
    try:
        one = Provider(address, process, environment)
        one.python(
            PEOPLE.format(
                client=CLIENT,
                secret=SECRET,
                callback="http://127.0.0.1:8000" + CALLBACK,
                people=ACCOUNTS,
                password=PASSWORD,
            )
        )
        known = f"{address}/.well-known/openid-configuration"
        wait_until(lambda: answers(known), within=30, what="the provider")
        yield one
    finally:
        process.stop()


@pytest.fixture
def sso(settings, provider) -> Provider:
    settings.SITE_ORIGIN = "http://127.0.0.1:8000"
    settings.OIDC_ISSUER = provider.address
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_NAME = "Example Login"
    settings.SOCIALACCOUNT_PROVIDERS = environment.oidc_provider(
        provider.address, CLIENT, SECRET, "Example Login"
    )
    make_user(is_admin=True)
    return provider


@pytest.fixture
def by_groups(sso, settings) -> Provider:
    settings.OIDC_GROUP_ROLES = {"sre": "member", "leads": "facilitator", "it": "admin"}
    return sso


def comes_in(provider: Provider, name: str, client: Client | None = None, **sent):
    """The whole way, as a browser goes it."""
    client = client or Client()
    begun = client.post(BEGIN, sent)
    assert begun.status_code == 302, begun.content.decode()
    back = provider.lets_in(name, begun.url)
    return client, client.get(back.removeprefix("http://127.0.0.1:8000"))


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def refused(answer) -> bool:
    return answer.status_code == 403 and "did not open an account here" in answer.content.decode()


# Who gets in ------------------------------------------------------------------------------------
def test_an_account_is_found_by_its_verified_address_and_kept_by_number(sso):
    ada = make_user(email="ada@example.org", password=PASSWORD)
    assert "Log in with Example Login" in Client().get("/account/login/").content.decode()

    client, answer = comes_in(sso, "ada", next="/incidents/")

    assert answer.url == "/incidents/"
    assert client.session["_auth_user_id"] == str(ada.pk)
    kept = SocialAccount.objects.get()
    assert (kept.user, kept.extra_data) == (ada, {})
    assert not SocialToken.objects.exists()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    User.objects.filter(pk=ada.pk).update(email="elsewhere@example.org")
    client, _ = comes_in(sso, "ada")
    assert is_in(client)


def test_the_question_goes_with_pkce_and_a_state_and_by_post_only(sso):
    begun = Client().post(BEGIN)
    asked = parse_qs(urlsplit(begun.url).query)

    assert begun.url.startswith(sso.address)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 16
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000" + CALLBACK]
    assert Client().get(BEGIN).status_code == 405


@pytest.mark.parametrize("name", ["unverified", "verified-in-words"])
def test_an_address_that_is_not_verified_opens_nothing(sso, name):
    for number in (2, 3):
        make_user(email=f"ada{number}@example.org")

    client, answer = comes_in(sso, name)

    assert refused(answer)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_a_stranger_gets_no_account(sso):
    before = User.objects.count()

    client, answer = comes_in(sso, "stranger")

    assert refused(answer)
    assert not is_in(client)
    assert User.objects.count() == before


def test_the_same_address_by_another_number_is_not_the_same_person(sso):
    make_user(email="ada@example.org")
    comes_in(sso, "ada")

    client, answer = comes_in(sso, "twin")

    assert refused(answer)
    assert not is_in(client)


def test_a_closed_account_stays_closed(sso):
    ada = make_user(email="ada@example.org")
    comes_in(sso, "ada")
    User.objects.filter(pk=ada.pk).update(is_active=False)

    client, answer = comes_in(sso, "ada")

    assert answer.url == "/account/login/"
    assert not is_in(client)


def test_a_second_step_is_asked_for_all_the_same(sso):
    ada = make_user(email="ada@example.org", password=PASSWORD)
    set_up(Client(), ada)

    client, answer = comes_in(sso, "ada")

    assert answer.url.startswith("/account/login/code/")
    assert not is_in(client)


# Groups -----------------------------------------------------------------------------------------
def test_a_group_makes_an_account_and_roles_follow_at_each_sign_in(by_groups):
    comes_in(by_groups, "lead")
    lead = User.objects.get(email="lead@example.org")
    assert (lead.name, lead.is_in_facilitator_pool, lead.is_admin) == ("Lead", True, False)
    assert not lead.has_usable_password()

    by_groups.set_groups("lead", "sre", "it")
    comes_in(by_groups, "lead")
    lead.refresh_from_db()
    assert (lead.is_in_facilitator_pool, lead.is_admin) == (False, True)

    by_groups.set_groups("lead", "sales")
    client, answer = comes_in(by_groups, "lead")
    assert refused(answer)
    assert not is_in(client)
    by_groups.set_groups("lead", "sre", "leads")


def test_somebody_in_no_known_group_is_not_let_in_even_with_an_account(by_groups):
    make_user(email="ada@example.org")

    client, answer = comes_in(by_groups, "ada")

    assert refused(answer)
    assert not is_in(client)


def test_the_last_administrator_stays_one(by_groups):
    User.objects.update(is_admin=False)
    last = make_user(email="lead@example.org", is_admin=True)

    comes_in(by_groups, "lead")

    last.refresh_from_db()
    assert last.is_admin


# What is not taken ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["wrong-issuer", "wrong-audience", "too-old", "somebody-else"])
def test_a_token_that_is_not_for_us_opens_nothing(by_groups, name):
    before = User.objects.count()

    client, answer = comes_in(by_groups, name)

    assert refused(answer)
    assert not is_in(client)
    assert User.objects.count() == before


def test_a_code_or_state_that_was_used_or_is_another_browsers_opens_nothing(sso):
    make_user(email="ada@example.org")
    client = Client()
    back = sso.lets_in("ada", client.post(BEGIN).url).removeprefix("http://127.0.0.1:8000")

    other = Client()
    assert refused(other.get(back))
    assert refused(other.get(CALLBACK + "?code=x&state=y"))
    assert refused(other.get(CALLBACK))
    assert refused(other.get(CALLBACK + "?error=access_denied&state=\0"))
    assert not is_in(other)
    client.get(back)
    assert is_in(client)
    client.post("/account/logout/")
    assert refused(client.get(back))
    assert not is_in(client)


def forged(provider: Provider, algorithm: str) -> str:
    known = requests.get(f"{provider.address}/.well-known/jwks.json").json()["keys"][0]
    claims = {"iss": provider.address, "aud": CLIENT, "sub": "1", "exp": 9999999999, "iat": 1}
    mine = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.PyJWK(known).key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = {"none": None, "HS256": "any" * 20, "RS256": mine, "RS512": mine}[algorithm]
    token = jwt.encode(claims, key, algorithm, headers={"kid": known["kid"]})
    if algorithm != "HS256":
        return token
    # PyJWT will not sign with what everybody knows; an attacker will.
    signed = token.rpartition(".")[0]
    made = hmac.new(public, signed.encode(), "sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "RS512"])
def test_a_token_signed_by_somebody_else_is_no_token(sso, algorithm):
    adapter = single_sign_on.Provider(RequestFactory().get("/"), single_sign_on.provider_id())

    with pytest.raises(OAuth2Error):
        adapter._decode_id_token(adapter.get_provider().app, forged(sso, algorithm))


def test_a_provider_that_is_away_leaves_the_password(sso, settings):
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings.OIDC_ISSUER = nowhere
    settings.SOCIALACCOUNT_PROVIDERS = environment.oidc_provider(nowhere, CLIENT, SECRET, "It")
    ada = make_user(email="ada@example.org", password=PASSWORD)
    client = Client()

    answer = client.post(BEGIN)

    assert answer.status_code == 503
    assert "use your password" in answer.content.decode()
    assert log_in(client, ada).url == "/"


def test_without_a_provider_there_is_no_such_door():
    make_user()

    assert "sso" not in Client().get("/account/login/").content.decode()
    assert Client().post(BEGIN).status_code == 404
    assert Client().get(CALLBACK).status_code == 404


@pytest.mark.parametrize(
    "variables",
    [
        {"OIDC_ISSUER": "http://login.example.org"},
        {"OIDC_ISSUER": "login.example.org"},
        {"OIDC_ISSUER": "https://login.example.org", "OIDC_CLIENT_ID": "x"},
    ],
)
def test_half_a_provider_is_refused_at_the_start(monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(environment.ImproperlyConfigured):
        environment.oidc_issuer()


def test_groups_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("ROLES", "sre=member, cn=it,=admin")
    with pytest.raises(environment.ImproperlyConfigured):
        environment.group_roles("ROLES")
    monkeypatch.setenv("ROLES", "sre=member, a=b=admin")
    assert environment.group_roles("ROLES") == {"sre": "member", "a=b": "admin"}


# What is asked of the provider ------------------------------------------------------------------
def test_only_the_issuer_itself_may_stand_inside(sso):
    """Whatever its configuration names elsewhere is held to the rules of everything we send to."""
    asks = single_sign_on.SingleSignOnAdapter().get_requests_session()
    known = asks.get(f"{sso.address}/.well-known/openid-configuration")
    assert known.json()["issuer"] == sso.address

    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.2)
        port = inside.getsockname()[1]
        for address in (
            f"http://127.0.0.1:{port}/keys",
            f"https://127.0.0.1:{port}/keys",
            f"https://localhost:{port}/keys",
            f"https://[::ffff:127.0.0.1]:{port}/keys",
            "https://169.254.169.254/latest/meta-data/",
            f"{sso.address}@127.0.0.1:{port}/keys",
        ):
            with pytest.raises(requests.RequestException):
                asks.get(address)
        with pytest.raises(TimeoutError):
            inside.accept()


def test_no_more_than_a_little_is_read(sso, monkeypatch):
    asks = single_sign_on.SingleSignOnAdapter().get_requests_session()
    address = f"{sso.address}/.well-known/openid-configuration"
    size = len(asks.get(address).text)

    monkeypatch.setattr(single_sign_on, "_MOST_READ", size)
    assert len(asks.get(address).text) == size
    monkeypatch.setattr(single_sign_on, "_MOST_READ", size - 1)
    with pytest.raises(OAuth2Error, match="too much"):
        asks.get(address)


def test_a_provider_that_is_slow_is_not_waited_for(sso, settings, monkeypatch):
    monkeypatch.setattr(single_sign_on, "_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.OIDC_ISSUER = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asks = single_sign_on.SingleSignOnAdapter().get_requests_session()
        began = time.monotonic()
        with pytest.raises(requests.ConnectionError):
            asks.post(settings.OIDC_ISSUER + "/token", data={"code": "x"})

    assert time.monotonic() - began < 3
