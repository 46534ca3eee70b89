"""What stands under the bell: the same line as the subject of the mail, as it reads now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from people import mails
from people.models import Notification, User


@dataclass(frozen=True)
class Line:
    notification: Notification
    text: str
    said: str


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
        text = mails.subject_of(notification, context) or _past(about)
        said = notification.data.get("text") or notification.data.get("said") or ""
        found.append(Line(notification, text, said))
    return found


def _past(about: models.Model) -> str:
    """What is left to say when the occasion is over."""
    return f"No longer waiting: {about}"
