"""The product's Celery app with tasks that do what a lack of memory does, and one that does not."""

import os
import signal

from django.conf import settings

from config.celery import app


def _note(line: str) -> None:
    with (settings.DATA_DIR / "noted").open("a") as file:
        file.write(f"{line}\n")


@app.task(name="poison.kills_its_worker")
def kills_its_worker(row: int) -> None:
    _note(f"killed by {row}")
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="poison.does_no_harm")
def does_no_harm(row: int) -> None:
    _note(f"ended {row}")


@app.task(name="poison.raises")
def raises() -> None:
    raise ValueError("This is an end, too.")
