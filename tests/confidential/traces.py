"""Everything the product keeps, read without knowing what it is, and what in it leads to a person.

A place is a table, a key of Redis, a file of the data folder, a log or a page.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from people.models import User

#: (place, what stands there)
Found = tuple[str, str]


def everything() -> list[Found]:
    return [*rows(), *redis_keys(), *files()]


def rows() -> Iterator[Found]:
    """Every row of every table, whichever it is, all columns with their names."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield f"table {table}", json.dumps(dict(zip(names, row, strict=True)), default=str)


def redis_keys() -> Iterator[Found]:
    """Every key of the cache and of the broker, with its value as Redis keeps it."""
    if not os.environ.get("REDIS_URL"):
        return
    server = redis.Redis.from_url(settings.REDIS_URL)
    for key in server.scan_iter():
        yield f"redis {key.decode(errors='replace')}", repr(server.dump(key))


def files() -> Iterator[Found]:
    """Queue, mail and media of one machine."""
    folder = Path(settings.DATA_DIR)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "sqlite" not in path.name:
            name = path.relative_to(folder).as_posix()
            yield f"file {name}", path.read_bytes().decode(errors="replace")


def added(before: Iterable[Found], after: Iterable[Found]) -> list[Found]:
    """What stands there now and did not, rows that changed among it."""
    return sorted((Counter(after) - Counter(before)).elements())


@dataclass(frozen=True)
class Author:
    """Who must not be found, by everything that could stand for them."""

    user: User
    session: str = ""
    address: str = ""
    agent: str = ""

    @property
    def needles(self) -> dict[str, str]:
        first, _, last = self.user.name.partition(" ")
        mailbox, _, domain = self.user.email.partition("@")
        known = {
            "id": str(self.user.pk),
            "name": self.user.name,
            "first name": first,
            "last name": last,
            "e-mail": self.user.email,
            "mailbox": mailbox,
            "domain": domain,
            "session": self.session,
            "address": self.address,
            "browser": self.agent,
        }
        return {what: needle for what, needle in known.items() if needle}

    def named_in(self, text: str) -> list[str]:
        """Which of the needles stand in it, in any case; a number only as a whole."""
        return [
            what
            for what, needle in self.needles.items()
            if (
                re.search(rf"(?<!\d){needle}(?!\d)", text)
                if needle.isdigit()
                else needle.casefold() in text.casefold()
            )
        ]


def leaks(places: Iterable[Found], author: Author, tied: Iterable[str]) -> list[str]:
    """Places that hold the author together with something of the note: `tied` are its words, key
    and code."""
    tied = list(tied)
    return [
        f"{place}: {', '.join(named)}"
        for place, text in places
        if any(word in text for word in tied) and (named := author.named_in(text))
    ]


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?")


def moments(places: Iterable[Found], began: datetime, ended: datetime) -> list[str]:
    """Places with a moment between these two: days do not count, they have no hour."""
    slack = timedelta(milliseconds=1)
    found = []
    for place, text in places:
        for written in _MOMENT.findall(text):
            at = datetime.fromisoformat(written).replace(tzinfo=began.tzinfo)
            if began - slack <= at <= ended + slack and at.time() != time(0):
                found.append(f"{place}: {written}")
    return found
