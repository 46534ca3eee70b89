"""The bell: one's own, as one may see it now; looking marks nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from people.models import Notification
from people.notifications import notify
from tests.make import make_action, make_incident, make_review, make_user

pytestmark = pytest.mark.django_db


def told(user, number=1, **fields):
    action = make_action(owner=user, **fields)
    return notify(user, kind="action_assigned", about=action, occasion=f"o{number}")


def test_the_list_shows_ones_own_lines(client):
    user = make_user()
    told(user, title="Show the host role")
    told(make_user(), 2, title="For somebody else")
    client.force_login(user)

    page = client.get("/notifications/").content.decode()

    assert "Show the host role" in page
    assert "For somebody else" not in page
    assert Notification.objects.unread().count() == 2


def test_opening_marks_read_and_goes_there(client):
    user = make_user()
    notification = told(user)
    client.force_login(user)

    assert client.get(f"/notifications/{notification.pk}/").status_code == 405
    answer = client.post(f"/notifications/{notification.pk}/")

    notification.refresh_from_db()
    assert answer["Location"] == notification.object.get_absolute_url()
    assert notification.read_at is not None


def test_what_is_settled_says_so_under_its_own_name(client):
    user = make_user()
    action = told(user, title="Show the host role").object
    type(action).objects.filter(pk=action.pk).update(owner=make_user())
    client.force_login(user)

    page = client.get("/notifications/").content.decode()

    assert f">{action.reference} Show the host role</button>" in page
    assert "Settled since, nothing waits for you" in page


def test_what_is_hidden_now_is_absent(client):
    user = make_user()
    notification = told(user, title="Show the host role")
    notification.object.incidents.add(make_incident(visibility=Incident.Visibility.RESTRICTED))
    client.force_login(user)

    assert "Show the host role" not in client.get("/notifications/").content.decode()
    assert client.post(f"/notifications/{notification.pk}/").status_code == 404


@pytest.mark.parametrize("hidden", [1, 5])
def test_the_badge_counts_what_the_list_shows(client, django_assert_num_queries, hidden):
    user = make_user()
    told(user, 0)
    for number in range(1, hidden + 1):
        notification = told(user, number)
        notification.object.incidents.add(make_incident(visibility=Incident.Visibility.RESTRICTED))
    secret = make_incident(visibility=Incident.Visibility.RESTRICTED)
    notify(user, kind="review_due", about=make_review(incident=secret), occasion="review")
    client.force_login(user)
    client.get("/notifications/")

    with django_assert_num_queries(5):
        page = client.get("/notifications/").content.decode()

    assert "Notifications, 1 new" in page


def test_others_notifications_do_not_exist(client):
    notification = told(make_user())
    client.force_login(make_user())

    assert client.post(f"/notifications/{notification.pk}/").status_code == 404
    client.post("/notifications/read/")
    assert Notification.objects.unread().count() == 1


def test_everything_is_marked_read_at_once(client):
    user = make_user()
    told(user)
    told(user, 2)
    client.force_login(user)

    client.post("/notifications/read/")

    assert Notification.objects.unread().count() == 0


def test_the_list_costs_the_same_for_any_length(client):
    user = make_user()
    client.force_login(user)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/notifications/").status_code == 200
        return len(queries)

    def tell(number):
        told(user, number)
        review = make_review(facilitator=user)
        notify(user, kind="review_facilitate", about=review, occasion=f"review-{number}")

    tell(1)
    cost()
    one = cost()
    for number in range(2, 9):
        tell(number)

    assert cost() == one
