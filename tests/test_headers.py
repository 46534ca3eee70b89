"""What every answer carries, whatever its status: policy, isolation, no copies kept."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import urls as product_urls
from tests.make import PASSWORD, make_team, make_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "manifest-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "object-src": {"'none'"},
    "frame-ancestors": {"'none'"},
    "report-uri": {"/policy-reports"},
    "report-to": {"policy"},
}


def policy_of(response: HttpResponse) -> dict[str, set[str]]:
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in parts}


def check(response: HttpResponse) -> None:
    headers = response.headers
    assert policy_of(response) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Reporting-Endpoints"] == 'policy="/policy-reports"'
    assert headers["Permissions-Policy"].startswith("camera=(), geolocation=()")
    assert "no-store" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]
    assert "public" not in headers["Cache-Control"]
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


def test_the_policy_of_the_settings_is_the_one_that_is_sent():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]

    assert {name: set(sources) for name, sources in directives.items()} == POLICY
    assert "CONTENT_SECURITY_POLICY_REPORT_ONLY" not in dir(settings)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/", 200),
        ("get", "/incidents/", 200),
        ("get", "/lessons/", 200),
        ("get", "/actions/", 200),
        ("get", "/reviews/", 200),
        ("get", "/settings/", 200),
        ("get", "/teams/storage/", 200),
        ("get", "/actions/export.csv", 200),
        ("get", "/account/login/", 302),
        ("post", "/settings/theme/", 302),
        ("get", "/settings/people/", 403),
        ("get", "/nowhere/", 404),
        ("get", "/incidents/INC-999999/", 404),
        ("get", "/settings/theme/", 405),
        ("post", "/settings/", 422),
        ("get", "/healthz", 200),
    ],
)
def test_every_answer_to_somebody_signed_in(client, method, address, status):
    make_team(slug="storage")
    client.force_login(make_user())

    response = getattr(client, method)(address)

    assert response.status_code == status
    check(response)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/account/login/", 200),
        ("get", "/account/password/reset/", 200),
        ("post", "/account/login/", 422),
        ("get", "/account/logout/", 405),
        ("get", "/", 302),
        ("get", "/welcome/never/", 410),
        ("get", "/nowhere/", 404),
        ("get", "/healthz", 200),
    ],
)
def test_every_answer_at_the_doors(client, method, address, status):
    make_user()

    response = getattr(client, method)(address)

    assert response.status_code == status
    check(response)


def test_a_form_without_its_token(db):
    make_user()
    client = Client(enforce_csrf_checks=True)

    response = client.post("/account/login/", {"login": "a@example.org", "password": "secret-one"})

    assert response.status_code == 403
    check(response)
    page = response.content.decode()
    assert "Not saved" in page
    assert "a@example.org" in page
    assert "secret-one" not in page


def test_too_many_tries(client):
    make_user(email="ada@example.org", password=PASSWORD)
    for _ in range(11):
        response = client.post("/account/login/", {"login": "ada@example.org", "password": "no"})

    assert response.status_code == 429
    check(response)


def test_a_host_that_is_not_ours(client):
    make_user()
    response = client.get("/account/login/", headers={"host": "evil.example"})

    assert response.status_code == 400
    check(response)
    assert "evil.example" not in response.content.decode()


def _breaks(request):
    raise RuntimeError("a detail nobody outside may read")


urlpatterns = [*product_urls.urlpatterns, path("breaks/", _breaks, name="breaks")]
handler400, handler403 = product_urls.handler400, product_urls.handler403
handler404, handler500 = product_urls.handler404, product_urls.handler500


@pytest.mark.urls(__name__)
def test_when_something_on_our_side_stops():
    client = Client(raise_request_exception=False)
    client.force_login(make_user())

    response = client.get("/breaks/")

    assert response.status_code == 500
    check(response)
    page = response.content.decode()
    assert "Something on our side stopped" in page
    assert "a detail nobody outside may read" not in page
    assert "Traceback" not in page


def test_unknown_and_hidden_pages_look_like_ours_and_tell_nothing(client):
    client.force_login(make_user())
    pages = {
        address: client.get(address).content.decode().replace(address, "")
        for address in ("/incidents/INC-999999/", "/incidents/INC-888888/", "/reviews/INC-999999/")
    }

    first, second, third = (
        page.partition('<main id="main"')[2].partition("</main>")[0] for page in pages.values()
    )
    assert first == second == third
    assert "There is nothing here" in first
    assert "never shared with you" in first


def in_production(code: str) -> str:
    """What `code` prints in a process with settings as in production."""
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()\n" + textwrap.dedent(code)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABC",
            "NOTES_PEPPER": "only-for-this-test-as-well-0123456789-abcdefghijklmnopqrstuvw",
            "SITE_ORIGIN": "https://stories.example.org",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_cookies_and_transport_in_production():
    printed = in_production(
        """
        from django.conf import settings as s
        for name in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE",
                     "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY",
                     "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN",
                     "SESSION_COOKIE_PATH", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
                     "SECURE_HSTS_INCLUDE_SUBDOMAINS", "USE_X_FORWARDED_HOST", "DEBUG"):
            print(name, getattr(s, name))
        """
    )

    assert printed.splitlines() == [
        "SESSION_COOKIE_NAME __Host-sessionid",
        "CSRF_COOKIE_NAME __Host-csrftoken",
        "SESSION_COOKIE_SECURE True",
        "CSRF_COOKIE_SECURE True",
        "SESSION_COOKIE_HTTPONLY True",
        "CSRF_COOKIE_HTTPONLY True",
        "SESSION_COOKIE_SAMESITE Lax",
        "CSRF_COOKIE_SAMESITE Lax",
        "SESSION_COOKIE_DOMAIN None",
        "SESSION_COOKIE_PATH /",
        "SECURE_SSL_REDIRECT True",
        "SECURE_HSTS_SECONDS 63072000",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS True",
        "USE_X_FORWARDED_HOST False",
        "DEBUG False",
    ]


def test_plain_http_is_sent_to_https_in_production():
    printed = in_production(
        """
        from django.test import Client
        client = Client()
        plain = client.get("/incidents/", headers={"host": "stories.example.org"})
        print(plain.status_code, plain.headers["Location"])
        health = client.get("/healthz", headers={"host": "stories.example.org"}, secure=True)
        print(health.status_code, health.headers["Strict-Transport-Security"])
        """
    )

    assert printed.splitlines() == [
        "301 https://stories.example.org/incidents/",
        "200 max-age=63072000; includeSubDomains; preload",
    ]


def test_the_cookies_that_are_set(client):
    make_user(email="ada@example.org", password=PASSWORD)
    client.get("/account/login/")
    client.post("/account/login/", {"login": "ada@example.org", "password": PASSWORD})

    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
