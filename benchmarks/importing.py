#!/usr/bin/env python3
"""How long postmortems in a CSV file take: benchmarks/importing.py [--rows 1000,10000]

Starts PostgreSQL, imports by manage.py import_postmortems and copies as many rows of the table of
incidents, in turns, A B B A: figure 10 of run.py by itself.
"""

from __future__ import annotations

import argparse

import yardstick
from installation import Installation, Servers

SIZES = {"incidents": 1_000, "reviews": 500, "actions": 1_000, "lessons": 1_000, "due": 10}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--rows", default="1000,10000", help="how many, one figure each")
    counts = [int(count) for count in asked.parse_args().rows.split(",")]
    servers = Servers()
    try:
        installation = Installation(servers, SIZES)
        try:
            figures = [yardstick.import_beside_copy(installation, count=count) for count in counts]
        finally:
            installation.stop()
    finally:
        servers.stop()
    yardstick.print_figures(figures)


if __name__ == "__main__":
    main()
