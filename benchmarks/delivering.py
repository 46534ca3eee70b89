#!/usr/bin/env python3
"""How fast reminders go out, beside Celery tasks that do nothing and SMTP alone.

    benchmarks/delivering.py [--due 10000] [--people 10000]

Starts PostgreSQL, Redis, a mail server and one worker with two processes on this machine. The
three are measured in turns, A B C C B A, so that a drift of the machine meets each of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from installation import ROOT, Installation, Servers

from tests.servers import Process, wait_until

#: Seconds for one turn: a machine that others use, too, is slow and not broken.
PATIENCE = 1_800


class Stage:
    """The servers, and an installation whose actions are due."""

    def __init__(self, due: int, people: int) -> None:
        self.due, self.mails = due, 0
        self.servers = Servers()
        sizes = {"incidents": 1_000, "reviews": 500, "actions": 2 * due, "lessons": 100}
        self.installation = Installation(self.servers, sizes | {"due": due, "people": people})
        self.environment = self.installation.environment | {"PYTHONPATH": f"{ROOT}/benchmarks"}

    def worker(self, app: str, queues: str) -> Process:
        log = self.installation.folder / f"{app}.log"
        process = Process(
            [sys.executable, "-m", "celery", "--quiet", "-A", app, "worker", "--queues", queues,
             "--concurrency", "2", "--loglevel", "info", "--without-gossip", "--without-mingle"],
            log=log,
            environment=self.environment,
        )  # fmt: skip
        wait_until(lambda: " ready." in process.last_words(), within=30, what="the worker")
        return process

    def no_op(self) -> float:
        """Seconds to send and do as many tasks that do nothing."""
        worker = self.worker("no_op", "nothing")
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", f"import no_op; no_op.send({self.due})"],
            cwd=ROOT, env=self.environment, check=True,
        )  # fmt: skip
        wait_until(lambda: not self._waiting(), within=PATIENCE, what="the tasks")
        took = time.perf_counter() - began
        worker.stop()
        return took

    def _waiting(self) -> int:
        """Messages in the queue, and those taken and not yet acknowledged."""
        import redis

        with redis.Redis.from_url(self.servers.redis.url) as asked:
            return asked.llen("nothing") + asked.hlen("unacked")

    def smtp(self) -> float:
        """Seconds to hand over as many mails, over one connection."""
        began = time.perf_counter()
        # In a process of its own, as the worker is: the mail server lives in this one.
        subprocess.run(
            [sys.executable, ROOT / "benchmarks" / "smtp_alone.py",
             str(self.servers.mail.port), str(self.due)],
            cwd=ROOT, env=self.environment, check=True,
        )  # fmt: skip
        return time.perf_counter() - began

    def reminders(self) -> float:
        """Seconds from the sweep to the last mail received, of which there were `mails`: one may
        hold several of them."""
        self._sql("TRUNCATE people_notification CASCADE")
        self.servers.mail.clear()
        worker = self.worker("config", "mail,celery")
        began = time.perf_counter()
        self.installation.manage("remind", "--at-any-hour")
        wait_until(lambda: not self._waits(), within=PATIENCE, what="the mails")
        took = time.perf_counter() - began
        worker.stop()
        self.mails = len(self.servers.mail.messages)
        return took

    def _waits(self) -> bool:
        waiting = "SELECT count(*) FROM people_delivery WHERE state = 'waiting'"
        return bool(self._sql(waiting).fetchone()[0])

    def _sql(self, statement: str) -> Any:
        import psycopg

        url = self.environment["DATABASE_URL"].replace("postgres:", "postgresql:")
        with psycopg.connect(url) as asked:
            return asked.execute(statement.encode())

    def second_sweep(self) -> int:
        before = len(self.servers.mail.messages)
        self.installation.manage("remind", "--deliver", "--at-any-hour")
        return len(self.servers.mail.messages) - before

    def stop(self) -> None:
        self.installation.stop()
        self.servers.stop()


def measure(due: int, *, people: int = 0) -> tuple[float, int]:
    """Print how long each takes; the last over the sum of the others, and how many mails a second
    sweep sends."""
    stage = Stage(due, people)
    try:
        turns: list[Callable[[], float]] = [stage.no_op, stage.smtp, stage.reminders]
        seconds: dict[str, list[float]] = {}
        for turn in turns + turns[::-1]:
            seconds.setdefault(turn.__name__, []).append(turn())
        again = stage.second_sweep()
    finally:
        stage.stop()
    mean = {name: sum(taken) / len(taken) for name, taken in seconds.items()}
    for name, words in (
        ("no_op", "tasks that do nothing"),
        ("smtp", "mails by SMTP alone"),
        ("reminders", "reminders, from the sweep to the last mail"),
    ):
        each = ", ".join(f"{taken:.1f}" for taken in seconds[name])
        print(f"{due:>8,} {words:<45} {each} s: {due / mean[name]:,.0f} a second")
    ratio = mean["reminders"] / (mean["no_op"] + mean["smtp"])
    print(f"the reminders went in {stage.mails:,} mails")
    print(f"reminders / (tasks + SMTP) = {ratio:.2f}; a second sweep sent {again}")
    return ratio, again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=10_000, help="actions due today")
    parser.add_argument(
        "--people",
        type=int,
        default=0,
        help="among so many: as many as actions makes each reminder a mail of its own; "
        "without it each has 20, which one mail tells",
    )
    asked = parser.parse_args()
    measure(asked.due, people=asked.people)


if __name__ == "__main__":
    main()
