"""Months later: did it hold?"""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actions import effects, waiting, workflow
from actions.models import Action, EffectCheck
from incidents.models import Involvement
from people import deliveries
from people.models import Notification
from postmortems.models import ContributingFactor, FactorCategory
from tests.make import (
    make_action,
    make_incident,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

Answer = EffectCheck.Answer
NOW = timezone.now


def verified(*, days_ago=40, **fields):
    """(action, manager): verified so many days ago, from a review of Storage."""
    manager = make_user()
    team = make_team(manager=manager)
    review = make_review(incident=make_incident(team=team))
    action = make_action(review=review, team=team, **fields)
    workflow.finish(action, by=action.owner, proof="Tried")
    action = workflow.verify(action, by=manager, showed="It paged")
    then = NOW() - timedelta(days=days_ago)
    Action.objects.filter(pk=action.pk).update(verified_at=then)
    for check in action.effect_checks.all():
        check.due_on = timezone.localdate(then) + timedelta(days=check.days)
        check.save()
    action.refresh_from_db()
    return action, manager


def again(action, **fields):
    """An incident since, at the service of what the action answers."""
    source = action.incidents.get()
    if not source.services.exists():
        source.services.add(make_service())
    incident = make_incident(started_at=NOW() - timedelta(days=2), **fields)
    incident.services.add(source.services.get())
    return incident


def test_verifying_asks_twice_later():
    action, _ = verified(days_ago=0)

    assert [(check.days, check.due_on - timezone.localdate()) for check in
            action.effect_checks.order_by("days")] == [
        (30, timedelta(days=30)), (90, timedelta(days=90)),
    ]  # fmt: skip


def test_the_question_shows_what_shares_a_service_or_a_factor():
    action, manager = verified()
    same_service = again(action)
    category, other_category = FactorCategory.objects.order_by("pk")[:2]
    review = action.reviews.get()
    ContributingFactor.objects.create(review=review, category=category, text="No copy")
    same_factor = make_incident(started_at=NOW() - timedelta(days=1))
    for incident, its in ((same_factor, category), (make_incident(), other_category)):
        published = make_review(incident=incident, state="published", published_at=NOW())
        ContributingFactor.objects.create(review=published, category=its, text="None either")
    before = again(action)
    type(before).objects.filter(pk=before.pk).update(started_at=NOW() - timedelta(days=60))
    rehearsal = again(action, kind="game_day")

    found, are_more = effects.since(action, manager)

    assert [(each.incident, bool(each.services), bool(each.factors)) for each in found] == [
        (same_factor, False, True),
        (same_service, True, False),
    ]
    assert not are_more
    assert rehearsal not in [each.incident for each in found]
    assert f"same factor: {category.name}" in found[0].reason


def test_factors_of_a_review_that_is_not_published_are_for_its_readers():
    action, manager = verified()
    category = FactorCategory.objects.earliest("pk")
    ContributingFactor.objects.create(
        review=action.reviews.get(), category=category, text="No copy"
    )
    unpublished = make_review(incident=make_incident(started_at=NOW() - timedelta(days=1)))
    ContributingFactor.objects.create(review=unpublished, category=category, text="Again")

    assert effects.since(action, manager)[0] == []
    Involvement.objects.create(
        incident=unpublished.incident, user=manager, capacity=Involvement.Capacity.PARTICIPANT
    )
    assert [each.incident for each in effects.since(action, manager)[0]] == [unpublished.incident]


def test_what_is_hidden_from_the_reader_is_not_among_them():
    action, manager = verified()
    hidden = again(action, visibility="restricted")

    assert effects.since(action, manager)[0] == []
    assert hidden.services.exists()


@pytest.mark.parametrize("count", [1, 8])
def test_looking_costs_the_same_for_any_number(django_assert_max_num_queries, count):
    action, manager = verified()
    for _ in range(count):
        again(action)

    with django_assert_max_num_queries(7):
        assert len(effects.since(action, manager)[0]) == count


def test_it_held(client):
    action, manager = verified()
    client.force_login(manager)
    address = reverse("actions:effect", args=[action.reference])
    assert "Nothing since" in client.get(address).content.decode()

    client.post(address, {"answer": "held", "sentence": "No dump went missing."})

    action.refresh_from_db()
    check = action.effect_checks.get(days=30)
    assert (action.state, check.answer, check.answered_by) == ("held", "held", manager)
    assert action.effect_checks.get(days=90).answer == ""
    assert "No dump went missing." in client.get(action.get_absolute_url()).content.decode()


def test_an_answer_needs_a_sentence(client):
    action, manager = verified()
    client.force_login(manager)

    response = client.post(
        reverse("actions:effect", args=[action.reference]), {"answer": "held", "sentence": " "}
    )

    assert response.status_code == 422
    assert action.effect_checks.answered().count() == 0


def test_it_happened_again_links_both_ways_and_leads_to_another_action(client):
    action, manager = verified(title="Alert when a dump is missing")
    incident = again(action, team=action.team)
    client.force_login(manager)

    client.post(
        reverse("actions:effect", args=[action.reference]),
        {"answer": "recurred", "sentence": "Another dump.", "incidents": [incident.pk]},
    )

    page = client.get(action.get_absolute_url()).content.decode()
    assert incident.get_absolute_url() in page
    assert f"?follows={action.reference}&amp;incident={incident.reference}" in page
    page = client.get(incident.get_absolute_url()).content.decode()
    assert "This happened before" in page and action.get_absolute_url() in page

    new = client.post(
        f"{reverse('actions:new')}?follows={action.reference}&incident={incident.reference}",
        {"title": "Make a second copy", "kind": "prevent", "measure": "other",
         "priority": "normal", "decision": "park", "team": action.team.pk},
    )  # fmt: skip
    follower = Action.objects.get(title="Make a second copy")
    assert new.status_code == 302
    assert (follower.follows, list(follower.incidents.all())) == (action, [incident])
    assert follower.get_absolute_url() in client.get(action.get_absolute_url()).content.decode()


def test_it_can_be_said_before_the_day_that_it_happened_again_but_not_that_it_held(client):
    action, manager = verified(days_ago=3)
    incident = again(action)
    client.force_login(manager)
    address = reverse("actions:effect", args=[action.reference])

    refused = client.post(address, {"answer": "held", "sentence": "So far."})
    client.post(
        address, {"answer": "recurred", "sentence": "Again.", "other": incident.reference.lower()}
    )

    assert refused.status_code == 422
    assert list(action.effect_checks.get(days=30).incidents.all()) == [incident]
    with pytest.raises(workflow.NotReady, match="is asked on"):
        effects.answer(
            action.effect_checks.get(days=90), by=manager, answer="held", sentence="So far."
        )


def test_a_restricted_incident_is_not_named_on_an_open_action(client):
    action, manager = verified()
    hidden = again(action, visibility="restricted", participants=(manager,))
    client.force_login(manager)
    address = reverse("actions:effect", args=[action.reference])

    page = client.get(address).content.decode()
    refused = client.post(
        address, {"answer": "recurred", "sentence": "Again.", "other": hidden.reference}
    )

    assert "cannot be named here" in page
    assert refused.status_code == 422
    assert action.effect_checks.answered().count() == 0


def test_what_was_said_of_an_incident_that_was_restricted_since_is_hidden(client):
    action, manager = verified()
    incident = again(action)
    check = action.effect_checks.get(days=30)
    effects.answer(check, by=manager, answer="recurred", sentence="Secret.", incidents=[incident])
    type(incident).objects.filter(pk=incident.pk).update(visibility="restricted")
    client.force_login(make_user())

    page = client.get(action.get_absolute_url()).content.decode()

    assert "Secret." not in page and incident.reference not in page


def test_an_answer_is_given_once():
    action, manager = verified()
    check = action.effect_checks.get(days=30)
    effects.answer(check, by=manager, answer="held", sentence="Quiet.")

    with pytest.raises(workflow.NotReady, match="meanwhile"):
        effects.answer(check, by=manager, answer="cannot_tell", sentence="Unsure.")


def test_a_later_answer_leaves_the_earlier_one():
    action, manager = verified(days_ago=100)
    early = action.effect_checks.get(days=30)
    early.answer, early.sentence, early.answered_at = "held", "Quiet.", NOW()
    early.save()

    effects.answer(
        effects.question(action, today=timezone.localdate()),
        by=manager, answer="cannot_tell", sentence="It was switched off.",
    )  # fmt: skip

    action.refresh_from_db()
    assert action.state == "cannot_tell"
    assert list(action.effect_checks.order_by("days").values_list("answer", flat=True)) == [
        "held", "cannot_tell",
    ]  # fmt: skip


def test_a_question_that_a_later_answer_overtook_no_longer_waits(client):
    action, manager = verified(days_ago=100)
    effects.answer(action.effect_checks.get(days=90), by=manager, answer="held", sentence="Quiet.")
    client.force_login(manager)

    page = client.get(action.get_absolute_url()).content.decode()

    assert "Was not looked at" in page
    assert effects.question(action, today=timezone.localdate()) is None


def test_the_database_keeps_an_answer_whole():
    action, _ = verified()

    with pytest.raises(IntegrityError), transaction.atomic():
        action.effect_checks.update(answer="held")


def test_those_who_guide_it_are_asked_once_and_the_owner_is_not():
    action, manager = verified()
    guide = make_user()
    review = action.reviews.get()
    review.facilitator = guide
    review.save()

    assert effects.remind(now=NOW()) == 2
    assert effects.remind(now=NOW()) == 0
    asked = Notification.objects.filter(kind="effect_check").values_list("recipient", flat=True)
    assert set(asked) == {manager.pk, guide.pk}


def test_it_waits_on_the_home_page_of_those_who_guide_it_and_of_nobody_else():
    action, manager = verified()

    def titles(user):
        return [row.title for row in waiting.waiting_for(user, now=NOW())]

    assert titles(manager) == [f"Did it hold? {action.title}"]
    assert titles(action.owner) == titles(make_user()) == []


def test_nobody_is_asked_before_the_day_or_of_what_is_answered():
    verified(days_ago=20)
    answered, manager = verified()
    effects.answer(
        answered.effect_checks.get(days=30), by=manager, answer="held", sentence="Quiet."
    )

    assert effects.remind(now=NOW()) == 0


def test_only_the_latest_question_is_asked():
    action, _ = verified(days_ago=100)

    assert effects.question(action, today=timezone.localdate()).days == 90
    assert list(EffectCheck.objects.asked(on=timezone.localdate())) == [
        action.effect_checks.get(days=90)
    ]


# By mail ----------------------------------------------------------------------------------------
def answer_in_mail(**fields):
    """(action, path of the answer): what a manager is asked by mail."""
    action, manager = verified(**fields)
    effects.remind(now=NOW())
    deliveries.deliver_waiting(now=NOW() + timedelta(days=4))
    [message] = [each for each in mail.outbox if manager.email in each.to]
    [path] = re.findall(r'href="http://127\.0\.0\.1:8000(/a/[^"]+/held/)"',
                        message.alternatives[0].content)  # fmt: skip
    return action, path


@pytest.mark.parametrize("given", ["held", "cannot_tell"])
def test_whether_it_held_is_answered_from_the_mail(given):
    action, path = answer_in_mail()
    client = Client(enforce_csrf_checks=True)

    page = client.get(path).content.decode()
    answer = client.post(path, {"answer": given, "sentence": "No alarm since."})

    assert action.title in page
    assert f"/actions/{action.reference}/held/" in page
    assert answer.status_code == 200
    action.refresh_from_db()
    assert action.state == given
    assert action.effect_checks.answered().get().sentence == "No alarm since."
    assert client.post(path, {"answer": given, "sentence": "Again."}).status_code == 410


def test_that_it_happened_again_is_not_said_without_an_incident():
    action, path = answer_in_mail()

    answer = Client().post(path, {"answer": "recurred", "sentence": "Twice."})

    assert answer.status_code == 422
    assert not action.effect_checks.answered().exists()


def test_what_somebody_answered_meanwhile_is_not_asked_again():
    action, path = answer_in_mail()
    check = effects.question(action, today=timezone.localdate())
    effects.answer(check, by=make_user(), answer="held", sentence="No alarm.")

    answer = Client().post(path, {"answer": "cannot_tell", "sentence": "Who knows."})

    assert answer.status_code == 409
    assert "Nothing is asked now" in answer.content.decode()
    assert action.effect_checks.answered().get().sentence == "No alarm."


def test_of_something_restricted_the_answer_shows_the_reference_alone():
    action, path = answer_in_mail()
    action.incidents.update(visibility="restricted")

    page = Client().get(path).content.decode()
    assert action.reference in page
    assert action.title not in page
    assert action.done_test not in page


def test_among_other_things_it_has_its_answers_too():
    for _ in range(2):
        verified()
    both = make_user()
    for each in Action.objects.all():
        each.team.memberships.create(user=both, is_manager=True)
    effects.remind(now=NOW())
    deliveries.deliver_waiting(now=NOW() + timedelta(days=4))

    [message] = [each for each in mail.outbox if both.email in each.to]
    assert message.body.count("It held, or cannot tell") == 2
