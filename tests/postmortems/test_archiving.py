"""A published review is set apart, and brought back."""

import pytest
from django.urls import reverse

from postmortems import shelving, workflow
from tests.make import make_incident, make_review, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db


def test_a_published_review_is_archived_for_a_reason_and_brought_back(client):
    people = everyone(state="published")
    client.force_login(people.manager)

    client.post(at("archive", people.review), {"reason": "The service is gone."})

    people.review.refresh_from_db()
    assert (people.review.state, people.review.archived_reason) == (
        "archived",
        "The service is gone.",
    )
    listed = client.get(reverse("postmortems:list"), {"view": "archived"}).content.decode()
    assert "The service is gone." in listed
    client.post(at("bring_back", people.review))
    people.review.refresh_from_db()
    assert people.review.state == "published"


def test_a_later_review_can_stand_in_for_it():
    review, later = make_review(state="published"), make_review(state="published")

    shelving.archive(review, by=make_user(), superseded_by=later)

    review.refresh_from_db()
    assert (review.state, review.superseded_by) == ("archived", later)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("gathering", "Only what is published can be"),
        ("not_required", "Only what is published can be"),
    ],
)
def test_only_what_is_published_is_archived(state, words):
    review = make_review(state=state, not_required_reason="Known")

    with pytest.raises(workflow.Refused, match=words):
        shelving.archive(review, by=make_user(), reason="Old")


def test_what_is_missing_is_said(client):
    people = everyone(state="published")
    draft = make_review(state="drafting")
    hidden = make_review(state="published", incident=make_incident(visibility="restricted"))
    client.force_login(people.manager)

    def refused(**typed):
        answer = client.post(at("archive", people.review), typed)
        assert answer.status_code == 422
        return answer.content.decode()

    assert "Say in a sentence why" in refused()
    assert "is not published yet" in refused(later=draft.reference)
    assert "Name another review than this one" in refused(later=people.review.reference)
    for reference in (hidden.reference, "INC-99999"):
        assert f"There is no review of “{reference}”" in refused(later=reference)
    people.review.refresh_from_db()
    assert people.review.state == "published"
