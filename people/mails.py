"""Turn one thing to tell into a mail that its reader may read now.

Each kind has two templates: mail/<kind>.subject.txt, which is also the line under the bell, and
mail/<kind>.html, whose text twin is made from it. A subject that comes out empty says that there
is nothing to tell any more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone

from common.text import one_line
from people import enclosures
from people.models import Delivery, Notification, User

#: Objects by the primary keys of their content type and of themselves.
Objects = dict[tuple[int, int], models.Model]

#: A member who is named nowhere: what they may see, everybody here may see.
ANY_MEMBER = User(pk=0, name="Any member")


def open_to_all(deliveries: Sequence[Delivery]) -> Objects:
    """What every member may see of the objects to be told of."""
    return visible_objects([delivery.notification for delivery in deliveries], ANY_MEMBER)


def compose(delivery: Delivery, public: Objects | None = None) -> EmailMultiAlternatives | None:
    """The mail, or None when the recipient left, may not see it now, or it no longer matters.

    `public` is `open_to_all` for a batch, asked a moment ago; without it this mail asks alone.
    """
    notification = delivery.notification
    recipient = notification.recipient
    key = (notification.object_type_id, notification.object_id)
    public = open_to_all([delivery]) if public is None else public
    # What every member may see, this one may see: only the rest is asked for each by itself.
    about = public.get(key) or visible_objects([notification], recipient).get(key)
    if not recipient.is_active or about is None:
        return None
    with timezone.override(recipient.zone):
        context = words_for(notification, about) | {
            # Mail passes many hands: what only some may read goes by its reference alone.
            "private": key not in public,
            "origin": settings.SITE_ORIGIN,
            "also": _also_visible(notification, recipient),
        }
        subject = subject_of(notification, context)
        if not subject:
            return None
        page = render_to_string(f"mail/{notification.kind}.html", context | {"subject": subject})
    mail = EmailMultiAlternatives(
        subject=subject,
        body=as_text(page),
        to=[recipient.email],
        reply_to=_reply_to(notification),
        headers={
            "Message-ID": f"<{delivery.message_key}@{urlsplit(settings.SITE_ORIGIN).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(page, "text/html")
    if entry := enclosures.of(notification, about, private=context["private"]):
        entry.put_into(mail)
    return mail


def words_for(notification: Notification, about: models.Model) -> dict[str, Any]:
    """What every template of a kind may use."""
    return {
        "notification": notification,
        "recipient": notification.recipient,
        "about": about,
        "data": notification.data,
        "today": timezone.localdate(),
        "product_name": settings.PRODUCT_NAME,
    }


def subject_of(notification: Notification, context: dict[str, Any]) -> str:
    """One line without anything a mail header could take for its own; "" for nothing to tell."""
    rendered = render_to_string(f"mail/{notification.kind}.subject.txt", context)
    line = re.sub(r" {2,}", " ", one_line(unescape(rendered)))
    return line.replace("=?", "= ?")[:200]


def visible_objects(notifications: Sequence[Notification], reader: User) -> Objects:
    """The objects the notifications are about, those `reader` may see, in one question for each
    kind of object."""
    wanted: dict[int, set[int]] = defaultdict(set)
    types: dict[int, ContentType] = {}
    for notification in notifications:
        wanted[notification.object_type_id].add(notification.object_id)
        types[notification.object_type_id] = notification.object_type
    found: Objects = {}
    for type_id, pks in wanted.items():
        visible = types[type_id].model_class().objects.visible_to(reader)
        # Some models bring what their mails speak of: an action its incidents, and so on.
        complete = visible.for_telling() if hasattr(visible, "for_telling") else visible
        for row in complete.filter(pk__in=pks):
            found[type_id, row.pk] = row
    return found


def _also_visible(notification: Notification, reader: User) -> dict[str, list[models.Model]]:
    """Further objects the reader may see now, by their model's name. Each says whether it
    `is_private`, which means that a mail gives its reference alone."""
    found = {}
    for label, pks in notification.data.get("also", {}).items():
        model = apps.get_model(label)
        open_to_all = model.objects.visible_to(ANY_MEMBER).filter(pk__in=pks)
        public = set(open_to_all.values_list("pk", flat=True))
        rows = list(model.objects.visible_to(reader).filter(pk__in=pks).order_by("pk"))
        for row in rows:
            row.is_private = row.pk not in public
        found[model._meta.model_name] = rows
    return found


def _reply_to(notification: Notification) -> list[str]:
    pk = notification.data.get("from")
    person = User.objects.active().filter(pk=pk).first() if pk else None
    return [person.email] if person else []


class _TextTwin(HTMLParser):
    """Reads our own mail layout: blocks become paragraphs, links end in their address."""

    _BLOCKS = {"p", "h1", "h2", "li", "header", "main", "footer", "ul"}
    _SILENT = {"head", "style", "title"}

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0
        self.address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self.silent += 1
        elif tag in self._BLOCKS:
            self.parts.append("\n\n- " if tag == "li" else "\n\n")
        elif tag == "a":
            self.address = dict(attrs).get("href") or ""
            if not self.parts[-1].endswith("- "):
                self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self.silent -= 1
        elif tag == "a":
            self.parts.append(f":\n{self.address}\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def as_text(page: str) -> str:
    """The text/plain twin of a mail, with the same words and addresses in the same order."""
    reader = _TextTwin()
    reader.feed(page)
    reader.close()
    text = re.sub(r" *\n *", "\n", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
