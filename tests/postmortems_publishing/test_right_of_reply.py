"""An answer is about the text as it was: what changed since is shown, and asked about again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import Notification
from postmortems import since, taking_part, workflow, writing
from postmortems.models import Participant, Review, Section
from tests.postmortems_publishing.story import tell_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered():
    """Somebody agreed; then the account was written anew."""
    story = tell_story(state="drafting")
    taking_part.reply(story.review, story.engineer, answer=Participant.Reply.CONFIRMED)
    return story


def rewrite(story):
    section = Section.objects.get(review=story.review)
    writing.save_section(
        story.review,
        section.kind,
        author=story.facilitator,
        seen=section.version,
        text="Late in the evening two terminals looked alike.",
    )


def reply_of(story):
    return story.review.participants.get(user=story.engineer)


def test_what_changed_since_the_answer_is_shown(client, answered):
    rewrite(answered)
    client.force_login(answered.engineer)

    page = client.get(reverse("postmortems:reply", args=[answered.review.reference]))

    assert "Since you answered" in page.content.decode()
    assert "two terminals looked alike" in page.content.decode()


def test_nothing_changed_is_said_too(client, answered):
    client.force_login(answered.engineer)
    page = client.get(reverse("postmortems:reply", args=[answered.review.reference]))
    assert "No text of it has changed." in page.content.decode()


def test_before_an_answer_there_is_nothing_to_compare(client):
    story = tell_story(state="drafting")
    client.force_login(story.engineer)
    page = client.get(reverse("postmortems:reply", args=[story.review.reference]))
    assert "Since you answered" not in page.content.decode()


def test_an_answer_to_an_older_text_is_asked_for_again(answered):
    rewrite(answered)
    workflow.send_to_reviewer(Review.objects.get(pk=answered.review.pk), by=answered.facilitator)
    assert reply_of(answered).reply == Participant.Reply.NONE
    asked = Notification.objects.filter(kind="review_reply", recipient=answered.engineer)
    assert asked.count() == 1


def test_an_answer_to_this_text_stands(answered):
    rewrite(answered)
    taking_part.reply(answered.review, answered.engineer, answer=Participant.Reply.CONFIRMED)
    workflow.send_to_reviewer(Review.objects.get(pk=answered.review.pk), by=answered.facilitator)
    assert reply_of(answered).reply == Participant.Reply.CONFIRMED


def test_it_costs_one_statement(answered, django_assert_num_queries):
    rewrite(answered)
    with django_assert_num_queries(1):
        changed = since.changed_since(answered.review, timezone.now() - timedelta(minutes=1))
    assert [text.label for text in changed] == ["Section"]
