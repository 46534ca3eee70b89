"""What is sent after the session has ended is not lost."""

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from common.models import Draft
from incidents.models import Incident
from tests.make import PASSWORD, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db
NEW = "/incidents/new/"
UNSENT = "/unsent/"


@pytest.fixture
def writer(client):
    user = make_user(password=PASSWORD)
    make_team(members=(user,))
    client.force_login(user)
    client.get("/")
    return user


def session_ends():
    Session.objects.all().delete()
    cache.clear()


def log_in(client, user, at="/account/login/"):
    return client.post(at, {"login": user.email, "password": PASSWORD})


def typed(**changed):
    return {
        "kind": "incident",
        "title": "Saving new articles fails",
        "started": "22 min ago",
        "service": "unknown",
        "severity": "sev1",
        "visibility": "open",
        "draft": "incident",
    } | changed


def page(response):
    return response.content.decode()


def test_a_form_with_a_draft_is_there_again_after_logging_in(client, writer):
    session_ends()

    response = client.post(NEW, typed(form_token="t"), HTTP_REFERER=f"http://testserver{NEW}")

    assert response["Location"] == f"/account/login/?next={UNSENT}"
    assert not Incident.objects.exists()
    assert log_in(client, writer, response["Location"])["Location"] == NEW
    html = page(client.get(NEW))
    assert "Saving new articles fails" in html
    assert 'value="22 min ago"' in html
    assert 'value="sev1" checked' in html
    assert client.get(UNSENT)["Location"] == "/"


def test_any_other_form_waits_to_be_sent_after_logging_in(client, writer):
    incident = make_incident(participants=(writer,))
    address = reverse("incidents:add_event", args=[incident.reference])
    session_ends()

    client.post(address, {"line": "21:44 started copying to a larger volume", "kind": ""})
    assert log_in(client, writer, f"/account/login/?next={UNSENT}")["Location"] == UNSENT

    html = page(client.get(UNSENT))
    assert f'action="{address}"' in html
    assert "21:44 started copying to a larger volume</textarea>" in html
    client.post(address, {"line": "21:44 started copying to a larger volume"})
    assert incident.events.count() == 1
    assert client.get(UNSENT)["Location"] == "/"


def test_what_htmx_sends_leads_the_whole_page_to_the_log_in(client, writer):
    incident = make_incident(participants=(writer,))
    session_ends()
    htmx = {"HTTP_HX_REQUEST": "true"}

    sent = client.post(
        reverse("incidents:add_event", args=[incident.reference]), {"line": "a line"}, **htmx
    )

    assert sent["HX-Redirect"] == f"/account/login/?next={UNSENT}"
    assert client.get("/incidents/new/severity/", **htmx).status_code == 401
    log_in(client, writer)
    assert "a line" in page(client.get(UNSENT))


def test_nobody_else_at_the_same_browser_sees_it(client, writer):
    other = make_user(password=PASSWORD)
    session_ends()
    client.post(NEW, typed())

    log_in(client, other)

    assert client.get(UNSENT)["Location"] == "/"
    assert not Draft.objects.exists()
    assert "Saving new articles fails" not in page(client.get(NEW))


def test_a_browser_where_nobody_was_logged_in_leaves_nothing_behind(writer):
    stranger = Client()

    stranger.post(NEW, typed())
    stranger.cookies["sessionid_before"] = f"{writer.pk}:forged"
    stranger.post(NEW, typed())

    assert "unsent" not in stranger.session


def test_passwords_and_files_are_not_kept(client, writer, tmp_path):
    session_ends()
    client.post(
        "/settings/password/", {"current_password": "secret words here", "password1": "x y"}
    )
    assert "unsent" not in client.session

    file = tmp_path / "graph.txt"
    file.write_text("what only the file says")
    with file.open() as opened:
        client.post(NEW, typed(attachment=opened))
    assert client.session["unsent"]["had_files"] is True
    assert "what only the file says" not in str(dict(client.session))


def test_it_can_be_thrown_away(client, writer):
    session_ends()
    client.post("/settings/", {"name": "A longer name", "time_zone": "UTC"})
    log_in(client, writer)
    assert "A longer name" in page(client.get(UNSENT))

    client.post(UNSENT)

    assert client.get(UNSENT)["Location"] == "/"


def test_an_address_of_another_site_is_not_where_one_comes_back_to(client, writer):
    session_ends()
    client.post(NEW, typed(), HTTP_REFERER="https://evil.example/incidents/new/")

    assert log_in(client, writer)["Location"] == NEW


def test_autosaving_while_signed_out_is_refused_and_kept_nowhere(client, writer):
    session_ends()

    response = client.post("/drafts/incident/", typed(), HTTP_X_AUTOSAVE="1")

    assert response.status_code == 401
    assert "unsent" not in client.session


@pytest.mark.parametrize("page_told", ["//example.com/", "/\\example.com/", "/%2F/../x"])
def test_no_address_leads_to_another_site_after_logging_in(client, writer, page_told):
    session_ends()

    response = client.post(NEW, typed(), HTTP_REFERER=f"http://testserver{page_told}")

    target = log_in(client, writer, response["Location"])["Location"]
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
