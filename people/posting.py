"""The way to rooms of a chat and to programs: one POST for each message."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus

from django.db.models import QuerySet
from django.utils import timezone

from common import outbound
from common.text import one_line
from people import mails, post_words
from people.models import Endpoint, Post, Sending
from people.post_words import Words
from people.sending import Message, PutOff, Refused, Unreachable

#: Answers that ask for another try; every other 4xx says that there is no use in one.
_LATER = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
SERVER_ERRORS = 500


@dataclass(frozen=True)
class Parcel:
    address: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    endpoint_id: int | None = None


class Posting:
    model: type[Sending] = Post
    has_one_place = False
    needs: Sequence[str] = ("object_type",)
    brings: Sequence[str] = ()

    def messages(self, rows: Sequence[Post]) -> Iterator[Message]:
        for row in rows:
            yield Message([row], partial(_compose, row), to=row.endpoint_id)

    def beside(self, message: Message) -> QuerySet:
        return Post.objects.filter(endpoint=message.to)

    def send(self, content: Parcel) -> None:
        try:
            answer = outbound.post(content.address, body=content.body, headers=content.headers)
        except outbound.NotReached as error:
            raise Unreachable(str(error)) from None
        if answer.is_fine:
            return
        reason = said(answer)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unreachable(reason, after=answer.retry_after)
        if answer.status in _LATER or answer.status >= SERVER_ERRORS:
            raise PutOff(reason, after=answer.retry_after)
        if answer.status == HTTPStatus.GONE:
            _switch_off(content, reason)
        raise Refused(reason)

    def close(self) -> None:
        """Every POST has a connection of its own."""


def _switch_off(parcel: Parcel, reason: str) -> None:
    """Gone for good, unless somebody gave it another address meanwhile."""
    gone = Endpoint.objects.filter(pk=parcel.endpoint_id, address=parcel.address)
    gone.update(is_on=False, off_because=one_line(reason)[:300])


def said(answer: outbound.Answer) -> str:
    """The answer in one line, its text cut short."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    text = " ".join(answer.text.split())[:200]
    return " ".join(
        part for part in (str(answer.status), phrase, f"“{text}”" if text else "") if part
    )


def _compose(post: Post) -> Parcel | None:
    """None when nobody listens any more, or not every member may see it now.

    Both are asked for each post: the ones before it may have waited ten seconds each.
    """
    endpoint = Endpoint.objects.filter(pk=post.endpoint_id, is_on=True).first()
    if endpoint is None:
        return None
    public = mails.visible_objects([post], mails.ANY_MEMBER)
    about = public.get((post.object_type_id, post.object_id))
    words = post_words.of(post.kind, about) if about else None
    if words is None:
        return None
    return parcel(endpoint, words, key=post.message_key, said_at=post.created_at)


def parcel(endpoint: Endpoint, words: Words, *, key: uuid.UUID, said_at: datetime) -> Parcel:
    body = json.dumps(post_words.form(endpoint.kind, words, key=key, said_at=said_at)).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if endpoint.kind == Endpoint.Kind.SIGNED:
        headers |= signed(endpoint.secret, body, key=key, at=int(time.time()))
    return Parcel(endpoint.address, body, headers, endpoint.pk)


def signed(secret: str, body: bytes, *, key: uuid.UUID, at: int) -> dict[str, str]:
    """What a receiver checks, as docs/delivery.md tells. The id is the same for every attempt;
    the time and with it the signature are those of this one."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Webhook-Id": str(key),
        "Idempotency-Key": str(key),
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": f"sha256={digest}",
    }


def test(endpoint: Endpoint) -> tuple[bool, str]:
    """Post a line now: whether it was taken, and the answer."""
    words = post_words.for_a_test(endpoint.name)
    ready = parcel(endpoint, words, key=uuid.uuid4(), said_at=timezone.now())
    try:
        answer = outbound.post(ready.address, body=ready.body, headers=ready.headers)
    except outbound.NotReached as error:
        return False, str(error)
    return answer.is_fine, said(answer)
