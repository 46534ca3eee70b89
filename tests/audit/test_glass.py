"""Break the glass: with a reason, for an hour, told to everybody it is restricted to, for good."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from actions.models import Action
from common.models import Activity
from incidents import glass
from incidents.models import BrokenGlass, Incident
from people.models import Delivery, Notification
from postmortems.models import Review
from tests.make import make_action, make_incident, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

REASON = "A customer asks today, and nobody named on it is here"


class Scene:
    def __init__(self, client):
        self.client = client
        self.admin = make_user(name="Ada Admin", is_admin=True)
        self.named, self.manager = make_user(), make_user()
        self.facilitator = make_user()
        self.incident = make_incident(
            visibility="restricted",
            title="Keys in a log",
            team=make_team(manager=self.manager),
            participants=(self.named,),
            facilitator=self.facilitator,
        )
        self.page = self.incident.get_absolute_url()
        client.force_login(self.admin)

    def break_it(self, reason=REASON):
        return self.client.post(f"{self.page}break-glass/", {"reason": reason})


@pytest.fixture
def scene(client):
    return Scene(client)


def test_an_administrator_reads_it_and_no_longer_than_an_hour(scene):
    assert scene.client.get(scene.page).status_code == 404

    earlier = timezone.now() - timedelta(minutes=61)
    glass.break_it(scene.incident, by=scene.admin, reason=REASON, now=earlier)
    assert scene.client.get(scene.page).status_code == 404

    assert scene.break_it().url == scene.page
    assert "Keys in a log" in scene.client.get(scene.page).content.decode()


def test_it_opens_reading_alone_and_for_nobody_else(scene):
    review = make_review(incident=scene.incident)
    action = make_action(review=review)
    scene.break_it()

    assert scene.client.get(f"{scene.page}edit/").status_code == 403
    assert scene.client.post(f"{scene.page}restrict/", {"visibility": "open"}).status_code == 403
    assert review in Review.objects.visible_to(scene.admin)
    assert action in Action.objects.visible_to(scene.admin)
    other = make_user(is_admin=True)
    assert scene.incident not in Incident.objects.visible_to(other)
    scene.admin.is_admin = False
    scene.admin.save()
    assert scene.incident not in Incident.objects.visible_to(scene.admin)


@pytest.mark.parametrize("reason", ["", "  ", "because"])
def test_without_a_reason_nothing_opens_and_what_was_typed_is_kept(scene, reason):
    answer = scene.break_it(reason)

    assert answer.status_code == 403
    assert "Nothing was opened" in answer.content.decode()
    assert reason.strip() in answer.content.decode()
    assert not BrokenGlass.objects.exists()
    assert not Notification.objects.exists()


def test_everybody_it_is_restricted_to_is_told_at_once_without_its_words(scene):
    scene.break_it()

    told = Notification.objects.filter(kind="glass_broken")
    assert {one.recipient for one in told} == {scene.named, scene.manager, scene.facilitator}
    assert Delivery.objects.filter(notification__in=told, due_at__lte=timezone.now()).count() == 3


def test_it_stands_in_the_trail_and_in_the_history_with_its_reason(scene):
    scene.break_it()

    line = Activity.objects.about(scene.incident).get(verb=glass.VERB)
    assert (line.actor, line.detail, line.address) == (scene.admin, REASON, None)
    scene.client.force_login(scene.named)
    history = scene.client.get(f"{scene.page}history/").content.decode()
    assert "opened it for an hour as an administrator" in history
    assert REASON in history


def test_the_page_asks_the_same_whether_there_is_one_or_not(scene):
    real = scene.client.get(f"{scene.page}break-glass/").content.decode()
    made_up = scene.client.get("/incidents/INC-99999/break-glass/").content.decode()

    def plain(page, reference):
        return re.sub(r'value="\w{64}"', "", page.replace(reference, ""))

    assert plain(real, scene.incident.reference) == plain(made_up, "INC-99999")
    answer = scene.client.post("/incidents/INC-99999/break-glass/", {"reason": REASON})
    assert answer.status_code == 404


def test_what_one_may_read_anyway_needs_no_breaking(scene):
    open_one = make_incident()
    answer = scene.client.post(f"{open_one.get_absolute_url()}break-glass/", {"reason": REASON})

    assert answer.url == open_one.get_absolute_url()
    assert not BrokenGlass.objects.exists()


def test_every_page_of_it_says_meanwhile_that_it_is_read_by_broken_glass(scene):
    make_review(incident=scene.incident)
    scene.break_it()
    pages = [scene.page, f"{scene.page}history/", f"/reviews/{scene.incident.reference}/"]

    for _ in range(2):
        for page in pages:
            assert "with a reason and read it until" in scene.client.get(page).content.decode()
    assert "with a reason" not in scene.client.get("/incidents/").content.decode()
    scene.client.force_login(scene.named)
    assert "with a reason" not in scene.client.get(scene.page).content.decode()


def test_no_page_says_so_when_the_hour_is_over(scene):
    earlier = timezone.now() - timedelta(minutes=61)
    glass.break_it(scene.incident, by=scene.admin, reason=REASON, now=earlier)
    scene.incident.team.memberships.create(user=scene.admin, is_manager=True)
    page = scene.client.get(scene.page)

    assert page.status_code == 200
    assert "with a reason" not in page.content.decode()
