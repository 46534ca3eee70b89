"""Keep a few programs running until somebody says stop.

Each program gets its own session, so Ctrl-C in the terminal reaches only the supervisor, which
then stops them in order: a signal to the main process first (Celery finishes its task, gunicorn
its requests), and the whole group only for what is left after ten seconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Callable, Mapping, Sequence  # noqa: UP035

PATIENCE = 10.0  # seconds to stop cleanly
LONGEST_PAUSE = 30.0  # seconds before a program that keeps dying is tried again
HEALTHY_AFTER = 60.0  # seconds after which an earlier death is forgotten
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Called in a new child: on Linux, ask for SIGTERM if the supervisor is killed outright."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Program:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    restart_at: float | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.started_at = time.monotonic()
        self.restart_at = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_main(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """End whatever is left of the program's session, its own children included."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Supervisor:
    programs: Sequence[Program]
    environment: Mapping[str, str]
    say: Callable[[str], None]
    stopping: bool = field(default=False, init=False)

    def handle_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if self.stopping:
            # Asked twice: no more patience.
            for program in self.programs:
                program.kill_group()
        self.stopping = True

    def start(self) -> None:
        for program in self.programs:
            program.start(self.environment)

    def look_after(self) -> None:
        """Restart what has died, with growing pauses; call it again and again."""
        now = time.monotonic()
        for program in self.programs:
            if self.stopping or program.is_running():
                continue
            if program.restart_at is None and program.process is not None:
                code = program.process.returncode
                program.kill_group()
                if now - program.started_at > HEALTHY_AFTER:
                    program.deaths = 0
                pause = min(2.0**program.deaths, LONGEST_PAUSE)
                program.deaths += 1
                program.restart_at = now + pause
                self.say(
                    f"{program.name} stopped by itself (code {code}). "
                    f"Starting it again in {pause:.0f} s."
                )
            elif program.restart_at is not None and now >= program.restart_at:
                program.start(self.environment)

    def run_until_stopped(self) -> None:
        while not self.stopping:
            self.look_after()
            time.sleep(0.2)

    def stop(self) -> None:
        self.stopping = True
        for program in self.programs:
            program.signal_main(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and any(p.is_running() for p in self.programs):
            time.sleep(0.05)
        for program in self.programs:
            program.kill_group()
