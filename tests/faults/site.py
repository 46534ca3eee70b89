"""A whole site of real processes with a database, a Redis and a mail server of its own, each of
which can be broken, and the people who use it meanwhile."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import psutil
import requests

from tests.conftest import Installation, answers, of_product, product_environment
from tests.make import PASSWORD
from tests.servers import (
    CeleryWorker,
    MailServer,
    PostgreSQL,
    Process,
    Redis,
    celery_command,
    free_port,
    wait_until,
)

SEED = f"""
from datetime import time
from people.models import Membership, Service, Team, User

team = Team.objects.create(name="Payments", slug="payments")
for name in ("ada", "wim"):
    person = User.objects.create_user(
        f"{{name}}@example.org", {PASSWORD!r}, name=name.title(), working_days="1234567",
        quiet_from=time(0), quiet_until=time(0),
    )
    Membership.objects.create(team=team, user=person)
Service.objects.create(name="Checkout", slug="checkout", team=team)
"""


class Forms(HTMLParser):
    """The forms of a page, as {"action", "fields"}; fields are pairs as a browser sends them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append({"action": given.get("action") or "", "fields": []})
        elif tag == "input" and given.get("type") == "hidden" and self.found:
            self.found[-1]["fields"].append((given["name"], given.get("value") or ""))

    def to(self, action: str) -> dict:
        return next(form for form in self.found if form["action"] == action)


class Person:
    """Somebody at a browser without JavaScript."""

    def __init__(self, site: Site, email: str) -> None:
        self.site, self.email = site, email
        self.session = requests.Session()
        # A connection that is kept may be closed by the server in the moment it is used again.
        self.session.headers["Connection"] = "close"

    def opens(self, path: str) -> requests.Response:
        return self.session.get(self.site.url + path, timeout=30)

    def sends(self, path: str, fields: dict | list, **files) -> requests.Response:
        """A form, with the token of the cookie that an earlier page has set."""
        told = list(fields.items()) if isinstance(fields, dict) else fields
        token = self.session.cookies["csrftoken"]
        return self.session.post(
            self.site.url + path,
            data=[*told, ("csrfmiddlewaretoken", token)],
            files=files or None,
            timeout=30,
            allow_redirects=False,
        )

    def logs_in(self, password: str = PASSWORD) -> requests.Response:
        self.opens("/account/login/")
        return self.sends("/account/login/", {"login": self.email, "password": password})

    def forgot_the_password(self) -> requests.Response:
        self.opens("/account/password/reset/")
        return self.sends("/account/password/reset/", {"email": self.email})


@dataclass
class Site(Installation):
    folder: Path
    postgresql: PostgreSQL
    redis: Redis
    mail: MailServer
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        # From here on, nobody is the owner of the tables.
        self.environment = dict(self.environment) | {
            "DATABASE_URL": self.environment["PRODUCT_DATABASE_URL"]
        }
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.python(SEED)
        self.web = Process(
            [sys.executable, "-m", "gunicorn", "config.wsgi",
             "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}",
             "--workers", "2", "--threads", "8", "--access-logfile", "/dev/null",
             "--log-level", "warning"],
            log=self.folder / "web.log", environment=self.environment,
        )  # fmt: skip
        self.beat = Process(
            celery_command("beat", "--pidfile", "", "--schedule", str(self.folder / "schedule"),
                           "--loglevel", "warning"),
            log=self.folder / "beat.log", environment=self.environment,
        )  # fmt: skip
        self.worker = CeleryWorker(
            self.environment, self.folder / "worker.log", "worker@one-fault", processes=1
        )
        self.worker.start()
        wait_until(self.is_there, within=30, what="the site")

    def stop(self) -> None:
        for process in (getattr(self, name, None) for name in ("web", "beat", "worker")):
            if process is not None:
                process.stop()

    def is_there(self) -> bool:
        return answers(f"{self.url}/healthz")

    def readiness(self) -> dict[str, str]:
        return requests.get(f"{self.url}/readyz", timeout=30).json()["checks"]

    def somebody(self, name: str) -> Person:
        person = Person(self, f"{name}@example.org")
        answer = person.logs_in()
        assert answer.status_code == 302, answer.text
        return person

    def web_workers(self) -> list[psutil.Process]:
        return psutil.Process(self.web.pid).children()

    @contextmanager
    def disk_with_room_for(self, size: int) -> Iterator[None]:
        """No file of the web server grows beyond `size` bytes."""
        for limit in (size, resource.RLIM_INFINITY):
            for worker in self.web_workers():
                resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            if limit == size:
                yield


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    postgresql, redis, mail, port = PostgreSQL(), Redis(), MailServer(), free_port()
    environment = product_environment(
        DATABASE_URL=postgresql.url, PRODUCT_DATABASE_URL=of_product(postgresql.url),
        REDIS_URL=redis.url, EMAIL_URL=mail.url,
        DATA_DIR=str(folder), STATIC_ROOT=str(folder / "static"), INSECURE_HTTP="1",
        SITE_ORIGIN=f"http://127.0.0.1:{port}",
        DELIVERY_LEASE_SECONDS="10", DELIVERY_WAIT_SECONDS="1", DELIVERY_SWEEP_SECONDS="2",
    )  # fmt: skip
    site = Site(environment, folder, postgresql, redis, mail, port)
    try:
        mail.start()
        site.start()
        yield site
    finally:
        site.stop()
        mail.stop()
        redis.stop()
        postgresql.stop()
