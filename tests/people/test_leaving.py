"""Somebody leaves: what is open goes to others, the account closes, the name can be forgotten."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from api import tokens
from common.history import keep_texts
from common.models import Activity, Revision
from incidents.models import Duty
from people import workflow
from people.models import FeedKey, Membership, Notification, OpenSession, User
from tests.make import (
    PASSWORD,
    make_action,
    make_incident,
    make_review,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(client):
    """Lena leaves; Omar, who facilitates, can take over."""
    admin = make_user(is_admin=True, name="Ada")
    lena = make_user(
        name="Lena", email="lena@example.org", is_in_facilitator_pool=True, password=PASSWORD
    )
    omar = make_user(name="Omar", is_in_facilitator_pool=True)
    team = make_team(manager=lena, name="Storage")
    review = make_review(facilitator=lena)
    incident = make_incident(state="investigating")
    client.force_login(admin)
    return SimpleNamespace(
        admin=admin,
        lena=lena,
        omar=omar,
        team=team,
        review=review,
        action=make_action(owner=lena, title="Copy the copies"),
        done=make_action(owner=lena, title="Long done", state="verified"),
        duty=Duty.objects.create(incident=incident, kind="leads", user=lena),
        page=f"/settings/people/{lena.pk}/leaving/",
        client=client,
    )


def hand_over(story, **fields):
    everything = dict.fromkeys(("actions", "reviews", "duties", "leads"), story.omar.pk)
    return story.client.post(story.page, everything | {"close": "on"} | fields)


def test_one_page_counts_what_is_open_and_theirs(story):
    page = story.client.get(story.page).content.decode()

    assert "1 action<" in page
    assert "Copy the copies" in page
    assert "Long done" not in page
    assert "1 review to guide" in page
    assert "1 duty while" in page
    assert "1 team to look after" in page


def test_everything_goes_to_whoever_was_chosen_and_they_are_told(story):
    answer = hand_over(story)

    assert answer.url == f"/settings/people/{story.lena.pk}/"
    for row in (story.action, story.review, story.duty, story.lena, story.done):
        row.refresh_from_db()
    assert story.action.owner == story.omar
    assert story.review.facilitator == story.omar
    assert story.duty.user == story.omar
    assert story.done.owner == story.lena
    assert Membership.objects.get(team=story.team, user=story.omar).is_manager
    assert not Membership.objects.get(team=story.team, user=story.lena).is_manager
    assert not story.lena.is_active
    told = set(Notification.objects.filter(recipient=story.omar).values_list("kind", flat=True))
    assert {"action_assigned", "review_facilitate", "incident_duty"} <= told


def test_what_is_not_chosen_stays(story):
    hand_over(story, reviews="", leads="")

    story.action.refresh_from_db()
    story.review.refresh_from_db()
    assert story.action.owner == story.omar
    assert story.review.facilitator == story.lena


def test_when_one_thing_cannot_go_nothing_does(story):
    story.review.reviewer = story.omar
    story.review.save()

    answer = hand_over(story)

    assert answer.status_code == 422
    assert "Nothing was handed over. Omar is the second pair of eyes" in answer.content.decode()
    story.action.refresh_from_db()
    story.lena.refresh_from_db()
    assert story.action.owner == story.lena
    assert story.lena.is_active


def test_only_facilitators_can_be_given_reviews(story):
    outside = make_user()

    assert hand_over(story, reviews=outside.pk).status_code == 422


def test_the_last_administrator_cannot_leave(story):
    page = f"/settings/people/{story.admin.pk}/leaving/"

    answer = story.client.post(page, {"close": "on"})

    assert answer.status_code == 422
    assert "Nobody else looks after settings" in answer.content.decode()


def test_what_an_administrator_may_not_read_is_not_listed_and_not_taken(story):
    hidden = make_review(facilitator=story.lena, incident=make_incident(visibility="restricted"))
    secret = make_action(owner=story.lena, review=hidden, title="Nobody may read this")

    page = story.client.get(story.page).content.decode()
    hand_over(story, actions=story.admin.pk)

    assert "Nobody may read this" not in page
    assert "1 action<" in page
    secret.refresh_from_db()
    assert secret.owner == story.lena


# Forgetting -------------------------------------------------------------------------------------
@pytest.fixture
def gone(story):
    client = Client()
    client.post("/account/login/", {"login": story.lena.email, "password": PASSWORD})
    workflow.close_account(story.lena, by=story.admin)
    story.forget = f"/settings/people/{story.lena.pk}/forget/"
    return story


def test_the_name_goes_for_good_and_history_stays(gone):
    keep_texts(gone.done, author=gone.lena, fields=("title",))
    lines, texts = Activity.objects.count(), Revision.objects.filter(author=gone.lena).count()

    gone.client.post(gone.forget, {"name": "lena"})

    lena = User.objects.get(pk=gone.lena.pk)
    assert (lena.name, lena.is_former, lena.is_active) == ("A former member", True, False)
    assert "lena" not in lena.email
    assert not lena.has_usable_password()
    assert not Membership.objects.filter(user=lena).exists()
    assert not OpenSession.objects.filter(user=lena).exists()
    assert Revision.objects.filter(author=lena).count() == texts
    assert Activity.objects.count() == lines + 1
    gone.review.refresh_from_db()
    assert gone.review.facilitator == lena
    page = gone.client.get(gone.action.get_absolute_url()).content.decode()
    assert "A former member" in page
    assert "Lena" not in page


def test_the_name_has_to_be_typed(gone):
    answer = gone.client.post(gone.forget, {"name": "Omar"})

    assert answer.status_code == 422
    assert User.objects.get(pk=gone.lena.pk).name == "Lena"


def test_it_cannot_be_taken_back(gone):
    gone.client.post(gone.forget, {"name": "Lena"})

    gone.client.post(f"/settings/people/{gone.lena.pk}/reopen/")

    lena = User.objects.get(pk=gone.lena.pk)
    assert not lena.is_active
    assert "Open the account again" not in (
        gone.client.get(f"/settings/people/{lena.pk}/").content.decode()
    )
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=lena.pk).update(is_active=True)


def test_somebody_who_can_log_in_is_not_forgotten(story):
    answer = story.client.post(f"/settings/people/{story.lena.pk}/forget/", {"name": "Lena"})

    assert answer.status_code == 422
    story.lena.refresh_from_db()
    assert story.lena.name == "Lena"


def test_the_address_is_free_for_somebody_new(gone):
    gone.client.post(gone.forget, {"name": "Lena"})

    again = workflow.invite(name="Lena", email="lena@example.org", team=None, by=gone.admin)

    assert again.pk != gone.lena.pk


def test_an_account_that_is_opened_again_has_none_of_its_keys(story):
    now = timezone.now()
    _, secret = tokens.issue(story.lena, name="Pager", scope="read", days=30, now=now)
    key = FeedKey.objects.create(
        owner=story.lena, digest="x" * 64, of="actions:mine", expires_at=now + timedelta(days=9)
    )

    workflow.close_account(story.lena, by=story.admin)
    workflow.reopen_account(story.lena, by=story.admin)

    headers = {"Authorization": f"Bearer {secret}"}
    assert story.client.get("/api/v1/incidents", headers=headers).status_code == 401
    assert not FeedKey.objects.filter(pk=key.pk).exists()
