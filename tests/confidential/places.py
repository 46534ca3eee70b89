"""A review whose people could have written a note, and notes as they come in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from people.models import User
from postmortems import confidential
from postmortems.models import ConfidentialNote, Review
from tests.make import make_incident, make_review, make_team, make_user

NAMES = ("Wanda Quill", "Xaver Inkwell", "Yusuf Nibley", "Zita Vellum", "Quirin Scrawl")
WORDS = "The console showed both hosts alike, and the night before had been short."


@dataclass
class Place:
    review: Review
    facilitator: User
    manager: User
    authors: list[User]
    stranger: User

    @property
    def reference(self) -> str:
        return self.review.reference

    def at(self, name: str, *more: Any) -> str:
        return reverse(f"postmortems:{name}", args=[self.reference, *more])


def place(*, authors: int = 4, **fields: Any) -> Place:
    """`authors` people are named on the incident; the manager of the team could write, too."""
    facilitator, manager = make_user(name="Freya Guide"), make_user(name="Moira Manages")
    people = tuple(make_user(name=name) for name in NAMES[:authors])
    incident = make_incident(
        participants=people, facilitator=facilitator, team=make_team(manager=manager)
    )
    review = make_review(
        incident=incident,
        participants=people,
        facilitator=facilitator,
        **fields,
    )
    return Place(review, facilitator, manager, list(people), make_user(name="Stranger Danger"))


def today() -> date:
    return confidential.today_of(timezone.now())


def yesterday() -> date:
    return today() - timedelta(days=1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_default_timezone())


def send_note(client: Client, here: Place, words: str = WORDS, **fields: Any) -> Any:
    answers = {"words": words, "premises": "on", "understood": "on", "secret": "s" * 32}
    return client.post(here.at("note"), answers | fields)


def code_on(response: Any) -> str:
    [code] = re.findall(r'class="receipt-code mb-0"[^>]*>([^<]+)<', response.content.decode())
    return code


def with_code(client: Client, here: Place, code: str, **fields: Any) -> Any:
    return client.post(here.at("note_again"), {"code": code} | fields)


def add(here: Place, words: str = WORDS, *, on: date | None = None) -> tuple[str, ConfidentialNote]:
    """A note that came in on this day, yesterday unless said otherwise; its code and its row."""
    code = confidential.add(here.review.incident, words=words, secret="", today=on or yesterday())
    note = confidential.found(here.review.incident, code)
    assert note is not None
    return code, note
