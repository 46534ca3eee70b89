"""A damaged SQLite file stops the start, untouched, and what to do is said."""

import os
import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from config.backup import sqlite
from tests.servers import ROOT

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="PostgreSQL looks after its own files"
    ),
]
PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Some hundred pages of a table and its index."""
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE told (id INTEGER PRIMARY KEY, words TEXT)")
        database.execute("CREATE INDEX told_words ON told (words)")
        rows = ((f"{number:08} what was told",) for number in range(20_000))
        database.executemany("INSERT INTO told (words) VALUES (?)", rows)
    return path


def damage(file: Path, *, at: int, by: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(by)


def look_over(monkeypatch, file: Path) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", file)
    call_command("look_over")


def test_a_whole_file_and_one_that_is_not_there_yet_say_nothing(monkeypatch, file, tmp_path):
    look_over(monkeypatch, file)
    look_over(monkeypatch, tmp_path / "nowhere.sqlite3")


@pytest.mark.parametrize(
    ("at", "by"),
    [
        pytest.param(40 * PAGE, os.urandom(3 * PAGE), id="pages"),
        pytest.param(0, b"this was once a database", id="head"),
        pytest.param(0, bytes(PAGE), id="zeros"),
    ],
)
def test_a_damaged_file_is_told_of_with_what_to_do(monkeypatch, file, at, by):
    damage(file, at=at, by=by)
    before = file.read_bytes()

    with pytest.raises(CommandError) as told:
        look_over(monkeypatch, file)

    said = str(told.value)
    assert said.startswith(f"The database file {file} is damaged or cannot be read. SQLite says: ")
    assert "manage.py restore FILE" in said
    assert file.read_bytes() == before


def test_an_index_that_differs_from_its_rows_is_found(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("DELETE FROM sqlite_master WHERE name = 'told_words'")
        database.execute("PRAGMA writable_schema = OFF")

    assert sqlite.trouble_in(file) != ""


def test_a_large_file_is_read_the_short_way_at_a_start(monkeypatch, file):
    monkeypatch.setattr(sqlite, "_LARGE", 1)
    assert sqlite.trouble_in(file, is_start=True) == ""
    damage(file, at=40 * PAGE, by=os.urandom(3 * PAGE))

    assert sqlite.trouble_in(file, is_start=True) != ""


def test_a_damaged_file_stops_the_start(file, tmp_path):
    damage(file, at=40 * PAGE, by=os.urandom(3 * PAGE))
    before = file.read_bytes()
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "INSECURE_HTTP": "1"}
    environment["SECRET_KEY"] = secrets.token_urlsafe(64)

    started = subprocess.run(
        [sys.executable, "scripts/prepare.py"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert started.returncode == 1
    assert "is damaged or cannot be read" in started.stderr
    assert "Traceback" not in started.stderr
    assert file.read_bytes() == before


def test_what_was_saved_outlives_a_power_cut():
    pragmas = settings.DATABASES["default"]["OPTIONS"]["init_command"]

    assert pragmas.startswith("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
