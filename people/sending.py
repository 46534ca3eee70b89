"""What the engine of people/deliveries.py and the ways to send agree on.

A way takes claimed rows, makes messages of them and sends each. Several rows may go in one
message: a digest, say. The engine notes what became of a message on all its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.db.models import QuerySet

from people.models import Sending


class PutOff(Exception):
    """Not taken now: try again, not before `after` when the other side named a time."""

    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Unreachable(PutOff):
    """Nobody answers there: whatever goes the same way would only wait, too."""


class Refused(Exception):
    """Not taken, and asking again would not change that."""


@dataclass(frozen=True)
class Message:
    """`rows` are told by one sending. `compose` returns what `Way.send` takes, or None when there
    is nothing to tell any more; it may raise anything. `to` tells messages apart that have no
    server in common."""

    rows: Sequence[Sending]
    compose: Callable[[], Any]
    to: object = None


class Way(Protocol):
    """One channel during one run: it may hold a connection open until `close`."""

    model: type[Sending]
    #: For select_related, and for prefetch_related.
    needs: Sequence[str]
    brings: Sequence[str]
    #: All messages go to one server.
    has_one_place: bool

    def messages(self, rows: Sequence[Any]) -> Iterable[Message]:
        """Every row in one message at most; what is left out waits, as it was given back."""

    def beside(self, message: Message) -> QuerySet:
        """Everything that goes to the same place."""

    def send(self, content: Any) -> None:
        """Hand it over. Raises PutOff, Unreachable or Refused."""

    def close(self) -> None: ...
