"""A task that kills every worker: three tries, then it is parked, and the others go on."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest

from tests.conftest import Installation, product_environment
from tests.servers import Process, Redis, wait_until

pytestmark = pytest.mark.servers

SEND = "from tests.faults import poison\n"
PARKED = ("poison.kills_its_worker", "[7]", 3, True)


@pytest.fixture(params=["a folder", "Redis"])
def broker(request):
    if request.param == "a folder":
        yield ""
        return
    redis = Redis()
    yield redis.url
    redis.stop()


def test_it_is_tried_three_times_and_parked_while_others_go_on(broker, tmp_path):
    site = Installation(
        product_environment(
            DATABASE_URL="", PRODUCT_DATABASE_URL="", REDIS_URL=broker, DATA_DIR=str(tmp_path),
        )
    )  # fmt: skip
    site.manage("migrate", "--verbosity", "0")
    noted = tmp_path / "noted"

    def lines() -> list[str]:
        return noted.read_text().splitlines() if noted.exists() else []

    def rows() -> list[tuple]:
        with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
            return database.execute(
                "SELECT task, arguments, starts, parked_at IS NOT NULL FROM config_tasktry"
            ).fetchall()

    site.python(
        f"{SEND}poison.kills_its_worker.delay(7)\npoison.raises.delay()\n"
        "poison.does_no_harm.delay(1)\n"
    )
    worker = Process(
        [sys.executable, "-m", "celery", "--quiet", "-A", "tests.faults.poison", "worker",
         "--concurrency", "1", "--loglevel", "info", "--without-gossip", "--without-mingle"],
        log=tmp_path / "worker.log", environment=site.environment,
    )  # fmt: skip
    try:
        wait_until(lambda: PARKED in rows(), within=150, what="the task to be parked")
        site.python(f"{SEND}poison.does_no_harm.delay(2)\n")
        wait_until(lambda: "ended 2" in lines(), within=20, what="another task")
        assert worker.is_running(), worker.last_words()
        left = rows()
    finally:
        worker.stop()

    assert sorted(lines()) == ["ended 1", "ended 2", *["killed by 7"] * 3]
    assert left == [PARKED]
