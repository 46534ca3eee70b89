"""What a mail brings with it besides words: an entry for the reader's calendar.

Apps above say for which kinds of mail, and how it is made, when they are ready.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.mail import EmailMultiAlternatives

from people.models import Notification


class CalendarEntry(NamedTuple):
    """`text` is iCalendar with CRLF; `method` is REQUEST, CANCEL or PUBLISH (RFC 5546)."""

    method: str
    text: str

    def put_into(self, mail: EmailMultiAlternatives) -> None:
        """Twice, as most programs like it: beside the words, where Gmail and Outlook look for an
        invitation, and as a file for everybody else."""
        mail.attach_alternative(self.text, f"text/calendar; method={self.method}")
        mail.attach("invitation.ics", self.text.encode(), "application/ics")


#: (what is told, the object as its reader may see it, whether only its reference may be said)
Maker = Callable[[Notification, Any, bool], CalendarEntry | None]
_makers: dict[str, Maker] = {}


def bring(kind: str, maker: Maker) -> None:
    _makers[kind] = maker


def kinds() -> set[str]:
    """The kinds of mail that may bring something."""
    return set(_makers)


def of(notification: Notification, about: Any, *, private: bool) -> CalendarEntry | None:
    maker = _makers.get(notification.kind)
    return maker(notification, about, private) if maker else None
