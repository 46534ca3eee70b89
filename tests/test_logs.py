"""Logs: one object for each line, with the id of the request, and without anybody's secrets."""

import json
import logging
import re
import runpy
from types import SimpleNamespace

import pytest
import structlog
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from kombu import Connection

from config import logs
from config.celery import app
from people.models import User
from tests.make import PASSWORD, make_user

pytestmark = pytest.mark.django_db

_new_id = logs.new_id
CAUSED = "The above exception was the direct cause of the following exception:\n\nTraceback"


@pytest.fixture
def told(monkeypatch):
    """Every line of every logger, at every level, as JSON."""
    lines = []

    class Kept(logging.StreamHandler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Kept()
    made = logs.formatter(is_json=True)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=made["processors"], foreign_pre_chain=made["foreign_pre_chain"]
        )
    )
    handler.addFilter(logs.LeaveOutConfidence())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


# The id -----------------------------------------------------------------------------------------
def test_each_answer_has_an_id_that_its_lines_have_too(client, told, monkeypatch):
    ids = iter(["first", "second"])
    monkeypatch.setattr(logs, "new_id", lambda: next(ids))
    client.force_login(make_user())
    told.clear()

    answers = [client.get(f"/incidents/INC-{number}/") for number in (987654, 987655)]

    assert [answer.headers["X-Request-ID"] for answer in answers] == ["first", "second"]
    lines = [json.loads(line) for line in told if "Not Found" in line]
    assert [line["request_id"] for line in lines] == ["first", "second"]
    assert {"at", "level", "logger", "event"} <= lines[0].keys()
    assert "first" in answers[0].content.decode()


def test_no_two_ids_are_alike_and_nobody_outside_chooses_one(client, monkeypatch):
    monkeypatch.setattr(logs, "new_id", _new_id)

    seen = {
        client.get("/healthz", headers={"X-Request-ID": "mine"}).headers["X-Request-ID"]
        for _ in range(20)
    }
    assert len(seen) == 20
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in seen)


def test_the_page_for_what_nobody_expected_has_the_id_of_the_line_about_it(
    client, told, monkeypatch
):
    def stop(*arguments, **more):
        raise RuntimeError("nobody expected this")

    monkeypatch.setattr(logs, "new_id", lambda: "cafe")
    monkeypatch.setattr("config.views.home_of", stop)
    client.force_login(make_user())
    client.raise_request_exception = False

    answer = client.get("/")

    assert answer.status_code == 500
    assert "the reference cafe" in answer.content.decode()
    [line] = [json.loads(line) for line in told if "nobody expected this" in line]
    assert (line["request_id"], line["level"]) == ("cafe", "error")
    assert "Traceback" in line["exception"]


def test_a_task_carries_the_id_of_the_request_that_asked_for_it():
    with (
        structlog.contextvars.bound_contextvars(request_id="cafe"),
        Connection("memory://") as broker,
    ):
        app.send_task("config.tasks.heartbeat", ["celery"], connection=broker)
        message = broker.SimpleQueue("celery").get(timeout=5)

    assert message.headers["__django_structlog__"] == {"request_id": "cafe"}


def test_nothing_of_one_request_is_left_for_the_next(client):
    structlog.contextvars.bind_contextvars(of_the_one_before="x")
    client.get("/healthz")

    assert structlog.contextvars.get_contextvars() == {"request_id": "0" * 16}


# What is left out -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("mail to ada.b+c@example.org failed", "mail to (e-mail) failed"),
        ("Authorization: Bearer abc.def-123", "Authorization: (left out) (left out)"),
        ("password=hunter2&next=/", "password=(left out)&next=/"),
        ('{"token": "s3cr3t", "a": 1}', '{"token": (left out), "a": 1}'),
        ("GET /welcome/k3y/ 200", "GET /welcome/.../ 200"),
        ("redis://:s3cr3t@redis:6379/0", "redis://:(left out)@redis:6379/0"),
        (
            "duplicate key\nDETAIL:  Key (email)=(ada) already exists.\n",
            "duplicate key\nDETAIL: (left out)\n",
        ),
        (
            f"no\nDETAIL:  Failing row (1, a\n\nDuring handling of the above, null).\n\n{CAUSED}",
            f"no\nDETAIL: (left out)\n\n{CAUSED}",
        ),
        ("A worker for mail is silent", "A worker for mail is silent"),
    ],
)
def test_what_is_secret_is_left_out_of_any_text(said, left):
    assert logs.left_out(said) == left


def test_no_line_of_a_day_holds_a_secret(told, monkeypatch):
    """Doors, keys, cookies, forms and a database that quotes a row, at the lowest level."""
    lena = make_user(email="lena@larkspur.example", password=PASSWORD, name="Lena Oxbridge")
    client = Client()
    client.post("/account/login/", {"login": lena.email, "password": "gooseplume"})
    client.post("/account/login/", {"login": lena.email, "password": PASSWORD})
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/account/password/reset/", {"email": lena.email})
    client.get("/welcome/quittenholz-key/")
    client.get("/unsubscribe/quittenholz-key/")
    client.get("/actions/calendar.ics?key=quittenholz")
    client.get("/search/?q=karamellkrebs", headers={"Authorization": "Bearer quittenholz"})
    client.get("/incidents/INC-987654/?q=karamellkrebs")
    client.raise_request_exception = False
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=lena.email, name="x")
    try:
        with transaction.atomic():
            User.objects.create(email=lena.email, name="x")
    except IntegrityError:
        logging.getLogger("tests").exception("Not saved")
    assert mail.outbox is not None

    lines = "\n".join(line for line in told if '"logger": "django.db' not in line)
    needles = ["larkspur", "gooseplume", PASSWORD, session, "quittenholz", "karamellkrebs"]
    assert "A log-in was refused" in lines
    assert "Not saved" in lines
    assert [needle for needle in needles if needle in lines] == []
    assert all(json.loads(line) for line in told)


# How it looks -----------------------------------------------------------------------------------
def test_lines_for_eyes_are_plain():
    made = logs.formatter(is_json=False)
    drawn = structlog.stdlib.ProcessorFormatter(
        processors=made["processors"], foreign_pre_chain=made["foreign_pre_chain"]
    )
    record = logging.LogRecord("people", 30, "", 1, "Mail waits for %s", ("it",), None)

    line = drawn.format(record)
    assert "Mail waits for it" in line
    assert not line.startswith("{")
    assert "\x1b" not in line


def test_a_line_break_in_what_was_sent_begins_no_line(told):
    logging.getLogger("tests").warning("Not Found: %s", "/x\n2026-11-29 ERROR forged")

    assert len(told[-1].splitlines()) == 1


def test_the_web_server_writes_the_same_kind_of_line(monkeypatch):
    conf = runpy.run_path("deploy/gunicorn.conf.py")
    logger = conf["LeaveOutConfidence"].__new__(conf["LeaveOutConfidence"])
    logger.cfg = SimpleNamespace(accesslog="-")
    lines = []
    logger.access_log = SimpleNamespace(info=lines.append)
    resp = SimpleNamespace(status_code=200, sent=7, headers=[("X-Request-ID", "cafe")])
    took = SimpleNamespace(seconds=1, microseconds=2_000)
    for path in ("/incidents/", "/reviews/INC-1/note/", '/welcome/k3y/"\n'):
        environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": "q=secret"}
        logger.access(resp, None, environ, took)

    first, second = map(json.loads, lines)
    assert (first["path"], first["status"], first["ms"]) == ("/incidents/", 200, 1002)
    assert first["request_id"] == "cafe"
    assert "k3y" not in second["path"]
    assert all("\n" not in line and "secret" not in line for line in lines)
