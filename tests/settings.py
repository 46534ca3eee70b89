"""The product's settings, as the tests run them: a private data folder and quick passwords.

DATABASE_URL and REDIS_URL come from the environment (scripts/test.py sets them), so the same
tests run on SQLite and on PostgreSQL with Redis.
"""

import atexit
import os
import re
import shutil
import tempfile
from datetime import timedelta

_worker = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", ""))
_number = int(_worker) + 1 if _worker else 0

_folder = tempfile.mkdtemp(prefix="stories-data-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA_DIR"] = _folder
os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF")
os.environ.setdefault(
    "NOTES_PEPPER", "only-for-tests-too-0123456789-abcdefghijklmnopqrstuvwxyz-ABC"
)
os.environ.setdefault("INSECURE_HTTP", "1")
# A pool would keep connections open while the test database is dropped.
os.environ.setdefault("DATABASE_POOL", "0")
if os.environ.get("REDIS_URL"):
    # Parallel workers use databases of their own.
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", f"/{_number}", os.environ["REDIS_URL"])

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in real life: in memory, SQLite locks whole tables and has no WAL.
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}
    # Waiting for the disk is for data that somebody wants back.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"

# Some tests name a provider to log in by.
INSTALLED_APPS = [*INSTALLED_APPS, "allauth.socialaccount.providers.openid_connect"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Hashed names need a collectstatic first; the browser tests do that.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = True
# Answers by the thousand come from one person.
SEARCHES_PER_MINUTE = EXPORTS_PER_MINUTE = 1_000_000
# Signing publishes at once, except in the tests of taking it back.
TAKE_BACK = timedelta(0)
