"""A published review as Markdown and as JSON."""

import pytest
from django.urls import reverse

from tests.make import make_finding, make_user
from tests.postmortems_publishing.story import approved_story, publish_as_proposed, published_story

pytestmark = pytest.mark.django_db


def get(client, form, **kept):
    story, publication = published_story(**kept)
    client.force_login(story.stranger)
    address = reverse("postmortems:published", args=[story.review.reference])
    return client.get(address, {"as": form}), publication


def test_markdown_tells_the_whole_review_by_roles(client):
    response, publication = get(client, "markdown")
    text = response.content.decode()
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert (
        f"INC-{publication.snapshot['reference'][4:]}-revision-1.md"
        in (response["Content-Disposition"])
    )
    assert text.startswith("# A backup counts only after a restore has been rehearsed\n")
    for heading in ("Milestones", "Contributing factors", "Actions", "Timeline", "Lessons"):
        assert f"\n## {heading}\n" in text
    assert "**Safer:** Show the role in every prompt" in text
    assert "| Noticed | 31 Jan 2017, 21:00 | 2 h |" in text
    assert "Keller" not in text


def test_a_file_of_it_is_english_whoever_keeps_it(client):
    english, publication = get(client, "markdown")
    client.force_login(make_user(language="sv"))

    swedish = client.get(
        reverse("postmortems:published", args=[publication.review.reference]), {"as": "markdown"}
    )

    assert swedish.content == english.content


def test_signs_of_markdown_in_a_card_stay_what_was_written(client):
    story = approved_story()
    make_finding(story.review, goal="right", text="A *star* and | a\n# line", author=story.engineer)
    publish_as_proposed(story)
    client.force_login(story.stranger)
    address = reverse("postmortems:published", args=[story.review.reference])
    text = client.get(address, {"as": "markdown"}).content.decode()
    assert "- A \\*star\\* and \\| a \\# line" in text


def test_json_is_the_snapshot_with_its_revision(client):
    response, publication = get(client, "json")
    data = response.json()
    assert data.pop("revision") == 1
    assert data.pop("published_at") == publication.published_at.isoformat()
    assert data == publication.snapshot


def test_nobody_gets_what_they_may_not_see(client):
    story, _ = published_story(visibility="restricted")
    client.force_login(make_user())
    address = reverse("postmortems:published", args=[story.review.reference])
    for form in ("markdown", "json"):
        assert client.get(address, {"as": form}).status_code == 404
