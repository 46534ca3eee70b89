#!/usr/bin/env python3
"""Many people at once for a while: errors, how long they wait, and whether memory grows.

.venv/bin/python benchmarks/soak.py --minutes 30 --people 50 --size 100000
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import json
import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from installation import Installation, Servers, may_keep, rows
from yardstick import SHAPES

from tests.servers import CeleryWorker, Process

#: How long somebody looks at a page before the next, in seconds.
THINKING = (1.0, 7.0)
#: What they do, and how often out of a hundred times.
HABITS = {
    "home": 8,
    "list of incidents": 14,
    "a deep page of the list": 4,
    "an incident": 18,
    "the incident with a long story": 3,
    "reviews": 5,
    "a published review": 10,
    "actions": 8,
    "actions as a board": 3,
    "lessons": 6,
    "a lesson": 5,
    "a search": 8,
    "JSON of 100 incidents": 3,
    "tell of an event": 3,
    "file an incident": 2,
}


@dataclass
class Told:
    """What everybody saw: seconds by deed, and what went wrong in words."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, deed: str, took: float, wrong: str) -> None:
        with self.lock:
            self.seconds[deed].append(took)
            if wrong:
                self.wrong.append(f"{deed}: {wrong}")


class Person(threading.Thread):
    """Reads, searches and writes until it is time to stop, each thing after a look at the last."""

    def __init__(
        self,
        number: int,
        *,
        port: int,
        entry: Mapping[str, str],
        paths: Mapping[str, str],
        told: Told,
        ends: float,
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.paths, self.told, self.ends = port, paths, told, ends
        self.chance = random.Random(number)
        self.filed = ""
        self.page = {"Cookie": entry["cookie"], "Accept": "text/html", "Accept-Encoding": "gzip"}
        self.program = {
            "Authorization": f"Bearer {entry['secret']}",
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
        }

    def run(self) -> None:
        time.sleep(self.chance.uniform(0, THINKING[1]))
        while time.monotonic() < self.ends:
            [deed] = self.chance.choices(list(HABITS), list(HABITS.values()))
            began, wrong = time.perf_counter(), ""
            try:
                wrong = self._do(deed)
            except (OSError, http.client.HTTPException) as error:
                wrong = repr(error)
            self.told.add(deed, time.perf_counter() - began, wrong)
            time.sleep(self.chance.uniform(*THINKING))

    def _do(self, deed: str) -> str:
        """What was wrong with the answer; empty when nothing was."""
        match deed:
            case "a search":
                words = urlencode({"q": self.chance.choice([*SHAPES.values(), "certifcate"])})
                return self._ask("GET", f"/search/?{words}", self.page)
            case "JSON of 100 incidents":
                return self._ask("GET", "/api/v1/incidents?limit=100", self.program)
            case "tell of an event" if self.filed:
                sent = {"text": f"Queue depth is {self.chance.randrange(10_000)}", "at": "now"}
                address = f"/api/v1/incidents/{self.filed}/timeline"
                return self._ask("POST", address, self.program, json.dumps(sent))
            case "tell of an event" | "file an incident":
                sent = {"title": f"Queue {self.chance.random()} grew", "severity": "sev3"}
                return self._ask("POST", "/api/v1/incidents", self.program, json.dumps(sent))
        return self._ask("GET", self.paths[deed], self.page)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: str = "") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        wanted = http.client.CREATED if method == "POST" else http.client.OK
        if method == "POST" and answer.status == wanted and path == "/api/v1/incidents":
            self.filed = json.loads(_plain(content))["reference"]
        return "" if answer.status == wanted else f"{answer.status} {content[:200]!r}"


def _plain(content: bytes) -> bytes:
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


@contextlib.contextmanager
def production(installation: Installation, *, workers: int) -> Iterator[list[Process]]:
    """gunicorn as deploy/gunicorn.conf.py has it, and a Celery worker."""
    web = installation.start_gunicorn("config.wsgi", installation.port, workers=workers, threads=8)
    installation.web = web
    celery = CeleryWorker(installation.environment, installation.folder / "celery.log")
    celery.start()
    installation.wait_for_answer()
    try:
        yield [web, celery.process]
    finally:
        celery.process.stop()


def megabytes(processes: list[Process]) -> float:
    """What these and their children hold for themselves alone, or their share of it."""
    return sum(_share(pid) for process in processes for pid in _family(process.pid)) / 1_024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _share(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def paths_of(addresses: Mapping[str, str]) -> dict[str, str]:
    return {
        "home": addresses["home"],
        "list of incidents": addresses["incidents, first page"],
        "a deep page of the list": addresses["incidents, middle page"],
        "an incident": addresses["incident"],
        "the incident with a long story": next(
            path for name, path in addresses.items() if name.startswith("incident with")
        ),
        "reviews": addresses["reviews"],
        "a published review": addresses["published review"],
        "actions": addresses["actions, everyone's"],
        "actions as a board": addresses["actions as a board"],
        "lessons": addresses["lessons"],
        "a lesson": addresses["lesson"],
    }


def soak(installation: Installation, *, people: int, minutes: float, workers: int) -> None:
    paths = paths_of(installation.inside("addresses"))
    entries = installation.inside("people", count=people)
    told = Told()
    with production(installation, workers=workers) as processes:
        ends = time.monotonic() + minutes * 60
        crowd = [
            Person(n, port=installation.port, entry=entry, paths=paths, told=told, ends=ends)
            for n, entry in enumerate(entries)
        ]
        for person in crowd:
            person.start()
        held = []
        for part in range(1, 11):
            time.sleep(max(0, ends - minutes * 60 * (10 - part) / 10 - time.monotonic()))
            held.append(megabytes(processes))
            done = sum(map(len, told.seconds.values()))
            print(f"{part * 10:>4} %: {done:,} answers, {held[-1]:.0f} MB", flush=True)
        for person in crowd:
            person.join(timeout=90)
    report(told, held, minutes=minutes, people=len(crowd))


def report(told: Told, held: list[float], *, minutes: float, people: int) -> None:
    taken = [each for seconds in told.seconds.values() for each in seconds]
    print(f"\n{people} people for {minutes:g} minutes: {len(taken):,} answers, "
          f"{len(taken) / minutes / 60:.1f} a second, {len(told.wrong)} wrong")  # fmt: skip
    print(f"memory after the first tenth {held[0]:.0f} MB, at the end {held[-1]:.0f} MB\n")
    print("| what | times | p50 ms | p95 ms |\n|---|---|---|---|")
    for deed in [*HABITS, ""]:
        seconds = told.seconds.get(deed, []) if deed else taken
        if len(seconds) > 1:
            p50, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
            name = deed or "everything"
            print(f"| {name} | {len(seconds):,} | {p50 * 1_000:.0f} | {p95 * 1_000:.0f} |")
    for wrong in told.wrong[:10]:
        print(wrong)
    if told.wrong:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--size", type=int, default=100_000, help="incidents, actions, lessons")
    parser.add_argument("--workers", type=int, default=2, help="of gunicorn, eight threads each")
    may_keep(parser)
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        servers = Servers(asked.keep)
        stack.callback(servers.stop)
        installation = Installation(servers, rows(asked.size))
        stack.callback(installation.stop)
        print(f"{asked.size:,} of each in {installation.seconds_to_seed:.0f} s", flush=True)
        soak(installation, people=asked.people, minutes=asked.minutes, workers=asked.workers)


if __name__ == "__main__":
    main()
