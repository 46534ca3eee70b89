#!/usr/bin/env python3
"""Measure pages, search, reminders and the PDF on a private installation: `make bench`.

Starts PostgreSQL, Redis, a mail server and gunicorn on this machine, fills a database of each
size with synthetic rows, measures, prints tables and stops what it started.
"""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlencode

from inside import EMAIL
from installation import Browser, Installation, Servers

#: Shapes of searches, by the share of the lessons that hold the words.
SEARCHES = {
    "lessons with a word of 85 %": "service",
    "lessons with a word of 10 %": "replica",
    "lessons with a word of 1 %": "certificate",
    "lessons with a word of 0.16 %": "quorum",
    "lessons with three words": "service replica alert",
    "lessons with a phrase": '"alert request"',
    "lessons with a slip": "certifcate",
}
#: Sentences as somebody types them into the form of an incident.
TYPED = {
    "similar to two words": "certificate expired",
    "similar to a sentence": "Saving fails because the replica does not answer any request",
    "similar to common words": "service request alert",
    "similar to a slip": "certifcate of the load balncer",
}
Timing = tuple[float, float]


def timed(ask: Callable[[], object], *, runs: int) -> Timing:
    """(p50, p95) in milliseconds."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1_000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def measure_pages(
    installation: Installation, *, runs: int, only: str
) -> dict[str, tuple[int, Timing]]:
    """By page: statements, and milliseconds from the request to the last byte."""
    paths = installation.inside("addresses")
    paths |= {
        name: f"/lessons/?q={words.replace(' ', '+').replace(chr(34), '%22')}"
        for name, words in SEARCHES.items()
    }
    paths |= {
        name: f"/incidents/new/similar/?{urlencode({'title': sentence})}"
        for name, sentence in TYPED.items()
    }
    paths = {name: path for name, path in paths.items() if re.search(only, name)}
    counted = installation.inside("statements", email=EMAIL, paths=paths)
    installation.serve()
    browser = Browser(installation)
    browser.log_in()
    found = {}
    for name, path in paths.items():

        def ask(path: str = path) -> None:
            status, _ = browser.get(path)
            if status != http.client.OK:
                raise SystemExit(f"{path} was answered with {status}.")

        timed(ask, runs=3)
        found[name] = counted[name], timed(ask, runs=runs)
    return found


def print_pages(by_size: dict[int, dict[str, tuple[int, Timing]]]) -> None:
    print("\nPages, one request after another: statements, p50 and p95 in ms")
    header = "".join(f"{f'{size:,} rows':>26}" for size in by_size)
    print(f"{'':<32}{header}{'p50 grows':>12}")
    sizes = list(by_size)
    for name in by_size[sizes[0]]:
        cells = ""
        for size in sizes:
            count, (p50, p95) = by_size[size][name]
            cells += f"{count:>6} {p50:>9.1f} {p95:>9.1f}"
        growth = by_size[sizes[-1]][name][1][0] / by_size[sizes[0]][name][1][0]
        print(f"{name:<32}{cells}{growth:>10.2f} x")


def measure_reminders(servers: Servers, installation: Installation, *, due: int) -> None:
    """Find everything that is due, look again, and send it."""
    print(f"\nReminders for {due:,} actions that are due today")
    for name in ("sweep", "second sweep"):
        found = installation.inside("sweep")
        print(
            f"  {name}: {found['written']} written down in {found['seconds']:.1f} s with "
            f"{found['statements']} statements, at most {found['peak_mb']:.0f} MB "
            f"({found['before_mb']:.0f} MB before it)"
        )
    servers.mail.clear()
    began = time.perf_counter()
    told = installation.manage("remind", "--deliver", "--at-any-hour")
    seconds = time.perf_counter() - began
    mails = len(servers.mail.messages)
    [written] = re.findall(r"(\d+) reminders written down", told)
    print(f"  sent: {mails} mails received by SMTP in {seconds:.1f} s; {written} more written down")
    installation.manage("remind", "--deliver", "--at-any-hour")
    print(f"  sent once more: {len(servers.mail.messages) - mails} mails")


def measure_pdf(installation: Installation, *, runs: int) -> None:
    seconds = installation.inside("pdf", runs=runs)
    ours, bare = seconds["PDF of a review"], seconds["WeasyPrint alone"]
    print("\nPDF of one published review, median")
    print(f"  {ours:.2f} s, WeasyPrint alone on the same page {bare:.2f} s: {ours / bare:.2f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", default="1000,20000", help="incidents, and as many actions and lessons"
    )
    parser.add_argument(
        "--most-others", type=int, help="at most so many reviews, actions and lessons"
    )
    parser.add_argument("--only", default="", help="pages whose names match, and nothing else")
    parser.add_argument("--due", type=int, default=1_000, help="actions due today")
    parser.add_argument("--requests", type=int, default=40, help="per page")
    parser.add_argument("--pdfs", type=int, default=6, help="runs of each way to a PDF")
    asked = parser.parse_args()
    sizes = sorted({int(size) for size in asked.sizes.split(",")})
    if sizes[0] < 100:
        raise SystemExit("Below 100 rows there is nothing to measure.")
    servers = Servers()
    installation: Installation | None = None
    try:
        by_size = {}
        for size in sizes:
            if installation:
                installation.stop()
            due = min(asked.due, size) if size == sizes[-1] else 0
            others = min(size, asked.most_others or size)
            rows = {
                "incidents": size,
                "actions": others,
                "lessons": others,
                "reviews": min(size // 2, others),
            }
            installation = Installation(servers, rows | {"due": due})
            print(f"{size:,} incidents and the rest seeded in {installation.seconds_to_seed:.1f} s")
            by_size[size] = measure_pages(installation, runs=asked.requests, only=asked.only)
        print_pages(by_size)
        if installation and not asked.only:
            measure_reminders(servers, installation, due=min(asked.due, sizes[-1]))
            measure_pdf(installation, runs=asked.pdfs)
    finally:
        if installation:
            installation.stop()
        servers.stop()


if __name__ == "__main__":
    main()
