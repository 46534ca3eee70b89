"""Write down what goes to the rooms and programs that want to know, in the transaction of its
cause. people/posting.py sends it. Only what every member may see is ever written down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from common.prepared import Prepared
from common.waking import once_after_commit, wake
from people.mails import ANY_MEMBER
from people.models import Endpoint, Post

BATCH = 1_000


@dataclass(frozen=True)
class Announcement:
    """One thing to say of `about` to whoever looks after it. `kind` is an Endpoint.Occasion,
    `occasion` makes it happen once, `severity` holds back what is too small for a room."""

    kind: str
    about: models.Model
    occasion: str
    teams: Collection[int | None]
    severity: str = ""


_LISTENING = Prepared(lambda: Endpoint.objects.filter(is_on=True))


def who_listens() -> list[Endpoint]:
    """Rooms and programs that want to hear of something: `announce` sees of what."""
    return _LISTENING.objects()


def announce(announcements: Iterable[Announcement], *, to: Iterable[Endpoint] | None = None) -> int:
    """Returns how many posts are new. A fixed number of statements; one when nobody listens. `to`
    are those of `who_listens`, where somebody has asked already."""
    said = list(announcements)
    endpoints = (who_listens() if to is None else list(to)) if said else []
    wanted = [
        (endpoint, each)
        for each in said
        for endpoint in endpoints
        if endpoint.wants(each.kind, teams=each.teams, severity=each.severity)
    ]
    if not wanted:
        return 0
    with transaction.atomic():
        return _write(wanted)


def _write(wanted: list[tuple[Endpoint, Announcement]]) -> int:
    public = _open_to_all({each.about for _, each in wanted})
    rows = [
        Post(
            endpoint=endpoint,
            kind=each.kind,
            occasion=each.occasion,
            object_type=ContentType.objects.get_for_model(each.about),
            object_id=each.about.pk,
        )
        for endpoint, each in wanted
        if each.about in public
    ]
    known = set(
        Post.objects.filter(occasion__in={row.occasion for row in rows}).values_list(
            "endpoint_id", "occasion"
        )
    )
    fresh = [row for row in rows if (row.endpoint_id, row.occasion) not in known]
    # In one order for everybody, so that two sweeps never wait for each other.
    fresh.sort(key=lambda row: (row.endpoint_id, row.occasion))
    Post.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=BATCH)
    if fresh:
        once_after_commit(wake_poster)
    return len(fresh)


def _open_to_all(objects: Iterable[models.Model]) -> set[models.Model]:
    """Those every member may see: one statement for each kind of object."""
    by_model: dict[type[models.Model], set[int]] = defaultdict(set)
    for each in objects:
        by_model[type(each)].add(each.pk)
    return {
        found
        for model, pks in by_model.items()
        for found in model._default_manager.visible_to(ANY_MEMBER).filter(pk__in=pks)
    }


def wake_poster() -> None:
    wake("people.tasks.post_waiting", expires=60)
