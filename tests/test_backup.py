"""One command each way: what `backup` wrote, `restore` puts back, or says why not."""

from __future__ import annotations

import fcntl
import gzip
import io
import json
import os
import sqlite3
import tarfile
import threading
from contextlib import ExitStack, closing

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config import backup
from config.backup import archive, postgresql
from people.models import User
from tests.conftest import Installation, database_of_its_own, have_servers, product_environment

NOT_KEPT = {"django_session", "people_opensession", "cache"}

#: A stored file, and somebody who is logged in.
LEAVE_TRACES = """
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from people.models import OpenSession, User
from people.sessions import SessionStore
default_storage.save("attachments/ab/one", ContentFile(b"what was seen"))
admin = User.objects.get(email="admin@example.org")
session = SessionStore()
session[SESSION_KEY] = str(admin.pk)
session[HASH_SESSION_KEY] = admin.get_session_auth_hash()
session.create()
print(OpenSession.objects.count())
"""

#: Signed in with the old password, found by words, and no trail can be altered.
WORKS = """
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from common.models import Activity
from lessons.models import Lesson
from people.models import OpenSession, User
admin = User.objects.get(email="admin@example.org")
print("logged in", Session.objects.count() + OpenSession.objects.count())
print("signs in", authenticate(email=admin.email, password="second-story-demo") == admin)
print("finds", Lesson.objects.find("certificate").ids != [])
try:
    with transaction.atomic():
        Activity.objects.update(verb="changed")
    print("the trail can be altered")
except DatabaseError:
    print("the trail stands")
print("numbers go on", Lesson.objects.create(reference="L-9000", title="a", insight="b").pk)
"""


@pytest.fixture(scope="module")
def install(tmp_path_factory):
    """Makes installations, each with a database and a folder of its own."""
    with ExitStack() as stack:

        def make_one(name: str) -> Installation:
            folder = tmp_path_factory.mktemp(name)
            changed = {"DATA_DIR": str(folder)}
            if have_servers():
                changed["DATABASE_URL"] = stack.enter_context(database_of_its_own(name))
            environment = product_environment(**changed, INSECURE_HTTP="1")
            return Installation(environment)

        yield make_one


@pytest.fixture(scope="module")
def backed_up(install, tmp_path_factory):
    """A site with the demo and its backup."""
    site = install("first")
    site.manage("migrate", "--verbosity", "0")
    site.manage("load_demo", "--yes")
    assert site.python(LEAVE_TRACES).strip() == "1"
    path = tmp_path_factory.mktemp("backups") / "one.tar"
    said = site.manage("backup", str(path))
    assert said.startswith(f"{path}: ")
    return site, path


def manifest_of(path):
    with tarfile.open(path) as tar:
        return json.load(tar.extractfile("manifest.json"))


def rows_of(path, folder):
    """Every row of every table in a backup of SQLite, by table."""
    with tarfile.open(path) as tar:
        tar.extract("database/db.sqlite3", folder, filter="data")
    with closing(sqlite3.connect(folder / "database" / "db.sqlite3")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'")
        return {
            name: database.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall()
            for (name,) in names.fetchall()
            if name not in NOT_KEPT
        }


def test_a_site_comes_back_in_an_empty_place_as_it_was(backed_up, install, tmp_path):
    first, path = backed_up
    assert "is whole: " in first.manage("restore", "--check", str(path))

    second = install("second")
    said = second.manage("restore", str(path))

    assert said.startswith(f"{path} is back: ")
    again = tmp_path / "two.tar"
    second.manage("backup", str(again))
    ours, theirs = manifest_of(path), manifest_of(again)
    assert ours["files"] == theirs["files"] >= 1
    assert ours["migrations"] == theirs["migrations"]
    if have_servers():
        assert ours["rows"] == theirs["rows"] > 1000
        assert ours["sha256"] == theirs["sha256"]
    else:
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        assert rows_of(path, tmp_path / "a") == rows_of(again, tmp_path / "b")
        files = {name for name in ours["sha256"] if name.startswith("files/")}
        assert {name: ours["sha256"][name] for name in files} == {
            name: theirs["sha256"][name] for name in files
        }
    said = second.python(WORKS).splitlines()
    assert said[:4] == ["logged in 0", "signs in True", "finds True", "the trail stands"]


def test_what_is_there_gives_way_only_when_it_is_said(backed_up):
    first, path = backed_up
    first.python("from people.models import User; User.objects.update(name='Somebody else')")

    refused = first.try_to("restore", str(path))
    assert refused.returncode == 1
    assert "There are people in this database already." in refused.stderr
    first.manage("restore", "--replace", str(path))

    names = first.python(
        "from people.models import User; print(User.objects.filter(name='Somebody else').count())"
    )
    assert names.strip() == "0"


@pytest.mark.skipif(have_servers(), reason="PostgreSQL knows who uses it")
def test_nothing_is_restored_under_a_running_product(backed_up):
    first, path = backed_up
    with open(os.path.join(first.environment["DATA_DIR"], "running"), "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused = first.try_to("restore", "--replace", str(path))
    assert "Second Story runs with this data folder. Stop it first" in refused.stderr


@pytest.mark.servers
def test_nothing_is_restored_while_somebody_uses_the_database(backed_up):
    import psycopg

    first, path = backed_up
    with psycopg.connect(first.environment["DATABASE_URL"]):
        refused = first.try_to("restore", "--replace", str(path))
    assert "Something else uses this database." in refused.stderr


@pytest.mark.servers
def test_a_large_site_takes_longer_than_a_page_may(install):
    """From the emptying to the last step, which may each be of millions of rows."""
    site = install("large")
    said = site.python(
        "from django.db import connection\n"
        "from config.backup import postgresql\n"
        "postgresql._clear()\n"
        "cursor = connection.cursor()\n"
        "cursor.execute('SHOW statement_timeout')\n"
        "print(cursor.fetchone()[0])\n"
    )
    assert said.split()[-1] == "0"


@pytest.mark.servers
def test_a_backup_is_of_one_instant(transactional_db, tmp_path, monkeypatch):
    """What is committed while it is being made is in none of its tables."""
    tables = postgresql._tables

    def meanwhile():
        found = tables()

        def write():
            User.objects.create_user(email="late@example.org", name="Late")
            connection.close()

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        return found

    monkeypatch.setattr(postgresql, "_tables", meanwhile)
    backup.make(tmp_path / "one.tar", now=timezone.now())

    assert User.objects.filter(email="late@example.org").exists()
    with archive.Archive(tmp_path / "one.tar") as made:
        people = gzip.decompress(made.open("database/people_user.copy.gz").read())
    assert b"late@example.org" not in people


# Files that are no good -------------------------------------------------------------------------
@pytest.fixture
def one(tmp_path):
    path = tmp_path / "one.tar"
    write(path)
    return path


def write(path, **changed):
    manifest = {
        "format": 1,
        "made_at": "2026-03-02T10:00:00+00:00",
        "engine": connection.vendor,
        "migrations": [["people", "0001_initial"]],
        "rows": 3,
        "files": 1,
    }
    with archive.ArchiveWriter(path) as writer:
        writer.add("files/reports/a.pdf", io.BytesIO(b"what it says" * 500), 6000)
        writer.finish(manifest | changed)


def test_a_whole_file_says_what_it_holds(one):
    said = io.StringIO()
    call_command("restore", str(one), check=True, stdout=said)
    assert "is whole: 3 rows and 1 files of 2026-03-02T10:00:00+00:00" in said.getvalue()
    assert oct(one.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("place", [700, 5000])
def test_a_changed_byte_is_noticed(one, place):
    content = bytearray(one.read_bytes())
    content[place] ^= 1
    one.write_bytes(content)
    with pytest.raises(CommandError, match=r"is damaged: files/reports/a\.pdf is not what was"):
        call_command("restore", str(one))


@pytest.mark.parametrize("length", [0, 600, 4000, 7000])
def test_a_file_that_was_cut_off_is_noticed(one, length):
    one.write_bytes(one.read_bytes()[:length])
    with pytest.raises(CommandError, match="is no whole backup"):
        call_command("restore", str(one))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"There is no file .*/none.tar"):
        call_command("restore", str(tmp_path / "none.tar"))


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"format": 2}, "A newer version of Second Story made this backup"),
        ({"migrations": [["people", "9999_later"]]}, "never heard of people.9999_later"),
    ],
)
def test_what_a_newer_version_made_is_refused(tmp_path, changed, words):
    write(tmp_path / "new.tar", **changed)
    with pytest.raises(CommandError, match=words):
        call_command("restore", str(tmp_path / "new.tar"))


@pytest.mark.django_db
def test_another_kind_of_database_is_refused(tmp_path):
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    write(tmp_path / "other.tar", engine=other)
    with pytest.raises(CommandError, match=f"This is a backup of {other}"):
        call_command("restore", str(tmp_path / "other.tar"), replace=True)


def test_no_backup_is_written_over(one):
    before = one.read_bytes()
    with pytest.raises(CommandError, match=r"is there already\. Choose another name"):
        call_command("backup", str(one))
    assert one.read_bytes() == before


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_breaks_off_leaves_nothing(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    default_storage.save("attachments/two", ContentFile(b"what was seen"))
    monkeypatch.setattr(default_storage, "open", full)
    with pytest.raises(CommandError, match="can't be written: No space left on device"):
        call_command("backup", str(tmp_path / "one.tar"))
    assert list(tmp_path.iterdir()) == []
