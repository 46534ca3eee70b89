"""Atom feeds of what everybody may read, at addresses that are secrets."""

import hashlib
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from lessons import following, library
from lessons.models import Following, Lesson
from people.models import FeedKey
from postmortems.models import Publication
from tests.make import make_incident, make_lesson, make_review, make_service, make_team, make_user
from tests.restricted import hidden

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def owner(client):
    user = make_user()
    client.force_login(user)
    return user


def make_address(client, of="library:everything"):
    page = client.post("/settings/following/feed/", {"of": of})
    assert page.status_code == 200
    address = page.context["address"]
    assert address in page.content.decode()
    return address[address.index("/lessons/feed.atom") :]


def read(address, **headers):
    response = Client().get(address, **headers)
    assert response.status_code == 200, response.status_code
    assert response["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(response.content)


def titles(address):
    return [entry.findtext(f"{ATOM}title") for entry in read(address).iter(f"{ATOM}entry")]


def published_review(headline, **fields):
    review = make_review(incident=make_incident(**fields), state="published")
    Publication.objects.create(
        review=review, revision=1, title=headline, snapshot={"lede": "It took <six> hours."}
    )
    return review


def test_everything_published_is_in_it_newest_first_and_nothing_else(client, owner):
    now = timezone.now()
    make_lesson(title="Older", published_at=now - timedelta(days=2))
    make_lesson(title="A draft", state=Lesson.State.DRAFT)
    review = published_review("As it was published", title="With the name of Sam")
    make_review()
    address = make_address(client)

    feed = read(address)

    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == [
        "As it was published", "Older"
    ]  # fmt: skip
    first = feed.find(f"{ATOM}entry")
    assert first.find(f"{ATOM}link").get("href").endswith(f"/reviews/{review.reference}/published/")
    assert first.findtext(f"{ATOM}summary") == "<p>It took &lt;six&gt; hours.</p>"
    # Neither the key nor anybody who wrote is in it.
    content = Client().get(address).content.decode()
    assert address.partition("key=")[2] not in content
    assert [author.findtext(f"{ATOM}name") for author in feed.iter(f"{ATOM}author")] == [
        "Second Story"
    ]
    assert "Sam" not in content


def test_a_feed_of_one_thing_and_of_everything_one_follows(client, owner):
    payments, storage = make_service(), make_team()
    one, other = following.follow(owner, payments), following.follow(owner, storage)
    make_lesson(title="Of payments").services.add(payments)
    make_lesson(title="Of storage", team=storage)
    make_lesson(title="Of nobody")
    review = published_review("Review of payments")
    review.incident.services.add(payments)

    assert titles(make_address(client, following.feed_name(one.pk))) == [
        "Review of payments", "Of payments"
    ]  # fmt: skip
    assert titles(make_address(client, following.feed_name(other.pk))) == ["Of storage"]
    assert titles(make_address(client, "library:followed")) == [
        "Review of payments", "Of storage", "Of payments"
    ]  # fmt: skip


def test_a_feed_of_a_search(client, owner):
    client.post("/settings/following/search/", {"query": "q=restore"})
    for title in ("A restore is rehearsed", "Clocks step backwards"):
        library.index(make_lesson(title=title))

    assert titles(make_address(client, following.feed_name(Following.objects.get().pk))) == [
        "A restore is rehearsed"
    ]


def test_asking_again_costs_no_content_until_something_changes(client, owner):
    lesson = make_lesson(title="A restore is rehearsed")
    address = make_address(client)
    first = Client().get(address)

    def ask(**headers):
        return Client().get(address, headers=headers)

    again = ask(if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert ask(if_modified_since=first["Last-Modified"]).status_code == 304
    Lesson.objects.filter(pk=lesson.pk).update(title="Another title", version=2)
    assert ask(if_none_match=first["ETag"]).status_code == 200
    assert "private" in first["Cache-Control"]


def test_what_is_taken_back_or_restricted_leaves_with_the_next_request(client, owner):
    lesson = make_lesson(title="Taken back")
    review = published_review("Restricted")
    covering = published_review("Covering")
    archived = published_review("Archived")
    address = make_address(client)
    assert set(titles(address)) == {"Taken back", "Restricted", "Covering", "Archived"}

    Lesson.objects.filter(pk=lesson.pk).update(state="draft", published_at=None)
    type(review.incident).objects.filter(pk=review.incident.pk).update(visibility="restricted")
    covering.also_covers.add(make_incident(visibility="restricted"))
    type(archived).objects.filter(pk=archived.pk).update(state="archived")

    assert titles(address) == []


def test_not_even_who_is_named_on_it_gets_something_restricted_into_a_feed(client, owner):
    published_review("Restricted", visibility="restricted", participants=(owner,))

    assert titles(make_address(client)) == []


def test_rights_end_with_the_account_the_year_the_wish_and_the_following(client, owner):
    one = following.follow(owner, make_team())
    address = make_address(client, following.feed_name(one.pk))
    key = FeedKey.objects.get()

    def status():
        return Client().get(address).status_code

    assert status() == 200
    owner.is_active = False
    owner.save()
    assert status() == 404
    owner.is_active = True
    owner.save()
    FeedKey.objects.update(expires_at=timezone.now())
    assert status() == 404
    FeedKey.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert status() == 200
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.post(f"/settings/following/feed/{key.pk}/").status_code == 404
    assert status() == 200
    with transaction.atomic():
        Following.objects.all().delete()
        assert status() == 404
        transaction.set_rollback(True)
    client.post(f"/settings/following/feed/{key.pk}/")
    assert status() == 404
    assert Client().get("/lessons/feed.atom").status_code == 404
    assert Client().get("/lessons/feed.atom?key=%00").status_code == 404


def test_a_key_is_kept_as_a_hash_and_shown_once(client, owner):
    secret = make_address(client).partition("key=")[2]

    assert FeedKey.objects.get().digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in client.get("/settings/following/").content.decode()


def test_the_key_of_a_calendar_opens_no_feed_and_the_other_way_round(client, owner):
    page = client.post("/actions/calendars/", {"team": ""})
    secret = page.context["address"].partition("key=")[2]
    ours = make_address(client).partition("key=")[2]

    assert Client().get(f"/lessons/feed.atom?key={secret}").status_code == 404
    assert Client().get(f"/actions/calendar.ics?key={ours}").status_code == 404


def test_nobody_makes_a_feed_of_what_another_follows(client, owner):
    theirs = following.follow(make_user(), make_team())

    for of in (following.feed_name(theirs.pk), "library:following:x", "actions:mine", ""):
        assert client.post("/settings/following/feed/", {"of": of}).status_code == 404
    assert not FeedKey.objects.exists()


def test_characters_that_xml_has_no_place_for_are_left_out(client, owner):
    make_lesson(title="A bell \x07 and \ufffe & <b>", insight="Form\x0cfeed")

    assert titles(make_address(client)) == ["A bell  and  & <b>"]


def test_a_feed_costs_the_same_for_any_length(client, owner, django_assert_num_queries):
    service = make_service()
    one = following.follow(owner, service)
    address = make_address(client, following.feed_name(one.pk))
    for number in range(60):
        make_lesson(title=f"Lesson {number}").services.add(service)
    published_review("A review").incident.services.add(service)

    with django_assert_num_queries(5):  # the key, the following twice, lessons, reviews
        assert len(titles(address)) == 50


def test_every_feed_is_the_same_as_if_the_restricted_incident_had_never_been():
    """With the key of an outsider who follows everything that it is about."""
    base = hidden.build()
    outsider = base.people["M"]
    addresses = [
        f"/lessons/feed.atom?key={following.issue(outsider, of, now=timezone.now())}"
        for of in (
            following.EVERYTHING,
            following.FOLLOWED,
            following.BULLETIN,
            *(following.feed_name(each.pk) for each in Following.objects.of(outsider)),
        )
    ]

    def answers():
        return [Client().get(address).content for address in addresses]

    without = answers()
    with transaction.atomic():
        hidden.add(base)
        with_it = answers()
        transaction.set_rollback(True)

    assert with_it == without
    assert len(addresses) == 7
    assert all(b"<entry>" in answer for answer in without[:4])
