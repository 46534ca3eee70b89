"""Whatever puts something restricted behind an action, PostgreSQL marks it, and who may not know of
it is shown nothing."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState

from actions.hiding import MarkWhatMayBeHidden, MarkWhatWasThere
from actions.models import Action
from incidents.models import Incident
from postmortems.models import Review
from tests.make import make_action, make_incident, make_more_like, make_review, make_user
from tests.turns import while_the_other_waits

LINKS = Action.incidents.through.objects
REVIEW_LINKS = Action.reviews.through.objects
COVERS = Review.also_covers.through.objects
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite gathers what is hidden"
)


def restrict(incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(visibility="restricted")


def restricted() -> Incident:
    return make_incident(visibility="restricted")


def taken_away(action: Action) -> None:
    """Its row alone, and nothing that belongs to it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM actions_action WHERE id = %s", [action.pk])


def is_marked(action: Action) -> bool:
    return Action.objects.values_list("may_be_hidden", flat=True).get(pk=action.pk)


# Each way that something restricted comes behind an action ----------------------------------------
def of_a_restricted_incident(action):
    action.incidents.add(make_incident(), restricted())


def of_one_that_is_restricted_later(action):
    action.incidents.add(incident := make_incident())
    restrict(incident)


def of_one_by_a_link_that_is_changed(action):
    action.incidents.add(make_incident())
    LINKS.filter(action=action).update(incident=restricted())


def of_one_that_is_saved_whole(action):
    action.incidents.add(incident := make_incident())
    incident.visibility = "restricted"
    incident.save()


def of_one_that_comes_after_its_link(action):
    incident = make_incident()
    LINKS.create(action=action, incident_id=incident.pk + 1_000)
    make_incident(pk=incident.pk + 1_000, visibility="restricted")


def of_one_by_a_link_that_comes_before_the_action(action):
    taken_away(action)
    LINKS.create(action_id=action.pk, incident=restricted())
    action.save(force_insert=True)


def of_one_by_a_link_whose_number_the_action_gets(action):
    LINKS.create(action_id=action.pk + 1_000, incident=restricted())
    Action.objects.filter(pk=action.pk).update(id=action.pk + 1_000)
    action.pk += 1_000


def of_one_that_gets_the_number_of_its_link(action):
    incident = restricted()
    LINKS.create(action=action, incident_id=incident.pk + 1_000)
    Incident.objects.filter(pk=incident.pk).update(id=incident.pk + 1_000)


def of_a_review_of_one(action):
    action.reviews.add(make_review(), make_review(incident=restricted()))


def of_a_review_whose_incident_is_restricted_later(action):
    action.reviews.add(review := make_review())
    restrict(review.incident)


def of_a_review_by_a_link_that_comes_before_the_action(action):
    taken_away(action)
    REVIEW_LINKS.create(action_id=action.pk, review=make_review(incident=restricted()))
    action.save(force_insert=True)


def of_a_review_by_a_link_that_is_changed(action):
    action.reviews.add(make_review())
    REVIEW_LINKS.filter(action=action).update(review=make_review(incident=restricted()))


def of_a_review_that_comes_after_its_link(action):
    review = make_review()
    REVIEW_LINKS.create(action=action, review_id=review.pk + 1_000)
    make_review(pk=review.pk + 1_000, incident=restricted())


def of_a_review_that_is_given_another_incident(action):
    action.reviews.add(review := make_review())
    Review.objects.filter(pk=review.pk).update(incident=restricted())


def of_a_review_that_covers_one(action):
    review = make_review()
    review.also_covers.add(restricted())
    action.reviews.add(review)


def of_a_review_that_covers_one_later(action):
    action.reviews.add(review := make_review())
    review.also_covers.add(restricted())


def of_a_review_that_covers_what_is_restricted_later(action):
    action.reviews.add(review := make_review())
    review.also_covers.add(other := make_incident())
    restrict(other)


def of_a_review_whose_cover_is_changed(action):
    action.reviews.add(review := make_review())
    review.also_covers.add(make_incident())
    COVERS.filter(review=review).update(incident=restricted())


WAYS = [way for name, way in list(globals().items()) if name.startswith("of_")]


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_shown_what_comes_from_something_hidden(way):
    action, other, stranger = make_action(), make_action(review=make_review()), make_user()

    way(action)

    assert list(Action.objects.visible_to(stranger)) == [other]
    if connection.vendor == "postgresql":
        assert is_marked(action)
        assert not is_marked(other)


@pytest.mark.django_db
def test_what_is_open_or_of_somebody_else_is_not_marked():
    review = make_review()
    review.also_covers.add(make_incident())
    action = make_action(review=review)
    make_action(review=make_review(incident=restricted()))

    Incident.objects.update(title="Renamed")
    Incident.objects.filter(visibility="open").update(visibility="open")

    assert not is_marked(action)


@on_postgresql
@pytest.mark.django_db
def test_a_mark_stays_whoever_saves_the_action_and_is_only_asked_about():
    action = make_action()
    action.incidents.add(incident := make_incident())
    restrict(incident)
    stranger = make_user()

    action.save()  # as it was read before
    Action.objects.update(may_be_hidden=False)
    assert is_marked(action)
    assert not Action.objects.visible_to(stranger).exists()

    Incident.objects.update(visibility="open")
    assert is_marked(action)
    assert list(Action.objects.visible_to(stranger)) == [action]


@on_postgresql
@pytest.mark.django_db
def test_the_steps_of_the_migrations_mark_what_was_there_and_can_be_taken_back(monkeypatch):
    mark, of_before = MarkWhatMayBeHidden("action"), MarkWhatWasThere("action")
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        mark.database_backwards("actions", editor, state, state)
    actions = [make_action() for _ in WAYS]
    for way, action in zip(WAYS, actions, strict=True):
        way(action)
    plain = make_action(review=make_review())
    assert not Action.objects.filter(may_be_hidden=True).exists()

    monkeypatch.setattr(MarkWhatWasThere, "SIZE", 3)
    with connection.schema_editor(atomic=False) as editor:
        for step in (mark, of_before):
            step.database_forwards("actions", editor, state, state)

    assert set(Action.objects.filter(may_be_hidden=True)) == set(actions)
    assert not is_marked(plain)
    later = make_action()
    later.incidents.add(restricted())
    assert is_marked(later)


@on_postgresql
@pytest.mark.django_db
def test_what_is_read_for_each_row_does_not_grow_with_those_added_before():
    """Whatever the database knew of the tables when it planned how to look things up."""
    action = make_action(review=make_review())
    few, many = slice(0, 40), slice(40, 440)
    make_more_like(make_incident(), many.stop)
    with connection.cursor() as cursor:
        for model in (Incident, Review, Action, LINKS.model, REVIEW_LINKS.model, COVERS.model):
            cursor.execute(f"ANALYZE {model._meta.db_table}")

    def rows_read():
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables")
            return cursor.fetchone()[0]

    def add(rows):
        """Rows read for each, of the first and of those that come after them."""
        told = []
        for part in (rows[few], rows[many]):
            before = rows_read()
            type(part[0]).objects.bulk_create(part)
            told.append((rows_read() - before) / len(part))
        return told

    incidents = Incident.objects.filter(review=None).order_by("pk")[: many.stop]
    reviews = [Review(incident=incident) for incident in incidents]
    actions = [
        Action(reference=f"A-{90_000 + number}", title=action.title) for number in range(many.stop)
    ]
    told = [add(reviews), add(actions)]
    told.append(
        add(
            [
                LINKS.model(action=one, incident=of)
                for one, of in zip(actions, incidents, strict=True)
            ]
        )
    )
    told.append(
        add(
            [
                REVIEW_LINKS.model(action=one, review=of)
                for one, of in zip(actions, reviews, strict=True)
            ]
        )
    )

    for first, later in told:
        assert later < 2 * first + 2, told


# At the same time ---------------------------------------------------------------------------------
def _covers_it_and_then_restricts_it(action, review, other):
    review.also_covers.add(other)
    restrict(other)


STEPS = {
    "names the incident": lambda action, review, other: action.incidents.add(other),
    "restricts the incident": lambda action, review, other: restrict(other),
    "names the review": lambda action, review, other: action.reviews.add(review),
    "restricts its incident": lambda action, review, other: restrict(review.incident),
    "covers it": lambda action, review, other: review.also_covers.add(other),
    "covers it and then restricts it": _covers_it_and_then_restricts_it,
}


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("before", "one", "another"),
    [
        ("", "names the incident", "restricts the incident"),
        ("", "restricts the incident", "names the incident"),
        ("", "names the review", "restricts its incident"),
        ("", "restricts its incident", "names the review"),
        ("names the review", "covers it", "restricts the incident"),
        ("names the review", "restricts the incident", "covers it"),
        ("covers it", "names the review", "restricts the incident"),
        ("covers it", "restricts the incident", "names the review"),
        ("", "names the review", "covers it and then restricts it"),
    ],
)
def test_of_two_at_the_same_time_the_later_one_sees_the_other(before, one, another):
    rows = make_action(), make_review(), make_incident()
    if before:
        STEPS[before](*rows)

    while_the_other_waits(lambda: STEPS[one](*rows), lambda: STEPS[another](*rows))

    assert is_marked(rows[0])
    assert not Action.objects.visible_to(make_user()).exists()
