"""The page of one lesson."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.models import Tag
from lessons import library
from lessons.models import Lesson
from postmortems.models import FactorCategory
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
    user = make_user()
    client.force_login(user)
    return user


def tagged(title, *names, **fields):
    lesson = make_lesson(title=title, **fields)
    lesson.tags.set([Tag.objects.get_or_create(name=name, slug=name)[0] for name in names])
    return lesson


def test_the_address_says_what_it_is_about(client, reader):
    lesson = make_lesson(title="A backup counts only after a restore!")

    assert lesson.get_absolute_url() == (
        f"/lessons/{lesson.number}-a-backup-counts-only-after-a-restore/"
    )
    assert client.get(lesson.get_absolute_url()).status_code == 200


def test_another_address_of_it_leads_to_the_present_one(client, reader):
    lesson = make_lesson(title="New title")

    for old in (f"/lessons/{lesson.number}-old-title/", f"/lessons/{lesson.number}/"):
        response = client.get(old)
        assert (response.status_code, response["Location"]) == (301, lesson.get_absolute_url())


def test_another_address_of_it_leads_to_the_file_at_once(client, reader):
    lesson = make_lesson(title="New title")

    for address in (f"/lessons/{lesson.number}-old-title/", f"/lessons/{lesson.number}/"):
        told = client.get(address, {"as": "json"}).json()
        assert told["title"] == "New title"


def test_a_title_without_letters_has_an_address(client, reader):
    assert client.get(make_lesson(title="!?").get_absolute_url()).status_code == 200


def test_everything_it_says_is_shown_as_text(client, reader):
    lesson = make_lesson(
        title="<b>Bold</b>",
        insight="One & two",
        situation="First.\n\n<script>x</script>",
        advice="Do it",
        where_applies="Everywhere",
    )

    html = client.get(lesson.get_absolute_url()).content.decode()

    assert "<h1>&lt;b&gt;Bold&lt;/b&gt;</h1>" in html
    assert '<p class="lede">One &amp; two</p>' in html
    assert "<p>&lt;script&gt;x&lt;/script&gt;</p>" in html
    for text in ("Do it", "Everywhere"):
        assert text in html


def test_what_has_changed_since_names_only_visible_actions(client, reader):
    review = make_review()
    lesson = make_lesson(source_review=review)
    make_action(title="Restore one dump a day", review=review)
    hidden = make_action(title="Hush", review=review)
    hidden.incidents.add(make_incident(visibility="restricted"))

    html = client.get(lesson.get_absolute_url()).content.decode()

    assert "Restore one dump a day" in html
    assert "Agreed, due" in html
    assert "Hush" not in html


def test_a_lesson_from_a_restricted_incident_says_nothing_of_it(client, reader):
    incident = make_incident(title="Zeppelin", severity="sev1", visibility="restricted")
    review = make_review(incident=incident)
    lesson = make_lesson(source_review=review)
    make_action(title="Hush", review=review)

    html = client.get(lesson.get_absolute_url()).content.decode()

    for trace in (incident.reference, "Zeppelin", "SEV 1", "Hush", "Where it comes from"):
        assert trace not in html

    incident.involvements.create(user=reader)
    html = client.get(lesson.get_absolute_url()).content.decode()
    for trace in (incident.reference, "Zeppelin", "SEV 1", "Hush", "Where it comes from"):
        assert trace in html


def test_a_draft_does_not_exist_for_others(client, reader):
    draft = make_lesson(state=Lesson.State.DRAFT)

    response = client.get(draft.get_absolute_url())

    assert response.status_code == 404
    assert draft.title not in response.content.decode()
    assert client.get(f"/lessons/{draft.number}/edit/").status_code == 404
    assert client.post(f"/lessons/{draft.number}/publish/").status_code == 404


def test_a_draft_is_there_for_its_author_the_named_and_the_managers(client):
    author, named, manager = make_user(), make_user(), make_user()
    team = make_team(manager=manager)
    incident = make_incident(team=team, participants=(named,))
    drafts = [
        make_lesson(
            state=Lesson.State.DRAFT, author=author, source_review=make_review(incident=incident)
        ),
        make_lesson(state=Lesson.State.DRAFT, author=author, team=team),
    ]

    def seen_by(user):
        return list(Lesson.objects.visible_to(user).order_by("pk"))

    assert seen_by(author) == drafts
    assert seen_by(named) == drafts[:1]
    assert seen_by(manager) == drafts
    assert seen_by(make_user()) == []


# What to read next ------------------------------------------------------------------------------
def test_related_lessons_say_what_they_share(reader):
    service = make_service()
    factor = FactorCategory.objects.first()
    lesson = tagged("This", "backup", "restore")
    lesson.services.add(service)
    lesson.factors.add(factor)
    by_tag = tagged("Tag", "backup")
    by_factor = tagged("Factor", "other")
    by_factor.factors.add(factor)
    by_both = tagged("Both", "restore", "backup", "disks")
    by_both.services.add(service)
    tagged("Unrelated", "other")
    tagged("Draft", "backup", state=Lesson.State.DRAFT)

    assert [(one.lesson, one.reason) for one in library.related(reader, lesson)] == [
        (by_both, "Same tags “backup”, “restore” and service"),
        (by_tag, "Same tag “backup”"),
        (by_factor, "Same contributing factor"),
    ]


@pytest.mark.parametrize("others", [1, 12])
def test_related_lessons_are_five_at_most_in_three_statements(
    reader, django_assert_num_queries, others
):
    lesson = tagged("This", "backup")
    for number in range(others):
        tagged(f"Other {number}", "backup")

    with django_assert_num_queries(3):
        assert len(library.related(reader, lesson)) == min(others, 5)


def test_a_lesson_about_nothing_is_related_by_its_words(reader):
    lesson = make_lesson(title="Restoring a backup needs a rehearsal")
    alike = make_lesson(title="Rehearse before the night", insight="A restore on paper is none.")
    make_lesson(title="A restore of another kind")
    make_lesson(title="Rehearsed restores", state=Lesson.State.DRAFT)
    for row in Lesson.objects.all():
        library.index(row)

    assert [(one.lesson, one.reason) for one in library.related(reader, lesson)] == [
        (alike, "2 words in common: restoring, rehearsal")
    ]


def test_what_a_newer_one_says_better_is_not_what_to_read_next(reader):
    lesson = tagged("This", "backup", happened_on="2020-01-30")
    tagged("Old", "backup", state="superseded", superseded_by=lesson, happened_on="2022-01-30")
    alone = make_lesson(title="Restoring a backup needs a rehearsal")
    make_lesson(title="Restore a backup", state="superseded", superseded_by=alone)
    for row in Lesson.objects.all():
        library.index(row)

    assert library.related(reader, lesson) == []
    assert library.related(reader, alone) == []
    assert list(library.newest(reader, limit=9)) == [alone, lesson]
    assert library.from_the_archive(reader, today=date(2026, 1, 31)) == lesson


def test_a_lesson_like_no_other_is_related_to_nothing(reader):
    make_lesson(title="Alert on missing dumps")

    assert library.related(reader, make_lesson(title="Restore a backup")) == []


@pytest.mark.parametrize("extent", [1, 8])
def test_the_page_costs_the_same_however_much_is_around_it(
    client, reader, django_assert_num_queries, extent
):
    review = make_review()
    lesson = tagged("This", "backup", source_review=review)
    for number in range(extent):
        make_action(review=review)
        tagged(f"Other {number}", "backup", source_review=review)
        lesson.services.add(make_service())
    client.get(lesson.get_absolute_url())
    # Session, user, what it depends on in two, lesson, tags, services, factors, source, changes,
    # standing twice, related in two, reach in three, newer and older, use, curating, numbers in
    # the navigation.
    with django_assert_num_queries(20):
        client.get(lesson.get_absolute_url())


# The home page's two questions ------------------------------------------------------------------
def test_newest_in_the_library(reader):
    now = datetime(2017, 2, 10, tzinfo=UTC)
    older, newer = (make_lesson(published_at=now - timedelta(days=days)) for days in (2, 1))
    make_lesson(published_at=now - timedelta(days=3))
    make_lesson(state=Lesson.State.DRAFT)

    assert list(library.newest(reader, limit=2)) == [newer, older]


@pytest.mark.parametrize(
    ("happened_on", "today"),
    [
        (date(2009, 1, 31), date(2017, 1, 31)),
        (date(2016, 2, 3), date(2017, 1, 31)),
        (date(2015, 12, 30), date(2017, 1, 2)),
        (date(2016, 2, 29), date(2017, 2, 27)),
        (date(2015, 2, 27), date(2016, 2, 29)),
    ],
)
def test_the_archive_brings_back_this_week_of_an_earlier_year(reader, happened_on, today):
    lesson = make_lesson(happened_on=happened_on)

    assert library.from_the_archive(reader, today=today) == lesson


@pytest.mark.parametrize("happened_on", [None, date(2017, 1, 30), date(2016, 2, 4)])
def test_other_weeks_and_this_year_stay_in_the_archive(reader, happened_on):
    make_lesson(happened_on=happened_on)

    assert library.from_the_archive(reader, today=date(2017, 1, 31)) is None


def test_the_nearest_year_comes_first_and_drafts_never(reader):
    make_lesson(happened_on=date(2014, 1, 31))
    nearest = make_lesson(happened_on=date(2015, 2, 1))
    make_lesson(happened_on=date(2016, 1, 31), state=Lesson.State.DRAFT)

    assert library.from_the_archive(reader, today=date(2017, 1, 31)) == nearest


# What a link to it shows, and what a long one has ------------------------------------------------
def test_a_link_to_a_lesson_shows_it_and_a_link_to_a_draft_shows_nothing(client, reader):
    told = make_lesson(title="Rehearse the restore", insight='Five "ways" on paper')
    draft = make_lesson(state=Lesson.State.DRAFT, author=reader)

    page = client.get(told.get_absolute_url()).content.decode()

    assert '<meta property="og:title" content="Rehearse the restore">' in page
    assert '<meta property="og:description" content="Five &quot;ways&quot; on paper">' in page
    assert 'property="og:' not in client.get(draft.get_absolute_url()).content.decode()


def test_a_long_lesson_has_contents_and_a_short_one_has_none(client, reader):
    long = make_lesson(situation="word " * 400, advice="Do it", where_applies="")
    short = make_lesson(situation="word", advice="Do it")

    page = client.get(long.get_absolute_url()).content.decode()

    for name in ("situation", "advice"):
        assert page.count(f'<li><a href="#{name}">') == 2
        assert page.count(f' id="{name}"') == 1
    assert "#applies" not in page
    assert "Contents" not in client.get(short.get_absolute_url()).content.decode()
