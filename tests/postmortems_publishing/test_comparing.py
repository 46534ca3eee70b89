"""What a later revision says otherwise."""

import pytest
from django.urls import reverse

from postmortems.comparing import changed_parts
from tests.postmortems_publishing.story import published_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    return published_story()


def test_only_the_words_that_differ_are_marked(told):
    _, publication = told
    old = publication.snapshot

    [(_, [change])] = changed_parts(old, old | {"trigger": "A leftover folder"})

    assert change.before == [("same", "A leftover "), ("gone", "directory")]
    assert change.after == [("same", "A leftover "), ("new", "folder")]


def test_what_is_said_in_other_words_altogether_is_shown_whole(told):
    _, publication = told
    old = publication.snapshot

    [(_, [change])] = changed_parts(old, old | {"trigger": "The night shift changed a rule"})

    assert change.before == [("gone", "A leftover directory")]
    assert change.after == [("new", "The night shift changed a rule")]


def test_what_came_and_what_went_stands_alone(told):
    _, publication = told
    old = publication.snapshot

    [(_, [gone])] = changed_parts(old, old | {"trigger": ""})
    [(_, [came])] = changed_parts(old | {"trigger": ""}, old)

    assert gone == ([("gone", "A leftover directory")], [])
    assert came == ([], [("new", "A leftover directory")])
    assert changed_parts(old, old) == []


def test_the_page_shows_both_and_marks_what_differs(client, told):
    story, publication = told
    story.review.publications.create(
        revision=2,
        title="Again",
        snapshot=publication.snapshot | {"trigger": "A leftover <folder>"},
    )
    client.force_login(story.stranger)

    page = client.get(
        reverse("postmortems:compare", args=[story.review.reference, 1, 2])
    ).content.decode()

    assert "A leftover <del>directory</del>" in page
    assert "A leftover <ins>&lt;folder&gt;</ins>" in page
