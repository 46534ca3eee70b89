"""Advice on the checklist: what is worth a look, without a score."""

from datetime import timedelta

import pytest

from incidents.models import ImpactFigure
from postmortems import advice, snapshot, taking_part
from postmortems.checklist import checklist
from tests.make import make_action, make_event, make_finding
from tests.postmortems_publishing.story import tell_story

pytestmark = pytest.mark.django_db


def untriggered():
    story = tell_story()
    story.review.trigger = ""
    story.review.save(update_fields=["trigger"])
    return story


def give_each_factor_an_action(review):
    card = review.findings.filter(goal="wrong").first()
    action = review.actions.first()
    action.finding = card
    action.save(update_fields=["finding"])
    for factor in review.factors.all():
        factor.findings.add(card)


def hints(story):
    return {hint.key: hint for hint in advice.hints(story.review, snapshot.build(story.review))}


def test_what_is_thin_is_named_with_a_way_to_it(client):
    story = untriggered()
    make_action(review=story.review, title="Improve the monitoring")
    taking_part.accept_premises(story.review, story.facilitator)
    client.force_login(story.facilitator)

    found = hints(story)

    assert {"sources", "inside", "trigger", "figures", "sooner", "verbs"} <= set(found)
    assert found["sources"].title == "One key moment does not say where it is known from"
    assert "“Improve the monitoring”" in found["verbs"].sentence
    for hint in found.values():
        assert client.get(hint.link.partition("#")[0]).status_code == 200


def test_what_is_told_is_not_asked_for():
    story = tell_story()
    review = story.review
    review.incident.events.update(source="the deploy log")
    review.findings.filter(goal="why").update(cues="A prompt that looked the same")
    review.known_sooner = "An alert on the age of the copy"
    review.save()
    review.open_questions.update(answer="The relay refused them.")
    give_each_factor_an_action(review)
    ImpactFigure.objects.create(incident=review.incident, label="Customers", value=5000)
    assert hints(story) == {}


def test_a_question_without_an_answer_leads_to_its_answer():
    story = tell_story()
    question = story.review.open_questions.get()
    found = hints(story)["questions"]
    assert found.title == "One open question has no answer"
    assert question.text in found.sentence
    assert found.link.endswith(f"/lines/questions/{question.pk}/")
    question.answer = "The relay refused them."
    question.save()
    assert "questions" not in hints(story)


def test_a_factor_without_an_action_leads_to_that_factor():
    story = tell_story()
    review = story.review
    first = review.factors.order_by("position", "pk").first()
    found = hints(story)["untouched"]
    assert first.text in found.sentence
    assert found.link.endswith(f"/lines/factors/{first.pk}/")
    give_each_factor_an_action(review)
    assert "untouched" not in hints(story)
    review.actions.update(state="declined", decision_reason="Too dear for what it brings")
    assert "untouched" in hints(story)


def test_times_that_do_not_fit_the_milestones_are_named():
    story = tell_story()
    incident = story.review.incident
    assert "times" not in hints(story)
    late = incident.resolved_at + timedelta(hours=1)
    make_event(incident, at=late, kind="mitigation", text="The site is opened")
    early = incident.started_at - timedelta(hours=1)
    make_event(incident, at=early, kind="detection", text="A page", zone="Asia/Tokyo")
    make_event(incident, at=early, kind="observation", text="A look", zone="Europe/Paris")
    said = hints(story)["times"].sentence
    assert "came before it started." in said
    assert "came after it was resolved." in said
    assert "Asia/Tokyo" in said
    assert "Europe/Paris" in said


def test_advice_holds_nothing_up():
    story = untriggered()
    checks = {check.key: check for check in checklist(story.review).all}
    assert not checks["trigger"].is_done
    assert not checks["trigger"].holds_up


def test_a_review_whose_actions_only_remind_hears_of_it():
    story = tell_story()
    story.review.actions.update(strength=1)
    assert "strength" in hints(story)
    story.review.actions.update(strength=3)
    assert "strength" not in hints(story)


@pytest.mark.parametrize(
    ("title", "is_vague"),
    [
        ("Improve monitoring", True),
        ("Look into the mails", True),
        ("Be more careful with rm", True),
        ("Show the host role in every prompt", False),
        ("Page when no copy was made for a day", False),
    ],
)
def test_vague_verbs_are_noticed(title, is_vague):
    story = tell_story()
    story.review.actions.update(title=title)
    assert ("verbs" in hints(story)) is is_vague


@pytest.mark.parametrize("cards", [1, 8])
def test_it_costs_the_same_for_any_length(django_assert_num_queries, cards):
    story = tell_story()
    for _ in range(cards):
        make_finding(story.review, goal="why")
    now = snapshot.build(story.review)
    # Files without a description, factors without an action, and how strong actions are.
    with django_assert_num_queries(3):
        list(advice.hints(story.review, now))
