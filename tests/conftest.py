"""Fixtures shared by all tests; the processes behind them are in tests/servers.py."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from config import logs
from postmortems import published_text
from tests import chromium
from tests.servers import (
    ROOT,
    CeleryWorker,
    MailServer,
    Process,
    celery_command,
    free_port,
    redis_database,
    wait_until,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
    from pytest_django import DjangoDbBlocker

LIVE_REDIS_DATABASE = 20


def have_servers() -> bool:
    return bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser"):
            # One live site, one browser: all its tests go to the same parallel worker.
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say why a test can't run here, or fail when the test command promised the servers."""
    if item.get_closest_marker("servers") is None and item.get_closest_marker("browser") is None:
        return
    missing = ""
    if not have_servers():
        missing = "needs PostgreSQL and Redis: run `make test`, which starts them"
    elif item.get_closest_marker("browser") and chromium.program() is None:
        missing = "needs Chromium: run `make test`, which installs it"
    if missing and os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.stash[failed_key] = report.failed
    return report


failed_key = pytest.StashKey[bool]()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Throttles and lock-outs of one test must not reach the next, nor texts that are kept.

    The database cache is rolled back with its test; Redis isn't.
    """
    published_text.told.cache_clear()
    if os.environ.get("REDIS_URL"):
        cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _same_id() -> Iterator[None]:
    """Many tests compare two pages; tests/test_logs.py has the ids."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(logs, "new_id", lambda: "0" * 16)
        yield


@pytest.fixture(scope="session", autouse=True)
def _known_host() -> Iterator[None]:
    """The host of channels in tests is public, with and without a network."""
    look_up = socket.getaddrinfo

    def answer(host: Any, *args: Any, **options: Any) -> Any:
        if host == "hooks.example.org":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
        return look_up(host, *args, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", answer)
        yield


# A database that was migrated before ------------------------------------------------------------
@pytest.fixture(scope="session")
def _migrated_before() -> Path | None:
    """The file a SQLite database with all our tables is kept in between runs, which spares each of
    them the migrations. It is named after what makes the tables."""
    if connection.vendor != "sqlite":
        return None
    made_by = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("common/*.py")]
    made_by += [*ROOT.glob("requirements*.lock")]
    digest = hashlib.sha256()
    for path in sorted(made_by):
        digest.update(path.read_bytes())
    return ROOT / ".pytest_cache" / f"migrated-{digest.hexdigest()[:16]}.sqlite3"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, _migrated_before: Path | None
) -> Iterator[None]:
    """Begin with the kept file: there is nothing left to migrate then."""
    if _migrated_before is None or not _migrated_before.exists():
        yield
        return
    create = connection.creation._create_test_db

    def create_from_it(*args: Any, **options: Any) -> Any:
        name = create(*args, **options)
        shutil.copyfile(_migrated_before, name)
        return name

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection.creation, "_create_test_db", create_from_it)
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, _migrated_before: Path | None
) -> None:
    with django_db_blocker.unblock():
        # Django asks SQLite for this once in a process: else the first test that needs it counts
        # three statements more.
        assert connection.features.supports_json_field
    if _migrated_before is None or _migrated_before.exists():
        return
    _migrated_before.parent.mkdir(exist_ok=True)
    for older in _migrated_before.parent.glob("migrated-*.sqlite3"):
        older.unlink(missing_ok=True)
    unfinished = _migrated_before.with_suffix(f".{os.getpid()}")
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as made,
        closing(sqlite3.connect(unfinished)) as kept,
    ):
        made.backup(kept)
    unfinished.replace(_migrated_before)


@pytest.fixture(scope="session", autouse=True)
def _emptied_though_it_never_goes() -> Iterator[None]:
    """A test with transactions of its own empties every table after it, also those from which
    SQLite lets nothing be deleted: see RefuseDeletion in common/immutable.py."""
    if connection.vendor != "sqlite":
        yield
        return
    flush = type(connection.ops).execute_sql_flush

    def flush_all(operations: Any, statements: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                " AND name LIKE '%%_never_goes'"
            )
            held = cursor.fetchall()
        taken_away = [f"DROP TRIGGER {name}" for name, _ in held]
        flush(operations, [*taken_away, *statements, *(made for _, made in held)])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(connection.ops), "execute_sql_flush", flush_all)
        yield


# Mail and Celery --------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_sink(_mail_server: MailServer) -> MailServer:
    """A real SMTP server, empty at the start of each test."""
    _mail_server.clear()
    return _mail_server


def product_environment(**changed: str) -> dict[str, str]:
    """Variables for a real process of the product, with its own settings module."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_POOL"} and not name.startswith("PYTEST")
    }
    return (
        kept
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            # Tests ask faster than a person does.
            "SEARCHES_PER_MINUTE": "1000000",
            "EXPORTS_PER_MINUTE": "1000000",
        }
        | changed
    )


def with_database_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def of_product(url: str) -> str:
    """The same database for a role that owns nothing in it: see config/database_role.py."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.path[1:]}_product@{place}"))


@pytest.fixture(scope="session")
def _celery_worker(
    django_db_setup: None, _mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CeleryWorker]:
    environment = product_environment(
        DATABASE_URL=with_database_name(
            os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"])
        ),
        EMAIL_URL=_mail_server.url,
    )
    worker = CeleryWorker(environment, tmp_path_factory.mktemp("celery") / "worker.log")
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker_process(_celery_worker: CeleryWorker, transactional_db: None) -> CeleryWorker:
    """A real Celery worker on the test's own database, Redis and mail server.

    Mark the test `servers`. What the test commits, the worker sees; a worker that an earlier test
    killed is started again.
    """
    _celery_worker.ensure_running()
    return _celery_worker


# The live site ----------------------------------------------------------------------------------
@contextmanager
def only_once(marker: Path) -> Iterator[bool]:
    """True for the first of several parallel workers, which the others wait for."""
    with marker.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        first = not marker.exists()
        yield first
        marker.touch()


@dataclass
class Installation:
    """A database and a data folder of the product, for its management commands."""

    environment: Mapping[str, str]

    def manage(self, *arguments: str, text: str = "") -> str:
        """Run a management command on the site's own database; its output."""
        done = self.try_to(*arguments, text=text)
        assert done.returncode == 0, f"{arguments}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def try_to(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
        )

    def python(self, code: str) -> str:
        """Run Python code inside Django, for setting a journey up; what it printed."""
        return self.manage("shell", "--no-imports", text=code)


@dataclass
class LiveSite(Installation):
    """The whole product in real processes: web, worker, beat, and a mail server."""

    url: str
    mail: MailServer
    web: Process
    worker: CeleryWorker
    beat: Process
    #: A backup of it before anybody came.
    empty: Path
    is_used: bool = False

    def begin_anew(self) -> None:
        """Each test finds the site as nobody has set it up yet."""
        if self.is_used:
            self.python(
                "from pathlib import Path\n"
                "from config.backup.archive import Archive\n"
                "from config.backup.postgresql import fill\n"
                f"with Archive(Path({str(self.empty)!r})) as archive:\n"
                "    fill(archive)\n"
            )
            os.kill(self.web.pid, signal.SIGHUP)  # gunicorn's worker knows that somebody was there
            wait_until(
                lambda: answers(f"{self.url}/", at="/setup/"), within=30, what="an empty site"
            )
            self.mail.clear()
        self.is_used = True


def answers(url: str, *, at: str = "") -> bool:
    """Whether there is a page, and whether the way to it ends `at` this path."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status == 200 and response.url.endswith(at)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def database_of_its_own(kind: str) -> Iterator[str]:
    """An empty database beside the test database; its address."""
    import psycopg

    base = os.environ["DATABASE_URL"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{kind}_{os.getpid()}_{worker}"
    parts = settings.DATABASES["default"]

    def run(sql: str) -> None:
        with psycopg.connect(
            host=parts["HOST"] or None,
            port=parts["PORT"] or None,
            user=parts["USER"] or None,
            password=parts["PASSWORD"] or None,
            dbname="postgres",
            autocommit=True,
        ) as server:
            server.execute(sql.encode())

    run(f'CREATE DATABASE "{name}"')
    yield with_database_name(base, name)
    run(f'DROP DATABASE "{name}" WITH (FORCE)')
    run(f'DROP ROLE IF EXISTS "{name}_product"')


@pytest.fixture(scope="session")
def _live_database() -> Iterator[str]:
    with database_of_its_own("live") as address:
        yield address


@pytest.fixture(scope="session")
def live_site(_live_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The product as it runs in production, on an empty, migrated database of its own."""
    folder = tmp_path_factory.mktemp("live")
    shared = tmp_path_factory.getbasetemp().parent
    static = shared / "collected-static"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    mail = MailServer()
    worker_number = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    environment = product_environment(
        DATABASE_URL=_live_database,
        PRODUCT_DATABASE_URL=of_product(_live_database),
        REDIS_URL=redis_database(os.environ["REDIS_URL"], LIVE_REDIS_DATABASE + worker_number),
        EMAIL_URL=mail.url,
        DATA_DIR=str(folder),
        STATIC_ROOT=str(static),
        SITE_ORIGIN=url,
        TAKE_BACK_MINUTES="0",
        LOG_LEVEL="INFO",
        INSECURE_HTTP="1",
        METRICS_TOKEN=secrets.token_urlsafe(32),
    )
    empty = folder / "empty.tar"
    for command in (
        ["migrate", "--verbosity", "0"],
        ["backup", str(empty)],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True
        )
    with only_once(shared / "static-collected") as first:
        if first:
            subprocess.run(
                [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
                cwd=ROOT,
                env=environment,
                check=True,
            )
    mail.start()
    running = environment | {"DATABASE_URL": environment["PRODUCT_DATABASE_URL"]}
    started: list[Process | CeleryWorker] = []
    try:
        web = Process(
            [sys.executable, "-m", "gunicorn", "config.wsgi",
             "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}",
             "--workers", "1", "--threads", "8", "--access-logfile", str(folder / "access.log"),
             "--log-level", "warning"],
            log=folder / "web.log",
            environment=running,
        )  # fmt: skip
        started.append(web)
        beat = Process(
            celery_command(
                "beat", "--pidfile", "", "--schedule", str(folder / "schedule"),
                "--loglevel", "warning",
            ),
            log=folder / "beat.log",
            environment=running,
        )  # fmt: skip
        started.append(beat)
        worker = CeleryWorker(running, folder / "worker.log", name="worker@live")
        started.append(worker)
        worker.start()
        try:
            wait_until(lambda: answers(f"{url}/healthz"), within=30, what="the site")
        except TimeoutError:
            pytest.fail(f"The site didn't answer:\n{web.last_words(60)}")
        yield LiveSite(environment, url, mail, web, worker, beat, empty)
    finally:
        for process in reversed(started):
            process.stop()
        mail.stop()


# The browser ------------------------------------------------------------------------------------
@dataclass
class BrowserLog:
    """What the pages of one test complained about. Anything not allowed fails the test."""

    complaints: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Expect a complaint, such as the browser's note about a 422 answer."""
        self.allowed.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [
            complaint
            for complaint in self.complaints
            if not any(pattern.search(complaint) for pattern in self.allowed)
        ]

    def watch(self, page: Page, site: str) -> None:
        def on_console(message: ConsoleMessage) -> None:
            # A content-security-policy violation is reported as an error, too.
            if message.type in {"error", "warning"}:
                where = message.location.get("url", "")
                self.complaints.append(f"console {message.type}: {message.text} ({where})")

        def on_request(request: Request) -> None:
            if not request.url.startswith((site, "data:", "blob:", "about:")):
                self.complaints.append(f"foreign request: {request.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", on_request)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, where Django would refuse its own database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.program(), args=chromium.FLAGS
        )
        yield launched
        launched.close()


@pytest.fixture
def browser_log() -> Iterator[BrowserLog]:
    log = BrowserLog()
    yield log
    unexpected = log.unexpected()
    if unexpected:
        pytest.fail("The browser complained:\n" + "\n".join(unexpected))


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, browser: Browser, live_site: LiveSite, browser_log: BrowserLog
) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser profile of its own: one call for each person in the story.

    Keyword arguments go to Playwright's new_context (viewport, color_scheme, …). Addresses may be
    relative: page.goto("/incidents/").
    """
    live_site.begin_anew()
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> Page:
        defaults = {"base_url": live_site.url, "viewport": {"width": 1360, "height": 900}}
        context = browser.new_context(**(defaults | options))
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        browser_log.watch(page, live_site.url)
        return page

    yield open_one
    if request.node.stash.get(failed_key, False):
        save_pictures(request.node.name, contexts)
    for context in contexts:
        context.close()


def save_pictures(test: str, contexts: list[BrowserContext]) -> None:
    """Keep what each open page looked like when its test failed, in test-results/."""
    folder = ROOT / "test-results"
    folder.mkdir(exist_ok=True)
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, start=1):
        name = re.sub(r"[^\w.-]+", "_", test)
        page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One browser page on the live site; any console error or foreign request fails the test."""
    return open_page()
