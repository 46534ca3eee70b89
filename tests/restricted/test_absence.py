"""Restricted incidents are absent, not merely blocked: the proof by difference.

Two worlds hold the same rows; one of them also holds a restricted incident with something of every
kind that can hang on it, tied to what is open in every way there is (tests/restricted/hidden.py).
Whoever is outside gets, for whatever they ask, the same answer in both, byte for byte: status,
headers and body, so that counts, orders, facets, sizes, keys and validators are compared, too.
Addresses of the restricted incident are asked in both worlds as well; in the one without they
never existed.

Only what changes from one showing to the next is left out: tokens of forms and cookies. The clock
stands still. Numbers given out in turn (INC-142, the key of a notification) are shared by all, so
the next one tells that there are others, as the numbers of tickets do; here the restricted
incident has its number from elsewhere.

One thing cannot be hidden: an open incident whose only review also covers a restricted one gets no
second review, so asking for it there is not tried.

New addresses are asked because the matrix has to know them; new tables fail until the restricted
incident has a row in them.
"""

from __future__ import annotations

import datetime as clock
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core import mail
from django.db import transaction
from django.template import defaulttags
from django.urls import resolve
from django.utils import timezone

from config import reminders
from people import deliveries
from tests.authorisation import coverage
from tests.restricted import asking, hidden
from tests.restricted.asking import Answer, Question
from tests.test_authorisation import ATTEMPTS

# One worker builds the worlds for all of these.
pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.xdist_group("restricted")]

NOW = clock.datetime(2026, 3, 4, 10, 30, tzinfo=clock.UTC)


class StandingClock(clock.datetime):
    @classmethod
    def now(cls, tz: clock.tzinfo | None = None) -> clock.datetime:
        return NOW.astimezone(tz)


@dataclass
class Comparison:
    """What was asked, what both worlds answered, what each of them mailed, and what was logged."""

    base: hidden.Base
    questions: list[Question]
    with_it: list[Answer]
    without: list[Answer]
    mails_with_it: list[str]
    mails_without: list[str]
    log: list[str]
    seen_by_the_named: bytes


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker) -> Iterator[Comparison]:
    """Both worlds in one transaction: the restricted incident is added, asked about and undone."""
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        patch.setattr(timezone, "datetime", StandingClock)
        patch.setattr(defaulttags, "datetime", StandingClock)
        base = hidden.build()
        open_side = asking.of_side(ATTEMPTS, base.open)
        asking.make_what_is_named(base)
        log = _Log()
        with transaction.atomic():
            secret = hidden.add(base)
            logging.getLogger().addHandler(log)
            questions = _questions(base, secret, open_side)
            with_it = [asking.ask(base, question) for question in questions]
            mails_with_it = _mails()
            logging.getLogger().removeHandler(log)
            seen = asking.ask(base, Question("F", "get", secret.incident.get_absolute_url()))
            transaction.set_rollback(True)
        without = [asking.ask(base, question) for question in questions]
        yield Comparison(
            base,
            questions,
            with_it,
            without,
            mails_with_it,
            _mails(),
            log.lines,
            seen.body,
        )
        transaction.set_rollback(True)


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def _questions(
    base: hidden.Base, secret: hidden.world.Side, open_side: list[asking.Asked]
) -> list[Question]:
    hidden_side = asking.of_side(ATTEMPTS, secret)
    asked = [
        *asking.bare(base),
        *asking.of_the_matrix(ATTEMPTS, open_side, hidden_side),
        *asking.by_every_method(ATTEMPTS, hidden_side, secret),
        *asking.filters(base, secret),
    ]
    return list({repr(question): question for question in asked}.values())


def _mails() -> list[str]:
    """What reaches outsiders within a month."""
    sent = []
    with transaction.atomic():
        asking.same_keys()
        for days in (0, 1, 3, 7, 30):
            now = NOW + clock.timedelta(days=days)
            mail.outbox = []
            reminders.sweep(now=now)
            deliveries.deliver_waiting(now=now + clock.timedelta(days=3))
            for one in mail.outbox:
                if one.to[0][0] in "mxd":
                    page = one.alternatives[0].content
                    text = f"{days} {one.to} {one.subject}\n{one.reply_to}\n{one.body}\n{page}"
                    # The keys of the links hold the time at which they were signed.
                    sent.append(re.sub(r"/(a|unsubscribe)/[^/\s]+/", r"/\1/(key)/", text))
        transaction.set_rollback(True)
    return sorted(sent)


def test_every_answer_is_the_same_as_if_it_had_never_been(worlds):
    differing = [
        f"{question}: {difference}"
        for question, with_it, without in zip(
            worlds.questions, worlds.with_it, worlds.without, strict=True
        )
        if (difference := with_it.difference(without))
    ]

    assert not differing, f"{len(differing)} answers differ:\n" + "\n".join(differing[:60])


def test_every_mail_is_the_same_as_if_it_had_never_been(worlds):
    assert worlds.mails_with_it == worlds.mails_without
    # There is something to compare: reminders, and what waited from before.
    assert len(worlds.mails_without) > 5


def test_no_line_of_the_log_holds_its_words(worlds):
    """Addresses that were asked for may stand there; what the restricted incident says may not."""
    assert len(worlds.log) > 100
    assert [line for line in worlds.log if hidden.CANARY in line] == []


def test_every_address_was_asked(worlds):
    """An address comes in by the matrix (tests/authorisation), or by FURTHER in asking.py."""
    matches = [resolve(one.address.partition("?")[0]) for one in worlds.questions]
    names, routes = {match.view_name for match in matches}, {match.route for match in matches}

    # Operations of the API share a route, each by its method.
    assert {
        name
        for name, route in coverage.patterns().items()
        if name not in names and route not in routes
    } == set()


def test_those_who_are_named_see_it(worlds):
    """It is there to be found: without this, absence would prove nothing."""
    assert hidden.CANARY in worlds.seen_by_the_named.decode()
