"""Turn one thing to tell into a mail that its reader may read now.

Each kind has two templates: mail/<kind>.subject.txt, which is also the line under the bell, and
mail/<kind>.html, whose text twin is made from it. A subject that comes out empty says that there
is nothing to tell any more. What is due together for one person goes as mail/digest.html, in which
each thing is the line of its subject.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext

from common.languages import in_language_of
from common.text import one_line
from people import enclosures, topics, unsubscribing
from people.models import Delivery, Notification, Post, User
from people.topics import Topic

#: Objects by the primary keys of their content type and of themselves.
Objects = dict[tuple[int, int], models.Model]

#: A member who is named nowhere: what they may see, everybody here may see.
ANY_MEMBER = User(pk=0, name="Any member")

#: So many things are told in one mail; the bell has the rest.
MOST_IN_MAIL = 25
#: Under their line in such a mail stands mail/_<kind>.html: a list, or what can be answered.
KINDS_WITH_MORE = ("action_reminder", "team_actions", "team_report", "ideas_rested", "effect_check")
#: What is there to be read is an entry of its own instead of a line: mail/_<kind>.html.
KINDS_TO_READ = ("lesson_followed", "review_followed")


def open_to_all(deliveries: Sequence[Delivery]) -> Objects:
    """What every member may see of the objects to be told of."""
    return visible_objects([delivery.notification for delivery in deliveries], ANY_MEMBER)


@dataclass(frozen=True)
class Said:
    """One thing to tell as its reader may read it now; `context` is what its templates get."""

    delivery: Delivery
    about: models.Model
    subject: str
    context: dict[str, Any]

    @property
    def notification(self) -> Notification:
        return self.delivery.notification

    @property
    def topic(self) -> Topic:
        return topics.of(self.notification.kind, self.notification.data)

    @property
    def path(self) -> str:
        """Where a click leads."""
        return self.notification.data.get("path") or self.about.get_absolute_url()

    @property
    def about_kind(self) -> str:
        return self.about._meta.model_name or ""

    @property
    def more(self) -> str:
        """The template of what belongs under its line; "" when there is none."""
        kind = self.notification.kind
        return f"mail/_{kind}.html" if kind in KINDS_WITH_MORE else ""

    @property
    def entry(self) -> str:
        """The template of what stands instead of its line; "" when the line is all."""
        kind = self.notification.kind
        return f"mail/_{kind}.html" if kind in KINDS_TO_READ else ""


def compose(delivery: Delivery, public: Objects | None = None) -> EmailMultiAlternatives | None:
    """The mail, or None when the recipient left, may not see it now, or it no longer matters.

    `public` is `open_to_all` for a batch, asked a moment ago; without it this mail asks alone.
    """
    with _as_read_by(delivery.notification.recipient):
        said = _said([delivery], open_to_all([delivery]) if public is None else public)
        return _mail_of_one(said[0], delivery.message_key) if said else None


def compose_together(
    deliveries: Sequence[Delivery], public: Objects | None = None
) -> EmailMultiAlternatives | None:
    """One mail for everything that is due for one person, what matters most first. What says
    nothing any more, or may not be seen now, is left out; None when nothing is left."""
    with _as_read_by(deliveries[0].notification.recipient):
        said = _said(deliveries, open_to_all(deliveries) if public is None else public)
        key = key_of(deliveries)
        if len(said) < 2:
            return _mail_of_one(said[0], key) if said else None
        return _mail_of_several(said, key)


@contextmanager
def _as_read_by(recipient: User) -> Iterator[None]:
    """Times in their zone, words in their language."""
    with timezone.override(recipient.zone), in_language_of(recipient):
        yield


def _mail_of_several(said: list[Said], key: uuid.UUID) -> EmailMultiAlternatives:
    said.sort(
        key=lambda one: (
            topics.RANK[one.topic.name],
            one.about._meta.model_name,
            one.about.pk,
            one.delivery.pk,
        )
    )
    recipient = said[0].notification.recipient
    told, rest = said[:MOST_IN_MAIL], len(said) - MOST_IN_MAIL
    subject = _and_more(said[0].subject, len(said) - 1)
    chosen = {one.topic.name for one in said}
    frame = _frame(recipient, chosen)
    page = render_to_string(
        "mail/digest.html",
        frame
        | {
            "recipient": recipient,
            "subject": subject,
            "number": len(said),
            "sections": [
                (group, list(lines))
                for group, lines in groupby(told, key=lambda one: one.topic.group)
            ],
            "rest": max(rest, 0),
            "has_entries": any(one.entry for one in told),
        },
    )
    return _mail(recipient, key, subject, page, frame["silence_path"])


def key_of(deliveries: Iterable[Delivery]) -> uuid.UUID:
    """Of the mail they share: the same for every attempt once it is kept, whatever is left out of
    one of them or joins it. No row has it for a mail of its own."""
    in_order = sorted(deliveries, key=lambda delivery: delivery.pk)
    kept = (delivery.mail_key for delivery in in_order if delivery.mail_key)
    return next(kept, None) or uuid.uuid4()


def _said(deliveries: Sequence[Delivery], public: Objects) -> list[Said]:
    """All of one person."""
    recipient = deliveries[0].notification.recipient
    if not recipient.is_active:
        return []
    # What every member may see, this one may see: only the rest is asked for each by itself.
    hidden = [one.notification for one in deliveries if _key(one.notification) not in public]
    seen = public | visible_objects(hidden, recipient) if hidden else public
    found = []
    for delivery in deliveries:
        notification = delivery.notification
        about = seen.get(_key(notification))
        if about is None:
            continue
        context = words_for(notification, about) | {
            # Mail passes many hands: what only some may read goes by its reference alone.
            "private": _key(notification) not in public,
            "origin": settings.SITE_ORIGIN,
            "also": _also_visible(notification, recipient),
        }
        if subject := subject_of(notification, context):
            found.append(Said(delivery, about, subject, context))
    return found


def _key(notification: Notification) -> tuple[int, int]:
    return notification.object_type_id, notification.object_id


def _and_more(subject: str, number: int) -> str:
    more = gettext(", and {number} more").format(number=number)
    return subject[: 200 - len(more)] + more


def _mail_of_one(said: Said, key: uuid.UUID) -> EmailMultiAlternatives:
    notification = said.notification
    recipient = notification.recipient
    frame = _frame(recipient, {said.topic.name})
    page = render_to_string(
        f"mail/{notification.kind}.html", frame | said.context | {"subject": said.subject}
    )
    mail = _mail(recipient, key, said.subject, page, frame["silence_path"])
    mail.extra_headers |= _thread(notification)
    mail.reply_to = _reply_to(notification)
    if entry := enclosures.of(notification, said.about, private=said.context["private"]):
        entry.put_into(mail)
    return mail


def _frame(recipient: User, chosen: Collection[str]) -> dict[str, Any]:
    """What the layout around the words uses. `chosen` are names of topics."""
    return {
        "product_name": settings.PRODUCT_NAME,
        "origin": settings.SITE_ORIGIN,
        "today": timezone.localdate(),
        "silence_path": unsubscribing.path_for(recipient, chosen),
    }


def _mail(
    recipient: User, key: uuid.UUID, subject: str, page: str, silence_path: str
) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": f"<{key}@{_host()}>",
        # RFC 3834; the second is what Exchange asks before it sends an absence note. "Precedence:
        # bulk" is left out: it is in no standard, and some servers drop what carries it.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "List-Id": f"{settings.PRODUCT_NAME} <notifications.{_host()}>",
    }
    if silence_path:
        # RFC 8058: a mail program posts there by itself, with no session and no cookie.
        headers["List-Unsubscribe"] = f"<{settings.SITE_ORIGIN}{silence_path}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=subject,
        body=as_text(page),
        to=[recipient.email],
        headers=headers,
    )
    mail.attach_alternative(page, "text/html")
    return mail


def _thread(notification: Notification) -> dict[str, str]:
    """All mails about one object answer the same mail, which was never sent: programs show them
    as one conversation."""
    root = f"<{notification.object_type.model}-{notification.object_id}@{_host()}>"
    return {"In-Reply-To": root, "References": root}


def _host() -> str | None:
    return urlsplit(settings.SITE_ORIGIN).hostname


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


def visible_objects(notifications: Sequence[Notification | Post], reader: User) -> Objects:
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


_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?P<attributes>[^>]*)>|<![^>]*>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_BLOCKS = {"p", "h1", "h2", "h3", "li", "header", "main", "footer", "ul", "table"}
_SILENT = {"head", "style", "title"}


def as_text(page: str) -> str:
    """The text/plain twin of a mail, with the same words and addresses in the same order.

    Blocks become paragraphs, links end in their address. It reads our own layout and nothing else:
    there every "<" begins a tag, because templates escape what people wrote.
    """
    parts: list[str] = []
    silent, address, at = 0, "", 0
    for tag in _TAG.finditer(page):
        if not silent and tag.start() > at:
            parts.append(_in_one_line(page[at : tag.start()]))
        at = tag.end()
        name = tag["name"]
        if name in _SILENT:
            silent += -1 if tag["end"] else 1
        elif tag["end"]:
            if name == "a":
                parts.append(f":\n{address}\n")
        elif name in _BLOCKS:
            parts.append("\n\n- " if name == "li" else "\n\n")
        elif name in {"tr", "td", "br"}:
            parts.append(" " if name == "td" else "\n")
        elif name == "a":
            found = _HREF.search(tag["attributes"])
            address = unescape(found[1]) if found else ""
            if not parts[-1].endswith("- "):
                parts.append("\n")
    text = re.sub(r" *\n *", "\n", "".join(parts))
    # What stands between two links of a line has nothing to part when each has its own.
    text = re.sub(r"\n·\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(text))
