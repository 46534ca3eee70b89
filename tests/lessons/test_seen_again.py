"""A lesson that a browser has: sent again when what it shows has changed, and only then."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from actions.models import Action
from common.models import Tag
from lessons import adopting, freshness, library, readership, workflow
from lessons.forms import answers_of
from lessons.models import Adoption, Lesson
from lessons.reading import Mark
from people.models import Membership, Service, Team, User
from postmortems.models import FactorCategory, Review
from tests.make import (
    make_action,
    make_finding,
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


@pytest.fixture
def lesson():
    """With something in each of its places."""
    owner = make_team(name="Storage")
    review = make_review(incident=make_incident(title="The disk filled"))
    told = make_lesson(
        title="Restore one dump a day", source_review=review, team=owner, author=make_user()
    )
    told.tags.add(Tag.objects.create(name="backup", slug="backup"))
    told.services.add(make_service(name="Archive"))
    told.factors.add(FactorCategory.objects.first())
    make_action(title="Alert when a dump is missing", review=review)
    other = make_lesson(title="Look at what you restored")
    other.tags.set(told.tags.all())
    say(told, make_team(name="Network"))
    make_lesson(title="Dumps are enough", state="superseded", superseded_by=told)
    return told


def say(lesson, team, answer="applies", seen=0, note="As it is"):
    return adopting.answer(
        lesson, team, answer=answer, note=note, seen=seen, by=make_user(), at=timezone.now()
    )


def look(client, lesson):
    """(what the page shows, its mark)."""
    answer = client.get(lesson.get_absolute_url())
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    # How much waits for the reader stands around every page, and no mark depends on it.
    page = re.sub(r'<span class="(count|num)">[^<]*</span>', "", page.partition('id="main"')[2])
    return page, answer["ETag"]


def again(client, lesson, etag):
    return client.get(lesson.get_absolute_url(), headers={"If-None-Match": etag})


def test_nothing_of_a_hidden_review_is_in_the_mark(reader):
    review = make_review(incident=make_incident(visibility="restricted"))
    lesson = make_lesson(title="Restore one dump a day", source_review=review)
    before = Mark.of(reader, lesson.number)

    Lesson.objects.filter(pk=lesson.pk).update(finding=make_finding(review))
    make_action(review=review)

    assert Mark.of(reader, lesson.number).parts == before.parts


# What it costs ----------------------------------------------------------------------------------
@pytest.mark.parametrize("extent", [1, 8])
def test_it_costs_three_statements_however_much_is_around_it(
    client, reader, lesson, django_assert_num_queries, extent
):
    for number in range(extent):
        make_action(review=lesson.source_review)
        say(lesson, make_team(members=(reader,)))
        make_lesson(title=f"Other {number}").tags.set(lesson.tags.all())
    _, etag = look(client, lesson)

    # Session, user, what stands on the page, what there is to read next.
    with django_assert_num_queries(3):
        answer = again(client, lesson, etag)

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Last-Modified" in answer


# What changes it --------------------------------------------------------------------------------
def _revise(lesson, **changed):
    answers = answers_of(lesson) | {
        "tags": [tag.name for tag in lesson.tags.all()],
        "services": lesson.services.all(),
        "factors": lesson.factors.all(),
        "reread_on": None,
        "happened_on": None,
    }
    lesson = Lesson.objects.get(pk=lesson.pk)
    workflow.revise(
        lesson, answers | changed, seen=lesson.version, by=make_user(), at=timezone.now()
    )


def _review(lesson):
    return Review.objects.filter(pk=lesson.source_review_id)


def _other(lesson):
    return Lesson.objects.get(title__startswith="Look at")


def _act(lesson):
    team = Team.objects.get(name="Network")
    adopting.act(lesson, team, make_action(title="Try it"), by=make_user(), at=timezone.now())


SHOWN = {
    "its words": lambda lesson, reader: _revise(lesson, advice="Look at it, too."),
    "its tags": lambda lesson, reader: _revise(lesson, tags=["backup", "disks"]),
    "a day to read it again": lambda lesson, reader: freshness.confirm(
        lesson,
        seen=1,
        again_on=timezone.localdate() + timedelta(days=90),
        by=make_user(),
        at=timezone.now(),
    ),
    "that it is due": lambda lesson, reader: (
        Lesson.objects.filter(pk=lesson.pk).update(reread_on=timezone.localdate()),
        freshness.ask(now=timezone.now()),
    ),
    "a newer one": lambda lesson, reader: freshness.supersede(
        lesson, _other(lesson), seen=1, by=make_user(), at=timezone.now()
    ),
    "an older one": lambda lesson, reader: Lesson.objects.filter(superseded_by=lesson).update(
        title="Dumps were enough"
    ),
    "the name of a tag": lambda lesson, reader: Tag.objects.update(name="backups"),
    "the name of a service": lambda lesson, reader: Service.objects.update(name="Vault"),
    "the name of a factor": lambda lesson, reader: FactorCategory.objects.filter(
        lessons=lesson
    ).update(name="Wear"),
    "the name of its team": lambda lesson, reader: Team.objects.filter(name="Storage").update(
        name="Disks"
    ),
    "what another team says": lambda lesson, reader: say(lesson, make_team()),
    "what a team says now": lambda lesson, reader: say(
        lesson, Team.objects.get(name="Network"), answer="fine", seen=1
    ),
    "the name of a team that said so": lambda lesson, reader: Team.objects.filter(
        name="Network"
    ).update(name="Wires"),
    "an action of a team": lambda lesson, reader: _act(lesson),
    "a team of the reader": lambda lesson, reader: make_team(members=(reader,)),
    "the reader looks after a team": lambda lesson, reader: Membership.objects.create(
        team=Team.objects.get(name="Storage"), user=reader, is_manager=True
    ),
    "the reader guides reviews": lambda lesson, reader: User.objects.filter(pk=reader.pk).update(
        is_in_facilitator_pool=True
    ),
    "the reader looks after accounts": lambda lesson, reader: User.objects.filter(
        pk=reader.pk
    ).update(is_admin=True),
    "the reader wrote it": lambda lesson, reader: Lesson.objects.filter(pk=lesson.pk).update(
        author=reader, source_review=None
    ),
    "the reader guides its review": lambda lesson, reader: (
        lesson.source_review.incident.involvements.create(user=reader, capacity="facilitator")
    ),
    "somebody changed something": lambda lesson, reader: readership.use(
        lesson, make_user(), is_used=True
    ),
    "the reader changed something": lambda lesson, reader: readership.use(
        lesson, reader, is_used=True
    ),
    "another action": lambda lesson, reader: make_action(review=lesson.source_review),
    "the words of an action": lambda lesson, reader: Action.objects.update(title="Alert soon"),
    "the state of an action": lambda lesson, reader: Action.objects.update(
        state="verified", verified_at=timezone.now()
    ),
    "the day of an action": lambda lesson, reader: Action.objects.update(
        due_on=timezone.localdate() + timedelta(days=40)
    ),
    "the title of what happened": lambda lesson, reader: type(
        lesson.source_review.incident
    ).objects.update(title="The disk was full"),
    "the severity of what happened": lambda lesson, reader: type(
        lesson.source_review.incident
    ).objects.update(severity="sev1"),
    "a published review": lambda lesson, reader: _review(lesson).update(
        state="published", published_at=timezone.now()
    ),
    "what happened is closed to others": lambda lesson, reader: type(
        lesson.source_review.incident
    ).objects.update(visibility="restricted"),
    "a lesson to read next": lambda lesson, reader: make_lesson(title="Next").tags.set(
        lesson.tags.all()
    ),
    "the title of one": lambda lesson, reader: _revise(_other(lesson), title="Look at it"),
    "why it is one": lambda lesson, reader: _revise(
        _other(lesson), services=lesson.services.all()
    ),
    "one that was taken back": lambda lesson, reader: workflow.unpublish(
        _other(lesson), by=make_user(), reason="Not yet", at=timezone.now()
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SHOWN)
def test_whatever_it_shows_makes_it_another_page(client, reader, lesson, what):
    page, etag = look(client, lesson)
    assert look(client, lesson) == (page, etag)

    SHOWN[what](lesson, reader)

    answer = again(client, lesson, etag)
    assert answer.status_code == 200
    changed, mark = look(client, lesson)
    assert changed != page
    assert mark == answer["ETag"] != etag


def test_a_lesson_that_is_alike_by_its_words_is_on_the_page_and_in_its_mark(client, reader):
    lesson = make_lesson(title="Restore one dump a day")
    alike = make_lesson(title="A dump is one once it was restored", author=reader)
    for row in (lesson, alike):
        library.index(row)
    page, etag = look(client, lesson)
    assert "2 words in common: restore, dump" in page

    workflow.unpublish(alike, by=make_user(), reason="Not yet", at=timezone.now())

    answer = again(client, lesson, etag)
    assert answer.status_code == 200
    assert "in common" not in answer.content.decode()


HIDDEN = {
    "the working text of its review": lambda lesson, reader: _review(lesson).update(
        version=F("version") + 1, changes=F("changes") + 1, trigger="A cron job"
    ),
    "an action one may not know of": lambda lesson, reader: make_action(
        title="Hush", review=lesson.source_review
    ).incidents.add(make_incident(visibility="restricted")),
    "such an action of a team": lambda lesson, reader: (
        Adoption.objects.get().actions.add(
            make_action(review=make_review(incident=make_incident(visibility="restricted")))
        )
    ),
    "a draft with its tag": lambda lesson, reader: make_lesson(
        title="Draft", state=Lesson.State.DRAFT
    ).tags.set(lesson.tags.all()),
    "a lesson of something else": lambda lesson, reader: make_lesson(title="Elsewhere"),
    "an answer about another lesson": lambda lesson, reader: say(_other(lesson), make_team()),
    "who reads it": lambda lesson, reader: readership.count(
        lesson, make_user(), today=timezone.localdate()
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HIDDEN)
def test_what_it_does_not_show_leaves_it_the_same(client, reader, lesson, what):
    page, etag = look(client, lesson)

    HIDDEN[what](lesson, reader)

    assert again(client, lesson, etag).status_code == 304
    assert look(client, lesson) == (page, etag)


# Who it is for ----------------------------------------------------------------------------------
def test_a_page_of_one_reader_or_session_is_never_taken_for_another_one(client, reader, lesson):
    tags = [look(client, lesson)[1]]
    for user in (reader, make_user()):
        client.logout()
        client.force_login(user)
        tags.append(look(client, lesson)[1])

    assert len(set(tags)) == 3


def test_a_date_alone_is_no_reason_to_answer_from_memory(client, reader, lesson):
    first = client.get(lesson.get_absolute_url())

    answer = client.get(
        lesson.get_absolute_url(), headers={"If-Modified-Since": first["Last-Modified"]}
    )

    assert answer.status_code == 200


def test_losing_sight_of_it_is_not_answered_from_memory(client, reader, lesson):
    _, etag = look(client, lesson)
    Lesson.objects.update(state=Lesson.State.DRAFT, superseded_by=None)

    answer = again(client, lesson, etag)

    assert answer.status_code == 404
    assert "ETag" not in answer


def test_a_draft_is_marked_for_its_author_alone(client, reader, lesson):
    draft = make_lesson(state=Lesson.State.DRAFT, author=reader)
    _, etag = look(client, draft)

    assert again(client, draft, etag).status_code == 304
    client.force_login(make_user())
    assert again(client, draft, etag).status_code == 404
    assert client.get(f"/lessons/{draft.number}/").status_code == 404
