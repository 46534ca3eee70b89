"""The trail as a chain: each stretch of lines is summed up together with the sum before it, so that
a line that was changed, added or taken away since then shows.

Who did it and from which address are left out of the sums: both may be let go (docs/audit.md), and
a sum over them would bring them back.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from common.models import Activity
from config.models import TrailStretch

logger = logging.getLogger(__name__)

#: No deed takes so long that its line could still appear before one that is older than this.
SETTLED = timedelta(hours=1)
#: Lines of one stretch at most; summing up as many takes about two seconds.
LONGEST = 100_000


class Damage(NamedTuple):
    """A stretch whose lines are not those it was closed with. `found` counts them now."""

    stretch: TrailStretch
    found: int


def close(*, now: datetime) -> list[TrailStretch]:
    """Sum up the lines that have settled since the last time."""
    return list(_closing(now))


def _closing(now: datetime) -> Iterator[TrailStretch]:
    settled = Activity.objects.filter(at__lt=now - SETTLED)
    while True:
        last = TrailStretch.objects.last()
        after = last.upto if last else 0
        waiting = settled.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
        ends = list(waiting[:LONGEST])
        if not ends:
            return
        lines, digest = _summed(after, ends[-1], last.digest if last else "")
        # Two that close at once: `after` is there once, and the second stops.
        stretch = TrailStretch.objects.create(
            after=after, upto=ends[-1], lines=lines, digest=digest, closed_at=now
        )
        # Where logs are kept elsewhere, the sum is out of reach of whoever holds the database.
        logger.info("the trail is closed up to line %d: %s", stretch.upto, digest)
        yield stretch


def damages() -> Iterator[Damage]:
    """Every stretch whose sum is another one now, or that is missing between two others; the
    latter as the one that follows, with no line found."""
    upto, before = 0, ""
    for stretch in TrailStretch.objects.all():
        lines, digest = _summed(stretch.after, stretch.upto, before)
        if stretch.after != upto:
            yield Damage(stretch, 0)
        elif (lines, digest) != (stretch.lines, stretch.digest):
            yield Damage(stretch, lines)
        upto, before = stretch.upto, stretch.digest


def _summed(after: int, upto: int, before: str) -> tuple[int, str]:
    """How many lines there are, and the SHA-256 of them and of the sum before."""
    total, lines = hashlib.sha256(before.encode()), 0
    # By their names: the numbers of types may be others in a database that was restored.
    kinds = {kind.pk: kind for kind in ContentType.objects.all()}
    for pk, kind, object_id, verb, detail, at in _lines(after, upto).iterator(chunk_size=2_000):
        named = kinds[kind].natural_key()
        told = [pk, *named, object_id, verb, detail, at.astimezone(UTC).isoformat()]
        total.update(json.dumps(told).encode())
        lines += 1
    return lines, total.hexdigest()


def _lines(after: int, upto: int) -> QuerySet[Activity, tuple[int, int, int, str, str, datetime]]:
    found = Activity.objects.filter(pk__gt=after, pk__lte=upto).order_by("pk")
    return found.values_list("pk", "object_type_id", "object_id", "verb", "detail", "at")
