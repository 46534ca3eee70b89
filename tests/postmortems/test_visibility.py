"""A review is as hidden as the most hidden incident it covers, and so are its actions."""

import pytest

from actions.models import Action
from incidents.models import Involvement
from postmortems.models import Review
from tests.make import make_action, make_incident, make_review, make_user

pytestmark = pytest.mark.django_db


def review_that_also_covers_a_restricted_incident():
    """(review led by an open incident, the restricted incident it covers, its action)."""
    hidden = make_incident(visibility="restricted")
    review = make_review()
    review.also_covers.add(hidden)
    return review, hidden, make_action(review=review)


def test_covering_a_restricted_incident_hides_the_review_and_its_actions():
    _, _, action = review_that_also_covers_a_restricted_incident()
    stranger, other = make_user(), make_review()

    assert list(Review.objects.visible_to(stranger)) == [other]
    assert action not in Action.objects.visible_to(stranger)


def test_whoever_is_named_on_it_sees_both():
    review, hidden, action = review_that_also_covers_a_restricted_incident()
    named = make_user()
    Involvement.objects.create(incident=hidden, user=named)

    assert list(Review.objects.visible_to(named)) == [review]
    assert action in Action.objects.visible_to(named)


def test_leading_with_a_restricted_incident_hides_them_too():
    review = make_review(incident=make_incident(visibility="restricted"))
    action = make_action()
    action.reviews.add(review)  # linked to the review alone
    stranger = make_user()

    assert not Review.objects.visible_to(stranger).exists()
    assert action not in Action.objects.visible_to(stranger)
