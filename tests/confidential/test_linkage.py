"""Guess who wrote a note, with everything there is in the database at hand.

Twenty people write 300 notes in three weeks, each in the middle of an ordinary day on which they,
and everybody else as often, do what leaves their name and the time in the trail. (Who does more
than others on the day of a note is more likely to have written it: the day is known, and how people
behave is theirs. It is among the limits in docs/confidential-notes.md.) The attacker has all
tables, the place of every row on the disk and PostgreSQL's marks of the transactions, and knows of
one note after another only what is stored. A guess may be right in one of twenty cases by chance.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from common.history import record
from common.models import Activity
from people.models import User
from postmortems import confidential
from postmortems.models import ConfidentialNote
from tests.confidential.places import place
from tests.make import make_finding, make_user

pytestmark = pytest.mark.django_db

AUTHORS, DAYS, NOTES_A_DAY = 20, 20, 15
ALLOWED = 1 / AUTHORS + 0.05
MONDAY = date(2026, 11, 2)
LETTERS = "abcdefghij klmnop qrstuv wxyz "


@dataclass
class Deed:
    """One line of the trail as the attacker reads it."""

    who: int
    at: datetime
    place: tuple[int, ...]
    mark: int


@dataclass
class Note:
    pk: Any
    on: date
    length: int
    place: tuple[int, ...]
    mark: int


@dataclass
class Stolen:
    notes: list[Note]
    deeds: list[Deed]
    lengths: dict[int, float]
    signed_in: dict[int, datetime]


@pytest.fixture
def truth(monkeypatch) -> dict[Any, int]:
    """{key of a note: who wrote it}, which is in no table. Chance is the same in every run."""
    chance = random.Random(142)
    monkeypatch.setattr(
        confidential,
        "secrets",
        SimpleNamespace(SystemRandom=lambda: chance, randbits=chance.getrandbits),
    )
    monkeypatch.setattr(confidential, "MOST_A_DAY", NOTES_A_DAY)
    here = place(authors=0)
    people = [make_user(name=f"Somebody {letter}") for letter in "abcdefghijklmnopqrst"]
    for user in people:
        here.review.incident.involvements.create(user=user)
    written: dict[Any, int] = {}
    for number in range(DAYS):
        day = MONDAY + timedelta(days=number)
        _live_through(day, here, people, chance, monkeypatch, written)
    return written


def _live_through(
    day: date,
    here: Any,
    people: list[User],
    chance: random.Random,
    monkeypatch: pytest.MonkeyPatch,
    written: dict[Any, int],
) -> None:
    """Everybody does ordinary things; some, between two of those, write a note."""
    morning = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    moments = [(chance.uniform(0, 10), user, "deed") for user in people for _ in range(3)]
    # Half a minute after something of their own: the strongest tie there could be.
    moments += [(at + 0.01, user, "note") for at, user, _ in chance.sample(moments, NOTES_A_DAY)]
    for hours, user, what in sorted(moments, key=lambda one: one[0]):
        now = morning + timedelta(hours=hours)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        words = "".join(chance.choices(LETTERS, k=chance.randint(60, 600))).strip()
        with transaction.atomic():
            if what == "deed":
                record(user, "added a card", here.review)
                make_finding(here.review, text=words, author=user)
            else:
                code = confidential.add(here.review.incident, words=words, secret="", today=day)
                note = confidential.found(here.review.incident, code)
                written[note.pk] = user.pk
    for user in chance.sample(people, k=3):  # signed in anew, as everybody does once a week
        Session.objects.create(
            session_key=f"{user.pk}-{day}",
            session_data=str(user.pk),
            expire_date=morning + timedelta(days=7, hours=chance.uniform(0, 10)),
        )


def steal() -> Stolen:
    notes = [
        Note(pk, on, len(written), where, mark)
        for pk, on, written, where, mark in _with_places(
            ConfidentialNote, ("id", "received_on", "written")
        )
    ]
    deeds = [
        Deed(who, at, where, mark)
        for who, at, where, mark in _with_places(Activity, ("actor_id", "at"))
        if who
    ]
    lengths: dict[int, list[int]] = {}
    for author, text in confidential.Finding.objects.values_list("author", "text"):
        lengths.setdefault(author, []).append(len(text))
    return Stolen(
        notes,
        deeds,
        {who: sum(each) / len(each) for who, each in lengths.items()},
        {
            int(session.session_data): session.expire_date - timedelta(days=7)
            for session in Session.objects.order_by("expire_date")
        },
    )


def _with_places(model: Any, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The columns of every row, where it lies, and the transaction that wrote it (0 on SQLite)."""
    where = "ctid::text, xmin::text" if connection.vendor == "postgresql" else "rowid, 0"
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names}, {where} FROM {model._meta.db_table}")
        rows = cursor.fetchall()
    found = []
    for *values, at, mark in rows:
        spot = tuple(map(int, str(at).strip("()").split(",")))
        fields = [
            model._meta.get_field(name.removesuffix("_id")).to_python(value)
            if name in {"id", "received_on"}
            else value
            for name, value in zip(columns, values, strict=True)
        ]
        fields = [
            value.replace(tzinfo=UTC) if isinstance(value, datetime) and not value.tzinfo else value
            for value in map(_moment, fields)
        ]
        found.append((*fields, spot, int(mark)))
    return found


def _moment(value: Any) -> Any:
    """SQLite hands times over as text."""
    if isinstance(value, str) and value[:4] == "2026" and ":" in value:
        return datetime.fromisoformat(value)
    return value


# The attacks ------------------------------------------------------------------------------------
Attack = Callable[[Stolen], dict[Any, int]]


def _of_day(stolen: Stolen) -> dict[date, tuple[list[Note], list[Deed]]]:
    days: dict[date, tuple[list[Note], list[Deed]]] = {}
    for note in stolen.notes:
        days.setdefault(note.on, ([], []))[0].append(note)
    for deed in stolen.deeds:
        if deed.at.date() in days:
            days[deed.at.date()][1].append(deed)
    return days


def _in_step(stolen: Stolen, order: Callable[[Note], Any]) -> dict[Any, int]:
    """The notes of a day in this order, beside the deeds of the day by their time."""
    guesses = {}
    for notes, deeds in _of_day(stolen).values():
        doers = sorted(deeds, key=lambda deed: deed.at)
        for number, note in enumerate(sorted(notes, key=order)):
            guesses[note.pk] = doers[round((number + 0.5) * len(doers) / len(notes))].who
    return guesses


def by_place(stolen: Stolen) -> dict[Any, int]:
    return _in_step(stolen, lambda note: note.place)


def by_key(stolen: Stolen) -> dict[Any, int]:
    return _in_step(stolen, lambda note: str(note.pk))


def by_transaction(stolen: Stolen) -> dict[Any, int]:
    """Whoever did something in the transaction just before."""
    deeds = sorted(stolen.deeds, key=lambda deed: deed.mark)
    guesses = {}
    for note in stolen.notes:
        before = [deed for deed in deeds if deed.mark < note.mark]
        guesses[note.pk] = (before or deeds)[-1].who
    return guesses


def by_day(stolen: Stolen) -> dict[Any, int]:
    """Whoever did most on the day of the note."""
    guesses = {}
    for notes, deeds in _of_day(stolen).values():
        [(busiest, _)] = Counter(deed.who for deed in deeds).most_common(1)
        guesses |= dict.fromkeys([note.pk for note in notes], busiest)
    return guesses


def by_length(stolen: Stolen) -> dict[Any, int]:
    """Whoever usually writes as long."""
    usual = stolen.lengths
    return {
        note.pk: min(usual, key=lambda who: abs(usual[who] - note.length)) for note in stolen.notes
    }


def by_sign_in(stolen: Stolen) -> dict[Any, int]:
    """Whoever signed in last before the end of that day."""
    guesses = {}
    for note in stolen.notes:
        known = {who: at for who, at in stolen.signed_in.items() if at.date() <= note.on}
        pool = known or stolen.signed_in
        guesses[note.pk] = max(pool, key=lambda who: pool[who])
    return guesses


ATTACKS: list[Attack] = [by_place, by_key, by_transaction, by_day, by_length, by_sign_in]


def success(guesses: dict[Any, int], truth: dict[Any, int]) -> float:
    return sum(guesses[pk] == who for pk, who in truth.items()) / len(truth)


def in_order_of_place(stolen: Stolen) -> list[Any]:
    return [note.pk for note in sorted(stolen.notes, key=lambda note: note.place)]


def test_nothing_stored_says_who_wrote_a_note(truth):
    confidential.mix(today=MONDAY + timedelta(days=DAYS))
    stolen = steal()

    assert in_order_of_place(stolen) != list(truth)
    found = {attack.__name__: success(attack(stolen), truth) for attack in ATTACKS}

    assert (len(truth), len(set(truth.values()))) == (AUTHORS * NOTES_A_DAY, AUTHORS)
    assert {name: rate for name, rate in found.items() if rate > ALLOWED} == {}


def test_without_the_nightly_mixing_their_order_would(truth):
    """The attacks are worth their name: what mixing takes away is what they live on."""
    stolen = steal()

    if connection.vendor == "postgresql":
        assert success(by_transaction(stolen), truth) > 0.8
    else:
        assert in_order_of_place(stolen) == list(truth)
