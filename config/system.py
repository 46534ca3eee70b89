"""How the site itself is doing: what an administrator looks at first when something is slow."""

from __future__ import annotations

import importlib.metadata
import platform
import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.utils.translation import gettext as _

from config import readiness
from config.models import Backup, TaskTry, TrailStretch
from config.readiness import Check
from people.models import Delivery, Post, Sending, User

#: The latest of them; each goes when it is tried again.
_PARKED_SHOWN = 50


class Lag(NamedTuple):
    """What waits to be sent by one kind of channel, and since when it could have been."""

    by: str
    words: str
    waiting: int
    oldest: datetime | None
    given_up: int


@dataclass(frozen=True)
class System:
    checks: list[Check]
    lags: list[Lag]
    #: Tasks that killed their workers.
    parked: list[TaskTry]
    backup: Backup | None
    #: The last one that was summed up.
    trail: TrailStretch | None
    #: Name and version of what it is made of.
    versions: list[tuple[str, str]]


def now_at(now: datetime, reader: User) -> System:
    """What waits is counted as far as `reader` may know of it, as in the delivery log."""
    return System(
        checks=readiness.checks(now=now),
        lags=[
            _lag("mail", _("mail"), Delivery, now, reader),
            _lag("channels", _("channels"), Post, now, reader),
        ],
        parked=list(TaskTry.objects.parked().order_by("-started_at", "pk")[:_PARKED_SHOWN]),
        backup=Backup.objects.order_by("-made_at").first(),
        trail=TrailStretch.objects.last(),
        versions=[
            (settings.PRODUCT_NAME, _version()),
            ("Python", platform.python_version()),
            ("Django", django.get_version()),
            ("Celery", importlib.metadata.version("celery")),
            (connection.display_name, ".".join(map(str, connection.get_database_version()))),
        ],
    )


def _lag(by: str, words: str, model: type[Sending], now: datetime, reader: User) -> Lag:
    rows = model.objects.visible_to(reader)
    due = rows.waiting(now=now).aggregate(waiting=Count("pk"), oldest=Min("due_at"))
    return Lag(by, words, due["waiting"], due["oldest"], rows.given_up().count())


def _version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        found: str = tomllib.load(file)["project"]["version"]
    return found
