"""A second click makes nothing, and going back to write something else makes something."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import reverse

from actions.models import Action
from people.models import Notification
from postmortems import perspectives, workflow
from postmortems.models import (
    Comment,
    ContributingFactor,
    FactorCategory,
    Finding,
    FindingEcho,
    Mitigator,
    OfferedAnswer,
    OpenQuestion,
    Review,
    Surprise,
)
from tests.make import make_finding
from tests.postmortems.places import People, at, everyone
from tests.postmortems.test_at_once import at_once
from tests.postmortems.test_beside_the_board import published

TOKEN = re.compile(r'name="form_token" value="([\w-]+)"')


class Making(NamedTuple):
    """A form that makes a row: the page it stands on, where it goes, what is sent, what is made."""

    page: Callable[[People], str]
    sent_to: Callable[[People], str]
    words: Callable[[str], dict[str, Any]]
    made: Callable[[People], int]
    who: str = "participant"


def _adds(which: str, model: type, **more: Any) -> Making:
    return Making(
        lambda people: at("add_line", people.review, which),
        lambda people: at("add_line", people.review, which),
        lambda text: {"text": text} | {name: value() for name, value in more.items()},
        lambda people: model.objects.filter(review=people.review).count(),
        "facilitator",
    )


def _category() -> int:
    category, _ = FactorCategory.objects.get_or_create(slug="tooling", defaults={"name": "Tools"})
    return category.pk


def _voice(people: People) -> int:
    return people.review.perspectives.get().pk


def _question(people: People) -> int:
    return people.review.open_questions.get().pk


MAKING = {
    "a card": Making(
        lambda people: at("part", people.review, "right"),
        lambda people: at("add_finding", people.review, "right"),
        lambda text: {"text": text, "whole": "1"},
        lambda people: people.review.findings.filter(goal="right").count(),
    ),
    "a line on the board": Making(
        lambda people: at("detail", people.review),
        lambda people: at("add_finding", people.review, "differently"),
        lambda text: {"text": text},
        lambda people: people.review.findings.filter(goal="differently").count(),
    ),
    "a comment": Making(
        lambda people: at("detail", people.review),
        lambda people: at("add_comment", people.review, "part-right"),
        lambda text: {"text": text},
        lambda people: Comment.objects.count(),
    ),
    "a comment on what is published": Making(
        lambda people: at("published", people.review),
        lambda people: at("add_comment", people.review, "published"),
        lambda text: {"text": text},
        lambda people: Comment.objects.count(),
        "stranger",
    ),
    "a surprise": _adds("surprises", Surprise),
    "a mitigator": _adds("mitigators", Mitigator),
    "an open question": _adds("questions", OpenQuestion),
    "a factor": _adds("factors", ContributingFactor, kind=lambda: "luck", category=_category),
    "a sentence of a perspective": Making(
        lambda people: at("bring_in", people.review, _voice(people)),
        lambda people: at("bring_in", people.review, _voice(people)),
        lambda text: {"text": text, "goal": "why"},
        lambda people: people.review.findings.filter(goal="why").count(),
        "facilitator",
    ),
    "a private word": Making(
        lambda people: at("private_word", people.review),
        lambda people: at("private_word", people.review),
        lambda text: {"text": text},
        lambda people: Notification.objects.filter(kind="private_word").count(),
    ),
    "a line in the meeting": Making(
        lambda people: at("meeting", people.review),
        lambda people: at("capture", people.review),
        lambda text: {"text": text, "kind": "wrong"},
        lambda people: Finding.objects.filter(goal="wrong").count(),
    ),
    "a parked idea": Making(
        lambda people: at("meeting", people.review),
        lambda people: reverse("actions:park", args=[people.review.reference]),
        lambda text: {"text": text},
        lambda people: Action.objects.count(),
        "facilitator",
    ),
    "an answer": Making(
        lambda people: at("offer_answer", people.review, _question(people)),
        lambda people: at("offer_answer", people.review, _question(people)),
        lambda text: {"text": text},
        lambda people: OfferedAnswer.objects.count(),
        "stranger",
    ),
}


def _people(name: str) -> People:
    people = everyone()
    if name in {"an answer", "a comment on what is published"}:
        OpenQuestion.objects.create(review=people.review, text="Since when?")
        published(people.review)
    if name == "a sentence of a perspective":
        told = {"noticed": "A graph", "audience": "review", "may_be_quoted": True}
        perspectives.save(people.review, people.participant, seen=0, fields=told)
        workflow.open_perspectives(people.review, by=people.facilitator)
    return people


def _opened(people: People, making: Making) -> tuple[Client, str]:
    """Their browser, and the token of the form as the page shows it. Any form of the page does:
    each has one of its own."""
    client = Client()
    client.force_login(getattr(people, making.who))
    tokens = TOKEN.findall(client.get(making.page(people)).content.decode())
    assert len(tokens) == len(set(tokens)) > 0
    return client, tokens[0]


@pytest.mark.django_db
@pytest.mark.parametrize("name", MAKING)
def test_a_second_click_makes_nothing_and_other_words_do(name):
    people, making = _people(name), MAKING[name]
    client, token = _opened(people, making)
    before = making.made(people)

    def send(text: str) -> int:
        sent = making.words(text) | {"form_token": token}
        return client.post(making.sent_to(people), sent).status_code

    assert [send("Said once"), send("Said once")] == [302, 302]
    assert making.made(people) == before + 1
    assert send("Said after going back") == 302
    assert making.made(people) == before + 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", MAKING)
def test_two_clicks_at_the_same_moment_make_one(name):
    people, making = _people(name), MAKING[name]
    client, token = _opened(people, making)
    before = making.made(people)
    sent = making.words("Said once") | {"form_token": token}
    address, cookies = making.sent_to(people), client.cookies

    def click(which: int) -> int:
        browser = Client()
        browser.cookies = cookies
        return browser.post(address, sent).status_code

    assert set(at_once(6, click)) == {302}
    assert making.made(people) == before + 1


@pytest.mark.django_db
def test_what_is_refused_can_be_sent_again_with_the_same_token(client):
    people = everyone(state=Review.State.IN_REVIEW)
    client.force_login(people.participant)
    sent = {"text": "A thought", "form_token": "one-showing"}
    address = at("add_finding", people.review, "right")
    assert client.post(address, sent).status_code == 409

    Review.objects.update(state=Review.State.DRAFTING)

    assert client.post(address, sent).status_code == 302
    assert Finding.objects.get().text == "A thought"


@pytest.mark.django_db
def test_saying_twice_that_one_saw_it_too_does_not_take_it_back(client):
    people = everyone()
    card = make_finding(people.review)
    client.force_login(people.participant)
    address = at("echo", people.review, card.pk)

    for _ in range(2):
        client.post(address, {"say": "1"})
    assert FindingEcho.objects.count() == 1
    for _ in range(2):
        client.post(address)
    assert not FindingEcho.objects.exists()
