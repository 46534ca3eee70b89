"""/metrics: for whoever has the token or an address, and nothing in it about anybody."""

import re
import subprocess
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from config import environment, readiness
from config.models import Backup
from people.models import Delivery
from people.notifications import notify
from tests.conftest import product_environment
from tests.make import make_incident, make_review, make_user
from tests.servers import Process, free_port, wait_until

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "a-token-of-32-characters-for-tests-only"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _asked_anew(settings):
    settings.METRICS_TOKEN = TOKEN
    make_user()
    cache.clear()


def figures(client):
    """{"second_story_outbox_due{by="mail"}": 1.0}"""
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


# Who may ask ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}"]
)
def test_it_does_not_exist_for_others(client, sent):
    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})
    missing = client.get("/metricz")

    assert answer.status_code == missing.status_code == 404
    assert answer.content.decode().replace("metrics", "metricz") == missing.content.decode()


def test_nobody_may_ask_until_somebody_is_named(client, settings):
    settings.METRICS_TOKEN, settings.METRICS_FROM = "", []

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert client.get("/metrics").status_code == 404


def test_an_address_may_ask_and_cannot_be_borrowed(client, settings):
    settings.METRICS_TOKEN, settings.METRICS_FROM = "", [ip_network("10.20.0.0/16")]

    assert client.get("/metrics", REMOTE_ADDR="10.20.3.4").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.21.3.4").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.20.3.4"}).status_code == 404


def test_a_weak_token_or_no_network_stops_the_start(monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", "short")
    monkeypatch.setenv("METRICS_FROM", "everywhere")

    with pytest.raises(ImproperlyConfigured, match="32 random characters"):
        environment.token("METRICS_TOKEN")
    with pytest.raises(ImproperlyConfigured, match=r"10\.20\.0\.0/16"):
        environment.networks("METRICS_FROM")


# What is told -----------------------------------------------------------------------------------
def test_requests_are_counted_by_part_and_answer(client):
    name = 'second_story_requests_total{area="incidents",method="GET",status="200"}'
    before = figures(client).get(name, 0)
    client.force_login(make_user())
    client.get("/incidents/")
    client.get(make_incident().get_absolute_url())

    now = figures(client)
    assert now[name] == before + 2
    assert now['second_story_request_seconds_count{area="incidents"}'] >= 2


def test_what_waits_and_since_when(client):
    then = timezone.now() - timedelta(minutes=10)
    for number, state in enumerate(["waiting", "waiting", "sent", "failed"]):
        notify(make_user(), kind="review_facilitate", about=make_review(), occasion=str(number))
        row = Delivery.objects.latest("pk")
        Delivery.objects.filter(pk=row.pk).update(
            state=state, due_at=then, sent_at=then if state == "sent" else None
        )

    now = figures(client)
    assert now['second_story_outbox_due{by="mail"}'] == 2
    assert 600 <= now['second_story_outbox_age_seconds{by="mail"}'] < 660
    assert now['second_story_outbox_age_seconds{by="channels"}'] == 0
    assert now['second_story_deliveries{by="mail",state="failed"}'] == 1


def test_workers_queues_and_the_last_backup(client):
    readiness.heard_from("mail", now=timezone.now() - timedelta(minutes=2))
    made_at = timezone.now() - timedelta(hours=3)
    Backup.objects.create(made_at=made_at, seconds=1, bytes=7, rows=1, files=0)

    now = figures(client)
    assert 120 <= now['second_story_heartbeat_age_seconds{queue="mail"}'] < 180
    assert 'second_story_heartbeat_age_seconds{queue="celery"}' not in now
    assert now["second_story_last_backup_timestamp_seconds"] == pytest.approx(made_at.timestamp())
    assert now['second_story_queue_length{queue="celery"}'] >= 0


def test_wrong_passwords_are_counted_and_never_by_account(client):
    before = figures(client).get("second_story_logins_refused_total", 0)
    make_user(email="ada@example.org")
    client.post("/account/login/", {"login": "ada@example.org", "password": "not this one"})

    now = figures(client)
    assert now["second_story_logins_refused_total"] == before + 1
    assert "ada" not in "".join(now)


def test_no_label_tells_of_a_person_or_an_object(client):
    incident = make_incident(title="Dumps stop")
    user = make_user(name="Wendeline Oxbridge")
    client.force_login(user)
    client.get(incident.get_absolute_url())
    client.get("/incidents/INC-987654/")
    client.get("/api/v1/incidents")

    labels = {
        f"{name}={value}"
        for line in figures(client)
        for name, value in re.findall(r'(\w+)="([^"]*)"', line)
        if line.startswith("second_story")
    }
    known = re.compile(
        r"area=(site|other|[a-z]+)|method=(GET|HEAD|POST|other)|status=(\d{3})|le=[\d.+Inf]+"
        r"|by=(mail|channels)|state=[a-z]+|queue=(celery|mail)"
    )
    assert [label for label in labels if not known.fullmatch(label)] == []


def test_pages_of_confidential_notes_are_counted_nowhere(client):
    author = make_user()
    review = make_review(incident=make_incident(participants=(author,)))
    client.force_login(author)

    def requests():
        return {
            name: value for name, value in figures(client).items() if "second_story_req" in name
        }

    requests()
    before = requests()
    for way in ("note/", "note/code/", "notes/"):
        assert client.get(f"/reviews/{review.reference}/{way}").status_code == 200
    after = requests()

    # Asking for the figures is counted itself.
    assert {name for name in after if after[name] != before.get(name)} <= {
        name for name in after if 'area="site"' in name
    }
    assert sum(after.values()) > 0


# Several workers --------------------------------------------------------------------------------
def test_the_figures_of_all_workers_are_added_up(tmp_path):
    """With real processes: each answers some requests, one of them is replaced, and whichever is
    asked tells of them all."""
    port = free_port()
    told = tmp_path / "web.log"
    base = product_environment(DATA_DIR=str(tmp_path), METRICS_TOKEN=TOKEN, INSECURE_HTTP="1")
    for theirs in ("DATABASE_URL", "REDIS_URL"):
        base.pop(theirs, None)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=base, check=True)
    web = Process(
        [sys.executable, "-m", "gunicorn", "config.wsgi", "--config", "deploy/gunicorn.conf.py",
         "--bind", f"127.0.0.1:{port}", "--workers", "2", "--max-requests", "40",
         "--log-level", "warning"],
        log=told,
        environment=base,
    )  # fmt: skip

    def get(path):
        asked = Request(f"http://127.0.0.1:{port}{path}", headers=BEARER)
        with urlopen(asked, timeout=10) as answer:
            return answer.read().decode()

    def is_up():
        try:
            return get("/healthz") == "ok"
        except OSError:
            return False

    def counted():
        found = re.search(
            r'^second_story_requests_total\{area="site",method="GET",status="200"\} (\S+)$',
            get("/metrics"),
            re.M,
        )
        return float(found[1]) if found else 0.0

    try:
        wait_until(is_up, within=60, what="the site")
        before = counted()
        for _ in range(100):
            get("/healthz")
        assert counted() - before >= 100
    finally:
        web.stop()
