"""An administrator takes along what they may read."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest
from django.test import Client

from common.models import Activity
from config.exporting.archive import table_file
from tests.make import make_incident, make_user

pytestmark = pytest.mark.django_db


def test_the_zip_holds_what_its_reader_may_read(client: Client):
    administrator = make_user(is_admin=True)
    make_incident(title="Open to all")
    make_incident(title="Only for some", visibility="restricted")
    client.force_login(administrator)

    answer = client.post("/settings/export/full/")

    with zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content))) as read:
        told = read.read(table_file("incidents.Incident")).decode()
        manifest = json.loads(read.read("manifest.json"))
    assert "Open to all" in told
    assert "Only for some" not in told
    assert manifest["holds"] == "what one person may read"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="second-story-')
    assert Activity.objects.get(verb="took the site along").actor == administrator


def test_the_page_says_what_is_left_out(client: Client):
    client.force_login(make_user(is_admin=True))

    page = client.get("/settings/export/").content.decode()

    assert "postmortems.ConfidentialNote" in page
    assert "read by the facilitator alone" in page


def test_others_are_refused_and_nothing_is_noted(client: Client):
    client.force_login(make_user())

    assert client.get("/settings/export/").status_code == 403
    assert client.post("/settings/export/full/").status_code == 403
    assert not Activity.objects.exists()
