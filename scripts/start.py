#!/usr/bin/env python3
"""Install what is missing and run Second Story on this machine: `make run`.

Standard library only. Everything the product writes goes to DATA_DIR (default: var). Variables:
PORT (8000), DATA_DIR, DEMO (0: start empty, 1: add the demo data), and those in .env.example that
make sense on one machine (EMAIL_URL, DEFAULT_FROM_EMAIL, LOG_LEVEL, …).
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Mapping  # noqa: UP035

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine

machine.need_python()

from supervisor import Program, Supervisor  # noqa: E402

HOST = "127.0.0.1"
FIRST_ANSWER_WITHIN = 90.0  # seconds
INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C


def port_from_environment() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        machine.stop_with(f"PORT is {text!r}. Write a number from 1 to 65535.")
    return int(text)


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            machine.stop_with(f"Port {port} needs root. Choose another: make run PORT=8001")
        except OSError:
            machine.stop_with(
                f"Port {port} is already in use. Choose another: make run PORT={port + 1}"
            )


def lock_data_folder(data: Path, address: str) -> IO[str]:
    """Hold the folder for as long as the returned file is open; children don't inherit it."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (data / "running").open("a+")
    except OSError as error:
        machine.stop_with(f"Can't write to the data folder {data}: {error.strerror}.")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        where = file.read().strip() or "somewhere"
        machine.stop_with(
            f"Second Story already runs with this data folder, at {where}. For a second copy: "
            "make run DATA_DIR=var-2 PORT=8001"
        )
    file.truncate(0)
    file.write(address)
    file.flush()
    return file


def keep_secret_key(data: Path) -> None:
    path = data / "secret_key"
    if os.environ.get("SECRET_KEY") or path.exists():
        return
    temporary = data / "secret_key.new"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64) + "\n")
    temporary.rename(path)


def environment_for(data: Path, address: str) -> dict[str, str]:
    """The children's variables: ours, without another project's servers from the shell."""
    chosen = dict(os.environ)
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        if chosen.pop(name, None) and name != "DJANGO_SETTINGS_MODULE":
            machine.say(f"Not using {name}: make run keeps everything in the data folder")
    chosen.setdefault("SITE_ORIGIN", address)
    return chosen | {
        "DATA_DIR": str(data),
        "INSECURE_HTTP": "1",
        "MALLOC_ARENA_MAX": "2",  # as in the Dockerfile
        "PYTHONUNBUFFERED": "1",
        # The queue accepts JSON only, which is what makes a worker as root acceptable.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


def prepare(environment: Mapping[str, str]) -> dict[str, str]:
    """Run scripts/prepare.py; its last line as a dictionary."""
    command = [str(machine.VENV_PYTHON), str(machine.ROOT / "scripts" / "prepare.py")]
    result: dict[str, str] = {}
    with subprocess.Popen(
        command, cwd=machine.ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 for the type checker
        for line in process.stdout:
            if line.startswith("step: "):
                machine.say(line.removeprefix("step: ").strip())
            elif line.startswith('{"login"'):
                result = json.loads(line)
            else:
                print(line, end="", flush=True)
    if process.returncode == INTERRUPTED:
        raise SystemExit(INTERRUPTED)
    if process.returncode != 0 or not result:
        machine.stop_with("Not started. The lines above say what went wrong.")
    return result


def programs(port: int, data: Path) -> list[Program]:
    python = str(machine.VENV_PYTHON)
    celery = [python, "-m", "celery", "--quiet", "-A", "config"]
    return [
        Program(
            "The web server",
            [python, "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{port}",
             "--worker-class", "gthread", "--workers", "2", "--threads", "4",
             "--graceful-timeout", "8", "--log-level", "warning", "--no-control-socket"],
        ),
        Program(
            "The worker",
            [*celery, "worker", "--queues", "mail,celery", "--concurrency", "2",
             "--hostname", "worker@second-story", "--loglevel", "warning",
             "--without-gossip", "--without-mingle", "--without-heartbeat"],
        ),
        Program(
            "The clock",
            [*celery, "beat", "--loglevel", "warning", "--pidfile", "",
             "--schedule", str(data / "beat-schedule")],
        ),
    ]  # fmt: skip


def status_of(port: int, path: str) -> int:
    """The page's HTTP status; 0 while nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def wait_for_first_page(supervisor: Supervisor, port: int, path: str) -> str:
    """Wait for the login page, or the set-up it leads to; what went wrong, or ""."""
    deadline = time.monotonic() + FIRST_ANSWER_WITHIN
    while not supervisor.stopping:
        supervisor.look_after()
        status = status_of(port, path)
        if 200 <= status < 400:
            return ""
        if status >= 500:
            return f"The login page answers with an error ({status})."
        if time.monotonic() > deadline:
            return f"The login page didn't answer within {FIRST_ANSWER_WITHIN:.0f} s."
        time.sleep(0.1)
    return ""


def main() -> int:
    port = port_from_environment()
    data = Path(os.environ.get("DATA_DIR") or "var").expanduser()
    data = data if data.is_absolute() else machine.ROOT / data
    address = f"http://{HOST}:{port}"
    held = lock_data_folder(data, address)
    refuse_taken_port(port)

    machine.prepare_venv("requirements.lock")
    without_pdf = machine.prepare_pdf()
    keep_secret_key(data)
    environment = environment_for(data, address)
    prepared = prepare(environment)

    os.chdir(machine.ROOT)
    supervisor = Supervisor(programs(port, data), environment, machine.say)
    supervisor.handle_signals()
    machine.say("Starting the web server, the worker and the clock")
    supervisor.start()
    try:
        problem = wait_for_first_page(supervisor, port, prepared["login"])
        if problem:
            print(f"{problem} The lines above say why.", file=sys.stderr, flush=True)
            return 1
        if not supervisor.stopping:
            machine.say("Ready")
            announce(address, prepared["demo"], without_pdf)
            supervisor.run_until_stopped()
        return 0
    finally:
        machine.say("Stopping")
        supervisor.stop()
        machine.say("Stopped")
        held.close()


def announce(address: str, demo: str, without_pdf: str) -> None:
    parts = [without_pdf, demo.strip(), f"Second Story is at {address}   (Ctrl-C stops it)"]
    print("\n" + "\n\n".join(part for part in parts if part) + "\n", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
