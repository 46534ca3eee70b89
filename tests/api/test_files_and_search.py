"""Files of an incident, and the search, for programs."""

import hashlib
from urllib.parse import urlencode

import pytest
from django.db import connection

from common.models import Activity
from config.audit.deeds import READING
from incidents.files import store
from tests.api.calling import Program, assert_problem
from tests.make import (
    make_attachment,
    make_event,
    make_incident,
    make_lesson,
    make_picture,
    make_user,
)

LOG = b"10:00 started\n10:05 stopped\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def incident():
    return make_incident(title="Certificate expired at the edge", participants=(make_user(),))


@pytest.fixture
def attached(incident):
    by = incident.involvements.get().user
    picture = make_attachment(incident, by=by, description="The graph")
    return [picture, make_attachment(incident, LOG, name="log.txt", by=by)]


def test_files_are_listed_and_fetched_as_they_were_kept(incident, attached):
    program = Program(make_user(), "read")
    listed = program.get(f"incidents/{incident.reference}/files").json()["items"]

    assert [file["name"] for file in listed] == [file.name for file in attached]
    assert listed[0]["width"] == attached[0].width
    assert listed[1]["content_type"].startswith("text/plain")
    for file in listed:
        answer = program.get(file["address"])
        content = answer.getvalue()
        assert answer.status_code == 200
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["size"]
        assert "sandbox" in answer["Content-Security-Policy"]
        again = program.get(file["address"], If_None_Match=answer["ETag"])
        assert again.status_code == 304


def test_files_of_what_one_may_not_know_of_are_not_there(attached):
    file = attached[0]
    incident = file.incident
    incident.visibility = "restricted"
    incident.save()
    other = make_incident()
    stranger, named = Program(make_user()), Program(incident.involvements.get().user)

    path = f"incidents/{incident.reference}/files"
    assert named.get(f"{path}/{file.pk}").status_code == 200
    for asked in (path, f"{path}/{file.pk}", f"incidents/{other.reference}/files/{file.pk}"):
        assert_problem(stranger.get(asked), 404)
    assert_problem(Program(incident.involvements.get().user, "read").get(path), 404)


def test_who_reads_the_files_of_what_is_restricted_is_noted(attached):
    incident, file = attached[1].incident, attached[1]
    incident.visibility = "restricted"
    incident.save()
    named = Program(incident.involvements.get().user)
    path = f"incidents/{incident.reference}/files"
    noted = Activity.objects.about(incident).filter(verb__in=READING).order_by("pk")

    assert named.get(path).status_code == 200
    assert [line.verb for line in noted.all()] == ["read"]
    assert named.get(f"{path}/{file.pk}").status_code == 200
    assert [(line.verb, line.detail) for line in noted.all()] == [
        ("read", ""), ("fetched a file", "log.txt"),
    ]  # fmt: skip


def attach(program, incident, content, kind="application/octet-stream", *, key="", **query):
    return program.client.post(
        f"/api/v1/incidents/{incident.reference}/files?{urlencode({'name': 'graph.png'} | query)}",
        data=content,
        content_type=kind,
        headers={"Authorization": f"Bearer {program.secret}"}
        | ({"Idempotency-Key": key} if key else {}),
    )


def test_a_file_is_attached_as_on_the_page(incident):
    program = Program(incident.involvements.get().user)
    event = make_event(incident)
    sent = {"description": "Connections climb", "event": event.pk, "name": "../../graph\n.png"}
    answer = attach(program, incident, make_picture(), **sent)

    told = answer.json()
    kept = incident.attachments.get()
    assert answer.status_code == 201, told
    assert (kept.description, kept.event, kept.width) == ("Connections climb", event, 60)
    assert "/" not in told["name"] and told["name"].endswith(".png")
    assert answer["Location"] == told["address"]
    again = attach(program, incident, make_picture(), **sent)
    assert again.json()["id"] == told["id"]
    assert incident.attachments.count() == 1


def test_nobody_waits_while_a_file_is_put_into_its_place(incident, monkeypatch):
    """On SQLite an open transaction keeps everybody else from writing."""
    program, open_around = Program(incident.involvements.get().user), []
    put, outside = store.put, len(connection.savepoint_ids)
    monkeypatch.setattr(
        store, "put", lambda *told: (open_around.append(len(connection.savepoint_ids)), put(*told))
    )

    assert attach(program, incident, LOG, name="log.txt").status_code == 201
    assert open_around == [outside]


def test_the_same_key_attaches_once(incident):
    program = Program(incident.involvements.get().user)
    first = attach(program, incident, LOG, key="run-7", name="log.txt")
    described = attach(program, incident, LOG, name="log.txt", description="The night")
    again = attach(program, incident, LOG, key="run-7", name="log.txt")
    removed = incident.attachments.get()
    removed.delete()
    too_late = attach(program, incident, LOG, key="run-7", name="log.txt")

    assert (first.status_code, described.status_code, again.status_code) == (201, 201, 201)
    assert again.json() == described.json()
    assert again["Location"] == first["Location"]
    # What was removed since does not come back by itself.
    assert_problem(too_late, 404)
    assert not incident.attachments.exists()


@pytest.mark.parametrize(
    ("content", "query"),
    [(LOG + b"more\n", {}), (LOG, {"name": "other.txt"}), (LOG, {"description": "Other words"})],
)
def test_another_file_under_the_same_key_is_refused(incident, content, query):
    program = Program(incident.involvements.get().user)
    attach(program, incident, LOG, key="run-7", name="log.txt")
    other = attach(program, incident, content, key="run-7", **{"name": "log.txt"} | query)

    assert_problem(other, 422, "with another request")
    assert [file.sha256 for file in incident.attachments.all()] == [hashlib.sha256(LOG).hexdigest()]


def test_a_file_that_was_refused_can_be_sent_again_under_its_key(incident):
    program = Program(incident.involvements.get().user)
    wrong = attach(program, incident, LOG, key="run-7", name="log.txt", event=10**9)
    right = attach(program, incident, LOG, key="run-7", name="log.txt")

    assert (wrong.status_code, right.status_code) == (422, 201)


def test_a_larger_file_than_any_form_is_taken_up_to_the_limit(incident, settings):
    program = Program(incident.involvements.get().user)
    lines = b"0123456789\n" * 400_000

    assert attach(program, incident, lines, name="long.log").status_code == 201
    assert incident.attachments.get().size == len(lines)
    settings.ATTACHMENT_MAX_BYTES = 3_000_000
    assert_problem(attach(program, incident, lines + b"more\n", name="more.log"), 413, "3 MB")
    too_much = b"0" * (settings.REQUEST_WITH_FILES_MAX_BYTES + 1)
    assert_problem(attach(program, incident, too_much), 413)


def test_what_the_page_refuses_is_refused(incident):
    program = Program(incident.involvements.get().user)
    assert_problem(attach(program, incident, b"\x7fELF\x02\x01\x01" + bytes(60)), 422)
    assert_problem(attach(program, incident, b""), 422)
    assert_problem(attach(program, incident, LOG, event=10**9, name="a.txt"), 422)
    assert_problem(attach(program, incident, LOG, other="1"), 400)
    assert_problem(attach(program, incident, "{}", "application/json"), 415)
    assert_problem(attach(Program(make_user(), "file"), incident, LOG), 403)
    assert_problem(attach(Program(make_user()), incident, LOG), 403)
    assert not incident.attachments.exists()


def test_a_stranger_cannot_send_much(incident):
    program = Program(make_user())
    program.secret = "story_nobodys"
    assert_problem(attach(program, incident, b"0" * 3_000_000), 401)
    large = attach(program, incident, b"0" * 3_000_000, "multipart/form-data; boundary=x")
    assert_problem(large, 413)


def test_without_room_nothing_is_kept(incident, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "tests.incidents.full_disk.FullDisk"}
    }
    program = Program(incident.involvements.get().user)

    assert_problem(attach(program, incident, LOG, name="log.txt"), 507)
    assert not incident.attachments.exists()


def test_the_search_finds_what_the_page_finds(incident):
    make_lesson(title="Renew each certificate before it expires")
    hidden = make_incident(title="Certificate of a customer leaked", visibility="restricted")
    found = Program(make_user(), "read").get("search?q=certificate").json()

    assert {hit["reference"] for hit in found["items"]} >= {incident.reference}
    assert hidden.reference not in str(found)
    assert found["count"] == len(found["items"]) == 2
    assert (found["is_cut"], found["next"]) == (False, None)
    titles = {hit["title"] for hit in found["items"]}
    assert titles == {"Certificate expired at the edge", "Renew each certificate before it expires"}
    assert all(hit["address"].startswith("http") for hit in found["items"])


def test_the_search_sees_what_the_token_may_see():
    named = make_user()
    hidden = make_incident(
        title="Certificate of a customer leaked", visibility="restricted", participants=(named,)
    )

    for scope, seen in (("read", []), ("file", []), ("write", [hidden.reference])):
        found = Program(named, scope).get("search?q=certificate").json()
        assert [hit["reference"] for hit in found["items"]] == seen
        assert found["count"] == len(seen)


def test_the_search_reads_filters_and_goes_on_page_by_page():
    for _ in range(30):
        make_incident(title="Disk full")
    make_incident(title="Disk full as an exercise", kind="game_day")
    program = Program(make_user(), "read")
    first = program.get("search?q=disk+kind:incident").json()
    second = program.get(first["next"]).json()

    assert first["understood"] == ["Kind is incident"]
    assert first["count"] == second["count"] == 30
    references = [hit["reference"] for part in (first, second) for hit in part["items"]]
    assert len(set(references)) == 30
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("q=x&page=0", 400), ("q=x&sort=new", 400), ("q=%00", 422)]
)
def test_what_the_search_does_not_take_is_refused(query, status):
    assert_problem(Program(make_user(), "read").get(f"search?{query}"), status)
