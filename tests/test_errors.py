"""The page for what nobody expected."""

import re
import sqlite3
from io import BytesIO

import pytest
from django.db import InternalError, OperationalError
from django.test import RequestFactory, override_settings

from config import errors


@pytest.mark.django_db
def test_the_last_page_needs_nothing_that_may_be_missing(django_assert_num_queries, tmp_path):
    hashed_names = {
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "OPTIONS": {"location": str(tmp_path)},
        }
    }
    with override_settings(STORAGES=hashed_names), django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "It is not your doing" in response.content.decode()
    assert "stylesheet" not in response.content.decode()


def test_the_page_is_dressed_like_every_other(client, db):
    def styles(page):
        return re.findall(r'rel="stylesheet" href="([^"]+)"', page.content.decode())

    known = styles(client.get("/", follow=True))

    assert known == ["/static/css/site.css"]
    assert styles(errors.server_error(RequestFactory().get("/"))) == known
    assert styles(errors.not_now(RequestFactory().get("/"))) == known


def stopped(request, error):
    """The page for what a view stopped with."""
    try:
        raise error
    except Exception:  # noqa: BLE001 as Django calls it
        return errors.server_error(request)


def of_sqlite(name: str) -> OperationalError:
    cause = sqlite3.OperationalError(name)
    cause.sqlite_errorname = name
    error = OperationalError(name)
    error.__cause__ = cause
    return error


def of_postgresql(state: str) -> InternalError:
    error = InternalError(state)
    error.__cause__ = Exception(state)
    error.__cause__.sqlstate = state
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("the connection is lost"), 503),
        (of_sqlite("SQLITE_BUSY"), 503),
        (of_sqlite("SQLITE_IOERR_WRITE"), 503),
        (of_sqlite("SQLITE_FULL"), 503),
        (of_sqlite("SQLITE_ERROR"), 500),
        (of_postgresql("25006"), 503),
        (of_postgresql("XX000"), 500),
        (ValueError("a mistake of ours"), 500),
    ],
)
def test_only_what_another_try_may_do_asks_for_one(error, status):
    response = stopped(RequestFactory().get("/"), error)

    assert response.status_code == status
    assert ("Try again" in response.content.decode()) is (status == 503)


def test_what_was_typed_can_be_sent_again():
    typed = {"title": 'A "quoted" <title>', "tags": ["a", "b"], "csrfmiddlewaretoken": "old"}
    page = stopped(RequestFactory().post("/x/?next=1", typed), OperationalError()).content.decode()

    assert '<form method="post" action="/x/?next=1" enctype="multipart/form-data">' in page
    assert 'name="title" value="A &quot;quoted&quot; &lt;title&gt;"' in page
    assert page.count('type="hidden" name="tags"') == 2
    assert page.count("csrfmiddlewaretoken") == 1
    assert "old" not in page.split("csrfmiddlewaretoken")[1][:40]


def test_a_password_is_never_shown_again():
    typed = {"login": "wim@example.org", "password": "a long enough phrase"}
    page = stopped(RequestFactory().post("/", typed), OperationalError()).content.decode()

    assert "Not saved yet" in page
    assert "phrase" not in page and "wim@" not in page and "<form" not in page


def test_a_file_has_to_be_chosen_again():
    typed = {"caption": "The graph", "file": BytesIO(b"content")}
    page = stopped(RequestFactory().post("/", typed), OperationalError()).content.decode()

    assert "choose the files again" in page and "The graph" in page
    assert "<form" not in page


def test_what_is_too_much_is_not_read(settings):
    """Before anybody has asked how much it is: who sends it could not be looked up."""
    file = BytesIO(b"0" * (settings.REQUEST_WITH_FILES_MAX_BYTES + 1))
    request = RequestFactory().post("/", {"caption": "The graph", "file": file})
    page = stopped(request, OperationalError()).content.decode()

    assert "Not saved yet" in page and "The graph" not in page
    assert not hasattr(request, "_post")
