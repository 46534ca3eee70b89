#!/usr/bin/env python3
"""How much longer pages take where many incidents are restricted, in turns, in one run.

.venv/bin/python benchmarks/restricting.py --size 100000 --one-in 20
"""

from __future__ import annotations

import argparse
import re
import statistics
from itertools import chain

from installation import Servers, may_keep, rows
from run import installed
from yardstick import in_turns, serving

REFERENCE = re.compile(r"[A-Z]+-\d+")
#: Beside those that inside.py names.
MORE = {
    "lessons by words": "/lessons/?q=replica",
    "everything by words": "/search/?q=replica",
}


def measure(servers: Servers, size: int, *, one_in: int, runs: int) -> None:
    with installed(servers, rows(size)) as few, installed(servers, rows(size)) as many:
        # The same ones in both, which stay open.
        paths, _ = few.inside("addresses") | MORE, many.inside("addresses")
        shown = [reference for path in paths.values() for reference in REFERENCE.findall(path)]
        count = many.inside("restrict", one_in=one_in, besides=shown)
        servers.vacuum(many.name)
        print(f"\n{count:,} of {size:,} incidents restricted, beside one in 997; p50 in ms\n")
        print("| page | few | many | many / few |")
        print("|---|---|---|---|")
        with serving(few) as one, serving(many) as other:
            for name, path in paths.items():
                mine, theirs = (pair.page(path) for pair in (other, one))
                slow, quick = in_turns(lambda a=mine: a.times(runs), lambda b=theirs: b.times(runs))
                there, here = (statistics.median(chain(*taken)) for taken in (slow, quick))
                print(f"| {name} | {here:.1f} | {there:.1f} | {there / here:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="incidents and the rest")
    parser.add_argument("--one-in", type=int, default=20, help="so many are restricted")
    parser.add_argument("--runs", type=int, default=15, help="of each page, twice for each side")
    may_keep(parser)
    asked = parser.parse_args()
    servers = Servers(asked.keep)
    try:
        measure(servers, asked.size, one_in=asked.one_in, runs=asked.runs)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
