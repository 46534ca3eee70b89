"""Keep what happened: the trail of deeds and every version of every text."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from difflib import SequenceMatcher
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from common import whence
from common.inserting import insert
from common.models import Activity, Revision, Versioned

VersionedRow = TypeVar("VersionedRow", bound=Versioned)


class EditConflict(Exception):
    """Somebody else saved since this text was opened. Nothing was written.

    `current` is the row as it is now; the caller still holds what was typed.
    """

    def __init__(self, current: Versioned) -> None:
        super().__init__(_("Somebody saved another version while you were writing."))
        self.current = current


class TextConflict(Exception):
    """The same for a short text without versions of its own: `current` is what it says now."""

    def __init__(self, current: str) -> None:
        super().__init__(_("Somebody saved another text while you were writing."))
        self.current = current


def mark_of(text: str) -> str:
    """Stands in a form for the text it was opened with; "" for none."""
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


def require_seen(current: str, *, mark: str, wanted: str) -> None:
    """Raise TextConflict unless the form was opened with the text as it is now. Sending the same
    text twice is no conflict."""
    if wanted != current and mark != mark_of(current):
        raise TextConflict(current)


def record(actor: Any, verb: str, obj: models.Model, detail: str = "") -> None:
    """Add a line to the trail. Call it inside the transaction of the deed.

    An object whose class says `trail_keeps_address` has the address of the request kept with it.
    """
    insert(line_of(actor, verb, obj, detail))


def line_of(actor: Any, verb: str, obj: models.Model, detail: str = "") -> Activity:
    """The line that `record` adds, for whoever writes it together with others."""
    return Activity(
        actor=actor if actor is not None and actor.pk else None,
        verb=verb,
        object_type=ContentType.objects.get_for_model(obj),
        object_id=obj.pk,
        detail=detail,
        address=whence.address() if getattr(obj, "trail_keeps_address", False) else None,
    )


def record_once_a_day(actor: Any, verb: str, obj: models.Model, detail: str = "") -> None:
    """The same for what is told well enough by one line a day, such as reading."""
    midnight = datetime.combine(timezone.now().astimezone(UTC).date(), time(), UTC)
    today = Activity.objects.about(obj).filter(
        actor=actor, verb=verb, detail=detail, at__gte=midnight
    )
    if not today.exists():
        record(actor, verb, obj, detail)


@transaction.atomic
def save_edit(
    obj: VersionedRow,
    *,
    seen: int,
    author: Any,
    changes: Mapping[str, Any],
    texts: tuple[str, ...] = (),
) -> VersionedRow:
    """Write `changes` if the row still has the version `seen`, and keep each of `texts`.

    The row's version counts up by one; `texts` names the changed fields whose versions are
    worth comparing later. Returns the fresh row. Raises EditConflict, having written nothing.
    """
    model = type(obj)
    # Saving would set these; update() leaves them alone.
    times = [each.name for each in model._meta.concrete_fields if getattr(each, "auto_now", False)]
    written = model._default_manager.filter(pk=obj.pk, version=seen).update(
        version=F("version") + 1, **dict.fromkeys(times, timezone.now()) | dict(changes)
    )
    current = model._default_manager.get(pk=obj.pk)
    if not written:
        raise EditConflict(current)
    keep_texts(current, author=author, fields=tuple(name for name in texts if name in changes))
    return current


def keep_texts(*rows: Versioned, author: Any, fields: tuple[str, ...]) -> None:
    """Store the present version of each text field, for the history. The rows are of one model."""
    Revision.objects.bulk_create(texts_of(*rows, author=author, fields=fields))


def texts_of(*rows: Versioned, author: Any, fields: tuple[str, ...]) -> list[Revision]:
    """What `keep_texts` stores, for whoever writes it together with others."""
    object_type = ContentType.objects.get_for_model(rows[0])
    return [
        Revision(
            object_type=object_type,
            object_id=obj.pk,
            field=field,
            version=obj.version,
            text=getattr(obj, field),
            author=author,
        )
        for obj in rows
        for field in fields
    ]


def compare(before: str, after: str) -> list[tuple[str, str, str]]:
    """Line by line: (tag, before, after) with difflib's tags equal, replace, delete, insert."""
    old, new = before.splitlines(), after.splitlines()
    return [
        (tag, "\n".join(old[i1:i2]), "\n".join(new[j1:j2]))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ]
