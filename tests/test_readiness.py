"""What /readyz tells programs that watch, and what administrators see of the site itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse
from django.utils import timezone

from config import readiness
from config.celery import app
from config.models import Backup
from config.tasks import heartbeat
from people.notifications import notify
from tests.make import make_action, make_incident, make_user
from tests.servers import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def workers():
    """Both queues were just heard of."""
    for queue in ("celery", "mail"):
        heartbeat(queue)


@pytest.fixture
def queue(monkeypatch):
    """A broker that answers, or with `queue(False)` one that is gone."""

    class Broker:
        def __init__(self, there):
            self.there = there

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def ensure_connection(self, **how):
            if not self.there:
                raise ConnectionRefusedError

    def put(there):
        monkeypatch.setattr(app, "connection_for_write", lambda **how: Broker(there))

    put(True)
    return put


def told(client, *, status):
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["ready"] is (status == 200)
    return answer.json()["checks"]


def test_ready_when_everything_is_there(client, workers, queue):
    assert told(client, status=200) == {
        "database": "ok",
        "migrations": "ok",
        "search": "ok",
        "queue": "ok",
        "worker for celery": "ok",
        "worker for mail": "ok",
    }


def test_a_silent_worker_is_told_of_by_its_queue(client, workers, queue):
    now = timezone.now()
    readiness.heard_from("mail", now=now - timedelta(minutes=7))
    checks = told(client, status=503)
    assert checks["worker for mail"].startswith("Nothing was heard of one for 7 min.")
    assert checks["worker for celery"] == "ok"
    cache.clear()
    checks = told(client, status=503)
    assert checks["worker for celery"].startswith("Nothing was heard of one yet.")


def test_two_late_heartbeats_are_no_silence(queue):
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for queue_name in ("celery", "mail"):
        readiness.heard_from(queue_name, now=now - timedelta(seconds=89))
    assert not any(check.trouble for check in readiness.checks(now=now))


def test_a_queue_that_is_gone(client, workers, queue):
    queue(False)
    assert told(client, status=503)["queue"] == "It does not answer."


def test_a_database_that_is_gone_is_said_without_its_words(client, workers, queue, monkeypatch):
    def gone(self, *args, **options):
        raise OperationalError("connection to server at 10.0.0.7 failed for user stories")

    with monkeypatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", gone)
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "It does not answer."
    assert "migrations" not in answer.json()["checks"]
    assert b"10.0.0.7" not in answer.content


def test_migrations_that_have_not_run(client, workers, queue):
    MigrationRecorder.Migration.objects.filter(app="lessons").first().delete()
    assert told(client, status=503)["migrations"] == "1 have not run: manage.py migrate."


def test_it_is_only_read(client):
    assert client.post("/readyz").status_code == 405


@pytest.mark.servers
def test_a_real_worker_is_heard_of(client, celery_worker_process):
    """On both queues, through a real Redis: the queue answers, and the clock's task reaches it."""
    for name in ("celery", "mail"):
        heartbeat.apply_async(args=[name], queue=name)
    wait_until(lambda: client.get("/readyz").status_code == 200, what="both queues to be heard of")


# The page ---------------------------------------------------------------------------------------
def test_administrators_see_how_the_site_is_doing(client, workers, queue):
    client.force_login(make_user(is_admin=True))
    page = client.get(reverse("system")).content.decode()
    assert "None was made yet." in page
    assert "Nothing that could leave now" in page
    assert "given up" not in page
    assert "Django" in page


def test_what_waits_and_what_was_given_up_is_counted(client, workers, queue):
    admin = make_user(is_admin=True)
    now = timezone.now()
    long_ago = now - timedelta(hours=2)
    for due_at, state in [
        (long_ago, "waiting"),
        (now + timedelta(hours=2), "waiting"),
        (long_ago, "failed"),
    ]:
        owner = make_user()
        action = make_action(owner=owner)
        told = notify(owner, kind="action_assigned", about=action, occasion="new", due_at=due_at)
        told.deliveries.update(state=state, due_at=due_at)
    Backup.objects.create(made_at=long_ago, seconds=12.4, bytes=3_000_000, rows=12345, files=1)
    client.force_login(admin)
    page = client.get(reverse("system")).content.decode()
    assert "1 could leave now" in page
    assert "1 given up" in page
    assert "12345 rows and 1 file, " in page


def test_what_waits_about_restricted_things_is_not_counted(client, workers, queue):
    owner = make_user()
    incident = make_incident(visibility="restricted", participants=(owner,))
    told = notify(owner, kind="incident_update", about=incident, occasion="new")
    told.deliveries.update(due_at=timezone.now() - timedelta(hours=2))
    client.force_login(make_user(is_admin=True))

    assert "could leave now, the oldest" not in client.get(reverse("system")).content.decode()


def test_nobody_else_sees_it(client):
    client.force_login(make_user())
    assert client.get(reverse("system")).status_code == 403
