"""Thousands of made-up answers through the forms: always an answer, and nothing typed is lost.

Every POST that tests/authorisation/incidents_.py knows, and every page that takes a question, gets
answers made by tests/fuzzing/inputs.py. What is refused stands in the page again, character for
character, where it was typed; what is accepted is in what was written to the database, and where
it can be edited it stands there. Left out: white space around a text, which forms cut off when
they accept it; and NUL and halves of surrogate pairs, which no database keeps.

FUZZ_INPUTS is how many (300), FUZZ_SEED where the dice begin (1). A find names its number:
FUZZ_ONLY=<number> tries it alone.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from common.text import one_line
from tests.authorisation import incidents_, world
from tests.authorisation.attempts import Attempt
from tests.fuzzing import inputs
from tests.fuzzing.inputs import Sent, can_be_kept
from tests.fuzzing.pages import fields_of
from tests.test_hostile_input import who_may

pytestmark = pytest.mark.django_db

INPUTS = int(os.environ.get("FUZZ_INPUTS", "300"))
SEED = os.environ.get("FUZZ_SEED", "1")
ONLY = os.environ.get("FUZZ_ONLY")
ADDRESS = "application/x-www-form-urlencoded"
#: Words that are read as a time: kept as what they mean, so they are looked for in refusals alone.
TIMES = {"started", "detected", "acknowledged", "mitigated", "resolved", "at", "time"}
#: Names of something that is there already, kept as the connection to it.
REFERENCES = {"other", "duplicate_of"}
#: Why the suggested severity was overruled; of nothing where it was not.
MOOT = {"overruled_because"}
#: Pages that take a question and show it again.
QUESTIONS = (
    "incidents:list",
    "actions:list",
    "lessons:list",
    "palette",
    "postmortems:list",
    "search",
)


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker) -> Iterator[world.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


def numbers(share: float) -> Iterable[int]:
    return [int(ONLY)] if ONLY else range(round(INPUTS * share))


def browser(everything: world.World, role: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = everything.sessions[role]
    return client


def encoded(sent: Sent) -> bytes:
    """As a browser sends it; halves of surrogate pairs as the bytes that a forger would."""
    pairs = [(name, value) for name, values in sent.items() for value in values]
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in pairs
    ).encode()


class Written:
    """Every text that a statement wrote."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")) and "django_session" not in sql[:40]:
            self.texts += [str(each) for each in params or () if each is not None]
        return execute(sql, params, many, context)


class Form:
    """One form, its right answers, and what its page offers to type into."""

    def __init__(self, everything: world.World, attempt: Attempt) -> None:
        self.attempt, side = attempt, everything.open
        self.role = who_may(attempt)
        self.address = reverse(attempt.name, args=attempt.args(side))
        answers = attempt.verb | attempt.data(side)
        self.right: Sent = {
            name: [str(one) for one in value] if isinstance(value, list) else [str(value)]
            for name, value in answers.items()
            if not hasattr(value, "read")
        }
        client = browser(everything, self.role)
        page = client.get(self.address, attempt.query(side) | attempt.verb | self._to())
        if page.status_code != 200:
            page = client.post(self.address, attempt.verb)
        offered = fields_of(page.content.decode(), self.address)
        self.texts = set(offered.texts)
        self.right = {name: [values[0]] for name, values in offered.texts.items()} | self.right
        self.lines = offered.lines
        self.longest = offered.longest
        names = {*self.right, *offered.names} - {"csrfmiddlewaretoken", "next", "to"}
        self.names = sorted(names)

    def _to(self) -> dict[str, str]:
        """A page that asks for other things on each of several ways says on which by `to`."""
        return {"to": self.right["to"][0]} if "to" in self.right else {}


@pytest.fixture(scope="module")
def forms(everything: world.World) -> list[Form]:
    found = {}
    for attempt in incidents_.ATTEMPTS:
        if attempt.method == "post" and not attempt.is_restricted:
            found.setdefault((attempt.name, *attempt.verb.values()), attempt)
    with transaction.atomic():
        made = [Form(everything, attempt) for attempt in found.values()]
        transaction.set_rollback(True)
    return [form for form in made if form.names]


def test_no_form_fails_and_no_text_is_lost(everything, forms):
    lost, answers = [], Counter()
    for number in numbers(0.8):
        dice = random.Random(f"{SEED}:{number}")
        form = dice.choice(forms)
        sent = inputs.mutated(dice, form.right, form.names)
        for name in form.lines & set(sent):
            sent[name] = [re.sub(r"[\r\n]+", " ", value) for value in sent[name]]
        with transaction.atomic():
            status, complaints = _try(everything, form, sent)
            transaction.set_rollback(True)
        answers[status // 100] += 1
        lost += [f"{number} {form.attempt.name}: {one}" for one in complaints]

    assert not lost, "\n".join(lost[:40])
    if not ONLY:
        # The dice are worth something: a good part of the answers is accepted, and refused.
        assert min(answers[3], answers[4]) > sum(answers.values()) / 10, answers


def _try(everything: world.World, form: Form, sent: Sent) -> tuple[int, list[str]]:
    client, written = browser(everything, form.role), Written()
    try:
        form.attempt.prepare(everything.open)
        with connection.execute_wrapper(written):
            answer = client.post(form.address, encoded(sent), content_type=ADDRESS)
    except Exception as error:  # noqa: BLE001 whatever it is, it is reported
        return 500, [f"{type(error).__name__}: {str(error)[:200]} {_short(sent)}"]
    if form.attempt.name == "incidents:paste":
        typed_here: set[str] = set()  # of what was pasted, only what is ticked is taken
    else:
        typed_here = form.texts
    # A browser sends every field of a form; with one of them missing it was forged.
    typed = (
        {}
        if any(not sent.get(name) for name in form.texts)
        else {
            name: sent[name][-1]
            for name in sorted(typed_here)
            if sent.get(name) and sent[name][-1].strip() and can_be_kept(sent[name][-1])
        }
    )
    status = answer.status_code
    if status >= 500:
        return status, [f"answered {status} {_short(sent)}"]
    if 300 <= status < 400:
        further = fields_of(client.get(answer.url).content.decode()).texts
        handed_on = [text for texts in further.values() for text in texts]
        written.texts += handed_on
        return status, _not_written(form, typed, written) + _not_shown(
            client, form, typed, answer.url
        )
    return status, _not_returned(typed, answer.content.decode(), status)


def _not_returned(typed: dict[str, str], page: str, status: int) -> list[str]:
    shown = fields_of(page).texts
    return [
        f"{status}, and {name} came not back: {value[:80]!r}, but {shown.get(name)!r:.80}"
        for name, value in typed.items()
        if (value not in shown[name] if name in shown else escape(value) not in page)
    ]


def _not_written(form: Form, typed: dict[str, str], written: Written) -> list[str]:
    return [
        f"accepted, and {name} is nowhere: {value[:80]!r}"
        for name, value in typed.items()
        if name not in TIMES | REFERENCES | MOOT
        and len(value) <= form.longest.get(name, len(value))
        and not any(_is_kept(name, value.strip(), text) for text in written.texts)
    ]


def _is_kept(name: str, typed: str, text: str) -> bool:
    """A line of the timeline begins with its time, and is one line; pasted ones are many. Signs
    that steer a terminal are kept nowhere, and tags come one by one."""
    whole, kept = " ".join(one_line(typed).split()), " ".join(one_line(text).split())
    if name in {"line", "text"}:
        return whole[-12:].strip() in kept
    if name == "tags":
        return whole.split(",")[0].strip() in kept
    return typed in text or (one_line(typed) != typed and whole in kept)


def _not_shown(client: Client, form: Form, typed: dict[str, str], leads_to: str) -> list[str]:
    if form.attempt.name == "incidents:file":
        page = client.get(f"{urlsplit(leads_to).path}edit/")
    elif form.attempt.name in {"incidents:edit", "incidents:edit_event"}:
        page = client.get(form.address)
    else:
        return []
    shown = fields_of(page.content.decode()).texts
    # Rows of figures close up when one before them is emptied.
    standing = {text for texts in shown.values() for text in texts}
    return [
        f"accepted, and the page shows {shown[name]!r:.80} for {name}: {value[:80]!r}"
        for name, value in typed.items()
        if name in shown and name not in TIMES and value.strip() not in standing
    ]


def _short(sent: Sent) -> str:
    return re.sub(r"(.{300}).+", r"\1…", repr(sent))


def test_no_question_fails_and_none_is_lost(everything):
    """Every field a page of lists offers, and the words one looks for come back in it."""
    lost, pages = [], {}
    client = browser(everything, "M")
    for name in QUESTIONS:
        page = client.get(reverse(name)).content.decode()
        links = re.findall(r'href="\?([^"]*)"', page)
        pages[name] = sorted(
            {*fields_of(page).names, *(re.findall(r"(?:^|;|&)(\w+)=", " ".join(links)))}
            - {"csrfmiddlewaretoken"}
        )
    for number in numbers(0.1):
        dice = random.Random(f"{SEED}:question:{number}")
        name = dice.choice(QUESTIONS)
        sent = inputs.mutated(dice, {"q": [inputs.text(dice)[:200]]}, pages[name])
        sent = {key: [value[:1_000] for value in values] for key, values in sent.items()}
        try:
            answer = client.get(f"{reverse(name)}?{encoded(sent).decode()}")
        except Exception as error:  # noqa: BLE001 whatever it is, it is reported
            lost.append(
                f"{number} {name}: {type(error).__name__} {str(error)[:200]} {_short(sent)}"
            )
            continue
        if answer.status_code >= 500:
            lost.append(f"{number} {name}: {answer.status_code} {_short(sent)}")

    assert not lost, "\n".join(lost[:40])


def test_every_line_is_read_somehow(everything):
    """The line under the timeline says what it understood, whatever is typed there."""
    lost = []
    client = browser(everything, "P")
    reference = everything.open.incident.reference
    for number in numbers(0.1):
        dice = random.Random(f"{SEED}:line:{number}")
        sent = {"line": [inputs.text(dice)[:2_000]], "incident": [reference]}
        try:
            answer = client.get(f"{reverse('incidents:read_line')}?{encoded(sent).decode()}")
        except Exception as error:  # noqa: BLE001 whatever it is, it is reported
            lost.append(f"{number}: {type(error).__name__} {str(error)[:200]} {_short(sent)}")
            continue
        if answer.status_code not in {200, 422}:
            lost.append(f"{number}: {answer.status_code} {_short(sent)}")

    assert not lost, "\n".join(lost[:40])
