"""What stands under the bell: the same line as the subject of the mail, as it reads now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from people import mails
from people.models import Notification, User


@dataclass(frozen=True)
class Line:
    """`is_over`: nothing waits any more; `text` is the name of what it was about, then."""

    notification: Notification
    text: str
    said: str
    is_over: bool


def lines(notifications: Sequence[Notification], reader: User) -> list[Line]:
    """One line for each that still has something to say about an object the reader may see.

    A fixed number of queries for each kind of object, however many notifications there are.
    """
    objects = mails.visible_objects(notifications, reader)
    found = []
    for notification in notifications:
        about = objects.get((notification.object_type_id, notification.object_id))
        if about is None:
            continue
        context = mails.words_for(notification, about) | {"private": False}
        text = mails.subject_of(notification, context)
        said = notification.data.get("text") or notification.data.get("said") or ""
        found.append(Line(notification, text or str(about), said, is_over=not text))
    return found
