"""Many people save the same texts at the same moment: what was said to be saved is there, what was
refused is not, and whoever came second sees both texts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from common.models import Revision
from postmortems import board, writing
from postmortems.models import Comment, Section
from tests.make import make_finding
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, TURNS = 16, 4


def at_once(number: int, act) -> list[Any]:
    """`act(which)` by so many people, who all begin at the same moment."""
    ready = Barrier(number)

    def begin(which: int) -> Any:
        try:
            ready.wait(30)
            return act(which)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


def browsers(people, number: int) -> list[Client]:
    clients = [Client() for _ in range(number)]
    for which, client in enumerate(clients):
        client.force_login((people.facilitator, people.manager)[which % 2])
    return clients


def opened(answer) -> tuple[str, str]:
    """The text in the box and the version it was opened with, read from the page: what a test
    client says of templates is mixed up between threads."""
    html = answer.content.decode()
    [text] = re.findall(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', html, re.S)
    return unescape(text), re.findall(r'name="seen" value="(\d+)"', html)[0]


def test_no_saved_line_of_a_section_is_lost_and_no_refused_one_is_there():
    """Everybody adds a line of their own under a heading of their own, again and again."""
    people = everyone()
    base = "\n\n".join(f"## Person {which}\n\nNothing yet" for which in range(CLIENTS))
    writing.save_section(people.review, "summary", author=people.facilitator, seen=0, text=base)
    clients = browsers(people, CLIENTS)
    address = at("section", people.review, "summary")

    def write(which: int) -> dict[str, list[str]]:
        said: dict[str, list[str]] = {"saved": [], "refused": []}
        for turn in range(TURNS):
            text, seen = opened(clients[which].get(address))
            word = f"word-{which}-{turn}."
            mine = re.sub(
                rf"(## Person {which}\n\n)([^\n]*)",
                rf"\g<1>\g<2> {word}",
                text,
            )
            answer = clients[which].post(address, {"text": mine, "seen": seen})
            if answer.status_code == 409:
                assert word in answer.content.decode()
            said["saved" if answer.status_code == 302 else "refused"].append(word)
        return said

    outcomes = at_once(CLIENTS, write)

    text = Section.objects.get().text
    saved = [word for outcome in outcomes for word in outcome["saved"]]
    refused = [word for outcome in outcomes for word in outcome["refused"]]
    assert len(saved) + len(refused) == CLIENTS * TURNS
    assert [word for word in saved if word not in text] == []
    assert [word for word in refused if word in text] == []
    assert len(saved) > CLIENTS
    versions = Revision.objects.about(Section.objects.get()).values_list("version", flat=True)
    assert sorted(versions) == list(range(1, Section.objects.get().version + 1))


def test_one_of_many_who_edit_the_same_words_is_first_and_the_others_see_both():
    people = everyone()
    card = board.add_card(
        people.review, author=people.facilitator, goal="right", fields={"text": "It held."}
    )
    clients = browsers(people, 8)
    address = at("edit_finding", people.review, card.pk)

    answers = at_once(
        8, lambda which: clients[which].post(address, {"text": f"Said by {which}", "seen": 1})
    )

    card.refresh_from_db()
    [first] = [which for which, answer in enumerate(answers) if answer.status_code == 302]
    assert (card.text, card.version) == (f"Said by {first}", 2)
    for which, answer in enumerate(answers):
        if which != first:
            html = answer.content.decode()
            assert answer.status_code == 409
            assert f"Said by {which}" in html and 'name="seen" value="2"' in html


def test_two_hundred_comments_at_once_are_all_there_once():
    people = everyone()
    clients = browsers(people, 8)
    address = at("add_comment", people.review, "part-why")

    def speak(which: int) -> list[int]:
        return [
            clients[which].post(address, {"text": f"{which}-{turn}"}).status_code
            for turn in range(25)
        ]

    answers = at_once(8, speak)

    assert {status for each in answers for status in each} == {302}
    texts = list(Comment.objects.order_by("pk").values_list("text", flat=True))
    assert sorted(texts) == sorted(f"{which}-{turn}" for which in range(8) for turn in range(25))
    for which in range(8):
        mine = [text for text in texts if text.startswith(f"{which}-")]
        assert mine == [f"{which}-{turn}" for turn in range(25)]


def test_many_who_move_cards_end_with_one_order():
    people = everyone()
    cards = [make_finding(people.review, text=str(each), position=each) for each in range(8)]
    clients = browsers(people, 8)

    def move(which: int) -> set[int]:
        return {
            clients[which]
            .post(
                at("move_finding", people.review, cards[which].pk),
                {"part": ("right", "why")[turn % 2], "before": cards[(which + turn) % 8].pk},
            )
            .status_code
            for turn in range(4)
        }

    answers = at_once(8, move)

    assert set.union(*answers) == {302}
    on_board = list(people.review.findings.on_board())
    assert {card.pk for card in on_board} == {card.pk for card in cards}
    for goal in ("right", "why"):
        positions = [card.position for card in on_board if card.goal == goal]
        assert positions == sorted(set(positions))
