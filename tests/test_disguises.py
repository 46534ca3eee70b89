"""A request is what its first line says: no header and no field makes another one of it."""

import pytest
from django.test import Client

from incidents.models import Incident
from tests.make import make_incident, make_user

pytestmark = pytest.mark.django_db

METHODS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
ADDRESSES = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Path")


@pytest.fixture
def reader(client):
    user = make_user(theme="light")
    client.force_login(user)
    return user


@pytest.mark.parametrize("header", METHODS)
def test_no_header_makes_another_method_of_it(client, reader, header):
    read = client.get("/settings/theme/", {"theme": "dark"}, headers={header: "POST"})
    sent = client.post("/search/?q=restore", headers={header: "GET"})

    assert (read.status_code, sent.status_code) == (405, 405)
    reader.refresh_from_db()
    assert reader.theme == "light"


@pytest.mark.parametrize("field", ["_method", "_METHOD", "X-HTTP-Method-Override"])
def test_no_field_makes_another_method_of_it(client, reader, field):
    read = client.get("/settings/theme/", {"theme": "dark", field: "POST"})
    sent = client.post("/search/", {"q": "restore", field: "GET"})

    assert (read.status_code, sent.status_code) == (405, 405)
    reader.refresh_from_db()
    assert reader.theme == "light"


def test_the_same_is_done_when_it_is_sent_as_what_it_is(client, reader):
    client.post("/settings/theme/", {"theme": "dark"})

    reader.refresh_from_db()
    assert reader.theme == "dark"


@pytest.mark.parametrize("header", METHODS)
def test_a_get_that_calls_itself_a_post_needs_no_less_than_a_post(header):
    """A form of another site, without the token that our forms carry."""
    strict = Client(enforce_csrf_checks=True)
    user = make_user(theme="light")
    strict.force_login(user)

    sent = strict.post("/settings/theme/", {"theme": "dark"}, headers={header: "GET"})

    assert sent.status_code == 403
    user.refresh_from_db()
    assert user.theme == "light"


@pytest.mark.parametrize("header", ADDRESSES)
def test_no_header_leads_to_another_address(client, reader, header):
    make_incident(title="A hidden one", visibility="restricted")
    hidden = Incident.objects.get().get_absolute_url()

    assert client.get("/healthz", headers={header: hidden}).content == b"ok"
    for refused, status in (("/settings/people/", 403), (hidden, 404)):
        assert client.get(refused, headers={header: "/"}).status_code == status


@pytest.mark.parametrize("header", ADDRESSES)
def test_a_header_with_an_open_address_opens_no_door(client, header):
    make_user()

    answer = client.get("/incidents/", headers={header: "/healthz"})

    assert (answer.status_code, answer["Location"]) == (
        302,
        "/account/login/?next=/incidents/",
    )
