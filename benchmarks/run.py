#!/usr/bin/env python3
"""Measure the product beside the least that does the same: `make bench`.

Starts PostgreSQL, Redis, a mail server, a worker and gunicorns on this machine, fills a database of
each size with synthetic rows, measures, prints tables and stops what it started.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlencode

import delivering
import yardstick
from inside import EMAIL
from installation import DUE, Installation, Servers, may_keep, rows
from yardstick import Figure

SEARCHES = {f"lessons with {shape}": words for shape, words in yardstick.SHAPES.items()} | {
    "lessons with a slip": "certifcate"
}
#: Sentences as somebody types them into the form of an incident.
TYPED = {
    "similar to two words": "certificate expired",
    "similar to a sentence": "Saving fails because the replica does not answer any request",
    "similar to common words": "service request alert",
    "similar to a slip": "certifcate of the load balncer",
}
Timing = tuple[float, float, float]


def timed(ask: Callable[[], object], *, runs: int) -> Timing:
    """(p50, p95, lower quartile) in milliseconds."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1_000)
    quarters = statistics.quantiles(taken, n=4)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], quarters[0]


def measure_pages(pair: yardstick.Pair, *, runs: int, only: str) -> dict[str, tuple[int, Timing]]:
    """By page: statements, and milliseconds from the request to the last byte."""
    installation = pair.installation
    paths = installation.inside("addresses")
    paths |= {name: f"/lessons/?{urlencode({'q': words})}" for name, words in SEARCHES.items()}
    paths |= {
        name: f"/incidents/new/similar/?{urlencode({'title': sentence})}"
        for name, sentence in TYPED.items()
    }
    paths = {name: path for name, path in paths.items() if re.search(only, name)}
    counted = installation.inside("statements", email=EMAIL, paths=paths)
    found = {}
    for name, path in paths.items():

        def ask(path: str = path) -> None:
            status, _ = pair.browser.get(path)
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
            count, (p50, p95, _) = by_size[size][name]
            cells += f"{count:>6} {p50:>9.1f} {p95:>9.1f}"
        growth = by_size[sizes[-1]][name][1][0] / by_size[sizes[0]][name][1][0]
        print(f"{name:<32}{cells}{growth:>10.2f} x")


def measure_sweep(installation: Installation, *, due: int) -> None:
    """Find everything that is due, and look again."""
    print(f"\nReminders for {due:,} actions that are due today")
    for name in ("sweep", "second sweep"):
        found = installation.inside("sweep")
        print(
            f"  {name}: {found['written']} written down in {found['seconds']:.1f} s with "
            f"{found['statements']} statements, at most {found['peak_mb']:.0f} MB "
            f"({found['before_mb']:.0f} MB before it)"
        )


def measure_pdf(installation: Installation, *, runs: int) -> Figure:
    seconds = installation.inside("pdf", runs=runs)
    ours, bare = seconds["PDF of a review"], seconds["WeasyPrint alone"]
    return Figure(
        "9", "PDF of a review", f"WeasyPrint {bare:.2f} s", f"{ours:.2f} s", ours / bare, 1.25
    )


def page_figures(by_size: dict[int, dict[str, tuple[int, Timing]]]) -> list[Figure]:
    """Figures 6 and 7: statements of a page and their change, and how its time grows."""
    small, large = (by_size[size] for size in (min(by_size), max(by_size)))
    most = {"incidents, first page": 8, "incident": 12, "lessons with a word of 10 %": 6}
    changed = max(abs(large[name][0] - small[name][0]) for name in small)
    growth, slowest = max((large[name][1][2] / small[name][1][2], name) for name in small)
    between = f"{min(by_size):,} to {max(by_size):,}"
    return [
        Figure("6", f"statements, change from {between}", "0", f"{changed}", changed, 0),
        *(
            Figure("6", f"statements: {name}", "-", f"{large[name][0]}", large[name][0], goal)
            for name, goal in most.items()
        ),
        Figure(
            "7", f"growth of a page's time from {between}, lower quartile",
            f"{small[slowest][1][2]:.1f} ms", f"{large[slowest][1][2]:.1f} ms, {slowest}",
            growth, 1.3,
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", default="1000,20000", help="incidents, and as many actions and lessons"
    )
    parser.add_argument(
        "--most-others", type=int, help="at most so many reviews, actions and lessons"
    )
    parser.add_argument("--only", default="", help="pages whose names match, and nothing else")
    parser.add_argument("--due", type=int, default=DUE, help="actions due today")
    parser.add_argument("--requests", type=int, default=40, help="per page")
    parser.add_argument("--seconds", type=float, default=3, help="per turn of eight readers")
    parser.add_argument("--imported", type=int, default=10_000, help="rows of CSV")
    parser.add_argument("--pdfs", type=int, default=6, help="runs of each way to a PDF")
    may_keep(parser)
    asked = parser.parse_args()
    sizes = sorted({int(size) for size in asked.sizes.split(",")})
    if sizes[0] < 100:
        raise SystemExit("Below 100 rows there is nothing to measure.")
    by_size: dict[int, dict[str, tuple[int, Timing]]] = {}
    figures: list[Figure] = []
    with contextlib.ExitStack() as stack:
        servers = Servers(asked.keep)
        stack.callback(servers.stop)
        for size in sizes:
            is_last = size == sizes[-1]
            due = min(asked.due, size)
            filled = rows(size, others=asked.most_others, due=due)
            with installed(servers, filled) as installation:
                seeded = f"{installation.seconds_to_seed:.1f} s"
                print(f"{size:,} incidents and the rest seeded in {seeded}", flush=True)
                with yardstick.serving(installation) as pair:
                    by_size[size] = measure_pages(pair, runs=asked.requests, only=asked.only)
                    if not asked.only:
                        figures += measure_pair(servers, pair, asked, is_last=is_last)
                        yardstick.print_figures(figures)
                if is_last and not asked.only:
                    measure_sweep(installation, due=due)
                    figures.append(yardstick.import_beside_copy(installation, count=asked.imported))
                    figures.append(measure_pdf(installation, runs=asked.pdfs))
    print_pages(by_size)
    if asked.only:
        return
    print("\nReminders beside tasks that do nothing and SMTP alone")
    ratio, again = delivering.measure(asked.due)
    figures += [
        *page_figures(by_size),
        Figure("8", f"reminders for {asked.due:,} due actions", "tasks + SMTP", "", ratio, 0.6),
        Figure("8", "mails of a second sweep", "0", f"{again}", again, 0),
    ]
    numbers = [*map(str, range(1, 13)), "+"]
    yardstick.print_figures(sorted(figures, key=lambda one: numbers.index(one.number)))


def measure_pair(
    servers: Servers, pair: yardstick.Pair, asked: argparse.Namespace, *, is_last: bool
) -> list[Figure]:
    """Ours beside the least page at one size; at the last one also what no size changes."""
    addresses = pair.installation.inside("addresses")
    figures = yardstick.pages(pair, addresses, seconds=asked.seconds)
    figures += yardstick.searches(pair, runs=asked.requests // 2)
    if is_last:
        print("Pages, API and search measured", flush=True)
        figures += yardstick.memory_and_start(pair, addresses)
        for name in ("incidents, first page", "incident"):
            figures += yardstick.first_paint(pair, addresses[name])
        print("Memory, start and first paint measured", flush=True)
        small = min(10_000, pair.installation.sizes["incidents"])
        sizes = rows(small)
        with (
            installed(servers, sizes, on_sqlite=True) as installation,
            yardstick.serving(installation) as other,
        ):
            told = installation.inside("addresses"), addresses
            figures += yardstick.sqlite_beside_postgresql(other, pair, told, runs=asked.requests)
    count = pair.installation.sizes["incidents"]
    return [replace(one, name=f"{one.name}, {count:,}") for one in figures]


@contextlib.contextmanager
def installed(
    servers: Servers, sizes: dict[str, int], *, on_sqlite: bool = False
) -> Iterator[Installation]:
    installation = Installation(servers, sizes, on_sqlite=on_sqlite)
    try:
        yield installation
    finally:
        installation.stop()


if __name__ == "__main__":
    main()
