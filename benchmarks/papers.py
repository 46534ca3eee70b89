#!/usr/bin/env python3
"""What the PDF of the richest review takes: seconds, pages and memory.

    benchmarks/papers.py [--runs 3]

Loads the demo into a SQLite database of its own, looks for the longest review among those that were
made up and among real incidents retold, and makes each PDF by the worker's task, in a process of
its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--runs", type=int, default=3, help="after the first one")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="stories-bench-") as folder:
        environment = {
            "PATH": "/usr/bin:/bin",
            "DATA_DIR": folder,
            "INSECURE_HTTP": "1",
            "SECRET_KEY": "only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

        def run(*command: str, text: str = "") -> str:
            done = subprocess.run(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                input=text,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise SystemExit(f"{command[:2]} ended with:\n{done.stdout}{done.stderr}")
            return done.stdout

        def inside(task: str, **arguments: Any) -> Any:
            return json.loads(run("benchmarks/inside.py", task, text=json.dumps(arguments)))

        for command in (["migrate"], ["collectstatic", "--no-input"]):
            run("manage.py", *command, "--verbosity", "0")
        run("manage.py", "load_demo")
        for kind, review in inside("richest").items():
            of = inside("paper", review=review, runs=told.runs)
            print(
                f"{of['reference']} ({kind}): {of['pages']} pages, {of['kilobytes']:.0f} kB; "
                f"{of['first']:.1f} s the first time, {of['again']:.1f} s again; "
                f"at most {of['peak_mb']:.0f} MB, of which {of['before_mb']:.0f} MB before"
            )


if __name__ == "__main__":
    main()
