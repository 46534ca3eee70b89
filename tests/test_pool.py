"""Connections that were cut while they waited in the pool cost nobody a page, and a pool without a
free one says so soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError
from django.utils import timezone

from common.postgresql.base import DatabaseWrapper
from config import environment, readiness
from tests.servers import PostgreSQL

pytestmark = [pytest.mark.servers, pytest.mark.django_db, pytest.mark.xdist_group("pool")]
SIZE = 8


@pytest.fixture(scope="module")
def server():
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture
def opened(server, monkeypatch) -> Iterator:
    """Gives a connection to a page; the pool is full of them, each used before."""
    monkeypatch.setenv("DATABASE_POOL", "1")
    monkeypatch.setenv("DATABASE_POOL_SIZE", str(SIZE))
    told = environment.database(server.url, None)
    told |= {
        "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "TIME_ZONE": None
    }  # fmt: skip

    def opened() -> DatabaseWrapper:
        wrapper = DatabaseWrapper(told, "pooled")
        wrapper.connect()
        return wrapper

    at_once = [opened() for _ in range(SIZE)]
    for wrapper in at_once:
        wrapper.close()
    yield opened
    opened().close_pool()


def cut(server: PostgreSQL) -> int:
    with psycopg.connect(server.url, autocommit=True) as database:
        found = database.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(found.fetchone()[0])


def answer(wrapper: DatabaseWrapper) -> int:
    with wrapper.connection.cursor() as cursor:
        return cursor.execute("SELECT 7").fetchone()[0]


def test_the_next_page_after_a_cut_has_a_connection_at_once(server, opened):
    assert cut(server) == SIZE

    began = time.monotonic()
    wrapper = opened()
    took = time.monotonic() - began

    assert answer(wrapper) == 7
    # The pool's own check waits one second after the first, and two after the next.
    assert took < 1
    wrapper.close()


def test_those_that_are_well_stay_in_the_pool(server, opened):
    wrapper = opened()
    before = wrapper.connection.info.backend_pid
    wrapper.close()

    seen = set()
    for _ in range(SIZE):
        wrapper = opened()
        seen.add(wrapper.connection.info.backend_pid)
        wrapper.close()

    assert before in seen and len(seen) == SIZE


# None is free -------------------------------------------------------------------------------------
@pytest.fixture
def of_one(server, monkeypatch) -> Iterator:
    """Gives the only connection of a pool."""
    monkeypatch.setenv("DATABASE_POOL", "1")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "1")
    told = environment.database(server.url, None)
    told |= {
        "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "TIME_ZONE": None
    }  # fmt: skip
    taken = []

    def take(*, connected: bool = True) -> DatabaseWrapper:
        taken.append(DatabaseWrapper(told, "pool of one"))
        if connected:
            taken[-1].ensure_connection()
        return taken[-1]

    yield take
    for wrapper in taken:
        wrapper.close()
    taken[0].close_pool()


def database_as_told(wrapper: DatabaseWrapper, monkeypatch) -> str:
    monkeypatch.setattr(readiness, "connection", wrapper)
    checks = readiness.checks(now=timezone.now())
    return next(check.trouble for check in checks if check.name == "database")


def test_whoever_finds_none_free_is_told_soon(of_one):
    of_one()

    began = time.monotonic()
    with pytest.raises(OperationalError):
        of_one()

    assert time.monotonic() - began < 8


def test_a_short_burst_waits_its_turn(of_one):
    held = of_one()
    # Another thread's connection is closed by nobody else, unless it is said to be shared.
    held.inc_thread_sharing()
    threading.Timer(0.7, held.close).start()

    assert answer(of_one()) == 7


def test_readiness_says_that_none_is_free(of_one, monkeypatch):
    held, page = of_one(), of_one(connected=False)

    assert database_as_told(page, monkeypatch).startswith("It answers, but every connection")

    held.close()
    assert database_as_told(page, monkeypatch) == ""


def test_a_database_that_is_away_is_no_empty_pool(of_one, server, monkeypatch):
    of_one().close()
    server.process.stop()
    try:
        told = database_as_told(of_one(connected=False), monkeypatch)
    finally:
        server.process = server._start()

    assert told == "It does not answer."
