"""The way by mail: one message after another over one connection."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from django.core.mail import EmailMessage, get_connection
from django.db.models import F, QuerySet
from django.utils import timezone

from common.text import one_line
from people import hours, mails, preferences, topics
from people.models import Delivery, Sending
from people.sending import Message, PutOff, Refused, Unreachable

#: Then a new connection: some servers end one that is used for too many.
MAILS_PER_CONNECTION = 100
#: Seconds after which it is asked again what every member may see.
TRUE_FOR = 1.0
#: Of so many rows at once. A batch can be a thousand, and takes longer than TRUE_FOR to send.
ASKED_AHEAD = 100


class Mailing:
    model: type[Sending] = Delivery
    has_one_place = True
    needs: Sequence[str] = ("notification__recipient", "notification__object_type")
    brings: Sequence[str] = ("notification__recipient__memberships",)

    def __init__(self) -> None:
        self.connection = get_connection()
        self.sent = 0

    def messages(self, rows: Sequence[Delivery]) -> Iterator[Message]:
        """One mail for each row, and one for all the rows of a person that share one. What would
        reach its reader at night is left out: it is due in the morning."""
        rows = _told_now(rows, now=timezone.now())
        alone = [row for row in rows if not row.shares_mail]
        shared: dict[int, list[Delivery]] = {}
        for row in rows:
            if row.shares_mail:
                shared.setdefault(row.notification.recipient_id, []).append(row)
        public = _Public([*alone, *chain.from_iterable(shared.values())])
        for row in alone:
            yield Message([row], partial(_alone, row, public))
        for together in shared.values():
            yield Message(together, partial(_together, together, public))

    def beside(self, message: Message) -> QuerySet:
        return Delivery.objects.all()

    def send(self, content: EmailMessage) -> None:
        """One transaction of SMTP. A server that refuses one mail still takes the next."""
        if self.sent >= MAILS_PER_CONNECTION:
            self.close()
        try:
            self.connection.open()
        except (OSError, SMTPException) as error:
            raise Unreachable(_said(error)) from error
        content.connection = self.connection
        try:
            content.send()
        except (SMTPRecipientsRefused, SMTPDataError) as error:
            raise (Refused if _is_final(error) else PutOff)(_said(error)) from error
        except (SMTPNotSupportedError, ValueError) as error:
            # An address or a header that this server, or any, cannot be given.
            self.close()
            raise Refused(_said(error)) from error
        except (OSError, SMTPException) as error:
            # The session is in an unknown state.
            self.close()
            stalled = any(isinstance(each, TimeoutError) for each in (error, error.__context__))
            raise (Unreachable if stalled else PutOff)(_said(error)) from error
        self.sent += 1

    def close(self) -> None:
        self.sent = 0
        self.connection.close()


class _Public:
    """What every member may see of what is sent next. Something in it may be restricted while
    the batch is sent, so that it is asked again. `rows` are in the order of their messages."""

    def __init__(self, rows: Sequence[Delivery]) -> None:
        self.rows = rows
        self.place = {row.pk: place for place, row in enumerate(rows)}
        self.found: mails.Objects = {}
        self.asked_to = 0
        self.until = time.monotonic()

    def of(self, rows: Sequence[Delivery]) -> mails.Objects:
        """For the rows of one message, which stand side by side."""
        begin = self.place[rows[0].pk]
        end = begin + len(rows)
        if time.monotonic() >= self.until or end > self.asked_to:
            self.asked_to = max(end, begin + ASKED_AHEAD)
            self.found = mails.open_to_all(self.rows[begin : self.asked_to])
            self.until = time.monotonic() + TRUE_FOR
        return self.found


def _told_now(rows: Sequence[Delivery], *, now: datetime) -> list[Delivery]:
    """Those whose readers are told things at this hour. The others were due in the evening, when
    no worker or no mail server was there: they wait until morning, and come as one mail.

    One statement, and two for each moment that something is put off to.
    """
    told: list[Delivery] = []
    later: dict[datetime, list[Delivery]] = defaultdict(list)
    days_off = preferences.days_off({row.notification.recipient_id for row in rows})
    for row in rows:
        person = row.notification.recipient
        may_go = row.is_hurried or _topic(row).at_any_hour
        opens_at = now if may_go else hours.next_open_moment(now, person, days_off[person.pk])
        # In another zone: in the hour that autumn repeats, no moment equals one of another zone.
        (told if opens_at <= now else later[opens_at]).append(row)
    for opens_at, late in later.items():
        _put_off(late, opens_at, now=now)
    return told


def _topic(row: Delivery) -> topics.Topic:
    """One without hours for a kind that is not known: writing its mail says what is wrong."""
    try:
        return topics.of(row.notification.kind, row.notification.data)
    except KeyError:
        return topics.ACCOUNT


def _put_off(rows: Sequence[Delivery], opens_at: datetime, *, now: datetime) -> None:
    """A night is not counted among the hours in which a mail is tried."""
    same = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    same.update(due_at=opens_at, first_failed_at=F("first_failed_at") + (opens_at - now))
    # What was tried may have arrived, and keeps its name; others can go in one mail.
    fresh = [
        row.pk
        for row in rows
        if row.attempts == 1 and not row.last_error and not _topic(row).goes_alone
    ]
    Delivery.objects.filter(pk__in=fresh).update(shares_mail=True)


def _alone(row: Delivery, public: _Public) -> EmailMessage | None:
    return mails.compose(row, public.of([row]))


def _together(rows: Sequence[Delivery], public: _Public) -> EmailMessage | None:
    """Its key is written down before it goes out: a mail that comes back names no other."""
    key = mails.key_of(rows)
    if unlike := [row for row in rows if row.mail_key != key]:
        Delivery.objects.filter(pk__in=[row.pk for row in unlike]).update(mail_key=key)
        for row in unlike:
            row.mail_key = key
    return mails.compose_together(rows, public.of(rows))


def _answers(error: Exception) -> Iterable[tuple[int, bytes | str]]:
    """What the server answered, as (code, text)."""
    if isinstance(error, SMTPRecipientsRefused):
        return list(error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return [(error.smtp_code, error.smtp_error)]
    return []


def _is_final(error: Exception) -> bool:
    """Every 5xx says: do not try this again."""
    return all(500 <= code < 600 for code, _ in _answers(error))


def _said(error: Exception) -> str:
    answers = [
        f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
        for code, text in _answers(error)
    ]
    return one_line("; ".join(answers) or f"{type(error).__name__}: {error}")
