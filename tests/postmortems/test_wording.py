"""Wording hints while one writes, and what is kept of them: nothing but a digest."""

from __future__ import annotations

import logging

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from postmortems.models import KeptWording
from postmortems.wording import digest, read
from tests.make import make_user
from tests.postmortems.places import LOOK, at, everyone

pytestmark = pytest.mark.django_db

TEXT = "Kwame restarted it. The crew failed to look. A sloppy merge."


@pytest.fixture(autouse=True)
def no_names_of_other_tests():
    cache.clear()


@pytest.fixture
def people():
    return everyone()


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def marked(answer) -> list[str]:
    return [hint.phrase for hint in answer.context["hints"]]


def test_anybody_signed_in_gets_hints_for_a_text():
    answer = browser(make_user()).post(reverse("postmortems:hints"), {"text": TEXT})

    assert marked(answer) == ["failed to", "sloppy"]
    assert 'data-start="29" data-end="38"' in answer.content.decode()


def test_nobody_else_does():
    assert Client().post(reverse("postmortems:hints"), {"text": TEXT}).status_code == 302


def test_nothing_of_the_text_is_stored_or_logged(caplog, django_assert_num_queries):
    client = browser(make_user())
    read("")  # the names of the directory are in the cache from now on
    with caplog.at_level(logging.DEBUG, logger="postmortems"), django_assert_num_queries(1 + LOOK):
        client.post(reverse("postmortems:hints"), {"text": TEXT})

    assert "crew" not in caplog.text


def test_a_text_is_shown_escaped():
    answer = browser(make_user()).post(
        reverse("postmortems:hints"), {"text": "The crew failed\n<b> to"}
    )

    assert "<b>" not in answer.content.decode().replace("<b>“", "").replace("<b>Wording", "")


def test_names_of_the_directory_are_known():
    assert read("The array was lost because of Ubuntu.") == []
    cache.clear()

    make_user(name="Ubuntu Dlamini")

    assert [hint.phrase for hint in read("The array was lost because of Ubuntu.")] == ["Ubuntu"]


def test_a_name_that_is_an_ordinary_word_is_not_taken_for_a_person():
    make_user(name="Page Galaxy")

    assert read("The replica failed because of Galaxy.") == []


def test_what_is_kept_is_not_asked_about_again_by_anybody_in_the_review(people):
    review, author, facilitator = people.review, people.participant, people.facilitator

    kept = browser(author).post(
        at("keep_wording", review), {"phrase": "failed to", "label": "blameful"}
    )

    assert kept.status_code == 204
    here = browser(facilitator).post(at("hints_here", review), {"text": TEXT})
    assert marked(here) == ["sloppy"]
    elsewhere = browser(facilitator).post(reverse("postmortems:hints"), {"text": TEXT})
    assert marked(elsewhere) == ["failed to", "sloppy"]


def test_keeping_stores_no_person_no_time_and_no_words(people):
    for _ in range(2):
        browser(people.participant).post(
            at("keep_wording", people.review), {"phrase": "Failed\n to", "label": "blameful"}
        )

    (row,) = KeptWording.objects.values()

    assert row == {
        "id": row["id"],
        "review_id": people.review.pk,
        "digest": digest("failed to", "blameful"),
    }


@pytest.mark.parametrize(
    "sent",
    [
        {"phrase": "failed to", "label": "rude"},
        {"phrase": "", "label": "blameful"},
        {"phrase": "x" * 501, "label": "blameful"},
        {},
    ],
)
def test_what_is_no_phrase_of_a_hint_is_not_kept(people, sent):
    answer = browser(people.participant).post(at("keep_wording", people.review), sent)

    assert answer.status_code == 400
    assert not KeptWording.objects.exists()


def test_a_stranger_keeps_nothing(people):
    answer = browser(make_user()).post(
        at("keep_wording", people.review), {"phrase": "failed to", "label": "blameful"}
    )

    assert answer.status_code == 403
    assert not KeptWording.objects.exists()
