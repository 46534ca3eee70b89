"""Bring the data folder up to date in one Django process: tables, static files, demo.

Run by scripts/start.py inside .venv. Prints progress, and as its last line a JSON object with the
address of the login page, for the start script to wait on.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def static_digest() -> str:
    """Changes whenever collected static files would."""
    seen = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    # The style sheet has what templates and code name a class for: common/bundles.py.
    apps = sorted(path.parent for path in ROOT.glob("*/apps.py"))
    for folder in [ROOT / "static", ROOT / "templates", *apps]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                seen.update(str(path.relative_to(ROOT)).encode())
                seen.update(path.read_bytes())
    return seen.hexdigest()


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DEFAULT_DB_ALIAS, connections
    from django.db.migrations.executor import MigrationExecutor
    from django.urls import reverse

    from common import search_index

    data = Path(settings.DATA_DIR)
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite" and not Path(settings.DATABASES["default"]["NAME"]).exists():
        (data / "demo-logins.txt").unlink(missing_ok=True)

    # Before anything is written to it.
    call_command("look_over")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("step: Bringing the tables up to date", flush=True)
        call_command("migrate", interactive=False, verbosity=0)
    # Nobody else is here yet.
    if search_index.trouble():
        print("step: Making the search index anew, in SEARCH_LANGUAGE", flush=True)
        call_command("rebuild_search", stdout=io.StringIO())
    connection.close()

    stamp = data / "static-digest"
    digest = static_digest()
    if read(stamp) != digest or not Path(settings.STATIC_ROOT).is_dir():
        print("step: Collecting the static files", flush=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(digest)

    # The first start decides whether there is demo data; DEMO=1 adds it later.
    wish = os.environ.get("DEMO", "")
    logins = data / "demo-logins.txt"
    if wish == "0" and not logins.exists():
        logins.write_text("")
    if wish == "1" or not logins.exists():
        print("step: Loading the demo data", flush=True)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            call_command("load_demo", stdout=output)
        logins.write_text(output.getvalue())
    print(json.dumps({"login": reverse(settings.LOGIN_URL), "demo": read(logins)}), flush=True)
    return 0


if __name__ == "__main__":
    from django.core.management import CommandError

    try:
        sys.exit(main())
    except CommandError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
