"""One part breaks while somebody works: what they see, what is kept, and that it mends itself.

Nothing but the part that broke is started again in any of these.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests

from tests.faults.site import Forms, Person, running_site
from tests.servers import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("one fault")]

NEW = "/incidents/new/"
TYPED = "Saving <fails>\nsince the deploy, även på svenska ❄"
SOON = 10  # seconds: C10 of our promises


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("one-fault")) as site:
        yield site


def filed(title: str, **changed: str) -> dict[str, str]:
    return {
        "kind": "incident",
        "title": title,
        "summary": TYPED,
        "started": "22 min ago",
        "service": "unknown",
        "severity": "sev3",
        "visibility": "open",
    } | changed


def hidden(page: str, action: str) -> dict[str, str]:
    return dict(Forms(page).to(action)["fields"])


def incident_of(person: Person, title: str) -> str:
    """File it; the address of its page."""
    form = hidden(person.opens(NEW).text, NEW)
    answer = person.sends(NEW, form | filed(title))
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_the_database_is_away_while_a_form_is_sent(site):
    person = site.somebody("wim")
    form = hidden(person.opens(NEW).text, NEW)

    site.postgresql.process.stop()
    with ThreadPoolExecutor() as at_once:
        asked = at_once.submit(site.readiness)
        opened = at_once.submit(person.opens, "/")
        answer = person.sends(NEW, form | filed("Away"))
    read, checks = opened.result(), asked.result()
    site.postgresql.process = site.postgresql._start()
    up = time.monotonic()
    again = Forms(answer.text).to(NEW)["fields"]
    sent = wait_until(
        lambda: (found := person.sends(NEW, again)).status_code == 302 and found,
        within=SOON,
        what="the form to be taken",
    )
    healed = time.monotonic() - up
    once_more = person.sends(NEW, again)

    assert (answer.status_code, read.status_code) == (503, 503)
    assert answer.headers["Retry-After"] == "10"
    assert "Not saved yet" in answer.text and "Saving &lt;fails&gt;\nsince" in answer.text
    assert "mends itself" in read.text
    assert checks["database"] == "It does not answer."
    page = person.opens(sent.headers["Location"]).text
    assert "since the deploy, även på svenska ❄" in page
    assert once_more.headers["Location"] == sent.headers["Location"]
    assert healed < SOON


def test_the_database_is_restarted_while_many_forms_are_sent(site):
    person = site.somebody("wim")
    page = incident_of(person, "Restarted")
    sent, unclear, over = [], [], threading.Event()

    def write(number: int) -> None:
        own = Person(site, person.email)
        own.session.cookies.update(person.session.cookies)
        count = 0
        while not over.is_set():
            text = f"line {number}-{count} of what happened"
            answer = own.sends(f"{page}events/", {"line": f"5 min ago {text}"})
            (sent if answer.status_code in {200, 302} else unclear).append((text, answer))
            count += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(1)
    site.postgresql.restart()
    time.sleep(2)
    over.set()
    for writer in writers:
        writer.join()
    shown = person.opens(page).text

    assert sent, "nobody got through"
    assert {answer.status_code for _, answer in unclear} <= {503}
    assert all(text in answer.text for text, answer in unclear)
    assert {text: shown.count(f"{text}<") for text, _ in sent} == {text: 1 for text, _ in sent}


def test_every_connection_to_the_database_is_cut(site):
    """As by a switch between two machines of it: the next page is there as ever."""
    person = site.somebody("wim")
    with ThreadPoolExecutor(16) as at_once:  # until each process holds several
        list(at_once.map(lambda _: person.opens("/incidents/"), range(200)))

    held = cut_all(site)
    began = time.monotonic()
    answered = [person.opens("/").status_code for _ in range(20)]
    took = time.monotonic() - began

    assert held >= 8
    assert answered == [200] * 20
    assert took < SOON


def test_redis_is_gone(site):
    person = site.somebody("wim")
    site.mail.clear()

    site.redis.process.kill()
    began = time.monotonic()
    page = incident_of(person, "Without a queue")
    reading = [person.opens(path).status_code for path in (page, "/", "/incidents/", "/search/")]
    took = time.monotonic() - began
    forgot = Person(site, person.email).forgot_the_password()
    stranger = Person(site, "ada@example.org")
    tries = [stranger.logs_in("not it").status_code for _ in range(11)]
    checks = site.readiness()
    site.redis.start()
    mails = site.mail.wait_for(1, to=person.email, within=40)

    assert reading == [200] * 4
    assert took < SOON
    assert forgot.status_code == 302
    # Whoever tries passwords is still counted.
    assert tries[0] == 422 and tries[-1] == 429
    assert checks["queue"] == "It does not answer."
    assert checks["database"] == "ok"
    assert len(mails) == 1
    wait_until(lambda: site.readiness()["queue"] == "ok", within=SOON, what="the queue")


def test_the_mail_server_is_down(site):
    person = Person(site, "wim@example.org")
    site.mail.clear()

    site.mail.stop()
    asked = person.forgot_the_password()
    time.sleep(2)
    site.mail.start()

    assert asked.status_code == 302
    assert len(site.mail.wait_for(1, to=person.email, within=40)) == 1


def test_the_worker_is_killed(site):
    person = Person(site, "wim@example.org")
    site.mail.clear()

    site.worker.kill()
    asked = person.forgot_the_password()
    site.worker.start()

    assert asked.status_code == 302
    assert len(site.mail.wait_for(1, to=person.email, within=40)) == 1


def test_the_web_server_s_process_is_killed(site):
    person = site.somebody("wim")

    first, second = site.web_workers()
    first.kill()
    answered = [person.opens("/").status_code for _ in range(5)]

    assert answered == [200] * 5
    wait_until(
        lambda: {worker.pid for worker in site.web_workers()} - {first.pid, second.pid},
        within=SOON,
        what="another one",
    )


def test_the_database_can_only_be_read(site):
    person = site.somebody("wim")
    page = incident_of(person, "Only to be read")
    line = {"line": "5 min ago kept on the page"}
    yesterday(site)

    set_database(site, "default_transaction_read_only = on")
    try:
        shown = [person.opens(path) for path in (page, "/incidents/", "/lessons/")]
        refused = person.sends(f"{page}events/", line)
        stranger = Person(site, "ada@example.org").logs_in()
    finally:
        set_database(site, "default_transaction_read_only = off")
    again = person.sends(f"{page}events/", line)

    assert [each.status_code for each in shown] == [200] * 3
    assert all("nothing saved at the moment" in each.text for each in shown)
    assert refused.status_code == 503
    assert "kept on the page" in refused.text
    # Nobody is led in circles: a log-in that cannot be kept says so.
    assert stranger.status_code == 503
    assert again.status_code == 302
    assert "nothing saved at the moment" not in person.opens(page).text


def yesterday(site) -> None:
    """Sessions were last used then, which the next page would write down."""
    site.python(
        "from people.models import OpenSession\n"
        "from people.sessions import SessionStore\n"
        "for row in OpenSession.objects.all():\n"
        "    session = SessionStore(row.session_id)\n"
        "    session['used_on'] = '2026-01-01'\n"
        "    session.save()\n"
    )


def set_database(site, setting: str) -> None:
    """As its operators do, for everybody who comes from now on."""
    with psycopg.connect(site.postgresql.url, autocommit=True) as database:
        database.execute("SET default_transaction_read_only = off")
        name = database.info.dbname
        database.execute(f'ALTER DATABASE "{name}" SET {setting}')
    cut_all(site)


def cut_all(site) -> int:
    """Ends every connection to the database; how many there were."""
    with psycopg.connect(site.postgresql.url, autocommit=True) as database:
        return database.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()[0]


def test_the_disk_is_full(site):
    person = site.somebody("wim")
    page = incident_of(person, "No room")
    evidence = f"{page}evidence/"

    def attach(size: int):
        file = ("graph.txt", "0123456789 " * (size // 11), "text/plain")
        return person.sends(evidence, {"caption": "The graph of that night"}, files=file)

    with site.disk_with_room_for(2_000_000):
        # The first waits in memory until it is stored, the second in a temporary file.
        refused = [attach(2_300_000), attach(6_000_000)]
        small = attach(1_100)
        reading = person.opens(page)
    assert [answer.status_code for answer in refused] == [507, 507]
    assert all("no room left for files" in answer.text for answer in refused)
    assert small.status_code == 302
    assert reading.status_code == 200
    stored = [file for file in (site.folder / "media").rglob("*") if file.is_file()]
    assert len(stored) == 1 and stored[0].stat().st_size == 1_100

    assert attach(2_300_000).status_code == 302


def test_a_hundred_equal_calls_of_the_api_at_once_are_one(site):
    """As from a program that does not know whether it got through."""
    secret = site.python(
        "from django.utils import timezone\n"
        "from api import tokens\n"
        "from people.models import User\n"
        "wim = User.objects.get(email='wim@example.org')\n"
        "print(tokens.issue(wim, name='Pager', scope='write', days=30, now=timezone.now())[1])\n"
    ).split()[-1]
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "alert-7"}
    sent = {"title": "Only once", "started": "22 min ago", "severity": "sev3"}

    def call(number: int) -> requests.Response:
        return requests.post(f"{site.url}/api/v1/incidents", json=sent, headers=headers, timeout=60)

    with ThreadPoolExecutor(100) as at_once:
        told = list(at_once.map(call, range(100)))

    assert {answer.status_code for answer in told} == {201}, told[0].text
    assert len({answer.json()["reference"] for answer in told}) == 1
    counted = site.python(
        "from incidents.models import Incident\n"
        "print(Incident.objects.filter(title='Only once').count())\n"
    )
    assert counted.split()[-1] == "1"
