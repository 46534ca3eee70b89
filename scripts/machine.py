"""What the start and test scripts need from this machine: Python, .venv, system packages.

Standard library only: it runs before anything is installed. Keep the syntax readable for old
Pythons down to 3.7, so that they can say which version is needed instead of failing to parse.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Iterator, Mapping, NoReturn, Sequence  # noqa: UP035

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-locks.json"
OLDEST_PYTHON = (3, 11)

# What WeasyPrint loads to draw a PDF, and where Debian and Ubuntu keep it.
PDF_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
PDF_FONT = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")

_started = time.monotonic()


def say(text: str) -> None:
    """One line of progress, with the seconds since the script began."""
    print(f"[{time.monotonic() - _started:6.1f} s] {text}", flush=True)


def stop_with(text: str) -> NoReturn:
    print(text, file=sys.stderr, flush=True)
    raise SystemExit(1)


def need_python() -> None:
    """Go on under Python 3.11 or newer: this one, or a newer one found beside it."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])
    stop_with(
        "Second Story needs Python 3.11 or newer, and this is Python {}.{}. Install a newer one, "
        "or name it: make PYTHON=/path/to/python3.11 run".format(*sys.version_info[:2])
    )


@contextlib.contextmanager
def waiting(text: str) -> Iterator[None]:
    """Say `text` now, and again every 15 seconds, so that a slow step doesn't look stuck."""
    say(text)
    done = threading.Event()

    def repeat() -> None:
        while not done.wait(15):
            say("… still at it")

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


# Packages of the system -------------------------------------------------------------------------
def may_ask() -> bool:
    """Is there a person at the terminal who could type a password?"""
    return sys.stdin.isatty() and sys.stdout.isatty()


def apt_line(packages: Sequence[str]) -> str:
    return "apt-get install --no-install-recommends " + " ".join(packages)


def install_system_packages(packages: Sequence[str], purpose: str, *, quiet_sudo: bool) -> bool:
    """Install Debian packages as root or by sudo; False when that isn't possible here.

    sudo is used when somebody can be asked for the password, and without asking only if
    `quiet_sudo` allows it.
    """
    if shutil.which("apt-get") is None:
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            return False
        if may_ask():
            print(
                f"\nTo {purpose}, this runs: sudo {apt_line(packages)}\n"
                "sudo may ask for your password. Press Ctrl-C there to go on without.\n",
                flush=True,
            )
            prefix = ["sudo"]
        elif quiet_sudo:
            prefix = ["sudo", "-n"]
        else:
            return False
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    with waiting(f"Installing {' '.join(packages)} to {purpose}"):
        for command in (["apt-get", "update"], install):
            done = _run_quietly(prefix + environment + command)
            if done is None:
                return False
            # A failed update may be one broken source; the install will tell.
            if done.returncode != 0 and command is install:
                print("\n".join(done.stdout.splitlines()[-15:]), flush=True)
                return False
    return True


def _run_quietly(command: Sequence[str]) -> subprocess.CompletedProcess[str] | None:
    """Run with its output kept; None when the person pressed Ctrl-C in it."""
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except KeyboardInterrupt:
        return None


def missing_pdf_packages() -> list[str]:
    """Debian names of what a PDF would need and this machine lacks."""
    missing = []
    for library, package in PDF_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            if ctypes.util.find_library(library.split(".so")[0].removeprefix("lib")) is None:
                missing.append(package)
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    if sys.platform != "darwin" and not any(
        next(folder.rglob("*.[to]tf"), None) for folder in folders if folder.is_dir()
    ):
        missing.append(PDF_FONT)
    return missing


def prepare_pdf() -> str:
    """Install what PDFs need, once; the sentence to show when they stay off, else ""."""
    missing = missing_pdf_packages()
    declined = VENV / "without-pdf"
    if missing and not declined.exists():
        if install_system_packages(missing, "make PDFs", quiet_sudo=False):
            missing = missing_pdf_packages()
        elif may_ask():
            declined.touch()
    if not missing:
        declined.unlink(missing_ok=True)
        return ""
    if sys.platform == "darwin":
        return "PDFs are off until you run: brew install pango"
    return f"PDFs are off until you run: sudo {apt_line(missing)}"


# .venv ------------------------------------------------------------------------------------------
def digest_of(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def prepare_venv(lock_name: str) -> None:
    """Have .venv hold exactly what the lock names; does nothing when it already does.

    requirements-dev.lock contains everything of requirements.lock, so installing it counts for
    both and `make run` after `make test` has nothing to do.
    """
    with _one_at_a_time():
        if not _venv_works():
            _create_venv()
        locks = {"requirements.lock", lock_name}
        digests = {name: digest_of(ROOT / name) for name in sorted(locks)}
        installed = _installed()
        if installed.get(lock_name) == digests[lock_name]:
            return
        _install(ROOT / lock_name)
        # Another lock's promise may be broken now by a changed version.
        STAMP.write_text(json.dumps(digests, indent=1) + "\n")


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two scripts started together must not install into the same .venv."""
    with (ROOT / ".venv-setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another start of this checkout to finish installing")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _venv_works() -> bool:
    if not VENV_PYTHON.exists():
        return False
    code = "import sys, pip; print(*sys.version_info[:2])"
    done = subprocess.run([VENV_PYTHON, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode == 0 and tuple(map(int, done.stdout.split())) >= OLDEST_PYTHON


def _create_venv() -> None:
    say(f"Creating .venv with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    if not _has_module("ensurepip"):
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        installed = install_system_packages([package], "create .venv", quiet_sudo=True)
        if not installed:
            stop_with(
                "Python's venv module is missing. Run: sudo apt-get install "
                f"{package} — and start again."
            )
    done = subprocess.run(
        [sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        stop_with(f"Creating .venv failed:\n{done.stdout}{done.stderr}")


def _has_module(name: str) -> bool:
    command = [sys.executable, "-c", f"import {name}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _installed() -> Mapping[str, str]:
    try:
        stamp = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _install(lock: Path) -> None:
    count = sum("==" in line for line in lock.read_text().splitlines())
    STAMP.unlink(missing_ok=True)
    options = ["--require-hashes", "--no-deps", "-r", str(lock)]
    uv = shutil.which("uv")
    with waiting(f"Installing {count} packages from {lock.name} (only when it has changed)"):
        # uv is faster but doesn't read pip's configuration, where a company keeps its mirror.
        if uv and not _pip_has_own_index():
            command = [uv, "pip", "install", "--python", str(VENV_PYTHON), *options]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return
            say("uv couldn't install them; trying pip")
        command = [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
        log = VENV / "install.log"
        with log.open("w") as output:
            done = subprocess.run(
                [*command, "--progress-bar", "off", *options],
                stdout=output, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
    if done.returncode != 0:
        lines = [line for line in log.read_text().splitlines() if not line.startswith("WARNING")]
        stop_with(
            "Installing the Python packages failed. pip's last words:\n  "
            + "\n  ".join(lines[-15:])
            + f"\nAll of them are in {log.relative_to(ROOT)}."
        )


def _pip_has_own_index() -> bool:
    command = [str(VENV_PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return "index-url" in listed or "no-index" in listed
