"""Everything the product keeps, read without knowing what it is, and what in it leads to a person.

A place is a table, a key of Redis, a file of the data folder or of an archive, a log or a page.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import os
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from pypdf import PdfReader

from people.models import User

#: (place, what stands there)
Found = tuple[str, str]


def everything() -> list[Found]:
    found = [*rows(), *files(Path(settings.DATA_DIR))]
    if os.environ.get("REDIS_URL"):
        found += redis_keys(settings.REDIS_URL)
    return found


def rows() -> Iterator[Found]:
    """Every row of every table of the test's own database."""
    with connection.cursor() as cursor:
        yield from rows_of(cursor, sorted(connection.introspection.table_names(cursor)))


def rows_of(cursor: Any, tables: Iterable[str]) -> Iterator[Found]:
    """Every row of these tables, all columns with their names."""
    for table in tables:
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            told = dict(zip(names, row, strict=True))
            yield f"table {table}", opened(json.dumps(told, default=_plain, ensure_ascii=False))


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    return str(value)


def redis_keys(url: str) -> Iterator[Found]:
    """Every key of the cache and of the queues, with its value as it was handed to Redis."""
    server = redis.Redis.from_url(url)
    for key in server.scan_iter():
        read = {
            b"string": lambda key: [server.get(key)],
            b"list": lambda key: server.lrange(key, 0, -1),
            b"hash": lambda key: [part for pair in server.hgetall(key).items() for part in pair],
            b"set": server.smembers,
            b"zset": lambda key: [name for name, _ in server.zrange(key, 0, -1, withscores=True)],
        }[server.type(key)]
        for value in read(key):
            yield f"redis {key.decode(errors='replace')}", opened(_plain(value))


def files(folder: Path) -> Iterator[Found]:
    """Queue, mail and media of one machine; of paper what it says, and what it says of itself."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "sqlite" not in path.name:
            name = path.relative_to(folder).as_posix()
            content = path.read_bytes()
            text = (
                paper(content)
                if content.startswith(b"%PDF")
                else content.decode("utf-8", "replace")
            )
            yield f"file {name}", opened(text)


def paper(content: bytes) -> str:
    """What a PDF says, and what it says of itself."""
    document = PdfReader(io.BytesIO(content))
    pages = "\n".join(page.extract_text() for page in document.pages)
    return f"{document.metadata!r}\n{document.xmp_metadata!r}\n{pages}"


def unzipped(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def untarred(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            yield member.name, file.read() if file else b""


def members(place: str, of: Iterable[tuple[str, bytes]]) -> Iterator[Found]:
    """What is in an archive, line by line: each is a row."""
    for name, content in of:
        if content.startswith(b"%PDF"):
            yield f"{place} {name}", opened(paper(content))
            continue
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        for line in content.decode(errors="replace").splitlines():
            yield f"{place} {name}", opened(line)


def lines(place: str, path: Path) -> Iterator[Found]:
    """Each line of a log is a place for itself."""
    for line in path.read_text(errors="replace").splitlines():
        yield place, opened(line)


def mail(message: EmailMessage) -> str:
    """All headers and all parts, unpacked."""
    told = [f"{name}: {value}" for part in message.walk() for name, value in part.items()]
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_content()
            told.append(content if isinstance(content, str) else _plain(content))
    return "\n".join(told)


_PACKED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


def opened(text: str, depth: int = 2) -> str:
    """The text, and behind it what is packed in it: sessions, queues and caches wrap what they
    keep in base64, or compress it."""
    inner = []
    for packed in _PACKED.findall(text) if depth else ():
        plain = packed.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            content = base64.b64decode(plain + "=" * (-len(plain) % 4))
        except binascii.Error:
            continue
        try:
            content = zlib.decompress(content)
        except zlib.error:
            pass
        inner.append(opened(content.decode(errors="replace"), depth - 1))
    return "\n".join([text, *inner])


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
    """Places that hold the author together with something of the note, be it in their name:
    `tied` are its words, key and code."""
    tied = list(tied)
    return [
        f"{place}: {', '.join(named)}"
        for place, text in places
        if any(word in f"{place} {text}" for word in tied)
        and (named := author.named_in(f"{place} {text}"))
    ]


_MOMENTS = (
    re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?"),
    re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"),
    re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"),
    re.compile(r"(?<![\w.])1[6-9]\d{8}(?:\.\d+)?(?![\w])"),
)


def _moment(written: str) -> datetime:
    if "/" in written:
        return datetime.strptime(written, "%d/%b/%Y:%H:%M:%S %z")
    if "," in written:
        at = parsedate_to_datetime(written)
        return at if at.tzinfo else at.replace(tzinfo=UTC)  # -0000, which Django writes
    if "-" not in written:
        return datetime.fromtimestamp(float(written), UTC)
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def moments(places: Iterable[Found], began: datetime, ended: datetime) -> list[str]:
    """Places with a moment between these two, however it is written: days do not count, they have
    no hour."""
    began = began.replace(microsecond=0)  # logs keep no fractions
    found = []
    for place, text in places:
        for written in (one for pattern in _MOMENTS for one in pattern.findall(text)):
            at = _moment(written)
            if began <= at <= ended and at.time() != time(0):
                found.append(f"{place}: {written}")
    return found
