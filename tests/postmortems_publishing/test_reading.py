"""How a published review reads: its contents, what a browser keeps of it, what a link shows."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from common import drafts
from postmortems import published_text, publishing, reading, sealing
from postmortems.models import Comment, Protection, PulseCount, Review
from tests.make import make_incident, make_review, make_user
from tests.postmortems_publishing.story import (
    approved_story,
    publish_as_proposed,
    published_story,
    tell_story,
)

pytestmark = pytest.mark.django_db


def address(story, name="published"):
    return reverse(f"postmortems:{name}", args=[story.review.reference])


def page_of(client, story):
    return client.get(address(story)).content.decode()


def etag(client, story):
    return client.get(address(story))["ETag"]


@pytest.fixture
def told(client):
    """A published review, and a stranger reads it."""
    story, _ = published_story()
    client.force_login(story.stranger)
    return story


# Contents ---------------------------------------------------------------------------------------
def test_the_contents_name_every_heading_of_the_text_in_its_order(client):
    story, publication = published_story()
    client.force_login(story.stranger)

    page = page_of(client, story)

    text = page.partition('<article class="read">')[2].partition("</article>")[0]
    shown = re.findall(r'<h2[^>]*? id="([\w-]+)"', text)
    parts = [part.id for part in reading.contents(reading.read(publication.snapshot))]
    assert [name.removesuffix("-h") for name in shown] == parts[: len(shown)]
    assert parts[len(shown) :] == ["factors", "mitigators"]
    for name in parts:
        assert page.count(f'id="{name}"') == 1
        assert page.count(f'<li><a href="#{name}">') == 2


def test_a_review_that_says_little_has_the_parts_it_shows(client):
    story = approved_story(events=0)
    publication = publish_as_proposed(story)
    bare = publication.snapshot | {
        "sections": [],
        "surprises": [],
        "factors": [],
        "mitigators": [],
        "sources": [],
        "trigger": "",
        "basis": "",
        "how_known": "",
        "known_sooner": "",
    }

    assert [part.id for part in reading.contents(reading.read(bare))] == [
        "right", "differently", "wrong", "why", "changes", "timeline", "comments",
    ]  # fmt: skip


# Seen again -------------------------------------------------------------------------------------
def test_a_page_seen_again_costs_two_statements_and_is_not_sent(
    client, told, django_assert_num_queries
):
    first = client.get(address(told))
    assert first["Cache-Control"] == "private, no-cache"
    assert "Cookie" in first["Vary"]
    assert "Last-Modified" in first

    with django_assert_num_queries(2):  # the session with its user, and all that it depends on
        again = client.get(address(told), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_who_took_part_is_asked_one_statement_more(client, told, django_assert_num_queries):
    client.force_login(told.engineer)
    known = etag(client, told)

    with django_assert_num_queries(3):  # whether they answered the pulse
        again = client.get(address(told), headers={"If-None-Match": known})

    assert again.status_code == 304


@pytest.mark.parametrize("extent", [1, 12])
def test_the_page_costs_the_same_however_long_it_is(client, django_assert_num_queries, extent):
    story, publication = published_story(events=extent)
    client.force_login(story.stranger)
    client.get(address(story))

    with django_assert_num_queries(3):  # those two, and the numbers in the navigation
        client.get(address(story))

    for _ in range(extent):
        Comment.objects.create(
            review=story.review, place=Comment.PUBLISHED, author=make_user(), text="Thank you"
        )
    story.review.pulse_counts.filter(question="learned", answer="yes").update(count=5)
    story.review.publications.create(
        revision=2, title=publication.title, snapshot=publication.snapshot
    )
    # And: the snapshot, once; revisions, pulse, participants, what was typed, comments.
    for statements in (9, 8):
        with django_assert_num_queries(statements):
            client.get(address(story))


def test_the_text_that_is_kept_is_one_for_each_zone_and_has_no_reader_in_it(client, told):
    def text(person):
        client.force_login(person)
        page = page_of(client, told)
        assert person.name in page
        return page.partition('<article class="read">')[2].partition('<section id="comments"')[0]

    far = make_user(time_zone="Asia/Tokyo")
    near = make_user(time_zone=told.stranger.time_zone)

    assert text(told.stranger) == text(near) == text(told.stranger)
    assert text(far) == text(far) != text(near)
    assert not any(person.name in text(person) for person in (told.stranger, far, near))


def test_the_buttons_of_one_reader_are_not_those_of_the_next(client, told):
    revise = address(told, "revise")

    def buttons(person):
        client.force_login(person)
        return revise in page_of(client, told)

    everybody = (told.stranger, told.facilitator, told.engineer, told.manager, told.stranger)
    assert [buttons(person) for person in everybody] == [False, True, False, True, False]


def test_another_publication_of_the_same_number_is_another_text(client, told):
    """As after a backup was restored under a running product."""
    before = told.review.publications.get()
    publications = type(before).objects.all()
    one, other = (
        published_text.told(before.pk, at, told.stranger.zone, is_latest=True)
        for at in (before.published_at, before.published_at + timedelta(seconds=1))
    )

    assert publications.count() == 1
    assert one == other
    assert one is not other


def test_whatever_shows_makes_it_another_page(client, told):
    review = told.review
    said = Comment.objects.create(
        review=review, place=Comment.PUBLISHED, author=told.engineer, text="Thank you"
    )
    tags = [etag(client, told)]

    def after(deed):
        deed()
        tags.append(etag(client, told))

    after(lambda: Comment.objects.filter(pk=said.pk).update(text="Thanks", version=2))
    after(lambda: Comment.objects.filter(pk=said.pk).update(settled_at=timezone.now()))
    after(said.delete)
    after(
        lambda: drafts.save(told.stranger, f"comment-{review.reference}-published", {"text": "I"})
    )
    after(lambda: Protection.objects.create(pk=1, seal_after_days=None))
    after(lambda: Protection.objects.update(seal_after_days=5))
    after(lambda: sealing.seal_due(now=timezone.now() + timedelta(days=6)))
    after(
        lambda: review.publications.create(
            revision=2, title="Again", snapshot=review.publications.get().snapshot
        )
    )
    after(
        lambda: Review.objects.filter(pk=review.pk).update(state="archived", archived_reason="Gone")
    )
    later = make_review(incident=make_incident(title="Told better"))
    after(lambda: Review.objects.filter(pk=review.pk).update(superseded_by=later))
    after(lambda: review.incident.involvements.create(user=told.stranger, capacity="facilitator"))

    assert len(set(tags)) == len(tags) == 12


def test_what_does_not_show_leaves_it_the_same(client, told):
    """Who looks again and again learns nothing of the working text, nor of single answers."""
    before = etag(client, told)

    publishing.begin_revision(told.review, by=told.facilitator)
    Review.objects.filter(pk=told.review.pk).update(changes=F("changes") + 1, surprise="New")
    told.review.pulse_counts.filter(question="learned", answer="yes").update(count=4)
    assert etag(client, told) == before

    told.review.pulse_counts.filter(question="learned", answer="yes").update(count=5)
    assert PulseCount.objects.exists()
    assert etag(client, told) != before


def test_a_page_of_one_reader_or_session_is_never_taken_for_another_one(client, told):
    tags = [etag(client, told)]
    for user in (told.stranger, make_user()):
        client.logout()
        client.force_login(user)
        tags.append(etag(client, told))

    assert len(set(tags)) == 3


def test_closing_it_to_others_shows_at_once(client, told):
    first = client.get(address(told))
    client.force_login(told.engineer)
    open_to_all = etag(client, told)
    told.review.incident.visibility = "restricted"
    told.review.incident.save()

    assert etag(client, told) != open_to_all
    client.force_login(told.stranger)
    again = client.get(address(told), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 404
    assert "ETag" not in again


def test_what_is_to_be_said_once_is_said_on_a_page_one_has(client, told):
    client.force_login(told.facilitator)
    publishing.begin_revision(told.review, by=told.facilitator)
    kept = etag(client, told)
    client.post(address(told, "revise"))

    again, later = (client.get(address(told), headers={"If-None-Match": kept}) for _ in range(2))

    assert "can be written on again" in again.content.decode()
    assert (again.status_code, later.status_code) == (200, 304)


# What a link to it shows ------------------------------------------------------------------------
def test_a_link_to_it_shows_its_title_and_first_words(client, told):
    page = page_of(client, told)

    lede = reading.read(told.review.publications.get().snapshot)["lede"]
    assert f'<meta property="og:title" content="{told.review.publications.get().title}">' in page
    assert f'<meta property="og:description" content="{lede}">' in page
    assert '<meta property="og:site_name" content="Second Story">' in page


def test_what_is_restricted_shows_nothing_beside_a_link(client):
    story, _ = published_story(visibility="restricted")
    client.force_login(story.engineer)

    assert 'property="og:' not in page_of(client, story)


def test_who_is_not_signed_in_is_shown_nothing_of_it(client):
    story, publication = published_story()

    answer = client.get(address(story), follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain
    assert 'property="og:' not in page
    assert publication.title not in page


def test_a_working_text_shows_nothing_beside_a_link(client):
    story = tell_story()
    client.force_login(story.engineer)

    assert 'property="og:' not in client.get(story.review.get_absolute_url()).content.decode()
