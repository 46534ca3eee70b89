"""Other teams ask themselves whether a lesson applies to them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from actions.models import Action
from actions.permissions import can_create_alone
from common.history import EditConflict
from common.models import Activity, Revision
from lessons import adopting, permissions
from lessons.models import Adoption
from people.models import Membership
from tests.make import make_action, make_incident, make_lesson, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def team(member):
    return make_team(name="Network", slug="network", members=(member,))


@pytest.fixture
def lesson():
    return make_lesson(
        team=make_team(name="Storage"), advice="Restore one dump a day.\nAnd look at it."
    )


def say(lesson, team, by, **said):
    said = {"answer": "applies", "note": "", "seen": 0} | said
    return adopting.answer(lesson, team, **said, by=by, at=timezone.now())


def address(lesson, team, more=""):
    return f"/lessons/{lesson.number}/for/{team.slug}/{more}"


def test_a_team_says_with_one_click_that_it_could_have_this_too(client, member, team, lesson):
    response = client.post(address(lesson, team), {"answer": "applies", "seen": "0"})

    assert response["Location"] == f"{lesson.get_absolute_url()}#could-happen"
    adoption = Adoption.objects.get()
    assert (adoption.lesson, adoption.team, adoption.answer) == (lesson, team, "applies")
    html = client.get(lesson.get_absolute_url()).content.decode()
    assert "1 team checked so far." in html
    assert "<b>Network:</b> we could have this too." in html


def test_being_fine_needs_a_sentence_on_what_keeps_one_from_it(client, member, team, lesson):
    response = client.post(address(lesson, team), {"answer": "fine", "seen": "0"})

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "note": ["What keeps you from it? One sentence is enough."]
    }
    assert not Adoption.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Adoption.objects.create(lesson=lesson, team=team, answer="fine")


def test_no_row_and_no_page_says_who_answered_for_the_team(client, member, team, lesson):
    say(lesson, team, member, answer="fine", note="We restore every night.")

    assert [field.name for field in Adoption._meta.fields if field.related_model] == [
        "lesson",
        "team",
    ]
    assert Revision.objects.get(field="note").author is None
    reader = make_user(name="A Reader")
    client.force_login(reader)
    html = client.get(lesson.get_absolute_url()).content.decode()
    assert "We restore every night." in html
    assert member.name not in html


def test_the_trail_keeps_that_it_was_said(member, team, lesson):
    say(lesson, team, member)
    say(lesson, team, member, answer="fine", note="A check stops it.", seen=1)

    trail = Activity.objects.about(lesson).order_by("pk").values_list("verb", "detail")
    assert list(trail) == [
        ("said that it applies to a team", "Network"),
        ("said that a team is fine", "Network"),
    ]


def test_saying_the_same_again_changes_nothing(member, team, lesson):
    first = say(lesson, team, member, note="Ours, too")
    second = say(lesson, team, member, note="Ours, too")

    assert (second.version, second.answered_at) == (first.version, first.answered_at)
    assert Activity.objects.about(lesson).count() == 1


def test_what_a_colleague_said_meanwhile_is_shown_beside_ones_own(client, member, team, lesson):
    say(lesson, team, make_user(), note="Theirs")

    response = client.post(address(lesson, team), {"answer": "fine", "note": "Mine", "seen": "0"})

    assert response.status_code == 409
    html = response.content.decode()
    assert "We could have this too. Theirs" in html
    assert "Mine</textarea>" in html
    assert Adoption.objects.get().note == "Theirs"
    client.post(
        address(lesson, team),
        {"answer": "fine", "note": "Mine", "seen": response.context["seen"]},
    )
    assert Adoption.objects.get().note == "Mine"


def test_two_answers_over_the_same_version_meet(member, team, lesson):
    say(lesson, team, member)
    say(lesson, team, member, note="First", seen=1)

    with pytest.raises(EditConflict):
        say(lesson, team, member, note="Second", seen=1)


def test_only_people_of_a_team_speak_for_it_and_not_of_their_own_lesson(
    client, member, team, lesson
):
    other = make_team(slug="other")
    Membership.objects.create(team=lesson.team, user=member)

    for closed in (other, lesson.team):
        assert client.post(address(lesson, closed), {"answer": "applies"}).status_code == 403
    assert client.post(f"/lessons/{lesson.number}/for/no-such/").status_code == 404
    assert not Adoption.objects.exists()
    own = client.get(lesson.get_absolute_url()).context["reach"].mine
    assert [asked for asked, _ in own] == [team]


def test_a_lesson_taken_back_is_not_answered(client, member, team, lesson):
    say(lesson, team, make_user())
    type(lesson).objects.filter(pk=lesson.pk).update(state="draft", author=member)
    lesson.refresh_from_db()

    assert client.post(address(lesson, team), {"answer": "applies"}).status_code == 403
    assert not Adoption.objects.visible_to(member).exists()


# An action of one's own -------------------------------------------------------------------------
def agreed(owner):
    return {
        "title": "Restore one dump a day",
        "kind": "prevent",
        "measure": "telemetry",
        "priority": "normal",
        "decision": "agree",
        "owner": owner.pk,
        "due_on": str(timezone.localdate() + timedelta(days=30)),
        "later_because": "First the tool",
        "done_test": "A row that is missing pages us",
    }


def test_a_manager_starts_an_action_for_the_team_because_of_the_lesson(
    client, member, team, lesson
):
    Membership.objects.update(is_manager=True)
    form = client.get(address(lesson, team, "action/")).context["form"]
    assert form["title"].value() == "Restore one dump a day."

    response = client.post(address(lesson, team, "action/"), agreed(member) | {"team": team.pk})

    assert response["Location"] == f"{lesson.get_absolute_url()}#could-happen"
    action = Action.objects.get()
    assert (action.team, action.state) == (team, "accepted")
    adoption = Adoption.objects.get()
    assert (adoption.answer, list(adoption.actions.all())) == ("applies", [action])
    html = client.get(lesson.get_absolute_url()).content.decode()
    assert "1 team checked so far, 1 started an action." in html
    assert lesson.get_absolute_url() in client.get(action.get_absolute_url()).content.decode()


def test_the_same_showing_of_the_form_starts_one_action(client, member, team, lesson):
    Membership.objects.update(is_manager=True)
    sent = agreed(member) | {"team": team.pk, "form_token": "a-token"}

    for _ in range(2):
        client.post(address(lesson, team, "action/"), sent)

    assert Action.objects.count() == 1


def test_starting_one_says_that_it_applies_after_all(member, team, lesson):
    say(lesson, team, member, answer="fine", note="We thought so.")

    adoption = adopting.act(lesson, team, make_action(), by=member, at=timezone.now())

    adoption.refresh_from_db()
    assert (adoption.answer, adoption.note, adoption.version) == ("applies", "We thought so.", 2)


def test_who_may_not_agree_on_actions_alone_is_refused(client, member, team, lesson):
    assert client.get(address(lesson, team, "action/")).status_code == 403
    assert "Start an action" not in client.get(lesson.get_absolute_url()).content.decode()


def test_the_page_offers_an_action_to_those_who_may_agree_on_one(member):
    managing, pooled = make_user(), make_user(is_in_facilitator_pool=True)
    make_team(manager=managing)

    for person in (member, managing, pooled):
        assert permissions.can_write_alone(person) == can_create_alone(person)


def test_reach_counts_no_action_that_the_reader_may_not_see(client, member, team, lesson):
    adopting.act(lesson, team, make_action(title="Seen"), by=member, at=timezone.now())
    hush = make_action(title="Hush")
    hush.incidents.add(make_incident(visibility="restricted"))
    other = make_team()
    adopting.act(lesson, other, hush, by=member, at=timezone.now())

    html = client.get(lesson.get_absolute_url()).content.decode()

    assert "2 teams checked so far, 1 started an action." in html
    assert "Hush" not in html


def test_an_action_names_no_lesson_that_was_taken_back(client, member, team, lesson):
    action = make_action()
    adopting.act(lesson, team, action, by=member, at=timezone.now())
    type(lesson).objects.filter(pk=lesson.pk).update(state="draft")

    assert lesson.title not in client.get(action.get_absolute_url()).content.decode()


@pytest.mark.parametrize("teams", [1, 4])
def test_reach_costs_the_same_for_any_number_of_teams(
    member, team, lesson, django_assert_num_queries, teams
):
    for _ in range(teams):
        adopting.act(lesson, make_team(), make_action(), by=member, at=timezone.now())

    with django_assert_num_queries(3):
        found = adopting.reach(member, lesson)

    assert (found.checked, found.started, len(found.mine)) == (teams, teams, 1)


def test_an_answer_of_a_team_makes_the_kept_page_old(client, member, team, lesson):
    before = client.get(lesson.get_absolute_url())["ETag"]
    assert client.get(lesson.get_absolute_url(), HTTP_IF_NONE_MATCH=before).status_code == 304
    say(lesson, make_team(), make_user())

    assert client.get(lesson.get_absolute_url(), HTTP_IF_NONE_MATCH=before).status_code == 200
