"""Ten minutes to take a signed publication back, before anybody is told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import Notification
from postmortems import publishing, taking_part, tasks, workflow
from postmortems.models import Participant, PendingPublication, Publication, Review, Section
from tests.make import make_user
from tests.postmortems_publishing.story import approved_story, proposed
from tests.postmortems_publishing.test_publication_pages import signed_form

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def ten_minutes(settings):
    settings.TAKE_BACK = timedelta(minutes=10)


def sign(story, *, now=NOW):
    decisions = proposed(story.review)
    signed = publishing.edition(story.review, decisions).digest
    return publishing.sign_off(
        story.review, by=story.manager, decisions=decisions, signed=signed, now=now
    )


def address(name, story):
    return reverse(f"postmortems:{name}", args=[story.review.reference])


def state_of(story):
    return Review.objects.get(pk=story.review.pk).state


def told(kind):
    return Notification.objects.filter(kind=kind).count()


def test_what_is_signed_waits_and_nobody_is_told():
    story = approved_story()
    waiting = sign(story)

    assert waiting.goes_out_at == LATER
    assert publishing.publish_due(now=LATER - timedelta(seconds=1)) == 0
    assert state_of(story) == Review.State.APPROVED
    assert not Publication.objects.exists()
    assert told("review_published") == 0
    assert not story.review.lessons.filter(state="published").exists()


def test_once_signed_the_names_are_decided_on_and_time_runs(client):
    story = approved_story()
    client.force_login(story.manager)
    assert "may lead to a person" in client.get(address("publish", story)).content.decode()
    sign(story, now=timezone.now())
    page = client.get(address("publish", story)).content.decode()
    assert "may lead to a person" not in page
    assert "Names are decided on" in page
    assert "data-counts-to=" in page


def test_it_goes_out_by_itself_and_once():
    story = approved_story()
    sign(story)

    assert [publishing.publish_due(now=LATER), publishing.publish_due(now=LATER)] == [1, 0]

    assert state_of(story) == Review.State.PUBLISHED
    [publication] = Publication.objects.all()
    assert (publication.signed_by, publication.published_at) == (story.manager, LATER)
    assert told("review_published") == 2
    assert not PendingPublication.objects.exists()


def test_the_scheduler_and_the_command_publish_it(settings):
    settings.TAKE_BACK = timedelta(minutes=5)
    story = approved_story()
    sign(story, now=NOW - timedelta(minutes=6))
    tasks.publish_due()
    assert state_of(story) == Review.State.PUBLISHED


@pytest.mark.parametrize("page", ["publish", "published"])
def test_looking_at_it_publishes_nothing(client, page):
    story = approved_story()
    sign(story, now=NOW - timedelta(minutes=11))
    client.force_login(story.engineer)
    client.get(address(page, story))
    assert state_of(story) == Review.State.APPROVED


def test_what_goes_out_is_what_was_signed():
    story = approved_story()
    digest = publishing.edition(story.review, proposed(story.review)).digest
    sign(story)
    Section.objects.update(text="Anna Keller did it")

    publishing.publish_due(now=LATER)

    [publication] = Publication.objects.all()
    assert publishing.snapshot.digest(publication.snapshot) == digest
    assert "Anna" not in str(publication.snapshot)


def test_it_can_be_taken_back_until_then(client):
    story = approved_story()
    sign(story, now=timezone.now())
    client.force_login(story.manager)
    assert "Take it back" in client.get(address("publish", story)).content.decode()

    client.post(address("take_publication_back", story))

    assert not PendingPublication.objects.exists()
    assert publishing.publish_due(now=LATER) == 0
    assert "Check the names and publish" in client.get(address("publish", story)).content.decode()


@pytest.mark.parametrize("who", ["engineer", "facilitator", "reviewer", "stranger"])
def test_nobody_but_the_managers_takes_it_back(client, who):
    story = approved_story()
    sign(story)
    client.force_login(getattr(story, who))
    assert client.post(address("take_publication_back", story)).status_code == 403
    assert PendingPublication.objects.exists()


def test_what_is_out_is_not_taken_back():
    story = approved_story()
    sign(story)
    publishing.publish_due(now=LATER)
    with pytest.raises(workflow.Refused, match="new revision"):
        publishing.take_back(story.review, by=story.manager)
    assert Publication.objects.count() == 1


def test_signing_again_while_it_waits_changes_nothing():
    story = approved_story()
    assert sign(story) == sign(story, now=LATER)
    assert PendingPublication.objects.get().goes_out_at == LATER


def test_changes_asked_for_meanwhile_win():
    story = approved_story()
    sign(story)
    workflow.ask_for_changes(story.review, by=story.reviewer, comment="One more thing")
    assert publishing.publish_due(now=LATER) == 0
    assert not Publication.objects.exists()


def test_a_wish_for_changes_meanwhile_holds_it_back_and_the_managers_hear_of_it():
    story = approved_story()
    sign(story)
    taking_part.reply(
        story.review, story.engineer, answer=Participant.Reply.OBJECTED, note="Not like this"
    )

    assert publishing.publish_due(now=LATER) == 0

    assert state_of(story) == Review.State.APPROVED
    assert not Publication.objects.exists()
    assert Notification.objects.get(kind="review_held_back").recipient == story.manager
    assert not PendingPublication.objects.exists()


def test_whoever_may_publish_no_longer_publishes_no_longer():
    story = approved_story()
    sign(story)
    story.review.incident.team.memberships.filter(user=story.manager).update(is_manager=False)
    assert publishing.publish_due(now=LATER) == 0
    assert not Publication.objects.exists()


def test_signing_on_the_page_leads_to_the_countdown(client):
    story = approved_story()
    client.force_login(story.manager)
    answer = client.post(address("sign", story), signed_form(client, story), follow=True)
    page = answer.content.decode()
    assert "until then nobody is told" in page
    assert "Take it back" in page
    assert client.get(address("sign", story)).status_code == 302
    client.force_login(story.engineer)
    assert "Take it back" not in client.get(address("publish", story)).content.decode()
    client.force_login(make_user())
    assert client.get(address("published", story)).status_code == 404
