"""Is it still true? The team that looks after a lesson reads it again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.history import EditConflict
from common.models import Activity
from lessons import freshness, waiting, workflow
from lessons.forms import answers_of
from lessons.models import Lesson
from people.models import Notification
from tests.make import make_incident, make_lesson, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

State = Lesson.State


@pytest.fixture
def member(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def team(member):
    return make_team(members=(member,))


@pytest.fixture
def lesson(team):
    return make_lesson(team=team, reread_on=today() - timedelta(days=1), state=State.DUE)


def today():
    return timezone.localdate()


def address(lesson):
    return f"/lessons/{lesson.number}/read-again/"


def send(client, lesson, **answers):
    return client.post(address(lesson), {"verdict": "stands", "seen": lesson.version} | answers)


def test_the_team_says_that_it_stands_and_when_it_is_read_next(client, member, lesson):
    assert send(client, lesson)["Location"] == lesson.get_absolute_url()

    lesson.refresh_from_db()
    assert (lesson.state, lesson.reread_on) == (State.CONFIRMED, today() + timedelta(days=365))
    assert lesson.reread_at is not None
    assert Activity.objects.about(lesson).latest("pk").verb == "read a lesson again: still true"
    html = client.get(lesson.get_absolute_url()).content.decode()
    assert ": still true" in html
    assert "Due for a re-read" not in html


@pytest.mark.parametrize("day", [timedelta(0), timedelta(days=-400), timedelta(days=365 * 6)])
def test_the_next_day_lies_ahead_and_not_too_far(client, member, lesson, day):
    response = send(client, lesson, again_on=str(today() + day))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["again_on"]


def test_what_is_confirmed_is_what_was_read(client, member, lesson):
    workflow.revise(
        lesson,
        answers_of(lesson) | {"insight": "Other words", "tags": []},
        seen=1,
        by=make_user(),
        at=timezone.now(),
    )

    response = send(client, lesson, seen=1)

    assert response.status_code == 409
    assert "Other words" in response.content.decode()
    assert Lesson.objects.get().state == State.REVISED


def test_working_on_its_words_counts_as_having_read_it_again(member, lesson):
    revised = workflow.revise(
        lesson, answers_of(lesson) | {"tags": []}, seen=1, by=member, at=timezone.now()
    )

    assert (revised.state, revised.reread_on) == (State.REVISED, today() + timedelta(days=365))
    assert revised.reread_at is not None


def test_every_member_of_the_team_may_give_it_other_words(client, member, lesson):
    page = client.get(address(lesson)).content.decode()
    assert f"/lessons/{lesson.number}/edit/?reread" in page

    sent = {"title": "Rehearse restores", "insight": "Nobody had tried one.", "seen": 1}
    client.post(f"/lessons/{lesson.number}/edit/?reread", sent | {"team": lesson.team.pk})

    lesson.refresh_from_db()
    assert (lesson.title, lesson.state) == ("Rehearse restores", State.REVISED)
    assert lesson.reread_on == today() + timedelta(days=365)


def test_other_words_answer_the_question_before_it_is_due_and_after_it_was_superseded(member, team):
    early = make_lesson(team=team, reread_on=today() + timedelta(days=9))
    newer = make_lesson(team=team)
    old = make_lesson(team=team, state=State.SUPERSEDED, superseded_by=newer)

    for one in (early, old):
        answers = answers_of(one) | {"tags": []}
        revised = workflow.revise(
            one, answers, seen=1, by=member, at=timezone.now(), is_reread=True
        )

        assert (revised.state, revised.superseded_by) == (State.REVISED, None)
        assert revised.reread_at is not None


def test_who_may_not_know_of_its_incident_says_only_whether_it_still_holds(client, member, team):
    """The form names what of a restricted incident may not stand there."""
    incident = make_incident(team=team, visibility="restricted")
    told = make_lesson(team=team, source_review=make_review(incident=incident))

    page = client.get(address(told))

    assert page.status_code == 200 and "/edit/" not in page.content.decode()
    assert client.get(f"/lessons/{told.number}/edit/").status_code == 403


def test_working_on_a_lesson_that_is_not_due_leaves_its_state(member, team):
    fresh = make_lesson(team=team, reread_on=today() + timedelta(days=9))

    revised = workflow.revise(
        fresh, answers_of(fresh) | {"tags": []}, seen=1, by=member, at=timezone.now()
    )

    assert (revised.state, revised.reread_at) == (State.PUBLISHED, None)


def test_a_superseded_lesson_leads_to_the_newer_one_and_back(client, member, lesson):
    newer = make_lesson(title="Restore every night")

    send(client, lesson, verdict="superseded", newer=str(newer.number))

    lesson.refresh_from_db()
    assert (lesson.state, lesson.superseded_by) == (State.SUPERSEDED, newer)
    assert newer.get_absolute_url() in client.get(lesson.get_absolute_url()).content.decode()
    assert f'Says better what <a href="{lesson.get_absolute_url()}"' in (
        client.get(newer.get_absolute_url()).content.decode()
    )
    assert not Lesson.objects.to_reread(on=today()).exists()


def test_a_superseded_lesson_can_be_true_again(member, lesson):
    later = {"by": member, "at": timezone.now()}
    freshness.supersede(lesson, make_lesson(), seen=1, **later)

    lesson = freshness.confirm(lesson, seen=2, again_on=today() + timedelta(days=9), **later)

    assert (lesson.state, lesson.superseded_by) == (State.CONFIRMED, None)


def test_only_another_lesson_of_the_library_that_still_stands_takes_its_place(
    client, member, lesson
):
    draft = make_lesson(state=State.DRAFT, author=member)
    superseded = make_lesson(state=State.SUPERSEDED, superseded_by=make_lesson())

    for newer in (lesson, draft, superseded):
        with pytest.raises(freshness.NotNewer):
            freshness.supersede(lesson, newer, seen=1, by=member, at=timezone.now())
    for typed in (draft.reference, lesson.reference, superseded.reference, "L-99999", "", "x\x00"):
        response = send(client, lesson, verdict="superseded", newer=typed)
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["newer"])
    lesson.refresh_from_db()
    assert lesson.state == State.DUE


def test_no_two_lessons_supersede_each_other(member, lesson):
    newer = make_lesson()
    freshness.supersede(lesson, newer, seen=1, by=member, at=timezone.now())

    with pytest.raises(freshness.NotNewer):
        freshness.supersede(newer, lesson, seen=1, by=member, at=timezone.now())


def test_the_database_knows_no_superseded_lesson_without_a_newer_one(lesson):
    for fields in (
        {"state": State.SUPERSEDED},
        {"superseded_by": make_lesson()},
        {"state": State.SUPERSEDED, "superseded_by": lesson},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lesson.objects.filter(pk=lesson.pk).update(**fields)


def test_a_newer_lesson_that_is_taken_back_is_not_named(client, member, lesson):
    newer = make_lesson(title="Hush", team=make_team())
    freshness.supersede(lesson, newer, seen=1, by=member, at=timezone.now())
    workflow.unpublish(newer, by=make_user(), reason="Wrong", at=timezone.now())

    assert "Hush" not in client.get(lesson.get_absolute_url()).content.decode()


def test_a_superseded_lesson_can_be_taken_back(member, lesson):
    lesson = freshness.supersede(lesson, make_lesson(), seen=1, by=member, at=timezone.now())

    workflow.unpublish(lesson, by=member, reason="Wrong", at=timezone.now())

    lesson.refresh_from_db()
    assert (lesson.state, lesson.superseded_by) == (State.DRAFT, None)


def test_two_people_reading_it_at_once_meet(member, lesson):
    freshness.confirm(
        lesson, seen=1, again_on=today() + timedelta(days=9), by=member, at=timezone.now()
    )

    with pytest.raises(EditConflict):
        freshness.supersede(lesson, make_lesson(), seen=1, by=member, at=timezone.now())


def test_other_teams_tell_those_who_look_after_it(client, member):
    lesson = make_lesson(team=make_team())

    assert client.get(address(lesson)).status_code == 403
    assert send(client, lesson).status_code == 403
    lesson.refresh_from_db()
    assert lesson.state == State.PUBLISHED


# Asking -----------------------------------------------------------------------------------------
def test_the_sweep_says_what_is_due_and_tells_the_managers_once():
    manager = make_user()
    team = make_team(manager=manager, members=(make_user(),))
    due = make_lesson(team=team, reread_on=today())
    not_yet = make_lesson(team=team, reread_on=today() + timedelta(days=2))

    assert freshness.ask(now=timezone.now()) == 1
    assert freshness.ask(now=timezone.now()) == 0

    due.refresh_from_db()
    not_yet.refresh_from_db()
    assert (due.state, not_yet.state) == (State.DUE, State.PUBLISHED)
    told = Notification.objects.get(kind="lesson_reread")
    assert (told.recipient, told.object_id) == (manager, due.pk)


def test_a_team_without_a_manager_is_told_together(member, lesson):
    assert freshness.ask(now=timezone.now()) == 1
    assert Notification.objects.get().recipient == member


def test_a_month_later_it_is_named_once_more_and_then_no_more(member, lesson):
    now = timezone.now()
    told = [freshness.ask(now=now + timedelta(days=days)) for days in (0, 20, 31, 62, 400)]

    assert told == [1, 0, 1, 0, 0]


def test_it_waits_on_the_home_page_of_its_team_and_of_nobody_else(client, member, lesson):
    rows = waiting.waiting_for(member, now=timezone.now())

    assert [(row.title, row.url) for row in rows] == [
        (f"Is it still true? {lesson.title}", address(lesson))
    ]
    assert f"Is it still true? {lesson.title}" in client.get("/").content.decode()
    assert waiting.waiting_for(make_user(), now=timezone.now()) == []
