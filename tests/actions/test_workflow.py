"""What can become of an action, and who is told."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from actions import permissions, workflow
from actions.models import Action
from common.history import EditConflict
from common.models import Activity, Revision
from incidents.models import Incident, Involvement
from people.models import Notification, User
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

State = Action.State


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def values(**changed):
    return {
        "title": "Show the host role in every prompt",
        "owner": make_user(),
        "due_on": timezone.localdate() + timedelta(days=9),
        "done_test": "A newcomer tells them apart",
    } | changed


def test_a_new_action_is_numbered_linked_and_told():
    guide = make_user()
    review = make_review()
    fields = values()

    action = workflow.create(by=guide, values=fields, is_agreed=True, review=review)

    assert action.reference.startswith("A-")
    assert action.state == State.ACCEPTED
    assert list(action.reviews.all()) == [review]
    assert list(action.incidents.all()) == [review.incident]
    assert told("action_assigned") == [fields["owner"].pk]
    assert list(Action.objects.matching("newcomer")) == [action]


def test_who_takes_it_on_themselves_is_not_told():
    owner = make_user()

    workflow.create(by=owner, values=values(owner=owner), is_agreed=True)

    assert told("action_assigned") == []


def test_a_parked_idea_needs_nothing_and_nobody_is_told():
    action = workflow.create(by=make_user(), values={"title": "Try it"}, is_agreed=False)

    assert (action.state, action.owner, action.due_on) == (State.PARKED, None, None)
    assert Notification.objects.count() == 0


def test_the_owner_of_a_restricted_one_may_read_where_it_comes_from():
    owner, stranger = make_user(), make_user()
    incident = make_incident(visibility="restricted")

    action = workflow.create(
        by=make_user(), values=values(owner=owner), is_agreed=True, incident=incident
    )

    assert incident.involvements.get(user=owner).capacity == Involvement.Capacity.OWNER
    assert action in Action.objects.visible_to(owner)
    assert action not in Action.objects.visible_to(stranger)


def test_the_whole_way_from_idea_to_verified():
    guide, owner, checker = make_user(), make_user(), make_user()
    review = make_review(facilitator=checker)
    action = workflow.create(by=guide, values={"title": "Try"}, is_agreed=False, review=review)

    Action.objects.update(decide_from_on=timezone.localdate())
    workflow.agree(action, by=guide, owner=owner, due_on=timezone.localdate(), done_test="Seen")
    workflow.start(action, by=owner)
    workflow.block(action, by=owner, blocked_on="A new switch")
    workflow.start(action, by=owner)
    workflow.finish(action, by=owner, proof="Tried with three people")
    action = workflow.verify(action, by=checker)

    assert action.state == State.VERIFIED
    assert (action.done_by, action.verified_by) == (owner, checker)
    trail = Activity.objects.about(action).order_by("pk").values_list("verb", "actor")
    assert list(trail) == [
        ("parked", guide.pk),
        ("agreed", guide.pk),
        ("started", owner.pk),
        ("waits", owner.pk),
        ("started", owner.pk),
        ("done", owner.pk),
        ("verified", checker.pk),
    ]
    assert told("action_to_check") == sorted([guide.pk, checker.pk])
    assert told("action_changed") == [owner.pk]


def test_nobody_verifies_what_they_did():
    owner = make_user()
    action = workflow.finish(make_action(owner=owner), by=owner, proof="Tried")

    with pytest.raises(workflow.NotReady, match="Ask a colleague to look"):
        workflow.verify(action, by=owner)

    action.refresh_from_db()
    assert action.state == State.DONE


def test_not_yet_gives_it_back_and_keeps_what_was_tried():
    owner, checker = make_user(), make_user()
    action = workflow.finish(make_action(owner=owner), by=owner, proof="Tried once")

    action = workflow.reopen(action, by=checker, missing="It took an hour")

    assert (action.state, action.done_at, action.done_by) == (State.IN_PROGRESS, None, None)
    assert action.proof == "Tried once"
    note = Notification.objects.get(kind="action_changed", recipient=owner)
    assert (note.data["what"], note.data["said"]) == ("not_yet", "It took an hour")


def test_done_twice_after_not_yet_is_checked_twice():
    owner, checker = make_user(), make_user()
    action = make_action(owner=owner, team=make_team(manager=checker))
    workflow.finish(action, by=owner, proof="Once")
    workflow.reopen(action, by=checker, missing="More")
    workflow.finish(action, by=owner, proof="Twice")

    assert told("action_to_check") == [checker.pk, checker.pk]


def test_a_moved_date_keeps_the_old_one():
    action = make_action()
    first = action.due_on
    later = first + timedelta(days=14)

    moved = workflow.redate(action, by=make_user(), due_on=later, reason="The switch comes late")

    assert moved.due_on == later
    change = moved.due_date_changes.get()
    assert (change.before, change.after, change.reason) == (first, later, "The switch comes late")
    assert told("action_changed") == [action.owner_id]


def test_dropping_a_promise_names_who_carries_the_risk():
    action = make_action()

    with pytest.raises(workflow.NotReady, match="who carries the risk"):
        workflow.drop(action, by=make_user(), reason="The system goes away in March")
    dropped = workflow.drop(
        action,
        by=make_user(),
        reason="The system goes away in March",
        risk_carried_by="Platform",
    )

    assert (dropped.state, dropped.risk_carried_by) == (State.WONT_DO, "Platform")


def test_a_parked_idea_is_declined_with_a_reason_alone():
    action = make_action(state=State.PARKED)

    assert workflow.drop(action, by=make_user(), reason="Tried before").state == State.DECLINED


def test_an_owner_asks_the_managers_to_decide():
    manager, other_manager = make_user(), make_user()
    action = make_action(
        team=make_team(manager=manager),
        review=make_review(incident=make_incident(team=make_team(manager=other_manager))),
    )

    workflow.suggest_dropping(action, by=action.owner, reason="Nobody uses it any more")

    assert told("action_to_decide") == sorted([manager.pk, other_manager.pk])
    action.refresh_from_db()
    assert action.state == State.ACCEPTED


@pytest.mark.parametrize(
    ("state", "move", "message"),
    [
        (State.PARKED, lambda a, u: workflow.start(a, by=u), "only parked"),
        (State.PARKED, lambda a, u: workflow.finish(a, by=u, proof="x"), "only parked"),
        (State.VERIFIED, lambda a, u: workflow.start(a, by=u), "verified, so it cannot be started"),
        (State.WONT_DO, lambda a, u: workflow.finish(a, by=u, proof="x"), "not doing it"),
        (State.ACCEPTED, lambda a, u: workflow.verify(a, by=u), "agreed. It can be checked once"),
        (State.DECLINED, lambda a, u: workflow.reopen(a, by=u, missing="x"), "decided against"),
    ],
)
def test_a_move_that_does_not_fit_says_why_and_changes_nothing(state, move, message):
    extra = {"decision_reason": "r", "risk_carried_by": "c"} if state == State.WONT_DO else {}
    action = make_action(state=state, **extra)

    with pytest.raises(workflow.NotReady, match=message):
        move(action, make_user())

    after = Action.objects.get(pk=action.pk)
    assert (after.state, after.version) == (state, action.version)
    assert Activity.objects.about(action).count() == 0


def test_an_edit_over_an_unseen_version_is_refused():
    action = make_action()
    workflow.edit(action, seen=1, by=make_user(), changes={"title": "First"})

    with pytest.raises(EditConflict):
        workflow.edit(action, seen=1, by=make_user(), changes={"title": "Second"})

    action.refresh_from_db()
    assert (action.title, action.version) == ("First", 2)
    assert Revision.objects.about(action).filter(field="title").count() == 1


def test_an_edit_keeps_what_changed_and_says_it_in_words():
    action = make_action()
    same = {"title": action.title, "kind": action.kind, "done_test": action.done_test}

    workflow.edit(
        action, seen=1, by=make_user(), changes=same | {"ticket_url": "https://example.org/7"}
    )

    [activity] = Activity.objects.about(action)
    assert (activity.verb, activity.detail) == ("edited", "ticket elsewhere")
    assert not Revision.objects.about(action).exists()


def test_an_edit_without_a_change_leaves_no_trace():
    action = make_action()

    after = workflow.edit(action, seen=1, by=make_user(), changes={"title": action.title})

    assert after.version == 1
    assert not Activity.objects.about(action).exists()


def test_possible_owners_are_those_who_see_every_source():
    manager, named, stranger = make_user(), make_user(), make_user()
    make_user(is_active=False)
    restricted = make_incident(
        visibility="restricted", team=make_team(manager=manager), participants=(named,)
    )
    open_to_all = make_incident()

    for incidents in ([], [open_to_all], [restricted], [open_to_all, restricted]):
        expected = {
            user.pk
            for user in User.objects.active()
            if all(
                Incident.objects.visible_to(user).filter(pk=incident.pk).exists()
                for incident in incidents
            )
        }
        assert set(permissions.possible_owners(incidents).values_list("pk", flat=True)) == expected
    assert stranger not in permissions.possible_owners([restricted])


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_finish_once():
    owner, checker = make_user(), make_user()
    action = make_action(owner=owner, team=make_team(manager=checker))
    ready = threading.Barrier(3)

    def click():
        ready.wait()
        try:
            workflow.finish(action, by=owner, proof="Tried")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Activity.objects.about(action).filter(verb="done").count() == 1
    assert told("action_to_check") == [checker.pk]
