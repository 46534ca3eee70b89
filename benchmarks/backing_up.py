#!/usr/bin/env python3
"""How long a backup and its restore take, and whether what comes back is the same.

.venv/bin/python benchmarks/backing_up.py --incidents 100000 --files 10000 --kilobytes 100

Starts a PostgreSQL of its own on this machine. What is restored is backed up again, and the sums of
every table and every file of the two backups are compared.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import time
from pathlib import Path
from typing import Any

from installation import Installation, Servers


def timed(label: str, installation: Installation, *arguments: str) -> None:
    began = time.perf_counter()
    said = installation.manage(*arguments).strip().rpartition(": ")[2]
    print(f"| {label} | {time.perf_counter() - began:.1f} | {said} |", flush=True)


def sums(path: Path) -> dict[str, Any]:
    """{name of a table or a file: SHA-256}"""
    with tarfile.open(path) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        told: dict[str, Any] = json.load(manifest)["sha256"]
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--kilobytes", type=int, default=100, help="of each file")
    asked = parser.parse_args()
    servers = Servers()
    try:
        each = asked.incidents
        sizes = {"incidents": each, "reviews": each // 2, "actions": each, "lessons": each}
        first = Installation(servers, sizes | {"due": 0})
        first.inside("attach_files", count=asked.files, kilobytes=asked.kilobytes)
        empty = Installation(servers, {})
        one, two = first.folder / "one.tar", empty.folder / "two.tar"
        print("| step | seconds | what |\n|---|---|---|")
        timed("backup", first, "backup", str(one))
        timed("check", empty, "restore", "--check", str(one))
        timed("restore", empty, "restore", "--replace", str(one))
        timed("backup again", empty, "backup", str(two))
        ours, theirs = sums(one), sums(two)
        same = sum(theirs.get(name) == kept for name, kept in ours.items())
        print(f"\n{same} of {len(ours)} sums are equal; {len(theirs.keys() - ours.keys())} are new")
        print(f"{one.stat().st_size / 1_000_000:,.0f} MB")
        first.stop()
        empty.stop()
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
