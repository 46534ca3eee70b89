#!/usr/bin/env python3
"""How long a search takes, beside the same search written by hand in SQL, and what the indexes
weigh.

.venv/bin/python benchmarks/searching.py --sizes 1000,100000
"""

from __future__ import annotations

import argparse
import statistics

from inside import EMAIL
from installation import Installation, Servers, may_keep, rows
from yardstick import SHAPES

SEARCHES = SHAPES | {
    "a slip": "certifcate",
    "a word and two filters": "replica kind:incident after:2024",
}
WAYS = ("exact SQL", "lessons", "everything")


def measure(servers: Servers, size: int, *, runs: int) -> None:
    installation = Installation(servers, rows(size))
    try:
        found = installation.inside("searches", email=EMAIL, searches=SEARCHES, runs=runs)
        indexes = installation.inside("search_indexes")
    finally:
        installation.stop()
    print(f"\n## {size:,} lessons, {size:,} incidents, {size // 2:,} reviews")
    print(f"(filled in {installation.seconds_to_seed:.0f} s; milliseconds, p50 / p95)\n")
    print(f"| search | {' | '.join(WAYS)} | lessons / SQL | statements |")
    print("|---|---|---|---|---|---|")
    for name, told in found.items():
        cells = [f"{statistics.median(told[way]):.1f} / {_p95(told[way]):.1f}" for way in WAYS]
        ratio = statistics.median(told["lessons"]) / statistics.median(told["exact SQL"])
        print(f"| {name} | {' | '.join(cells)} | {ratio:.2f} | {told['statements']} |")
    print("\n| index | MB | seconds to rebuild |")
    print("|---|---|---|")
    for name, told in indexes.items():
        print(f"| {name} | {told['megabytes']:.1f} | {told['seconds']:.1f} |")


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000", help="such as 1000,100000,1000000")
    parser.add_argument("--runs", type=int, default=30, help="of each search")
    may_keep(parser)
    arguments = parser.parse_args()
    servers = Servers(arguments.keep)
    try:
        for size in arguments.sizes.split(","):
            measure(servers, int(size), runs=arguments.runs)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
