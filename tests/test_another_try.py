"""A page whose transaction the database gave up for another one's sake is done again."""

import threading
from contextlib import contextmanager

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from actions.models import Action
from common import waking
from common.models import Activity
from incidents.models import Attachment
from tests.api.calling import Program, assert_problem
from tests.make import make_action, make_incident, make_team, make_user
from tests.servers import wait_until

MOVE = {"deed": "date", "due_on": "2031-05-12", "reason": "The parts come later."}


@contextmanager
def given_up(times, *, at, state="40P01"):
    """The database gives up that often when a statement begins with `at`."""
    left = [times]

    def watch(execute, sql, params, many, context):
        if left[0] and sql.startswith(at):
            left[0] -= 1
            error = OperationalError("given up")
            error.__cause__ = psycopg.errors.lookup(state)()
            raise error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield left


@contextmanager
def told_errors():
    """The kinds of errors that the database tells meanwhile."""
    told = []

    def watch(execute, *statement):
        try:
            return execute(*statement)
        except OperationalError as error:
            told.append(type(error.__cause__))
            raise

    with connection.execute_wrapper(watch):
        yield told


@pytest.fixture(autouse=True)
def nobody_is_woken(monkeypatch):
    """A worker would hold rows of its own while the tables are emptied after the test."""
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def moving(client):
    """Moves the dates of two actions; client, actions."""
    manager = make_user()
    client.force_login(manager)
    client.raise_request_exception = False
    team = make_team(manager=manager)
    return client, [make_action(team=team, title=f"Change {number}") for number in range(2)]


def move(client, actions):
    return client.post("/actions/together/", MOVE | {"pick": [one.reference for one in actions]})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_it_is_done_once_though_it_took_three_tries(moving, state):
    client, actions = moving

    with given_up(2, at='INSERT INTO "common_activity"', state=state):
        answer = move(client, actions)

    assert answer.status_code == 302
    assert {str(one.due_on) for one in Action.objects.all()} == {"2031-05-12"}
    assert Activity.objects.filter(verb="moved the date").count() == 2


@pytest.mark.django_db(transaction=True)
def test_after_three_tries_what_was_typed_is_shown_and_nothing_was_done(moving):
    client, actions = moving

    with given_up(5, at='INSERT INTO "common_activity"') as left:
        answer = move(client, actions)

    assert left == [2]
    assert answer.status_code == 503
    assert "The parts come later." in answer.content.decode()
    assert not Activity.objects.filter(verb="moved the date").exists()


@pytest.mark.django_db(transaction=True)
def test_another_error_is_not_tried_again(moving):
    client, actions = moving

    with given_up(5, at='INSERT INTO "common_activity"', state="57014") as left:
        answer = move(client, actions)

    assert left == [4]
    assert answer.status_code == 503


@pytest.mark.django_db(transaction=True)
def test_a_file_is_read_from_its_beginning_again(client):
    engineer = make_user()
    incident = make_incident(participants=(engineer,))
    client.force_login(engineer)
    file = SimpleUploadedFile("notes.txt", b"14:32 failed over to the replica\n")

    with given_up(1, at='INSERT INTO "incidents_attachment"'):
        client.post(f"/incidents/{incident.reference}/evidence/", {"files": file})

    [kept] = Attachment.objects.all()
    answer = client.get(f"/incidents/{incident.reference}/files/{kept.pk}/")
    assert b"".join(answer) == b"14:32 failed over to the replica\n"


@pytest.mark.django_db(transaction=True)
def test_bytes_that_a_view_has_read_itself_are_not_read_again():
    """They are gone: a second try would find an empty file, and the program believe it."""
    engineer = make_user()
    incident = make_incident(participants=(engineer,))
    program = Program(engineer)

    def send():
        return program.client.post(
            f"/api/v1/incidents/{incident.reference}/files?name=notes.txt",
            data=b"14:32 failed over to the replica\n",
            content_type="application/octet-stream",
            headers={"Authorization": f"Bearer {program.secret}"},
        )

    with given_up(1, at='INSERT INTO "incidents_attachment"'):
        assert_problem(send(), 503)
    assert not Attachment.objects.exists()
    assert send().status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_two_that_wait_for_each_other_are_both_done(moving):
    client, (first, second) = moving
    with (
        psycopg.connect(**connection.get_connection_params()) as other,
        psycopg.connect(**connection.get_connection_params(), autocommit=True) as looking,
    ):
        lock = "SELECT 1 FROM actions_action WHERE id = %s FOR UPDATE"
        other.execute(lock, [second.pk])

        def take_the_first_once_it_is_held():
            wait_until(
                lambda: looking.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                ).fetchone(),
                what="the page to wait for the second",
            )
            other.execute(lock, [first.pk])
            other.commit()

        thread = threading.Thread(target=take_the_first_once_it_is_held)
        thread.start()
        with told_errors() as errors:
            answer = move(client, (first, second))
        thread.join()

    assert errors == [psycopg.errors.DeadlockDetected]
    assert answer.status_code == 302
    assert {str(one.due_on) for one in Action.objects.all()} == {"2031-05-12"}
