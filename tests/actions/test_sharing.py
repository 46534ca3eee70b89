"""One action answers several reviews."""

import pytest
from django.urls import reverse

from actions import permissions, sharing, workflow
from common.models import Activity
from tests.make import make_action, make_incident, make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def guide(client):
    user = make_user()
    user.review = make_review(facilitator=user)
    client.force_login(user)
    return user


def test_an_action_of_another_review_is_found_taken_on_and_shown_on_both(client, guide):
    action = make_action(review=make_review(), title="Alert when a nightly dump is missing")
    workflow.touch(action)
    address = reverse("actions:share", args=[guide.review.reference])

    assert action.reference in client.get(address, {"q": "dump missing"}).content.decode()
    assert action.title in client.get(address, {"q": action.reference}).content.decode()
    client.post(address, {"action": action.reference})

    assert set(action.reviews.all()) == {guide.review, *action.reviews.exclude(pk=guide.review.pk)}
    assert action.reviews.count() == 2
    assert action.title in client.get(guide.review.get_absolute_url()).content.decode()
    page = client.get(action.get_absolute_url()).content.decode()
    assert all(review.get_absolute_url() in page for review in action.reviews.all())
    lines = Activity.objects.about(guide.review).values_list("verb", "detail")
    assert ("took on an action", action.reference) in lines


def test_it_is_taken_off_again_and_the_trail_keeps_it(client, guide):
    first = make_review()
    action = make_action(review=first)
    sharing.take_on(action, guide.review, by=guide)

    client.post(reverse("actions:unshare", args=[action.reference, guide.review.reference]))

    assert list(action.reviews.all()) == [first]
    assert list(action.incidents.all()) == [first.incident]
    verbs = Activity.objects.about(action).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["answers another review", "no longer answers a review"]


def test_it_always_answers_something(guide):
    action = make_action(review=guide.review)

    with pytest.raises(workflow.NotReady, match="this review alone"):
        sharing.take_off(action, guide.review, by=guide)


def test_what_is_restricted_is_not_shared(guide):
    hidden = make_review(incident=make_incident(visibility="restricted"), facilitator=guide)
    action, secret = make_action(review=make_review()), make_action(review=hidden)

    with pytest.raises(workflow.NotReady, match="vanish"):
        sharing.take_on(action, hidden, by=guide)
    with pytest.raises(workflow.NotReady, match="only some may read"):
        sharing.take_on(secret, guide.review, by=guide)
    assert sharing.offered(guide.review, guide, words=secret.reference) == []


def test_only_visible_ones_are_offered(client, guide):
    hidden = make_action(
        review=make_review(incident=make_incident(visibility="restricted")), title="Count the keys"
    )
    address = reverse("actions:share", args=[guide.review.reference])

    assert hidden.title not in client.get(address, {"q": hidden.reference}).content.decode()
    assert client.post(address, {"action": hidden.reference}).status_code == 404


def test_one_that_promises_the_same_is_named():
    reader = make_user()
    same = make_action(title="Alert when the nightly dump is missing")
    make_action(title="Rotate the certificates of the proxy")
    gone = make_action(
        title="Alert when a nightly dump is missing", state="wont_do",
        decision_reason="Costly", risk_carried_by="Storage",
    )  # fmt: skip
    hidden = make_action(
        title="Alert on a missing nightly dump",
        review=make_review(incident=make_incident(visibility="restricted")),
    )
    for action in (same, gone, hidden):
        workflow.touch(action)

    assert sharing.alike("Alert when a nightly dump is missing", reader) == [same]
    assert sharing.alike("Alert when a nightly dump is missing", reader,
                         besides=same.reference) == []  # fmt: skip
    assert sharing.alike("Alert", reader) == []


def test_a_review_that_takes_it_on_sees_and_verifies_but_does_not_steer_it(client, guide):
    at_home = make_user()
    action = make_action(review=make_review(facilitator=at_home), done_by=make_user(), state="done")
    elsewhere = make_action(review=make_review())

    for each in (action, elsewhere):
        sharing.take_on(each, guide.review, by=guide)
    action, elsewhere = (type(action).objects.get(pk=each.pk) for each in (action, elsewhere))

    assert permissions.can_verify(guide, action)
    for may in (
        permissions.guides,
        permissions.can_plan,
        permissions.can_assign,
        permissions.can_decide_against,
    ):
        assert not may(guide, elsewhere)
    assert permissions.guides(at_home, action)
    assert not {guide.review.incident.team_id} & {
        incident.team_id for incident in permissions.own_sources(elsewhere)
    }


def test_a_review_that_looks_at_its_incident_anyway_goes_on_steering_it(guide):
    home = make_review(facilitator=guide)
    action = make_action(review=home)
    other = make_review(facilitator=guide)
    other.also_covers.add(home.incident)

    sharing.take_on(action, other, by=guide)

    assert permissions.guides(guide, type(action).objects.get(pk=action.pk))


def test_the_incident_it_was_written_for_stays_when_a_review_of_it_lets_it_go(guide):
    incident = guide.review.incident
    action = workflow.create(
        by=guide, values={"title": "Alert on silence"}, is_agreed=False, incident=incident
    )
    other = make_review()
    sharing.take_on(action, other, by=guide)
    sharing.take_on(action, guide.review, by=guide)
    assert permissions.guides(guide, action)

    sharing.take_off(action, guide.review, by=guide)

    assert set(action.incidents.all()) == {incident, other.incident}
