"""What people follow reaches them: once each, by what everybody may read, in their digest."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from common.models import Tag
from lessons import following, library, news
from lessons.browsing import Asked
from lessons.models import Following, Lesson
from people import deliveries, inbox, preferences, unsubscribing
from people.models import Delivery, Notification
from people.notifications import notify
from people.topics import How
from postmortems import catalogue
from postmortems.models import ContributingFactor, FactorCategory, Publication
from tests.make import (
    make_action,
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    user = make_user(name="Robin Reader")
    client.force_login(user)
    return user


TITLE = "A backup counts only after a restore"


def published(title=TITLE, *, services=(), tags=(), factors=(), **fields):
    lesson = make_lesson(title=title, **fields)
    lesson.services.set(services)
    lesson.tags.set([Tag.objects.get_or_create(name=name, slug=name)[0] for name in tags])
    lesson.factors.set(factors)
    library.index(lesson)
    return lesson


def published_review(**fields):
    review = make_review(incident=make_incident(**fields), state="published")
    Publication.objects.create(review=review, revision=1, title="As published", snapshot={})
    return review


def told(user):
    return list(
        Notification.objects.filter(recipient=user)
        .order_by("occasion")
        .values_list("kind", "object_id", "data__because")
    )


def sweep():
    return news.tell_followers(now=timezone.now() + timedelta(minutes=1))


def test_a_lesson_reaches_whoever_follows_what_it_is_about_once_with_the_reasons(reader):
    service, team = make_service(name="Payments"), make_team(name="Storage")
    factor = FactorCategory.objects.offered().first()
    tag = Tag.objects.create(name="backups", slug="backups")
    for thing in (service, team, factor, tag):
        following.follow(reader, thing)
    following.follow(make_user(), make_service(name="Elsewhere"))
    lesson = published(services=[service], tags=["backups"], factors=[factor], team=team)

    assert (sweep(), sweep()) == (1, 0)

    reasons = f"Payments, Storage, {factor.name} and backups"
    assert told(reader) == [("lesson_followed", lesson.pk, reasons)]


def test_a_published_review_reaches_whoever_follows_what_it_is_about(reader):
    service = make_service(name="Payments")
    following.follow(reader, service)
    review = published_review()
    review.incident.services.add(service)
    ContributingFactor.objects.create(
        review=review, category=FactorCategory.objects.offered().first(), text="Long queue"
    )

    assert (sweep(), sweep()) == (1, 0)

    assert told(reader) == [("review_followed", review.pk, "Payments")]


def test_who_took_part_is_not_told_twice(reader):
    team = make_team()
    following.follow(reader, team)
    review = published_review(team=team)
    notify(reader, kind="review_published", about=review,
           occasion=f"review-{review.pk}-published-1")  # fmt: skip

    assert sweep() == 0


def test_whoever_wrote_a_lesson_is_not_told_of_it(reader):
    team = make_team()
    following.follow(reader, team)
    published(team=team, author=reader)

    assert sweep() == 0


@pytest.mark.parametrize(
    ("hours", "expected"), [(1, 0), (-1, 1)], ids=["published before", "published after"]
)
def test_only_what_is_published_from_then_on_is_news(reader, hours, expected):
    team = make_team()
    now = timezone.now()
    Following.objects.create(follower=reader, team=team, since=now - timedelta(hours=2))
    published(team=team, published_at=now - timedelta(hours=2 + hours))

    assert sweep() == expected


def test_drafts_restricted_and_archived_things_are_no_news(reader):
    service, team = make_service(), make_team()
    following.follow(reader, service)
    following.follow(reader, team)
    draft = make_lesson(state=Lesson.State.DRAFT, team=team)
    draft.services.add(service)
    hidden = published_review(team=team, visibility="restricted", participants=(reader,))
    hidden.incident.services.add(service)
    archived = published_review(team=team)
    type(archived).objects.filter(pk=archived.pk).update(state="archived")
    covering = published_review(team=team)
    covering.also_covers.add(make_incident(visibility="restricted"))
    known = published_review(team=team)

    sweep()

    assert [object_id for _, object_id, _ in told(reader)] == [known.pk]


def test_a_search_finds_new_lessons_that_hold_all_of_its_words(reader):
    payments = make_service(name="Payments", slug="payments")
    following.follow_search(reader, asked("q=restore&service=payments"))
    found = published("A restore is rehearsed", services=[payments])
    published("A restore is rehearsed elsewhere")
    published("Clocks step backwards", services=[payments])

    sweep()

    assert told(reader) == [("lesson_followed", found.pk, "“restore”, service payments")]


def test_a_search_keeps_to_the_filters_among_its_words(reader):
    payments = make_service(name="Payments", slug="payments")
    following.follow_search(reader, asked("q=restore+service:payments"))
    following.follow_search(reader, asked("q=restore+service:nowhere"))
    found = published("A restore is rehearsed", services=[payments])
    published("A restore is rehearsed elsewhere")

    sweep()

    assert told(reader) == [("lesson_followed", found.pk, "“restore service:payments”")]


def test_a_search_does_not_take_a_new_word_for_a_slip_of_its_own(reader):
    following.follow_search(reader, asked("q=restores"))
    published("A store is rehearsed")

    assert sweep() == 0


def test_a_factor_joined_into_another_is_still_followed(reader):
    old, new = FactorCategory.objects.offered()[:2]
    following.follow(reader, old)
    catalogue.join(old, new, by=make_user())
    published(factors=[new])

    sweep()

    assert [because for _, _, because in told(reader)] == [new.name]
    [row] = [following.shown(each) for each in Following.objects.of(reader)]
    assert row.name == new.name


def test_a_closed_account_is_told_nothing(reader):
    team = make_team()
    following.follow(reader, team)
    reader.is_active = False
    reader.save()
    published(team=team)

    assert sweep() == 0


def test_the_sweep_costs_the_same_however_much_is_published(django_assert_max_num_queries):
    team, service = make_team(), make_service()
    for _ in range(3):
        following.follow(make_user(), team)
    for _ in range(12):
        published(team=team, services=[service])
        published_review(team=team)

    with django_assert_max_num_queries(22):
        assert sweep() == 72


# As it is read -----------------------------------------------------------------------------------
def test_the_digest_tells_it_as_something_to_read(reader):
    team = make_team(name="Storage")
    following.follow(reader, team)
    published(insight="Five ways existed. The sixth one worked.", team=team)
    review = published_review(team=team, title="Saving fails")
    make_action(owner=reader)
    sweep()
    mail.outbox = []

    deliveries.deliver_waiting(now=timezone.now() + timedelta(days=8))

    [sent] = mail.outbox
    assert "WHAT YOU FOLLOW" in sent.body.upper()
    assert TITLE in sent.body
    assert "Five ways existed.\n" in sent.body
    assert "The sixth one" not in sent.body
    assert sent.body.count("You follow Storage") == 2
    assert f"/reviews/{review.reference}/published/" in sent.body
    assert "Saving fails" in sent.body
    assert "/settings/following/" in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_it_waits_for_the_digest_unless_somebody_wants_it_otherwise(reader):
    team = make_team()
    following.follow(reader, team)
    published(team=team)
    sweep()
    assert Delivery.objects.get().shares_mail

    preferences.silence(reader, ["followed"])

    assert not Delivery.objects.exists()
    [line] = inbox.lines(list(Notification.objects.all()), reader)
    assert line.text == f"New lesson: {TITLE}"


def test_what_is_taken_back_meanwhile_is_not_mailed(reader):
    team = make_team()
    following.follow(reader, team)
    lesson = published(team=team)
    sweep()
    Lesson.objects.filter(pk=lesson.pk).update(state="draft", published_at=None)
    mail.outbox = []

    deliveries.deliver_waiting(now=timezone.now() + timedelta(days=8))

    assert mail.outbox == []


# Choosing ----------------------------------------------------------------------------------------
def asked(query):
    return Asked.read(QueryDict(query))


def names(user):
    return [following.shown(each).name for each in Following.objects.of(user)]


def test_the_page_follows_by_name_and_stops(client, reader):
    service = make_service(name="Payments")
    published(tags=["backups"])

    page = client.post("/settings/following/", {"service": service.slug, "tag": "Backups"})
    assert page.status_code == 302
    assert names(reader) == ["Payments", "backups"]

    following.issue(reader, following.feed_name(Following.objects.first().pk), now=timezone.now())
    client.post(f"/settings/following/{Following.objects.first().pk}/stop/")
    assert names(reader) == ["backups"]
    assert not reader.feed_keys.exists()


def test_a_tag_of_something_restricted_is_as_unknown_as_one_that_never_was(client, reader):
    tag = Tag.objects.create(name="quillwort", slug="quillwort")
    make_incident(visibility="restricted").tags.add(tag)
    make_lesson(state=Lesson.State.DRAFT).tags.add(tag)

    page = client.post("/settings/following/", {"tag": "quillwort"})
    client.post("/settings/following/search/", {"query": "tag=quillwort"})

    assert page.status_code == 422
    assert "Nothing here has the tag “quillwort” so far." in page.content.decode()
    # What was typed is kept as a search, which says nothing about the tag.
    assert [each.query for each in Following.objects.of(reader)] == ["tag=quillwort"]


def test_from_the_page_of_a_lesson_one_ticks_what_it_is_about(client, reader):
    service, team = make_service(name="Payments"), make_team(name="Storage")
    lesson = published(services=[service], team=team, tags=["backups"])
    other = make_service(name="Elsewhere")
    for thing in (team, other):
        following.follow(reader, thing)
    following.follow_search(reader, asked("q=restore"))
    address = f"/settings/following/choose/?lesson={lesson.number}"

    rows = client.get(address).context["rows"]
    assert [(name, is_followed) for _, name, _, is_followed in rows] == [
        ("Payments", False), ("Storage", True), ("backups", False)
    ]  # fmt: skip
    client.post(address, {"thing": [f"service:{service.slug}", f"service:{make_service().slug}"]})

    assert names(reader) == ["Elsewhere", "“restore”", "Payments"]


def test_the_library_follows_a_search_in_one_click(client, reader):
    published("A restore is rehearsed")
    address = "/lessons/?q=restore&kind=near_miss"
    assert b"Follow this" in client.get(address).content

    [query] = [client.get(address).context["library"].asked.kept]
    answer = client.post("/settings/following/search/", {"query": query})
    again = client.post("/settings/following/search/", {"query": query})

    assert (answer.url, again.status_code) == ("/lessons/?q=restore&kind=near_miss", 302)
    assert names(reader) == ["“restore”, from near miss"]
    assert b"You follow this" in client.get(address).content
    assert b"Follow this" not in client.get("/lessons/").content


def test_a_search_for_one_service_is_following_that_service(client, reader):
    service = make_service(name="Payments", slug="payments")

    client.post("/settings/following/search/", {"query": "service=payments"})

    assert Following.objects.get().service == service
    assert b"You follow this" in client.get("/lessons/?service=payments").content


def test_an_empty_search_is_refused_in_words(client, reader):
    page = client.post("/settings/following/search/", {"query": "page=2"}, follow=True)

    assert "Search for something first" in page.content.decode()
    assert not Following.objects.exists()


def test_nobody_stops_what_another_follows(client, reader):
    theirs = following.follow(make_user(), make_team())

    assert client.post(f"/settings/following/{theirs.pk}/stop/").status_code == 404
    assert Client().post(f"/settings/following/{theirs.pk}/stop/").status_code == 302
    assert Following.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("things", [(), ("team", "service"), ("team", "query")])
def test_the_database_wants_exactly_one_thing(reader, things):
    values = {"team": make_team(), "service": make_service(), "query": "q=x"}

    with pytest.raises(IntegrityError), transaction.atomic():
        Following.objects.create(follower=reader, **{name: values[name] for name in things})


def test_one_click_in_a_mail_silences_it(reader):
    path = unsubscribing.path_for(reader, {"followed"})

    Client().post(path)

    assert preferences.of(reader).choices == {"followed": How.BELL}
