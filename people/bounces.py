"""Read the mails that mail servers write when they cannot deliver one of ours (RFC 3464).

Ours is known by its Message-ID, which stands in the copy, or in the headers, that such a mail
brings along.
"""

from __future__ import annotations

import email
import email.policy
import re
import uuid
from collections.abc import Iterator, Sequence
from email.message import EmailMessage, Message

from django.db.models import Q

from common.text import one_line
from people.models import Delivery, Sending

_OUR_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")


class NotABounce(ValueError):
    """Why nothing was noted, in a sentence."""


def read(content: bytes) -> Delivery:
    """Note the bounce that this mail tells of, and return what bounced. Raises NotABounce."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    reason = _reason(mail)
    keys = list(dict.fromkeys(_keys(mail)))
    if not keys:
        raise NotABounce("It names no mail of ours.")
    ours = Delivery.objects.filter(_told_as(keys))
    found = ours.order_by("pk").first()
    if found is None:
        raise NotABounce("It names a mail that is not known here.")
    note(found, reason)
    return found


def note(delivery: Delivery, reason: str) -> None:
    """For everything that was told in the same mail."""
    told = Q(pk=delivery.pk)
    if delivery.shares_mail and delivery.mail_key:
        told |= Q(mail_key=delivery.mail_key, shares_mail=True)
    Delivery.objects.filter(told).exclude(state=Sending.State.WAITING).update(
        state=Sending.State.BOUNCED, last_error=one_line(reason)[:300]
    )


def _told_as(keys: Sequence[uuid.UUID]) -> Q:
    """What had its own mail may have been kept for a shared one before."""
    return Q(message_key__in=keys) | Q(mail_key__in=keys, shares_mail=True)


def _reason(mail: EmailMessage) -> str:
    """What the other server said. Raises NotABounce for news of success and of delay."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            action = str(block.get("Action", "")).strip().lower()
            if action == "failed":
                said = str(block.get("Diagnostic-Code") or block.get("Status") or "No reason given")
                return re.sub(r"^smtp;\s*", "", said, flags=re.IGNORECASE)
            if action:
                raise NotABounce(f"It says “{action}”: the mail has not come back.")
    raise NotABounce("It is no report of a mail that could not be delivered.")


def _blocks(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    yield from payload if isinstance(payload, list) else []


def _keys(mail: EmailMessage) -> Iterator[uuid.UUID]:
    """From the mail that came back before any other, for a thread names several."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            yield from _ids(str(part.get_payload(0).get("Message-ID", "")))
        elif part.get_content_type() == "text/rfc822-headers":
            headers = email.message_from_string(part.get_content())
            yield from _ids(str(headers.get("Message-ID", "")))
    yield from _ids(f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}")


def _ids(text: str) -> Iterator[uuid.UUID]:
    yield from (uuid.UUID(found) for found in _OUR_ID.findall(text))
