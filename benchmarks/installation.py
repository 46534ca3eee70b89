"""A whole installation of its own to measure: PostgreSQL, Redis, a mail server and gunicorn."""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from inside import EMAIL  # noqa: E402

from tests.servers import (  # noqa: E402
    MailServer,
    PostgreSQL,
    Process,
    Redis,
    free_port,
    wait_until,
)

PASSWORD = "a phrase to measure with"
#: What PostgreSQL takes by itself, and so with docker-compose.yml.
BUFFERS = "128MB"
#: Actions that are due today, if nothing else is asked for.
DUE = 1_000


def rows(size: int, *, others: int | None = None, due: int = DUE) -> dict[str, int]:
    """What an installation of so many incidents is filled with; `others` at most."""
    most = min(size, others or size)
    return {
        "incidents": size,
        "actions": most,
        "lessons": most,
        "reviews": min(size // 2, most),
        "due": min(due, most),
    }


def may_keep(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="of a database server whose filled databases stay for the next time",
    )


class Servers:
    """The database server, Redis and the mail server; they outlive the installations.

    In a folder that is `kept`, a database once filled is copied instead of being filled again.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self.postgresql = PostgreSQL(kept, buffers=BUFFERS)
        self.redis = Redis()
        self.mail = MailServer()
        self.mail.start()

    @property
    def keeps(self) -> bool:
        return self.postgresql.is_kept

    def database(self, name: str, *, like: str = "template1") -> str:
        """The address of a new database: empty, or like another one."""
        self._ask(f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY')
        return f"postgres://{PostgreSQL.USER}@/{name}?host={self.postgresql.folder}"

    def has_database(self, name: str) -> bool:
        found = self._ask(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'")
        return bool(found.fetchone()[0])

    def drop_database(self, name: str) -> None:
        self._ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def vacuum(self, name: str) -> None:
        """As autovacuum has a database that people have worked with: an index of one that was just
        filled has to look each row up in its table."""
        self._ask("VACUUM", within=name)

    def _ask(self, statement: str, *, within: str = "postgres") -> Any:
        import psycopg

        host, user = str(self.postgresql.folder), PostgreSQL.USER
        with psycopg.connect(host=host, user=user, dbname=within, autocommit=True) as server:
            return server.execute(statement.encode())

    def stop(self) -> None:
        self.mail.stop()
        self.redis.stop()
        self.postgresql.stop()


def worker_of(gunicorn: Process) -> int:
    """The process that answers; its parent only looks after it."""
    pid = gunicorn.pid
    [worker, *_] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(worker)


class Installation:
    """The product on a database of one size, served by one gunicorn worker with four threads."""

    def __init__(
        self, servers: Servers, sizes: Mapping[str, int], *, on_sqlite: bool = False
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stories-bench-"))
        self.port, self.sizes, self.servers = free_port(), sizes, servers
        self.name = f"bench_{self.port}"
        self.url = f"http://127.0.0.1:{self.port}"
        filled = "filled_" + "_".join(f"{name[0]}{n}" for name, n in sizes.items())
        is_filled = not on_sqlite and servers.has_database(filled)
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL": servers.database(self.name, like=filled if is_filled else "template1"),
            "REDIS_URL": servers.redis.url,
            "EMAIL_URL": servers.mail.url,
            "DATA_DIR": str(self.folder),
            "SITE_ORIGIN": self.url,
            "INSECURE_HTTP": "1",
            "SECRET_KEY": "only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
            "NOTES_PEPPER": "only-for-measuring-too-0123456789-abcdefghijklmnopqrstuvwxyz",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "MALLOC_ARENA_MAX": "2",  # as in the Dockerfile
            "PYTHONUNBUFFERED": "1",
            "API_CALLS_PER_MINUTE": "1000000",
            "SEARCHES_PER_MINUTE": "1000000",
            "EXPORTS_PER_MINUTE": "1000000",
        }
        if on_sqlite:
            del self.environment["DATABASE_URL"]
        self.web: Process | None = None
        for command in (["migrate"], ["collectstatic", "--no-input"]):
            self.manage(*command, "--verbosity", "0")
        began = time.perf_counter()
        if not is_filled:
            options = [part for name, n in sizes.items() for part in (f"--{name}", str(n))]
            self.manage("seed_benchmark", *options, "--email", EMAIL, "--password", PASSWORD)
            if not on_sqlite:
                servers.vacuum(self.name)
                if servers.keeps:
                    servers.database(filled, like=self.name)
        self.seconds_to_seed = time.perf_counter() - began

    def manage(self, *arguments: str) -> str:
        return self._run([sys.executable, "manage.py", *arguments])

    def inside(self, task: str, **told: Any) -> Any:
        """The answer of one function of inside.py, which runs with the product's settings."""
        script = str(ROOT / "benchmarks" / "inside.py")
        return json.loads(self._run([sys.executable, script, task], text=json.dumps(told)))

    def _run(self, command: list[str], text: str = "") -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command[1:3])} ended with:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self) -> None:
        self.web = self.start_gunicorn("config.wsgi", self.port)
        self.wait_for_answer()

    def wait_for_answer(self) -> None:
        wait_until(self._answers, within=60, what="the first page")

    def start_gunicorn(
        self, application: str, port: int, *, workers: int = 1, threads: int = 4, **environment: str
    ) -> Process:
        """The product, or what it is compared with; by itself one worker with four threads."""
        return Process(
            [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
             "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads),
             "--no-control-socket", "--log-level", "warning"],
            log=self.folder / f"{application}.log",
            environment=self.environment | {"PYTHONPATH": f"{ROOT}/benchmarks"} | environment,
        )  # fmt: skip

    def _answers(self) -> bool:
        if self.web is not None and not self.web.is_running():
            raise SystemExit(f"gunicorn ended:\n{self.web.last_words()}")
        try:
            return Browser(self).get("/healthz")[0] == http.client.OK
        except OSError:
            return False

    def stop(self) -> None:
        if self.web is not None:
            self.web.stop()
        self.servers.drop_database(self.name)
        shutil.rmtree(self.folder, ignore_errors=True)


class Browser:
    """One connection that stays open and keeps its cookies."""

    def __init__(self, installation: Installation) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.asked_at = 0.0

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        headers = {"Accept-Encoding": "gzip", "Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        # The server closes a connection that waits for longer; a new one is opened by itself.
        if time.monotonic() - self.asked_at > 1:
            self.connection.close()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.asked_at = time.monotonic()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content

    def log_in(self) -> None:
        import gzip

        _, page = self.get("/account/login/")
        text = (gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page).decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        if not token:
            raise SystemExit("The log-in page has no form.")
        form = {"csrfmiddlewaretoken": token[1], "login": EMAIL, "password": PASSWORD}
        status, _ = self._ask("POST", "/account/login/", urlencode(form))
        if status != http.client.FOUND or self.get("/")[0] != http.client.OK:
            raise SystemExit(f"The log-in was answered with {status}.")
