"""A review is as hidden as the most hidden incident it covers, and so are its actions."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from actions.models import Action
from common.keys import naming_rules
from common.models import Activity
from config.audit import trail
from incidents import glass
from incidents.models import Incident, Involvement
from people.models import Membership
from postmortems import covering
from postmortems.models import Publication, PublicEdition, Review
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


@pytest.mark.parametrize("model", [Publication, PublicEdition])
def test_what_was_published_of_it_is_as_hidden(model):
    review, hidden, _ = review_that_also_covers_a_restricted_incident()
    values = {Publication: {"revision": 1, "snapshot": {}}, PublicEdition: {}}[model]
    published = [model.objects.create(review=each, **values) for each in (review, make_review())]
    stranger, named, former = make_user(), make_user(), make_user(is_active=False)
    for user in (named, former):
        Involvement.objects.create(incident=hidden, user=user)
    asked = model.objects.order_by("pk")

    assert [*asked.visible_to(named)] == published
    assert [*asked.visible_to(stranger)] == published[1:]
    assert not asked.visible_to(former).exists()
    assert not asked.visible_to(AnonymousUser()).exists()


@pytest.mark.parametrize("who", ["a stranger", "one named on the covered one", "a manager"])
def test_what_is_visible_and_what_is_hidden_are_all_there_is(who):
    review, hidden, _ = review_that_also_covers_a_restricted_incident()
    led = make_review(incident=make_incident(visibility="restricted"))
    both = make_review(incident=make_incident(visibility="restricted"))
    both.also_covers.add(hidden)
    plain, covering_open = make_review(), make_review()
    covering_open.also_covers.add(make_incident())
    user = make_user()
    seen = {plain, covering_open}
    if who == "one named on the covered one":
        Involvement.objects.create(incident=hidden, user=user)
        seen |= {review}
    if who == "a manager":
        for incident in (hidden, both.incident):
            Membership.objects.create(team=incident.team, user=user, is_manager=True)
        seen |= {review, both}

    for asked in (Review.objects.all(), naming_rules(Review.objects.all())):
        assert set(asked.visible_to(user)) == seen
        for hidden_ones in (
            asked.filter(pk__in=Review.objects.hidden_from(user)),
            asked.filter(incident__in=Review.objects.leads_hidden_from(user)),
            asked.filter(Review.objects.hides(user, "pk")),
        ):
            assert set(hidden_ones) == {review, led, both, plain, covering_open} - seen


@pytest.mark.parametrize("who", ["a stranger", "named on it", "a manager", "one with glass"])
def test_of_each_incident_one_rule_says_that_it_is_seen_or_the_other_that_it_is_hidden(who):
    plain, restricted = make_incident(), make_incident(visibility="restricted")
    other = make_incident(visibility="restricted")
    user = make_user(is_admin=who == "one with glass")
    action, review = make_action(), make_review(incident=restricted)
    action.incidents.add(restricted)
    if who == "named on it":
        Involvement.objects.create(incident=restricted, user=user)
    if who == "a manager":
        Membership.objects.create(team=restricted.team, user=user, is_manager=True)
    if who == "one with glass":
        glass.break_it(restricted, by=user, reason="What did it say?", now=timezone.now())
    hidden = {restricted, other} if who == "a stranger" else {other}
    links = Action.incidents.through.objects.filter(action=action)

    for asked in (Incident.objects.all(), naming_rules(Incident.objects.all())):
        assert set(asked.visible_to(user)) == {plain, restricted, other} - hidden
        assert set(asked.filter(Incident.objects.hides(user, "pk"))) == hidden
        assert set(asked.filter(pk__in=Incident.objects.hidden_from(user))) == hidden
    for rows, model, column in (
        (links, Action, "action"),
        (links, Incident, "incident"),
        (Review.objects.filter(pk=review.pk), Review, "pk"),
    ):
        assert rows.filter(model.objects.hides(user, column)).exists() is (restricted in hidden)


def test_what_has_something_to_hide_can_say_so_of_each_row():
    """Notifications, the log of what was sent and the trail ask everything that can."""
    hiding = [one for one in apps.get_models() if hasattr(one._default_manager, "hidden_from")]

    assert set(hiding) == {Incident, Review, Action} == set(trail._HIDING)
    assert all(hasattr(one._default_manager, "hides") for one in hiding)


def test_the_trail_of_a_covered_incident_names_no_restricted_one():
    lead, open_one = make_incident(visibility="restricted"), make_incident()
    review, facilitator = make_review(incident=lead), make_user()

    covering.cover(review, open_one, by=facilitator)
    covering.uncover(review, open_one, by=facilitator)

    said = list(Activity.objects.about(open_one).values_list("verb", "detail"))
    assert sorted(verb for verb, _ in said) == [
        "is covered by a review",
        "is no longer covered by a review",
    ]
    assert lead.reference not in str(said)
