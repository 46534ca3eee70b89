"""Two who change something at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection, transaction

from tests.servers import wait_until


def while_the_other_waits(one: Callable[[], object], another: Callable[[], object]) -> None:
    """Do `one` in a transaction that ends when `another`, on a connection of its own, has come to
    wait for it; then that one is done, too. On PostgreSQL, in a test with transaction=True."""
    failures: list[BaseException] = []

    def come_later() -> None:
        try:
            another()
        except BaseException as error:  # noqa: BLE001 told by the one who waits
            failures.append(error)
        finally:
            connection.close()

    def it_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            return bool(cursor.fetchone()[0])

    later = threading.Thread(target=come_later)
    with transaction.atomic():
        one()
        later.start()
        wait_until(it_waits, within=10, what="the later one to wait")
    later.join(10)
    if failures:
        raise failures[0]
    assert not later.is_alive()
