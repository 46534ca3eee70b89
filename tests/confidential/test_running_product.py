"""The author of a confidential note is nowhere in the running product, either: real web server,
worker, PostgreSQL, Redis and mail server, from the log-in to the publication.

Every place is read as whoever holds the machine could read it, and each kind of place is shown to
give away an author who is put there.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import psycopg
import pytest
import redis
import yaml
from django.utils import timezone
from pypdf import PdfWriter

from config.exporting.archive import table_file
from people.models import User
from tests.confidential import traces
from tests.conftest import LiveSite
from tests.make import PASSWORD
from tests.servers import ROOT, celery_command, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("browser")]

WORDS = "Both consoles looked alike: quittenholz."
LATER = "Both consoles looked alike from the door: quittenholz."
RELEASED = "Two consoles looked alike: quittenholz."
ADDRESS, AGENT = "127.9.8.7", "Gooseplume/4.2"
AUTHOR = User(pk=840317, name="Ottoline Greengrass", email="o.greengrass@larkspur.example")
NOTE, QUESTION = "table postmortems_confidentialnote", "table postmortems_notequestion"
_READS = {"GET", "MGET", "EXISTS", "SELECT", "TTL", "PING", "HELLO", "CLIENT", "SCAN", "INFO"}

STAGE = f"""
import json
from incidents.models import Involvement
from postmortems import taking_part
from tests.api.calling import make_secret
from tests.make import PASSWORD, make_user
from tests.postmortems_publishing.story import tell_story
story = tell_story(state="drafting")
author = make_user(pk={AUTHOR.pk}, name="{AUTHOR.name}", email="{AUTHOR.email}", password=PASSWORD)
for person in (author, make_user(), make_user(), make_user()):
    Involvement.objects.create(incident=story.review.incident, user=person)
administrator = make_user(is_admin=True, password=PASSWORD)
story.facilitator.set_password(PASSWORD)
story.facilitator.save()
taking_part.accept_premises(story.review, story.facilitator)
print(json.dumps({{"reference": story.review.reference, "guide": story.facilitator.email,
                  "administrator": administrator.email, "token": make_secret(story.facilitator)}}))
"""

PUBLISH = """
from django.utils import timezone
from people.models import User
from postmortems import publishing
from postmortems.models import Review
from tests.postmortems_publishing.story import Story, publish_as_proposed
review = Review.objects.get()
Review.objects.update(state="in_review")
review.refresh_from_db()
review = publishing.approve(review, by=review.reviewer, now=timezone.now())
manager = User.objects.get(name="Miriam Osei")
publish_as_proposed(Story(review, None, review.facilitator, review.reviewer, manager, None))
"""


class Visitor:
    """Somebody at a browser with an address and a make of its own."""

    def __init__(self, site: LiveSite, *, address: str = "127.0.0.1", agent: str = "Any/1") -> None:
        self.host, self.port = urlsplit(site.url).hostname, urlsplit(site.url).port
        self.address, self.agent = address, agent
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the page; where it leads to instead of a page when it leads on."""
        status, location, page = self.fetch(path, fields)
        return status, location or page.decode(errors="replace")

    def fetch(
        self, path: str, fields: dict[str, str] | None = None
    ) -> tuple[int, str | None, bytes]:
        """The status, where it leads to, and what came."""
        connection = HTTPConnection(
            self.host, self.port, timeout=20, source_address=(self.address, 0)
        )
        headers = {"User-Agent": self.agent, "Cookie": urlencode(self.cookies).replace("&", "; ")}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(
            "POST" if fields is not None else "GET",
            path,
            urlencode(fields) if fields is not None else None,
            headers,
        )
        answer = connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: one.value for name, one in SimpleCookie(header).items()}
        page = answer.read()
        connection.close()
        return answer.status, answer.headers["Location"], page

    def send(self, path: str, fields: dict[str, str], *, at: str = "") -> tuple[int, str]:
        """Open the page with the form and send it, with its token."""
        return self.ask(path, self.token(at or path) | fields)

    def token(self, path: str) -> dict[str, str]:
        """Of the forms on this page."""
        _, page = self.ask(path)
        [token, *_] = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)
        return {"csrfmiddlewaretoken": token}

    def sign_in(self, email: str) -> None:
        status, _ = self.send("/account/login/", {"login": email, "password": PASSWORD})
        assert status == 302
        self.load_all("/")

    def load_all(self, path: str) -> None:
        """The page with every script and style it names, as a browser does once."""
        _, page = self.ask(path)
        for one in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            _, text = self.ask(one)
            for other in re.findall(r'import "\./([^"]+)"', text):
                self.ask(f"{one.rpartition('/')[0]}/{other}")


@dataclass
class Product:
    """The places of a running product, and how to stop and wake its hands."""

    site: LiveSite
    database: psycopg.Connection
    reference: str
    guide: str
    administrator: str
    #: With which the facilitator's programs call.
    token: str
    #: Connections left open on purpose.
    idle: list[psycopg.Connection] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return Path(self.site.environment["DATA_DIR"])

    @property
    def note_page(self) -> str:
        return f"/reviews/{self.reference}/note/"

    @property
    def code_page(self) -> str:
        return f"{self.note_page}code/"

    def sql(self, statement: str) -> list[Any]:
        cursor = self.database.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def a_day_passes(self) -> None:
        self.sql("UPDATE postmortems_confidentialnote SET received_on = received_on - 1,"
                 " rewritten_on = rewritten_on - 1")  # fmt: skip
        self.sql("UPDATE postmortems_notequestion SET asked_on = asked_on - 1,"
                 " answered_on = answered_on - 1")  # fmt: skip

    # Places ----------------------------------------------------------------------------------
    def kept(self) -> list[traces.Found]:
        """What stays: tables, Redis with its queues, and files."""
        return [*self.tables(), *self.redis(), *self.files()]

    def table_names(self) -> list[str]:
        found = self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in found]

    def tables(self) -> list[traces.Found]:
        with self.database.cursor() as cursor:
            return list(traces.rows_of(cursor, self.table_names()))

    def redis(self) -> list[traces.Found]:
        return list(traces.redis_keys(self.site.environment["REDIS_URL"]))

    def files(self) -> list[traces.Found]:
        logs = {f"file {path.name}" for path in self.folder.glob("*.log")}
        return [found for found in traces.files(self.folder) if found[0] not in logs]

    def logs(self) -> list[traces.Found]:
        return [
            line
            for path in sorted(self.folder.glob("*.log"))
            for line in traces.lines(f"log {path.name}", path)
        ]

    def server_logs(self) -> list[traces.Found]:
        """What PostgreSQL and Redis write themselves, when they are ours to read."""
        path = Path(parse_qs(urlsplit(self.site.environment["DATABASE_URL"]).query)["host"][0])
        return list(traces.lines("log postgresql.log", path / "postgresql.log"))

    def mails(self) -> list[traces.Found]:
        return [
            (f"mail {number} to {', '.join(mail.recipients)}", traces.mail(mail.message))
            for number, mail in enumerate(list(self.site.mail.messages), start=1)
        ]

    def last_statements(self) -> list[traces.Found]:
        with self.database.cursor() as cursor:
            return list(traces.rows_of(cursor, ["pg_stat_activity"]))

    def figures(self) -> list[traces.Found]:
        """What Prometheus is told, line by line."""
        request = Request(
            f"{self.site.url}/metrics",
            headers={"Authorization": f"Bearer {self.site.environment['METRICS_TOKEN']}"},
        )
        with urlopen(request, timeout=20) as answer:
            told = answer.read().decode()
        return [("figures", line) for line in told.splitlines() if not line.startswith("#")]

    def requests_counted(self) -> list[traces.Found]:
        """Those of the figures that grow with each page of a review."""
        return [found for found in self.figures() if 'area="postmortems"' in found[1]]

    # Copies ----------------------------------------------------------------------------------
    def copies(self) -> list[traces.Found]:
        """What the product hands out to be kept elsewhere: the whole site by command and by page,
        a backup, the lists, the review and its incident as files, the trail."""
        visitor = Visitor(self.site)
        visitor.sign_in(self.administrator)
        token = visitor.token("/settings/export/")
        status, _, taken_along = visitor.fetch("/settings/export/full/", token)
        assert status == 200
        with TemporaryDirectory() as folder:
            exported, backup = Path(folder, "site.zip"), Path(folder, "backup.tar")
            self.site.manage("export_site", str(exported))
            self.site.manage("backup", str(backup))
            found = [
                *traces.members("whole site", traces.unzipped(exported.read_bytes())),
                *traces.members("site of an administrator", traces.unzipped(taken_along)),
                *traces.members("backup", traces.untarred(backup)),
            ]
        for address in self._kept_as_files():
            status, text = visitor.ask(address)
            assert status == 200, address
            found.append((f"copy {address}", traces.opened(text)))
        return found + self.answers_of_the_api()

    def answers_of_the_api(self) -> list[traces.Found]:
        """All that the facilitator's programs can read of the review, and every list."""
        of_one = ["incidents/{}", "incidents/{}/timeline", "incidents/{}/files", "reviews/{}"]
        if self.sql("SELECT 1 FROM postmortems_publication"):
            of_one.append("publications/{}")
        lists = ["me", "teams", "services", "incidents", "reviews", "publications", "lessons",
                 "actions", "incidents?q=quittenholz"]  # fmt: skip
        found = []
        for path in [*lists, *(one.format(self.reference) for one in of_one)]:
            request = Request(
                f"{self.site.url}/api/v1/{path}",
                headers={"Authorization": f"Bearer {self.token}"},
            )
            with urlopen(request, timeout=20) as answer:
                found.append((f"api {path}", json.dumps(dict(answer.headers)) + "\n"
                              + json.dumps(json.load(answer), ensure_ascii=False)))  # fmt: skip
        return found

    def _kept_as_files(self) -> list[str]:
        lists = {"reviews": ("csv", "json", "md"), "incidents": ("csv", "json", "md"),
                 "lessons": ("csv", "json", "md"), "actions": ("csv", "json", "md"),
                 "settings/audit": ("csv", "json")}  # fmt: skip
        found = [f"/{one}/export.{end}" for one, ends in lists.items() for end in ends]
        of = [f"/incidents/{self.reference}/"]
        if self.sql("SELECT 1 FROM postmortems_publication"):
            of.append(f"/reviews/{self.reference}/published/1/")
        return found + [f"{one}?as={form}" for one in of for form in ("json", "markdown")]

    # Hands -----------------------------------------------------------------------------------
    def call(self, task: str, *arguments: str) -> None:
        """What beat does at its hour."""
        subprocess.run(
            celery_command("call", task, *arguments),
            cwd=ROOT,
            env=dict(self.site.environment),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def deliver(self) -> None:
        self.sql(
            "UPDATE people_delivery SET due_at = now(), is_hurried = true WHERE state = 'waiting'"
        )
        self.call("people.tasks.deliver_waiting")

    @contextmanager
    def written_to_redis(self) -> Iterator[list[traces.Found]]:
        """Every command that Redis is given meanwhile and that writes, also what is gone soon."""
        server = redis.Redis.from_url(self.site.environment["REDIS_URL"])
        number = urlsplit(self.site.environment["REDIS_URL"]).path.strip("/")
        written: list[traces.Found] = []
        with server.monitor() as monitor:

            def listen() -> None:
                for told in monitor.listen():
                    if told["command"] == "ECHO that-is-all":
                        return
                    verb = told["command"].partition(" ")[0].upper()
                    if str(told["db"]) == number and verb not in _READS:
                        written.append((f"redis command {verb}", traces.opened(told["command"])))

            listener = threading.Thread(target=listen)
            listener.start()
            yield written
            server.echo("that-is-all")
            listener.join(20)


@pytest.fixture(scope="module")
def product(live_site: LiveSite) -> Iterator[Product]:
    live_site.begin_anew()
    os.killpg(live_site.beat.pid, signal.SIGSTOP)  # what it would wake is woken by hand
    staged = json.loads(live_site.python(STAGE).strip().splitlines()[-1])
    with psycopg.connect(live_site.environment["DATABASE_URL"], autocommit=True) as database:
        for name, value in _settings_in_production():
            database.execute(f"ALTER DATABASE \"{database.info.dbname}\" SET {name} = '{value}'")
        # Connections that are open keep what they began with.
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        running = Product(live_site, database, **staged)
        yield running
    for connection in running.idle:
        connection.close()
    live_site.worker.ensure_running()
    os.killpg(live_site.beat.pid, signal.SIGCONT)


def _settings_in_production() -> list[tuple[str, str]]:
    """What docker-compose.yml tells PostgreSQL about its own log."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    command = compose["services"]["database"]["command"]
    return [tuple(one.split("=")) for one in command if one.startswith("log_")]


@dataclass
class Told:
    """What came of the whole story, and what is searched for."""

    product: Product
    author: traces.Author
    #: {deed: (what is new after it, when it began, when it ended)}
    windows: dict[str, tuple[list[traces.Found], datetime, datetime]]
    #: What passed by and is gone: commands to Redis, tasks in the queue.
    captured: list[traces.Found]
    #: What was taken along while the note waited, and once it was published.
    copies: list[traces.Found]
    error_page: str
    #: Lines of our logs, and of PostgreSQL's, about the page that stopped.
    error: list[traces.Found]
    error_of_postgresql: list[traces.Found]
    #: The note by its words, its keys and its code.
    tied: list[str]

    def places(self) -> dict[str, list[traces.Found]]:
        product = self.product
        return {
            "tables": product.tables(),
            "keys in Redis": product.redis(),
            "tasks and commands": self.captured,
            "files": product.files(),
            "logs": [*product.logs(), *product.server_logs()],
            "mails": product.mails(),
            "copies": self.copies,
            "figures": product.figures(),
            "list of last statements": product.last_statements(),
            "error page": [("error page", self.error_page)],
        }

    def everything(self) -> list[traces.Found]:
        return [found for kind in self.places().values() for found in kind]

    def leaks(self) -> list[str]:
        return traces.leaks(self.everything(), self.author, self.tied)

    def times(self) -> list[str]:
        """Moments at which its author was at work, in places with something of the note."""
        about = [
            (place, text)
            for place, text in self.everything()
            if any(word in text for word in self.tied)
        ]
        return [
            found
            for _, began, ended in self.windows.values()
            for found in traces.moments(about, began, ended)
        ]


@pytest.fixture(scope="module")
def told(product: Product) -> Told:
    """From the log-in of the author to the publication."""
    site = product.site
    person = Visitor(site, address=ADDRESS, agent=AGENT)
    person.sign_in(AUTHOR.email)
    person.load_all(f"/incidents/{product.reference}/")
    person.ask(f"/reviews/{product.reference}/")
    guide = Visitor(site)
    guide.sign_in(product.guide)
    windows = {}
    captured: list[traces.Found] = []

    def deed(name: str, page: str, fields: dict[str, str], expected: int = 200) -> str:
        """One deed of the author; without a worker, so that queues stay full."""
        counted = product.requests_counted()
        before, logs, began = product.kept(), product.logs(), timezone.now()
        with product.written_to_redis() as commands:
            status, answer = person.send(page, fields)
        ended = timezone.now()
        new = traces.added(before, product.kept()) + traces.added(logs, product.logs())
        new += traces.added(counted, product.requests_counted())
        windows[name] = ([*new, *commands], began, ended)
        captured.extend(commands)
        assert status == expected, answer
        return answer

    # Written, come back to, and changed ------------------------------------------------------
    site.worker.process.stop()
    form = {"words": WORDS, "premises": "on", "understood": "on", "secret": "s" * 32}
    page = deed("write", product.note_page, form)
    [code] = re.findall(r'class="receipt-code mb-0"[^>]*>([^<]+)<', page)
    deed("take the code", product.code_page, {"code": code, "do": "taken"}, expected=302)
    page = deed("come back", product.code_page, {"code": code})
    assert WORDS in page
    [mark] = re.findall(r'name="mark" value="(\w+)"', page)
    rewriting = {"code": code, "do": "rewrite", "words": LATER, "mark": mark}
    deed("rewrite", product.code_page, rewriting)
    deed("mistype the code", product.code_page, {"code": "nonsense"}, expected=404)
    [(key, receipt)] = product.sql("SELECT id, receipt FROM postmortems_confidentialnote")

    # An error on the page --------------------------------------------------------------------
    product.sql("ALTER TABLE postmortems_confidentialnote ADD CONSTRAINT broken"
                " CHECK (length(written) < 3) NOT VALID")  # fmt: skip
    before, before_of_postgresql = product.logs(), product.server_logs()
    status, error_page = person.send(product.note_page, form | {"words": f"{WORDS} Once more."})
    product.sql("ALTER TABLE postmortems_confidentialnote DROP CONSTRAINT broken")
    assert status == 500
    error = traces.added(before, product.logs())
    error_of_postgresql = traces.added(before_of_postgresql, product.server_logs())

    # Opened, told of, asked about, answered ---------------------------------------------------
    product.a_day_passes()
    product.call("postmortems.tasks.open_notes")
    captured.extend(found for found in product.redis() if "open_notes" in found[1])
    site.worker.start()
    wait_until(
        lambda: product.sql("SELECT 1 FROM people_notification WHERE kind = 'notes_opened'"),
        what="the facilitator to be told",
    )
    product.deliver()
    site.mail.wait_for(1, to=product.guide)
    note_page = f"/reviews/{product.reference}/notes/{key}/"
    status, _ = guide.send(f"{note_page}ask/", {"question": "Which one?"}, at=note_page)
    assert status == 302
    [(question,)] = product.sql("SELECT id FROM postmortems_notequestion")
    site.worker.process.stop()
    copies = product.copies()
    answering = {"code": code, "do": "answer", "question": str(question), "answer": "The left"}
    deed("answer", product.code_page, answering)
    site.worker.start()

    # Released, brought onto the board, published ----------------------------------------------
    product.a_day_passes()
    assert guide.send(note_page, {"words": RELEASED, "mark": ""})[0] == 302
    _, page = guide.ask(f"{note_page}release/")
    [seen] = re.findall(r'name="seen" value="(\w+)"', page)
    assert guide.send(f"{note_page}release/", {"seen": seen})[0] == 302
    assert guide.send(f"{note_page}card/", {"goal": "why", "text": RELEASED})[0] == 302
    draft = f"/reviews/{product.reference}/report/draft"
    assert guide.send(f"{draft}/", {}, at=f"/reviews/{product.reference}/")[0] == 302
    paper = wait_until(lambda: _paper(guide, f"{draft}.pdf"), within=60, what="the draft on paper")
    copies += [("copy of the draft on paper", traces.paper(paper))]
    site.python(PUBLISH)
    wait_until(lambda: list(product.folder.rglob("*.pdf")), within=60, what="the paper")
    product.deliver()
    wait_until(
        lambda: not product.sql("SELECT 1 FROM people_delivery WHERE state = 'waiting'"),
        within=40,
        what="the mails",
    )
    copies += product.copies()
    return Told(
        product,
        traces.Author(AUTHOR, person.cookies["sessionid"], ADDRESS, AGENT),
        windows,
        captured,
        copies,
        error_page,
        error,
        error_of_postgresql,
        ["quittenholz", str(key), key.hex, code, code.replace("-", ""), receipt,
         receipt.partition(":")[2], str(question), question.hex],
    )  # fmt: skip


def _paper(visitor: Visitor, address: str) -> bytes:
    """The PDF there, once it is made."""
    _, _, content = visitor.fetch(address)
    return content if content.startswith(b"%PDF") else b""


def test_what_its_author_does_writes_the_note_and_nothing_else(told):
    new = {name: {place for place, _ in found} for name, (found, _, _) in told.windows.items()}
    [count] = new.pop("mistype the code") - {"redis command SET", "redis command SETEX"}

    assert new == {
        "write": {NOTE},
        "take the code": {NOTE},
        "come back": set(),
        "rewrite": {NOTE},
        "answer": {QUESTION},
    }
    assert "note-codes-" in count
    for found, began, ended in told.windows.values():
        assert [place for place, text in found if told.author.named_in(text)] == []
        assert traces.moments(found, began, ended) == []


def test_a_page_that_stopped_is_told_of_without_words_or_author(told):
    reports = [*told.error, *told.error_of_postgresql, ("error page", told.error_page)]

    assert any("stopped: IntegrityError" in line for _, line in told.error)
    assert any('"broken"' in line for _, line in told.error_of_postgresql)
    assert "the reference " in told.error_page
    assert [line for _, line in reports if told.author.named_in(line)] == []
    assert [line for _, line in reports if "quittenholz" in line] == []


def test_no_place_holds_its_author_beside_the_note(told, capsys):
    found = told.places()
    everything = told.everything()
    readers = {place for place, text in everything if "quittenholz" in text}
    outside = {
        what: {place.replace(needle, "…") for place, text in everything if needle in place + text}
        for what, needle in told.author.needles.items()
        if what in {"address", "browser", "session"}
    }

    assert told.leaks() == []
    assert told.times() == []
    assert NOTE in readers
    assert any(place.endswith(".pdf") for place in readers)
    assert {
        "copy of the draft on paper",
        f"copy /reviews/{told.product.reference}/published/1/?as=json",
        f"copy /reviews/{told.product.reference}/published/1/?as=markdown",
        f"api publications/{told.product.reference}",
        f"whole site {table_file('postmortems.Publication')}",
        f"site of an administrator {table_file('postmortems.Publication')}",
        "backup database/postmortems_confidentialnote.copy.gz",
    } <= readers
    assert told.product.sql("SELECT receipt FROM postmortems_confidentialnote") == [("",)]
    assert outside["browser"] == set()
    # Against floods of log-ins, for five minutes.
    assert {place.partition("allauth:rl:")[0] for place in outside["address"]} == {
        "redis second-story:1:"
    }
    assert outside["session"] == {
        "table django_session",
        # The day of the last use, which writing a note leaves alone.
        "table people_opensession",
    }

    counts = {kind: len({place for place, _ in places}) for kind, places in found.items()}
    counts["tables"] = len(told.product.table_names())
    with capsys.disabled():
        told_of = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        print(f"\nSearched {sum(counts.values())} places ({told_of}), {len(everything)} texts")
    assert min(counts.values()) > 0


# The search finds what it looks for --------------------------------------------------------------
def a_draft(told: Told) -> None:
    told.product.site.python(
        "from common import drafts; from people.models import User\n"
        f"drafts.save(User.objects.get(pk={AUTHOR.pk}), 'note', {{'words': '{WORDS}'}})"
    )


def a_session(told: Told) -> None:
    told.product.site.python(
        "from people.sessions import SessionStore\n"
        f"session = SessionStore('{told.author.session}')\n"
        f"session['note'] = '{told.tied[1]}'; session.save()"
    )


def a_cache_key(told: Told) -> None:
    told.product.site.python(
        "from django.core.cache import cache\n"
        f"cache.set('note-by-{AUTHOR.pk}', {{'words': '{WORDS}'}})"
    )


def a_task_that_waits(told: Told) -> None:
    told.product.site.worker.process.stop()
    arguments = json.dumps([told.tied[1], AUTHOR.pk])
    told.product.call("postmortems.tasks.open_notes", "--args", arguments)


def a_command_to_redis(told: Told) -> None:
    with told.product.written_to_redis() as commands:
        told.product.site.python(
            "from django.core.cache import cache\n"
            f"cache.set('seen', '{told.tied[1]} {ADDRESS}'); cache.delete('seen')"
        )
    told.captured.extend(commands)


def an_address(told: Told) -> None:
    Visitor(told.product.site).ask(f"/nowhere/{told.tied[1]}/{AUTHOR.pk}/")


def a_task_nobody_knows(told: Told) -> None:
    told.product.call(f"told.{told.tied[1]}.{AUTHOR.pk}")
    log = told.product.folder / "worker.log"
    wait_until(lambda: f"told.{told.tied[1]}" in log.read_text(), what="the worker")


def a_line_of_beat(told: Told) -> None:
    with (told.product.folder / "beat.log").open("a") as log:
        log.write(f"{told.tied[1]} {AUTHOR.email}\n")


def a_mail(told: Told) -> None:
    told.product.site.python(
        "from django.core.mail import EmailMessage\n"
        f"EmailMessage('A note', '{WORDS} €', to=['any@example.org'], "
        f"headers={{'X-Author': '{AUTHOR.name}'}}).send()"
    )


def a_paper(told: Told) -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": AUTHOR.name, "/Title": WORDS})
    writer.write(told.product.folder / "planted.pdf")


def a_summary(told: Told) -> None:
    told.product.site.python(
        "from incidents.models import Incident\n"
        f"Incident.objects.update(summary='{WORDS} {AUTHOR.name}')"
    )
    told.copies.extend(told.product.copies())


def a_statement(told: Told) -> None:
    connection = psycopg.connect(told.product.site.environment["DATABASE_URL"])
    told.product.idle.append(connection)
    connection.execute(f"SELECT '{WORDS}', {AUTHOR.pk}")


def a_failed_statement(told: Told) -> None:
    """As PostgreSQL logs it by itself, without what docker-compose.yml says."""
    with psycopg.connect(told.product.site.environment["DATABASE_URL"]) as database:
        for name, _ in _settings_in_production():
            database.execute(f"SET {name} = {'error' if 'min' in name else 'default'}")
        with pytest.raises(psycopg.errors.DivisionByZero):
            database.execute(f"SELECT '{WORDS}', {AUTHOR.pk} / 0")


@pytest.mark.parametrize(
    ("plant", "places"),
    [
        (a_draft, ["table common_draft"]),
        (a_session, ["table django_session"]),
        (a_cache_key, ["redis second-story:1:note-by"]),
        (a_task_that_waits, ["redis celery"]),
        (a_command_to_redis, ["redis command SET"]),
        (an_address, ["log access.log", "log web.log"]),
        (a_task_nobody_knows, ["log worker.log"]),
        (a_line_of_beat, ["log beat.log"]),
        (a_mail, ["mail "]),
        (a_paper, ["file planted.pdf"]),
        (
            a_summary,
            [
                "whole site ",
                "site of an administrator ",
                "backup ",
                "copy /incidents/",
                "api incidents/",
            ],
        ),
        (a_statement, ["table pg_stat_activity"]),
        (a_failed_statement, ["log postgresql.log"]),
    ],
)
def test_an_author_who_is_put_there_is_found(told, plant, places):
    before = told.leaks()

    plant(told)

    found = Counter(told.leaks()) - Counter(before)
    told.product.site.worker.ensure_running()
    assert [place for place in places if any(one.startswith(place) for one in found)] == places


def test_a_page_that_is_counted_is_found(told):
    before = told.product.requests_counted()
    guide = Visitor(told.product.site)
    guide.sign_in(told.product.guide)

    guide.ask(f"/reviews/{told.product.reference}/")

    assert {place for place, _ in traces.added(before, told.product.requests_counted())} == {
        "figures"
    }


def test_a_time_beside_the_note_is_found(told):
    _, began, _ = told.windows["write"]
    told.product.site.python(
        "from common import drafts; from people.models import User\n"
        f"drafts.save(User.objects.get(name='Petra Novak'), 'a', "
        f"{{'note': '{told.tied[1]}', 'at': '{began.isoformat()}'}})"
    )

    assert [one for one in told.times() if one.startswith("table common_draft")]
