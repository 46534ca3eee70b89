#!/usr/bin/env python3
"""Gather every marked text into locale/ and compile what is translated: `make messages`.

For maintainers: it needs gettext's programs (Debian: apt-get install gettext). Running the product
needs neither, since both kinds of files are kept. docs/languages.md tells how texts are marked.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Read by nobody who reads in the interface.
LEFT_OUT = ("tests", "docs", "scripts", "benchmarks", "deploy", "locale", "static", "staticfiles",
            "var*", "migrations", "demo", "demo_data")  # fmt: skip
#: Says when it was made, so that two runs would never give the same file.
_DATE = re.compile(r'^"(?:POT-Creation-Date|PO-Revision-Date): .*\n', re.M)


def main() -> int:
    if not shutil.which("msgfmt"):
        print("gettext is not installed. On Debian or Ubuntu: apt-get install gettext")
        return 1
    ignored = [argument for name in LEFT_OUT for argument in ("--ignore", name)]
    with tempfile.TemporaryDirectory() as data:
        environment = os.environ | {
            "DATA_DIR": data,
            "SECRET_KEY": secrets.token_urlsafe(64),
            "NOTES_PEPPER": secrets.token_urlsafe(64),
            "INSECURE_HTTP": "1",
        }
        manage = [sys.executable, "manage.py"]
        subprocess.run(
            [*manage, "makemessages", "--all", "--no-location", "--no-obsolete",
             "--extension", "html,txt,py", *ignored],
            cwd=ROOT, env=environment, check=True,
        )  # fmt: skip
    for catalogue in ROOT.glob("locale/*/LC_MESSAGES/django.po"):
        catalogue.write_text(_DATE.sub("", catalogue.read_text("utf-8")), "utf-8")
        subprocess.run(
            ["msgfmt", "--check-format", "-o", catalogue.with_suffix(".mo"), catalogue], check=True
        )
        told = subprocess.run(
            ["msgfmt", "--statistics", "-o", os.devnull, catalogue],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        print(f"{catalogue.relative_to(ROOT)}: {told.stderr.strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
