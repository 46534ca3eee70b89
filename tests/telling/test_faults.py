"""Everything breaks while 2,000 people are reminded: nothing is lost, nobody is told twice.

Real processes: three Celery workers and a scheduler of the product, a PostgreSQL, a Redis and a
mail server of their own. What no protocol can prevent is counted: a worker that dies between the
answer of the mail server and the note of it leaves a mail that goes out again, under the same
Message-ID.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import product_environment
from tests.servers import (
    ROOT,
    CeleryWorker,
    MailServer,
    PostgreSQL,
    Process,
    Redis,
    celery_command,
    wait_until,
)

pytestmark = pytest.mark.servers

PEOPLE = 2_000
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from actions.models import Action
from people.models import User

people = User.objects.bulk_create(
    User(email=f"owner{{n}}@example.org", name=f"Owner {{n}}", password="!")
    for n in range({PEOPLE})
)
Action.objects.bulk_create(
    Action(
        reference=f"A-{{n}}", title=f"Try the restore of copy {{n}}", state=Action.State.ACCEPTED,
        owner=person, due_on=timezone.localdate(), done_test="A restored copy answers a query",
        created_at=timezone.now() - timedelta(days=30),
    )
    for n, person in enumerate(people)
)
"""


@dataclass
class MoodyMailServer(MailServer):
    """Takes its time, and has moods: what it does not answer with 250 it has not kept."""

    mood: str = "takes"
    faults: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(0.03)
        if self.mood == "takes":
            return await super().handle_DATA(server, session, envelope)
        self.faults[self.mood] += 1
        if self.mood == "refuses":
            return "451 Try again later"
        if self.mood == "stalls":
            await asyncio.sleep(3)
        server.transport.abort()
        return "421 Gone"


@dataclass
class World:
    """The product and all it leans on, each of which can be broken."""

    folder: Path
    postgresql: PostgreSQL
    redis: Redis
    mail: MoodyMailServer
    environment: dict[str, str] = field(default_factory=dict)
    workers: list[CeleryWorker] = field(default_factory=list)
    beat: Process | None = None

    def manage(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Nothing while the database is away."""
        try:
            with psycopg.connect(self.postgresql.url.replace("postgres:", "postgresql:")) as asked:
                return asked.execute(sql.encode()).fetchall()
        except psycopg.OperationalError:
            return []

    def states(self) -> Counter[str]:
        counted = self.ask("SELECT state, count(*) FROM people_delivery GROUP BY state")
        return Counter(dict(counted))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, PostgreSQL(), Redis(), MoodyMailServer())
    try:
        world.mail.start()
        world.environment = product_environment(
            DATABASE_URL=world.postgresql.url,
            REDIS_URL=world.redis.url,
            EMAIL_URL=world.mail.url,
            DATA_DIR=str(tmp_path),
            DELIVERY_LEASE_SECONDS="10",
            DELIVERY_WAIT_SECONDS="1",
            DELIVERY_SWEEP_SECONDS="2",
        )
        world.manage("migrate", "--verbosity", "0")
        world.manage("shell", "--no-imports", text=SEED)
        for number in range(3):
            log = tmp_path / f"worker{number}.log"
            # One process each, so that one kill can hit one mail in the instant of its sending.
            worker = CeleryWorker(world.environment, log, f"worker{number}@faults", processes=1)
            worker.start_soon()
            world.workers.append(worker)
        world.beat = Process(
            celery_command("beat", "--pidfile", "", "--schedule", str(tmp_path / "schedule"),
                           "--loglevel", "warning"),
            log=tmp_path / "beat.log", environment=world.environment,
        )  # fmt: skip
        yield world
    finally:
        for process in (*world.workers, world.beat):
            if process is not None:
                process.stop()
        world.mail.stop()
        world.redis.stop()
        world.postgresql.stop()


def faults(world: World, chance: random.Random) -> dict[str, Callable[[], None]]:
    """What can break, and mends itself a moment later."""

    def kill_a_worker() -> None:
        worker = chance.choice(world.workers)
        worker.kill()
        worker.start_soon()

    def lose_the_broker() -> None:
        world.redis.process.kill()
        time.sleep(0.5)
        world.redis.start()

    def mood(name: str) -> Callable[[], None]:
        def spell() -> None:
            world.mail.mood = name
            time.sleep(1)
            world.mail.mood = "takes"

        return spell

    return {
        "worker killed": kill_a_worker,
        "broker lost with its data": lose_the_broker,
        "database restarted": world.postgresql.restart,
        "mail refused": mood("refuses"),
        "connections dropped": mood("drops"),
        "mail server stalled": mood("stalls"),
    }


def test_whatever_breaks_everybody_is_told_exactly_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(10_000)
    chance = random.Random(seed)
    possible = faults(world, chance)
    injected: Counter[str] = Counter()
    began = time.monotonic()

    world.manage("remind", "--at-any-hour")
    world.mail.wait_for(20, within=30)
    plan = [*possible] * 2 + ["worker killed"] * 8
    chance.shuffle(plan)
    for name in plan:
        possible[name]()
        injected[name] += 1
        time.sleep(chance.uniform(0.2, 0.8))
    during = len(world.mail.messages)
    wait_until(lambda: world.states()["sent"] == PEOPLE, within=90, what=f"the rest (seed {seed})")
    took = time.monotonic() - began

    assert 0 < during < PEOPLE, "it was over before everything had broken"
    copies = Counter(str(mail.message["Message-ID"]) for mail in world.mail.messages)
    told = Counter(
        mail.recipients[0]
        for mail in {str(mail.message["Message-ID"]): mail for mail in world.mail.messages}.values()
    )
    lost = PEOPLE - len(told)
    doubled = sum(copies.values()) - len(copies)
    with capsys.disabled():
        print(
            f"\n{PEOPLE} reminders, {sum(injected.values())} faults in {took:.0f} s "
            f"(seed {seed}): {dict(injected)}; mails hit by the mail server's moods: "
            f"{dict(world.mail.faults)}; lost {lost}, under two ids {max(told.values()) - 1}, "
            f"sent again under the same id {doubled}"
        )
    assert told == {f"owner{n}@example.org": 1 for n in range(PEOPLE)}
    assert doubled <= injected["worker killed"]
    assert world.ask("SELECT count(*) FROM people_delivery WHERE lease IS NOT NULL") == [(0,)]
    assert "     0 reminders written down" in world.manage("remind", "--deliver")
    assert len(world.mail.messages) == sum(copies.values())
