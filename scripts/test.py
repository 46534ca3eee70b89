#!/usr/bin/env python3
"""Run every check of the project: `make test`.

Installs what is missing, starts PostgreSQL and Redis for itself, runs the static checks and then
the tests twice (on SQLite; on PostgreSQL with Redis, with a browser and real workers), and always
stops what it started. Everything is written to temporary folders, so it may run beside `make run`.

    scripts/test.py [--only NAME,…] [-- pytest arguments]

NAME is a check's name as the summary shows it, or `lint` for all static checks.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Mapping, NoReturn, Sequence  # noqa: UP035

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

machine.need_python()

from supervisor import die_with_parent  # noqa: E402

ROOT = machine.ROOT
APPS = [
    "common",
    "people",
    "incidents",
    "postmortems",
    "actions",
    "lessons",
    "alerts",
    "api",
    "config",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_TESTS_RAN = 5  # pytest's exit code
# Variables of the product that must not leak in from the shell.
PRODUCT_VARIABLES = (
    "ALERTS_PER_MINUTE", "ALLOWED_HOSTS", "API_CALLS_PER_MINUTE", "ATTACHMENT_MAX_MB",
    "DATABASE_URL", "DATA_DIR", "DEBUG", "DEFAULT_FROM_EMAIL", "DELIVERY_LEASE_SECONDS",
    "DELIVERY_SWEEP_SECONDS", "DELIVERY_WAIT_SECONDS", "DJANGO_SETTINGS_MODULE", "EMAIL_URL",
    "EXPORTS_PER_MINUTE", "INSECURE_HTTP", "LOG_LEVEL", "NOTES_PEPPER", "OUTBOUND_HTTP",
    "OUTBOUND_INSIDE", "PRODUCT_DATABASE_URL", "REDIS_URL", "S3_ACCESS_KEY", "S3_BUCKET",
    "S3_ENDPOINT", "S3_REGION", "S3_SECRET_KEY", "SEARCHES_PER_MINUTE", "SECRET_KEY",
    "SECRET_KEY_FALLBACKS", "SITE_ORIGIN", "STATIC_ROOT", "TRUSTED_PROXY_COUNT",
)  # fmt: skip
TESTS = ("pytest on SQLite", "pytest on PostgreSQL")


@dataclass
class Check:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    name: str
    passed: bool
    seconds: float
    note: str = ""


class Runner:
    def __init__(self) -> None:
        self.running: set[subprocess.Popen[str]] = set()
        self.lock = threading.Lock()
        self.outcomes: list[Outcome] = []

    @contextlib.contextmanager
    def program(self, check: Check) -> Iterator[subprocess.Popen[str]]:
        """Run one program, which is ended if we are interrupted."""
        process = subprocess.Popen(
            list(check.command), cwd=ROOT, env=dict(check.environment), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
        )  # fmt: skip
        with self.lock:
            self.running.add(process)
        try:
            yield process
        finally:
            with self.lock:
                self.running.discard(process)
            end(process)

    def quiet(self, check: Check) -> None:
        """Run it and show its output only if it failed."""
        began = time.monotonic()
        with self.program(check) as process:
            output, _ = process.communicate()
        passed = process.returncode == 0
        if not passed:
            print(f"\n── {check.name} ──\n{output.rstrip()}\n", flush=True)
        self.record(check.name, passed, began)

    def loud(self, check: Check, *, may_be_empty: bool) -> None:
        """Run pytest with its output shown as it comes."""
        began = time.monotonic()
        print(f"\n── {check.name} ──", flush=True)
        closing = ""
        with self.program(check) as process:
            assert process.stdout is not None  # noqa: S101 for the type checker
            for line in process.stdout:
                print(line, end="", flush=True)
                if line.strip().strip("="):
                    closing = line.strip().strip("= ")
            code = process.wait()
        passed = code == 0 or (may_be_empty and code == NO_TESTS_RAN)
        self.record(check.name, passed, began, closing)

    def record(self, name: str, passed: bool, began: float, note: str = "") -> None:
        seconds = time.monotonic() - began
        with self.lock:
            self.outcomes.append(Outcome(name, passed, seconds, note))
        if not note:
            machine.say(f"{'passed' if passed else 'FAILED'}  {name} ({seconds:.1f} s)")

    def end_programs(self) -> None:
        with self.lock:
            running = list(self.running)
        for process in running:
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ctrl-C for a program that still runs, so that pytest puts its own servers away."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def base_environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in PRODUCT_VARIABLES}
    return kept | {
        "DATA_DIR": str(data),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "NOTES_PEPPER": secrets.token_urlsafe(64),
        "INSECURE_HTTP": "1",
        "PYTHONUNBUFFERED": "1",
        # So that whatever the checks leave lying about goes with the folder.
        "TMPDIR": str(data),
    }


def production_environment(base: Mapping[str, str]) -> dict[str, str]:
    """What a deployment sets, for `check --deploy`; nothing connects to these addresses."""
    changed = {
        "DATABASE_URL": "postgres://stories:password@database:5432/stories",
        "REDIS_URL": "redis://redis:6379/0",
        "EMAIL_URL": "smtp+tls://stories:password@mail:587",
        "SITE_ORIGIN": "https://stories.example.org",
        "ALLOWED_HOSTS": "stories.example.org",
        "TRUSTED_PROXY_COUNT": "1",
        "INSECURE_HTTP": "0",
    }
    return dict(base) | changed


def static_checks(base: Mapping[str, str]) -> list[Check]:
    python = sys.executable
    manage = [python, "manage.py"]
    # The slowest first: they run two at a time.
    return [
        Check("mypy", [python, "-m", "mypy"], base),
        Check(
            "makemigrations --check", [*manage, "makemigrations", "--check", "--dry-run"], base
        ),
        Check(
            "check --deploy",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            production_environment(base),
        ),
        Check("djlint", [python, "-m", "djlint", "--lint", "--quiet", "."], base),
        # The milder findings are ruff's S rules, which can be answered with a reason.
        Check(
            "bandit",
            [python, "-m", "bandit", "--quiet", "--severity-level", "high",
             "--configfile", "pyproject.toml", "--recursive", *APPS, "scripts"],
            base,
        ),
        Check("lint-imports", [str(Path(python).with_name("lint-imports"))], base),
        Check("ruff check", [python, "-m", "ruff", "check"], base),
        Check("ruff format", [python, "-m", "ruff", "format", "--check"], base),
    ]  # fmt: skip


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis; the variables that point to them."""
    sys.path.insert(0, str(ROOT))
    from tests.servers import PostgreSQL, Redis

    with contextlib.ExitStack() as stack:
        database = PostgreSQL()
        stack.callback(database.stop)
        redis = Redis()
        stack.callback(redis.stop)
        machine.say(f"PostgreSQL runs from {database.bin}, Redis from {redis.program}")
        yield {"DATABASE_URL": database.url, "REDIS_URL": redis.url, "REQUIRE_SERVERS": "1"}


def prepare_machine(names: Sequence[str]) -> None:
    """System packages the tests need: Chromium, and what PDFs are drawn with."""
    if not set(names) & set(TESTS):
        return
    packages = machine.missing_pdf_packages()
    if not any(shutil.which(name) for name in CHROMIUM_NAMES):
        packages.append("chromium")
    if packages and not machine.install_system_packages(packages, "run the tests", quiet_sudo=True):
        print(
            "Some tests will fail without these packages. Run: sudo " + machine.apt_line(packages),
            flush=True,
        )


def run(names: Sequence[str], pytest_arguments: Sequence[str]) -> int:
    runner = Runner()
    data = Path(tempfile.mkdtemp(prefix="stories-checks-"))

    def on_term(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, on_term)
    began = time.monotonic()
    interrupted = False
    try:
        base = base_environment(data)
        run_static(runner, [check for check in static_checks(base) if check.name in names])
        run_tests(runner, names, base, pytest_arguments)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        shutil.rmtree(data, ignore_errors=True)
    if interrupted:
        print("\nInterrupted; everything that was started has been stopped.", flush=True)
        return 130
    return summary(runner.outcomes, time.monotonic() - began)


def run_static(runner: Runner, checks: Sequence[Check]) -> None:
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=2)
    try:
        for done in [pool.submit(runner.quiet, check) for check in checks]:
            done.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        runner.end_programs()
        raise
    finally:
        pool.shutdown()


def run_tests(
    runner: Runner, names: Sequence[str], base: Mapping[str, str], arguments: Sequence[str]
) -> None:
    pytest = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--durations", "30"]
    sqlite, postgresql = TESTS
    if sqlite in names:
        command = [*pytest, "-m", "not servers and not browser and not once", *arguments]
        runner.loud(Check(sqlite, command, base), may_be_empty=bool(arguments))
    if postgresql in names:
        began = time.monotonic()
        try:
            with servers() as addresses:
                # What surrounds the product knows no database: once is enough.
                command = [*pytest, "--ignore=tests/test_tooling.py", *arguments]
                check = Check(postgresql, command, dict(base) | addresses)
                runner.loud(check, may_be_empty=bool(arguments))
        except Exception as error:  # noqa: BLE001 the summary must still be printed
            print(f"\n── {postgresql} ──\n{error}", flush=True)
            runner.record(postgresql, False, began)


def summary(outcomes: Sequence[Outcome], seconds: float) -> int:
    print("\n── Summary ──")
    for outcome in outcomes:
        mark = "ok    " if outcome.passed else "FAILED"
        print(f"{mark} {outcome.seconds:6.1f} s  {outcome.name:<24} {outcome.note}")
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    if failed:
        print(f"{len(failed)} of {len(outcomes)} checks failed after {seconds:.0f} s: ", end="")
        print(", ".join(failed), flush=True)
        return 1
    print(f"All {len(outcomes)} checks are fine, after {seconds:.0f} s.", flush=True)
    return 0


def put_into_shape() -> int:
    ruff = [sys.executable, "-m", "ruff"]
    codes = [
        subprocess.run([*ruff, *arguments], cwd=ROOT, check=False).returncode
        for arguments in (["check", "--fix", "--quiet"], ["format"])
    ]
    return max(codes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--only", default="", help="names of checks, with commas; or lint")
    parser.add_argument("pytest_arguments", nargs="*", metavar="-- pytest arguments")
    arguments = parser.parse_args()

    machine.prepare_venv("requirements-dev.lock")
    if Path(sys.prefix) != machine.VENV:
        os.execv(machine.VENV_PYTHON, [str(machine.VENV_PYTHON), *sys.argv])
    if arguments.only == "format":
        return put_into_shape()
    if arguments.only == "bench":
        script = str(ROOT / "benchmarks" / "run.py")
        os.execv(sys.executable, [sys.executable, script, *arguments.pytest_arguments])

    static = [check.name for check in static_checks({})]
    known = [*static, *TESTS]
    wanted = [name.strip() for name in arguments.only.split(",") if name.strip()]
    names = [
        name
        for name in known
        if not wanted or name in wanted or ("lint" in wanted and name in static)
    ]
    if not names:
        machine.stop_with(f"No such check: {arguments.only}. There are: lint, {', '.join(known)}.")
    prepare_machine(names)
    return run(names, arguments.pytest_arguments)


if __name__ == "__main__":
    sys.exit(main())
