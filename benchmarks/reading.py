#!/usr/bin/env python3
"""What a published review and a lesson cost a reader: sent, seen again, and beside a bare view.

    benchmarks/reading.py [--requests 400] [--sqlite]

Starts PostgreSQL (or takes SQLite) and two gunicorns of one worker each: the product, and a Django
of one view. All are asked in turns, A B C C B A, so that a drift of the machine meets each of them.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from inside import EMAIL
from installation import Browser, Installation, Servers, worker_of

from tests.servers import Process, free_port, wait_until

SIZES = {"incidents": 1_000, "reviews": 500, "actions": 1_000, "lessons": 1_000, "due": 10}
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Way:
    """One way of asking: the server, the connection, the address and what the answer must be."""

    def __init__(
        self, process: Process, port: int, path: str, headers: Mapping[str, str], status: int
    ) -> None:
        self.process = process
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path, self.headers, self.status = path, headers, status

    def ask(self) -> http.client.HTTPMessage:
        self.connection.request("GET", self.path, headers=dict(self.headers))
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != self.status:
            raise SystemExit(f"{self.path} was answered with {answer.status}.")
        return answer.headers

    def processor_seconds(self) -> float:
        """Of the server's worker so far; its log and its parent are nothing beside it."""
        fields = (
            Path(f"/proc/{worker_of(self.process)}/stat").read_text().rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def measure(ways: Mapping[str, Way], *, requests: int) -> dict[str, tuple[float, float]]:
    """By way: milliseconds of the server's processor for one request, and the median from the
    request to the last byte."""
    spent: dict[str, float] = defaultdict(float)
    taken: dict[str, list[float]] = defaultdict(list)
    names = list(ways)
    for name in [*names, *reversed(names)]:
        way = ways[name]
        # The server has closed a connection that waited for its turn; a new one is not measured.
        way.connection.close()
        way.ask()
        before = way.processor_seconds()
        for _ in range(requests):
            began = time.perf_counter()
            way.ask()
            taken[name].append((time.perf_counter() - began) * 1_000)
        spent[name] += way.processor_seconds() - before
    return {
        name: (spent[name] * 1_000 / len(taken[name]), statistics.median(taken[name]))
        for name in names
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--requests", type=int, default=400, help="in each of the two turns")
    asked.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    told = asked.parse_args()
    servers = Servers()
    installation = Installation(servers, SIZES, on_sqlite=told.sqlite)
    bare_port = free_port()
    bare = installation.start_gunicorn("bare_view:application", bare_port)
    try:
        installation.serve()
        addresses = installation.inside("addresses")
        paths = {name: addresses[name] for name in ("published review", "lesson")}
        statements = installation.inside("statements", email=EMAIL, paths=paths)
        browser = Browser(installation)
        browser.log_in()
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        reader = {"Accept-Encoding": "gzip", "Accept": "text/html", "Cookie": cookies}
        alone = Way(bare, bare_port, "/", {}, http.client.OK)
        ways = {"a bare Django view": alone}
        for name, path in paths.items():
            sent = Way(installation.web, installation.port, path, reader, http.client.OK)
            known = reader | {"If-None-Match": sent.ask()["ETag"]}
            seen = Way(installation.web, installation.port, path, known, http.client.NOT_MODIFIED)
            ways |= {f"{name}, seen again (304)": seen, f"{name}, sent (200)": sent}
        wait_until(lambda: _answers(alone), within=60, what="the bare view")
        found = measure(ways, requests=told.requests)
    finally:
        bare.stop()
        installation.stop()
        servers.stop()
    least = found["a bare Django view"]
    database = "SQLite" if told.sqlite else "PostgreSQL"
    to_send = ", ".join(f"{name} {count}" for name, count in statements.items())
    print(f"{database}, {2 * told.requests} requests each; statements to send: {to_send}")
    print(f"{'':34}{'processor ms':>14}{'p50 ms':>10}{'x bare, processor':>20}{'x bare, p50':>14}")
    for name, (processor, p50) in found.items():
        times = f"{processor / least[0]:20.1f}{p50 / least[1]:14.1f}"
        print(f"{name:34}{processor:14.2f}{p50:10.2f}{times}")


def _answers(way: Way) -> bool:
    try:
        return bool(way.ask())
    except OSError:
        way.connection.close()
        return False


if __name__ == "__main__":
    main()
