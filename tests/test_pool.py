"""Connections that were cut while they waited in the pool cost nobody a page."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from common.postgresql.base import DatabaseWrapper
from config import environment
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
