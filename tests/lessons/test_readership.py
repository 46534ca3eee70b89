"""How far a lesson is read and used: counted by month and team, never by name."""

from datetime import date

import pytest
from django.utils import timezone

from lessons import readership
from lessons.models import Readership, ReaderTicket, Use
from people.models import User
from tests.make import make_lesson, make_team, make_user

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


def test_a_reader_is_counted_once_a_month_for_all_and_for_each_of_their_teams():
    reader, lesson = make_user(), make_lesson()
    one, two = make_team(members=(reader,)), make_team(members=(reader,))

    counted = [
        readership.count(lesson, reader, today=day)
        for day in (DAY, date(2026, 11, 30), date(2026, 12, 1))
    ]

    assert counted == [True, False, True]
    rows = Readership.objects.order_by("month", "team").values_list("month", "team", "readers")
    assert set(rows) == {
        (date(2026, month, 1), team, 1) for month in (11, 12) for team in (None, one.pk, two.pk)
    }


def test_the_newest_month_comes_first_and_small_teams_are_not_named():
    lesson = make_lesson()
    large = make_team(members=tuple(make_user() for _ in range(3)), name="Large")
    small = make_team(members=(make_user(), make_user()), name="Small")
    for reader in User.objects.all():
        readership.count(lesson, reader, today=DAY)
    readership.count(lesson, small.members.first(), today=date(2026, 12, 2))

    newest, before = readership.by_month(lesson)

    assert (newest.first, newest.readers, newest.teams, newest.few) == (
        date(2026, 12, 1),
        1,
        [],
        1,
    )
    assert (before.readers, before.teams, before.few) == (5, [(large, 3)], 1)


def test_no_row_leads_back_to_a_reader():
    for model in (Readership, ReaderTicket, Use):
        assert not any(field.related_model is User for field in model._meta.get_fields())
    first, second = make_user(), make_user()
    for lesson in (make_lesson(), make_lesson()):
        for reader in (first, second):
            readership.count(lesson, reader, today=DAY)
    # The same person is another one for every lesson and month.
    assert len(set(ReaderTicket.objects.values_list("digest", flat=True))) == 4


def test_tickets_go_when_the_month_is_over_and_numbers_stay():
    lesson, reader = make_lesson(), make_user()
    readership.count(lesson, reader, today=DAY)

    assert readership.forget(today=DAY) == 0
    assert readership.forget(today=date(2026, 12, 1)) == 1
    assert readership.by_month(lesson)[0].readers == 1


def test_looking_at_a_lesson_counts_nobody_and_its_script_does(client):
    lesson, reader = make_lesson(), make_user()
    client.force_login(reader)

    html = client.get(lesson.get_absolute_url()).content.decode()
    assert f'hx-post="/lessons/{lesson.number}/readers/count/" hx-trigger="load delay:10s"' in html
    assert not Readership.objects.exists()
    assert client.post(f"/lessons/{lesson.number}/readers/count/").status_code == 204
    month = f"{timezone.localdate():%B %Y}"
    assert month in client.get(f"/lessons/{lesson.number}/readers/").content.decode()


def test_somebody_says_that_it_changed_something_and_can_take_it_back(client):
    lesson, reader = make_lesson(), make_user()
    client.force_login(reader)
    readership.use(lesson, make_user(), is_used=True)

    for _ in range(2):
        client.post(f"/lessons/{lesson.number}/use/")
    assert readership.used(lesson, reader) == readership.Used(2, by_me=True)
    assert "2 people have changed" in client.get(lesson.get_absolute_url()).content.decode()

    client.post(f"/lessons/{lesson.number}/use/", {"taken_back": "1"})
    assert readership.used(lesson, reader) == readership.Used(1, by_me=False)


def test_a_draft_counts_nobody(client):
    author = make_user()
    draft = make_lesson(state="draft", author=author)
    client.force_login(author)

    for path in ("readers/count/", "use/"):
        assert client.post(f"/lessons/{draft.number}/{path}").status_code == 403
    assert not Readership.objects.exists()
    assert not Use.objects.exists()


def test_reading_on_keeps_the_page_fresh_for_its_reader(client):
    """A count that stood on the page would make every visit a new one."""
    lesson = make_lesson()
    client.force_login(make_user())
    etag = client.get(lesson.get_absolute_url())["ETag"]
    client.post(f"/lessons/{lesson.number}/readers/count/")

    again = client.get(lesson.get_absolute_url(), HTTP_IF_NONE_MATCH=etag)
    assert again.status_code == 304
