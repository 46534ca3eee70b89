"""What stands beside the four parts: surprises, factors and where they show, what saved us,
how it was noticed, and questions that readers may answer."""

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from actions.models import Action
from people.models import Notification
from postmortems import lines, saved_us
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Mitigator,
    OfferedAnswer,
    OpenQuestion,
    Publication,
    Surprise,
)
from postmortems.snapshot import build
from tests.make import (
    make_action,
    make_event,
    make_finding,
    make_incident,
    make_review,
    make_user,
)
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db


def board_of(client, people):
    return client.get(at("detail", people.review)).context["board"]


def published(review, *, revision=1):
    """What readers get of it now, and the review as published."""
    review.state, review.published_at = "published", timezone.now()
    review.save()
    told = build(review)
    saved_us.note_published(review, told)
    return Publication.objects.create(
        review=review, revision=revision, title=told["title"], snapshot=told
    )


# What surprised us ----------------------------------------------------------------------------
def test_everybody_adds_surprises_and_changes_their_own(client):
    people = everyone()
    client.force_login(people.participant)
    address = at("add_line", people.review, "surprises")

    answer = client.post(address, {"text": "The replica was gone.", "next": "1"})

    line = Surprise.objects.get()
    assert answer.url == f"{people.review.get_absolute_url()}?adding=surprises#surprises"
    assert (line.text, line.author) == ("The replica was gone.", people.participant)
    edit = at("edit_line", people.review, "surprises", line.pk)
    client.force_login(people.colleague)
    assert client.post(edit, {"text": "Mine", "seen": 1}).status_code == 403
    assert [row.may_edit for row in board_of(client, people).surprises] == [False]
    client.force_login(people.participant)
    client.post(edit, {"text": "The replica had been gone since spring.", "seen": 1})
    line.refresh_from_db()
    assert line.text == "The replica had been gone since spring."


# Factors --------------------------------------------------------------------------------------
def test_a_factor_says_where_it_comes_from_and_where_it_shows(client):
    people = everyone()
    event, card = make_event(people.review.incident), make_finding(people.review)
    category = FactorCategory.objects.get(slug="tooling")
    client.force_login(people.facilitator)

    client.post(
        at("add_line", people.review, "factors"),
        {
            "text": "Look-alike hosts",
            "kind": "technical",
            "category": category.pk,
            "events": [event.pk],
            "findings": [card.pk],
        },
    )

    [shown] = board_of(client, people).factors
    assert shown.get_kind_display() == "Technical"
    assert [moment.label for moment in shown.moments] == ["event 1"]
    assert shown.cards == [card]


def test_a_factor_points_to_nothing_of_another_incident(client):
    people = everyone()
    make_event(people.review.incident)
    elsewhere = make_event(make_incident(visibility="restricted"))
    client.force_login(people.facilitator)

    answer = client.post(
        at("add_line", people.review, "factors"),
        {"text": "x", "kind": "luck", "new_category": "Alerts", "events": [elsewhere.pk]},
    )

    assert answer.status_code == 422
    assert not ContributingFactor.objects.exists()
    assert not FactorCategory.objects.filter(name="Alerts").exists()


@pytest.mark.parametrize(("typed", "slug"), [("Who hears alerts", "who_hears_alerts"),
                                             ("tESTING", "testing")])  # fmt: skip
def test_a_category_is_added_on_the_spot_or_found_by_its_name(client, typed, slug):
    people = everyone()
    client.force_login(people.facilitator)

    client.post(
        at("add_line", people.review, "factors"),
        {"text": "Nobody was woken", "kind": "organisation", "new_category": typed},
    )

    assert ContributingFactor.objects.get().category.slug == slug


def test_no_field_is_named_root_cause():
    words = re.compile(r"root.?cause", re.IGNORECASE)
    ours = [model for model in apps.get_models() if not model.__module__.startswith("django.")]
    fields = [
        f"{model._meta.label}.{field.name} {getattr(field, 'verbose_name', '')}"
        for model in ours
        for field in model._meta.get_fields()
    ]
    assert any("postmortems.Review.trigger" in field for field in fields)
    assert [field for field in fields if words.search(field)] == []
    asked = [
        path
        for folder in ("templates", "postmortems/forms", "incidents/forms", "actions")
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.*")
        if path.suffix in {".html", ".py"} and words.search(path.read_text("utf-8"))
    ]
    assert asked == []


def test_trigger_and_conditions_are_asked_side_by_side(client):
    people = everyone()
    client.force_login(people.facilitator)

    page = client.get(at("story", people.review)).content.decode()

    assert "A removal runs on the primary" in page  # the example of a trigger
    assert "No backup had been restored from for a year" in page  # and of a condition
    assert at("add_line", people.review, "factors") in page


# What kept it from being worse ----------------------------------------------------------------
def test_what_saved_us_is_counted_by_review_and_chosen_again(client):
    people, before = everyone(), make_review()
    first = Mitigator.objects.create(review=before, text="A snapshot, says Yuki", is_luck=True)
    publication = published(before)
    Mitigator.objects.filter(pk=first.pk).update(published_text="A snapshot taken by hand")
    client.force_login(people.facilitator)
    address = at("add_line", people.review, "mitigators")

    form = client.get(f"{address}?same={first.pk}").context["form"]
    assert form["text"].value() == "A snapshot taken by hand"
    client.post(f"{address}?same={first.pk}", {"text": "A snapshot taken by hand"})

    again = Mitigator.objects.exclude(pk=first.pk).get()
    assert again.same_as == first
    [one] = saved_us.before(people.stranger)
    assert (one.text, one.reviews, one.is_luck) == (
        "A snapshot taken by hand",
        [publication.review],
        True,
    )
    published(people.review)
    [one] = saved_us.before(people.stranger)
    assert len(one.reviews) == 2
    page = client.get("/reviews/what-saved-us/", {"q": "HAND snapshot"}).content.decode()
    assert "A snapshot taken by hand" in page and "Yuki" not in page
    assert saved_us.before(people.stranger, "restore") == []


def test_what_saved_us_in_restricted_or_unpublished_reviews_is_not_told(client):
    hidden = make_review(incident=make_incident(visibility="restricted"))
    kept = Mitigator.objects.create(review=hidden, text="The key was revoked in time")
    published(hidden)
    Mitigator.objects.create(review=make_review(), text="A draft of it")
    people = everyone()
    client.force_login(people.facilitator)

    assert saved_us.before(people.facilitator) == []
    form = client.get(f"{at('add_line', people.review, 'mitigators')}?same={kept.pk}")
    assert "The key was revoked" not in form.content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_what_saved_us_costs_the_same_for_any_number(django_assert_num_queries, count):
    reader = make_user()
    for _ in range(count):
        review = make_review()
        Mitigator.objects.create(review=review, text="It held")
        published(review)

    with django_assert_num_queries(1):
        assert len(saved_us.before(reader)) == count


# How it was noticed ---------------------------------------------------------------------------
def test_how_it_could_have_been_known_sooner_becomes_an_action(client):
    people = everyone()
    client.force_login(people.facilitator)
    assert "from=noticing" not in client.get(at("detail", people.review)).content.decode()

    client.post(
        at("noticing", people.review),
        {
            "how_known": "A customer wrote.",
            "known_sooner": "Alert on dumps that are missing.",
            "seen": people.review.version,
        },
    )

    page = client.get(at("detail", people.review)).content.decode()
    assert "A customer wrote." in page
    address = f"/actions/new/?review={people.review.reference}&from=noticing"
    assert address.replace("&", "&amp;") in page
    form = client.get(address).context["form"]
    assert form["title"].value() == "Alert on dumps that are missing."
    assert form["kind"].value() == Action.Kind.DETECT
    assert form["measure"].value() == Action.Measure.TELEMETRY


def test_time_undetected_is_said_only_when_it_is_known(client):
    people = everyone()
    incident = people.review.incident
    client.force_login(people.facilitator)
    assert board_of(client, people).noticed.value == "not known"

    incident.detected_at = incident.started_at + timedelta(minutes=22)
    incident.detected_precision = "exact"
    incident.save()
    assert board_of(client, people).noticed.value == "22 min"


# Open questions -------------------------------------------------------------------------------
def test_a_reader_who_knows_answers_and_the_next_revision_says_it(client):
    people = everyone()
    question = OpenQuestion.objects.create(review=people.review, text="Who is told?")
    published(people.review)
    client.force_login(people.stranger)
    address = at("offer_answer", people.review, question.pk)
    assert address in client.get(at("published", people.review)).content.decode()

    client.post(address, {"text": "The platform team gets a mail."})

    offered = OfferedAnswer.objects.get()
    assert (offered.question, offered.by) == (question, people.stranger)
    told = Notification.objects.get(kind="question_answered")
    assert told.recipient == people.facilitator
    where = at("question", people.review, question.pk)
    assert client.get(where).status_code == 403
    client.force_login(people.participant)
    assert "The platform team gets a mail." in client.get(where).content.decode()

    people.review.state = "drafting"
    people.review.save()
    client.force_login(people.facilitator)
    client.post(
        at("edit_line", people.review, "questions", question.pk),
        {"text": "Who is told?", "answer": "The platform team, by mail.", "seen": 1},
    )
    published(people.review, revision=2)
    client.force_login(people.stranger)
    page = client.get(at("published", people.review)).content.decode()
    assert "Understood since" in page and "The platform team, by mail." in page
    assert address not in page


def test_an_answer_goes_only_to_a_question_readers_were_asked(client):
    people = everyone()
    published(people.review)
    later = OpenQuestion.objects.create(review=people.review, text="Only in the draft")
    client.force_login(people.stranger)

    answer = client.post(at("offer_answer", people.review, later.pk), {"text": "I know"})

    assert answer.status_code == 404
    assert not OfferedAnswer.objects.exists()


@pytest.mark.parametrize("how", ["removed", "gone from the next revision, too"])
def test_an_answer_to_a_question_that_was_taken_away_is_kept_to_be_copied(client, how):
    people = everyone()
    question = OpenQuestion.objects.create(review=people.review, text="Who is told?")
    published(people.review)
    client.force_login(people.stranger)
    address = at("offer_answer", people.review, question.pk)
    assert client.get(address).status_code == 200

    question.delete()
    if how != "removed":
        published(people.review, revision=2)
    answer = client.post(address, {"text": "The platform team gets a mail."})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This question was taken away while you were writing" in page
    assert "The platform team gets a mail." in page
    assert at("published", people.review) in page
    assert not OfferedAnswer.objects.exists()
    assert client.get(address).status_code == 404
    assert client.post(at("offer_answer", people.review, 999), {"text": "x"}).status_code == 404


def test_without_a_facilitator_the_managers_are_told_of_an_answer():
    people = everyone()
    question = OpenQuestion.objects.create(review=people.review, text="Who is told?")
    people.review.facilitator = None
    people.review.save()

    lines.offer_answer(question, by=people.stranger, text="The platform team.")

    told = Notification.objects.filter(kind="question_answered")
    assert [one.recipient for one in told] == [people.manager]


# What readers get of it -----------------------------------------------------------------------
def test_readers_get_kinds_surprises_and_how_it_was_noticed(client):
    people = everyone()
    review = people.review
    event = make_event(review.incident)
    factor = ContributingFactor.objects.create(
        review=review, category=FactorCategory.objects.first(), kind="outside", text="One budget"
    )
    factor.events.add(event)
    Surprise.objects.create(review=review, text="It was silent")
    Mitigator.objects.create(
        review=review, text="A late shift", is_luck=True, instead_of_luck="A runbook"
    )
    review.known_sooner = "An alert"
    review.save()
    published(review)
    client.force_login(people.stranger)

    for page in (at("published", review), at("report", review)):
        text = client.get(page).content.decode()
        for words in ("From outside", "It was silent", "An alert", "A runbook", "not known"):
            assert words in text, (page, words)


def test_snapshots_of_the_second_form_still_read(client):
    people = everyone()
    OpenQuestion.objects.create(review=people.review, text="Who is told?")
    ContributingFactor.objects.create(
        review=people.review, category=FactorCategory.objects.first(), text="One budget"
    )
    make_finding(people.review)
    publication = published(people.review)
    old = publication.snapshot | {"form": 2, "surprise": "It was silent"}
    for name in ("surprises", "how_known", "known_sooner"):
        del old[name]
    old["factors"] = [{"category": "Testing", "text": "One budget"}]
    old["open_questions"] = [{"text": "Who is told?"}]
    for goal in old["goals"]:
        for card in goal["cards"]:
            del card["about"], card["elsewhere"]
    Publication.objects.create(review=people.review, revision=2, title="Old", snapshot=old)
    client.force_login(people.stranger)

    for page in (at("published", people.review), at("report", people.review)):
        text = client.get(page).content.decode()
        assert "It was silent" in text and "Who is told?" in text
    assert client.get(at("compare", people.review, 1, 2)).status_code == 200


# Habits of thought ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("differently", "We know how it ended"),
        ("differently", "What did not happen explains nothing"),
        ("wrong", "A bad end does not make a bad step"),
        ("why", "We know how it ended"),
        ("why", "Look at the place before the person"),
    ],
)
def test_a_short_card_stands_beside_the_field_where_a_bias_strikes(client, part, title):
    people = everyone()
    client.force_login(people.participant)

    page = client.get(at("part", people.review, part)).content.decode()

    assert title in page
    assert title in client.get("/how-we-review/").content.decode()
    assert title not in client.get(at("part", people.review, "right")).content.decode()


# The timeline shows the cards that point to it ------------------------------------------------
def test_an_event_shows_its_cards_to_readers_of_the_draft(client):
    people = everyone()
    event = make_event(people.review.incident)
    card = make_finding(people.review)
    card.events.add(event)
    way = f"{people.review.get_absolute_url()}#card-{card.pk}"

    client.force_login(people.participant)
    assert way in client.get(people.review.incident.get_absolute_url()).content.decode()
    client.force_login(people.stranger)
    assert way not in client.get(people.review.incident.get_absolute_url()).content.decode()


# From before surprises had rows of their own ----------------------------------------------------
def test_what_was_written_as_one_text_becomes_the_first_surprise():
    review = make_review(surprise="It was silent.\n\nAnd so were we." * 100)
    make_review(surprise="")
    held = Mitigator.objects.create(review=review, text="A snapshot, says Yuki")
    told = build(review)
    told["mitigators"][0]["text"] = "A snapshot"
    Publication.objects.create(review=review, revision=1, title="Told", snapshot=told)

    import_module("postmortems.migrations.0012_give_each_surprise_a_row").fill(apps, None)

    assert Surprise.objects.get().text == review.surprise
    held.refresh_from_db()
    assert held.published_text == "A snapshot"


# Actions -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("actions", "is_said"),
    [
        ([("accepted", 1), ("parked", 1)], True),
        ([("accepted", 1), ("accepted", None)], True),
        ([("accepted", 1), ("declined", 3)], True),
        ([("accepted", 1), ("accepted", 2)], False),
        ([("accepted", None)], False),
        ([("declined", 1)], False),
        ([], False),
    ],
)
def test_whoever_guides_sees_when_no_action_does_more_than_remind(client, actions, is_said):
    people = everyone()
    for state, strength in actions:
        make_action(review=people.review, state=state, strength=strength)
    client.force_login(people.facilitator)

    page = client.get(at("detail", people.review)).content.decode()

    assert ("No action here is said to do more than remind people." in page) is is_said


def test_an_idea_says_whether_it_rests_or_can_be_decided(client):
    people = everyone()
    today = timezone.localdate()
    for days in (0, 1):
        make_action(
            review=people.review, state="parked", decide_from_on=today + timedelta(days=days)
        )
    client.force_login(people.facilitator)

    page = client.get(at("detail", people.review)).content.decode()

    assert page.count("rests, to be decided from") == 1
    assert page.count("can be decided now") == 1
