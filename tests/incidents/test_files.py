"""Files over HTTP: attach, look, describe, remove."""

from __future__ import annotations

import errno
import os
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from common.models import Activity
from incidents.files import keeping, store
from incidents.models import Attachment, Involvement
from tests.make import make_attachment, make_event, make_incident, make_picture, make_user

pytestmark = pytest.mark.django_db

HTML = b"<!doctype html><script>alert(document.cookie)</script>"


@pytest.fixture
def engineer(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def incident(engineer):
    return make_incident(participants=(engineer,))


def page_of(incident):
    return reverse("incidents:evidence", args=[incident.reference])


def send(client, incident, *files, **fields):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(page_of(incident), {"files": sent, **fields})


def at(attachment, name="attachment"):
    return reverse(f"incidents:{name}", args=[attachment.incident.reference, attachment.pk])


def read(response):
    return b"".join(response)


# Attaching ----------------------------------------------------------------------------------------
def test_a_picture_is_attached_with_what_it_shows_and_its_event(client, incident, engineer):
    event = make_event(incident)

    response = send(
        client, incident, ("graph.png", make_picture()), description="Load climbs", event=event.pk
    )

    assert response.status_code == 302
    [attachment] = Attachment.objects.all()
    assert (attachment.name, attachment.content_type) == ("graph.png", "image/png")
    assert (attachment.width, attachment.height) == (60, 40)
    assert (attachment.description, attachment.event) == ("Load climbs", event)
    assert attachment.uploaded_by == engineer
    assert Activity.objects.about(incident).get(verb="attached").detail == "graph.png"


def test_the_stored_bytes_lie_under_their_own_digest_with_the_thumbnail_beside_them(incident):
    attachment = make_attachment(incident, make_picture((900, 600)))

    with default_storage.open(store.place(attachment.sha256)) as file:
        assert store.digest(file) == attachment.sha256
        assert file.size == attachment.size
    with default_storage.open(store.thumbnail_place(attachment.sha256)) as file:
        small = Image.open(file)
        assert (small.format, small.size) == ("WEBP", (480, 320))


def test_a_file_that_is_refused_does_not_hold_up_the_others(client, incident):
    response = send(
        client,
        incident,
        ("one.log", b"20:00 slow"),
        ("photo.heic", b"\0\0\0\x18ftypheic" + b"\0" * 50),
        ("empty.txt", b""),
        ("graph.png", make_picture()),
        description="The minute it began",
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert "“photo.heic” is a HEIC picture. Save it as JPEG or PNG and attach that." in page
    assert "“empty.txt” is empty." in page
    assert 'value="The minute it began"' in page
    assert "Two attached, two not." in page
    assert sorted(each.name for each in Attachment.objects.all()) == ["graph.png", "one.log"]


def test_without_a_file_the_words_come_back(client, incident):
    response = client.post(page_of(incident), {"description": "The graph of that hour"})

    assert response.status_code == 422
    assert "Choose a file first." in response.content.decode()
    assert 'value="The graph of that hour"' in response.content.decode()


def test_the_same_file_twice_is_one_and_fills_what_was_missing(client, incident):
    picture = make_picture()
    send(client, incident, ("graph.png", picture))
    send(client, incident, ("again.png", picture), description="Load climbs")
    send(client, incident, ("third.png", picture), description="Something else")

    [attachment] = Attachment.objects.all()
    assert (attachment.name, attachment.description) == ("graph.png", "Load climbs")


def test_the_same_bytes_in_two_incidents_outlive_the_first_removal(client, incident, engineer):
    other = make_incident(participants=(engineer,))
    first, second = (
        make_attachment(each, b"20:00 slow", name="a.log") for each in (incident, other)
    )

    keeping.remove(first, by=engineer)

    assert read(client.get(at(second))) == b"20:00 slow"


def test_a_file_over_the_limit_is_refused_in_words(client, incident, settings):
    settings.ATTACHMENT_MAX_BYTES = 1_000_000

    response = send(client, incident, ("big.log", b"x" * 1_000_001))

    assert response.status_code == 422
    assert "“big.log” is larger than 1 MB." in response.content.decode()
    assert not Attachment.objects.exists()


def test_a_body_over_the_limit_is_answered_before_it_is_read(client, incident, settings):
    class Untouched(BytesIO):
        def read(self, *args):
            raise AssertionError("The body was read.")

    response = client.generic(
        "POST",
        page_of(incident),
        content_type="multipart/form-data; boundary=x",
        **{
            "wsgi.input": Untouched(),
            "CONTENT_LENGTH": str(settings.REQUEST_WITH_FILES_MAX_BYTES + 1),
        },
    )

    assert response.status_code == 413
    assert "This takes up to 53 MB at a time" in response.content.decode()


@pytest.mark.parametrize("address", ["/account/login/", "/settings/theme/"])
def test_no_other_address_takes_a_large_body(client, engineer, address):
    response = client.generic("POST", address, b"", CONTENT_LENGTH="3000000")

    assert response.status_code == 413


def test_somebody_who_is_not_signed_in_sends_nothing_large(client, incident):
    client.logout()

    response = client.generic("POST", page_of(incident), b"", CONTENT_LENGTH="9000000")

    assert response.status_code == 413


def test_more_files_than_a_request_may_hold_are_told_so(client, incident):
    response = send(client, incident, *((f"{n}.log", b"line %d" % n) for n in range(21)))

    assert response.status_code == 413
    assert "Up to 20 go together." in response.content.decode()
    assert not Attachment.objects.exists()


def test_an_incident_takes_so_many_files_and_says_so(client, incident, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_OF_ONE", 1)

    response = send(client, incident, ("a.log", b"a"), ("b.log", b"b"))

    assert "“b.log” would be more than 1 files." in response.content.decode()
    assert [each.name for each in Attachment.objects.all()] == ["a.log"]


def test_a_full_disk_keeps_no_row_and_no_half_file(client, incident, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "tests.incidents.full_disk.FullDisk",
            "OPTIONS": {"location": tmp_path},
        }
    }

    response = send(client, incident, ("a.log", b"a" * 9_000), description="The log")

    page = response.content.decode()
    assert response.status_code == 507
    assert "There is no room left for files." in page
    assert 'value="The log"' in page
    assert not Attachment.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


class FullTemporaryFolder(TemporaryFileUploadHandler):
    def receive_data_chunk(self, raw_data, start):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_up_while_a_form_arrives_is_told(client, incident, settings):
    settings.FILE_UPLOAD_HANDLERS = [f"{__name__}.FullTemporaryFolder"]

    response = send(client, incident, ("a.log", b"a"))

    assert response.status_code == 507
    assert "Nothing of this was saved." in response.content.decode()


_HEAD = b'Content-Disposition: form-data; name="files"; filename="a.log"\r\n'


@pytest.mark.parametrize(
    ("boundary", "body"),
    [
        ("x", b""),
        ("x", b"--x"),
        ("x", b"--x--"),
        ("x", b"--x\r\n" + _HEAD),
        ("x", b"--x\r\n" + _HEAD + b"\r\nabc"),
        ("x", b"--y\r\n" + _HEAD + b"\r\nabc\r\n--y--\r\n"),
        ("x", b"--x\r\n\r\nabc\r\n--x--\r\n"),
        ("x", b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n"),
        ("x", b"--x\r\n" + _HEAD + b"Content-Length: abc\r\n\r\nabc\r\n--x--\r\n"),
        ("x", b"--x\r\n" + _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--x--\r\n"),
        ("x", b"--x\r\n" + _HEAD.replace(b"a.log", b"") + b"\r\nabc\r\n--x--\r\n"),
        ("x", b"--x\r\n" + _HEAD.replace(b"a.log", b"..") + b"\r\nabc\r\n--x--\r\n"),
        ("x", b"\0" * 5_000),
        ("", b"--\r\n"),
        ("x" * 300, b"--x"),
        ("\u2028", b"--x"),
    ],
)
def test_a_broken_form_is_answered_and_leaves_no_half_file(client, incident, boundary, body):
    response = client.generic(
        "POST", page_of(incident), body, content_type=f"multipart/form-data; boundary={boundary}"
    )

    assert response.status_code in {302, 400, 422}
    for attachment in Attachment.objects.all():
        assert read(client.get(at(attachment))) == b"abc"


def test_our_script_gets_the_list_alone(client, incident):
    sent = {"files": SimpleUploadedFile("a.log", b"20:00 slow")}

    response = client.post(page_of(incident), sent, headers={"hx-request": "true"})

    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div id="evidence"')
    assert "a.log" in response.content.decode()


# Serving ------------------------------------------------------------------------------------------
def test_a_picture_is_shown_in_place_and_nothing_in_it_runs(client, incident):
    response = client.get(at(make_attachment(incident, name="Größe “1”.png")))

    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert unquote(response.headers["Content-Disposition"].partition("''")[2]) == "Größe “1”.png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert Image.open(BytesIO(read(response))).size == (60, 40)


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("page.html", HTML, "application/octet-stream"),
        ("drawing.svg", b"<svg onload='alert(1)'/>", "application/octet-stream"),
        ("feed.xml", b"<?xml version='1.0'?><a/>", "application/octet-stream"),
        ("harmless.txt", HTML, "application/octet-stream"),
        ("minute.log", b"20:00 slow\n\x1b[31mred\x1b[0m", "text/plain"),
        ("report.pdf", b"%PDF-1.7\n/JavaScript", "application/pdf"),
        ("logs.zip", b"PK\x03\x04" + b"\0" * 40, "application/zip"),
        ("logs.gz", b"\x1f\x8b\x08" + b"\0" * 40, "application/gzip"),
    ],
)
def test_everything_else_is_only_ever_downloaded(client, incident, name, content, content_type):
    response = client.get(at(make_attachment(incident, content, name=name)))

    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert read(response) == content


def test_a_second_look_costs_no_bytes_and_asks_again_who_it_is(client, incident):
    attachment = make_attachment(incident)
    etag = client.get(at(attachment)).headers["ETag"]

    again = client.get(at(attachment), headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")

    Involvement.objects.all().delete()
    incident.visibility = "restricted"
    incident.save()
    assert client.get(at(attachment), headers={"if-none-match": etag}).status_code == 404


def test_a_file_is_not_found_under_another_incident(client, incident):
    attachment = make_attachment(incident)
    other = make_incident()

    assert (
        client.get(
            reverse("incidents:attachment", args=[other.reference, attachment.pk])
        ).status_code
        == 404
    )


@pytest.mark.parametrize("name", ["attachment", "thumbnail"])
def test_bytes_that_somebody_took_away_are_not_found(client, incident, name):
    attachment = make_attachment(incident)
    default_storage.delete(store.place(attachment.sha256))
    default_storage.delete(store.thumbnail_place(attachment.sha256))

    assert client.get(at(attachment, name)).status_code == 404


def test_what_is_no_picture_has_no_thumbnail_and_stands_in_no_text(client, incident):
    log = make_attachment(incident, b"20:00 slow", name="a.log")

    assert client.get(at(log, "thumbnail")).status_code == 404
    assert client.get(reverse("file_in_text", args=[log.pk])).status_code == 404


# The tab ------------------------------------------------------------------------------------------
def test_the_tab_shows_pictures_files_and_what_events_name(client, incident):
    event = make_event(incident, text="Failed over", evidence="https://graphs.example.org/1")
    make_attachment(incident, description="Load climbs", event=event)
    make_attachment(incident, b"20:00 slow", name="a.log")

    response = client.get(page_of(incident))

    page = response.content.decode()
    assert response.context["evidence"].count == 3
    assert 'alt="Load climbs"' in page
    assert 'href="https://graphs.example.org/1"' in page
    assert f'href="{incident.get_absolute_url()}#e{event.pk}">Failed over</a>' in page
    assert page.count("Not described yet") == 1
    incident_page = client.get(incident.get_absolute_url()).content.decode()
    assert 'Evidence <span class="count">3</span>' in incident_page


@pytest.mark.parametrize("address", ["evidence", "detail"])
def test_pages_cost_the_same_for_any_number_of_files(client, incident, address):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse(f"incidents:{address}", args=[incident.reference]))
        return len(queries)

    make_attachment(incident, event=make_event(incident, evidence="a"))
    few = count()
    for number in range(5):
        event = make_event(incident, text=f"event {number}", evidence="b")
        make_attachment(incident, make_picture((10 + number, 10)), event=event)
        make_attachment(incident, b"line %d" % number, name="a.log")

    assert count() == few


def test_the_timeline_shows_the_files_of_an_event(client, incident):
    event = make_event(incident)
    picture = make_attachment(incident, description="Load climbs", event=event)
    make_attachment(incident, b"20:00 slow", name="a.log", event=event)

    page = client.get(incident.get_absolute_url()).content.decode()
    line = page.partition(f'<li id="e{event.pk}"')[2].partition("</li>")[0]

    assert f'<img src="{at(picture, "thumbnail")}" alt="Load climbs"' in line
    assert "a.log" in line
    assert f'href="{page_of(incident)}?event={event.pk}#attach"' in line


def test_attaching_from_an_event_has_it_chosen(client, incident):
    event = make_event(incident)

    page = client.get(f"{page_of(incident)}?event={event.pk}").content.decode()

    assert f'<option value="{event.pk}" selected>' in page


def test_who_was_not_part_of_it_sees_no_form(client, engineer):
    page = client.get(page_of(make_incident())).content.decode()

    assert 'id="attach"' not in page
    assert "Say so under" in page


# What is said of it, and taking it out ------------------------------------------------------------
def test_what_it_shows_is_written_later(client, incident):
    attachment = make_attachment(incident)

    client.post(at(attachment, "describe_attachment"),
                {"description": "Load climbs", "seen": attachment.mark})  # fmt: skip

    attachment.refresh_from_db()
    assert attachment.description == "Load climbs"


def test_a_description_never_overwrites_one_it_has_not_seen(client, incident):
    attachment = make_attachment(incident)
    seen = attachment.mark
    Attachment.objects.update(description="Theirs")

    response = client.post(
        at(attachment, "describe_attachment"), {"description": "Mine", "seen": seen}
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs: “Theirs”" in page
    assert 'value="Mine"' in page
    attachment.refresh_from_db()
    assert attachment.description == "Theirs"

    client.post(
        at(attachment, "describe_attachment"), {"description": "Mine", "seen": attachment.mark}
    )
    attachment.refresh_from_db()
    assert attachment.description == "Mine"
    detail = Activity.objects.about(incident).get(verb="described the file").detail
    assert detail == "graph.png (was “Theirs”)"


def test_removing_asks_first_and_leaves_a_line_in_the_trail(client, incident, engineer):
    attachment = make_attachment(incident, description="Load climbs", by=engineer)

    asked = client.get(at(attachment, "remove_attachment"))
    assert "It does not come back." in asked.content.decode()
    assert Attachment.objects.exists()

    client.post(at(attachment, "remove_attachment"))
    assert not Attachment.objects.exists()
    assert Activity.objects.about(incident).get(verb="removed the file").detail == (
        "graph.png (Load climbs)"
    )
    history = client.get(reverse("incidents:history", args=[incident.reference])).content.decode()
    assert "removed the file graph.png (Load climbs)" in history


def test_somebody_elses_file_is_removed_by_who_guides_alone(client, incident):
    attachment = make_attachment(incident)
    assert client.post(at(attachment, "remove_attachment")).status_code == 403

    client.force_login(facilitator := make_user())
    Involvement.objects.create(incident=incident, user=facilitator, capacity="facilitator")
    assert client.post(at(attachment, "remove_attachment")).status_code == 302
