"""Statements that are put together once and asked with other values."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models import BooleanField, CharField, IntegerField, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from actions.models import Action
from common.counts import CappedCount
from common.keys import written_once
from common.prepared import Prepared
from incidents.models import Incident
from people.models import User
from postmortems.models import Review
from tests.make import make_action, make_incident, make_review, make_user

pytestmark = pytest.mark.django_db


def test_it_is_put_together_once_and_answers_each_with_their_own(django_assert_num_queries):
    built = []

    def build(reader, word):
        built.append(reader)
        rows = User.objects.filter(pk=reader, email=f"{word}@example.org")
        return rows.values("name", "joined_at", said=Concat("name", Value(f", {word}")))

    asked = Prepared(build, reader=int, word=str)
    at = datetime(2017, 1, 31, 23, 27, tzinfo=UTC)
    ann, bob = (
        make_user(name=name, email=f"{name.lower()}@example.org", joined_at=at)
        for name in ("Ann", "Bob")
    )

    with django_assert_num_queries(3):
        rows = [
            asked.rows(reader=ann.pk, word="ann"),
            asked.rows(reader=bob.pk, word="bob"),
            asked.rows(reader=ann.pk, word="bob"),
        ]

    assert rows == [
        [{"name": "Ann", "joined_at": at, "said": "Ann, ann"}],
        [{"name": "Bob", "joined_at": at, "said": "Bob, bob"}],
        [],
    ]
    assert len(built) == 1


def test_what_somebody_types_is_a_value_and_never_a_part_of_the_statement():
    asked = Prepared(lambda word: User.objects.filter(name=word).values("pk"), word=str)
    names = ["x' OR 1=1 --", "%s", "%(word)s", "⟨word⟩"]
    people = [make_user(name=name) for name in names]

    assert [asked.rows(word=name) for name in names] == [[{"pk": one.pk}] for one in people]


def test_what_looks_like_a_stand_in_stays_what_was_typed():
    seen = [make_user(name=name) for name in ("⟨other⟩", "Ann")]

    def build(key, word, other):
        return User.objects.filter(name__in=[word, other], pk__gte=key).order_by("pk").values("pk")

    asked = Prepared(build, key=int, word=str, other=str)

    assert asked.rows(key=seen[0].pk, word="⟨other⟩", other="Ann") == [{"pk": p.pk} for p in seen]
    assert asked.rows(key=2_000_000_001, word="⟨other⟩", other="⟨word⟩") == []


def test_a_day_is_asked_for_as_one(django_assert_num_queries):
    early, late = (make_action(due_on=date(2017, month, 1)) for month in (1, 12))

    def build(since, until):
        return Action.objects.filter(due_on__range=(since, until)).order_by("pk").values("pk")

    asked = Prepared(build, since=date, until=date)

    with django_assert_num_queries(3):
        found = [
            asked.rows(since=date(2017, 1, 1), until=date(2017, 12, 1)),
            asked.rows(since=date(2017, 1, 2), until=date(2017, 12, 1)),
            asked.rows(since=date(2017, 1, 1), until=date(2017, 11, 30)),
        ]
    assert found == [[{"pk": early.pk}, {"pk": late.pk}], [{"pk": late.pk}], [{"pk": early.pk}]]


def test_moments_come_as_a_queryset_gives_them():
    moments = [
        datetime(2017, 1, 31, 23, 27, tzinfo=UTC),
        datetime(2017, 1, 31, 23, 27, 5, 120_000, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    for at in moments:
        make_user(joined_at=at)
    people = User.objects.order_by("pk").values_list("joined_at", named=True)

    [*rows] = Prepared(lambda: people).tuples()

    assert rows == [*people] == [(at,) for at in moments]
    assert {row.joined_at.tzinfo for row in rows} == {UTC}


def test_objects_come_with_those_related_to_them(django_assert_num_queries):
    told, bare = make_incident(title="Told"), make_incident(title="Bare")
    make_review(incident=told)

    def build(title):
        rows = Incident.objects.filter(title=title).select_related("team", "review")
        return rows.annotate(said=Concat("title", Value("!")))

    asked = Prepared(build, title=str)

    with django_assert_num_queries(2):
        [first], [second] = asked.objects(title="Told"), asked.objects(title="Bare")
        assert (first, first.team, first.said) == (told, told.team, "Told!")
        assert first.review.incident is first
        assert (second, second.team, second.said) == (bare, bare.team, "Bare!")
        assert not hasattr(second, "review")
    assert first.filed_at == told.filed_at
    first.title = "Changed"
    first.save()
    assert Incident.objects.get(pk=told.pk).title == "Changed"


def test_who_sees_what_is_said_once_in_a_statement():
    """A rule that several lists of a page ask, and that other rules are made of."""
    stranger, named = make_user(), make_user()
    incident = make_incident(visibility="restricted", participants=(named,))
    make_review(incident=incident)
    make_review()

    def build(reader):
        user = User(pk=reader, is_active=True)
        incidents = Incident.objects.visible_to(user)
        reviews = Review.objects.visible_to(user)
        return User.objects.filter(pk=reader).values(
            one=CappedCount(incidents),
            two=CappedCount(reviews),
            three=CappedCount(reviews.filter(incident__in=incidents)),
        )

    asked = Prepared(build, reader=int)

    with CaptureQueriesContext(connection) as captured:
        rows = [asked.rows(reader=one.pk) for one in (stranger, named)]

    assert [list(row.values()) for [row] in rows] == [[1, 1, 1], [2, 2, 2]]
    # Who is let in, and who is not.
    assert captured[0]["sql"].count("restricted") == 2
    # Statements of their own say it in full, before and after.
    assert Review.objects.visible_to(named).count() == 2
    assert Review.objects.visible_to(stranger).count() == 1


def test_no_rule_of_who_sees_what_can_stand_for_another_by_its_name():
    def hidden_incidents(incidents, who):
        return incidents.objects.none()

    with pytest.raises(ValueError, match="named hidden_incidents already"):
        written_once(hidden_incidents)


@pytest.mark.parametrize(
    "constant",
    ["it's", 'a "b"', "100%", "%s", "%%s", "?", "\\", '["x", 1]', "é✓", "", -5, True, None],
)
def test_a_constant_stays_what_it_is(constant):
    make_user(name="Ann")
    kind = {str: CharField, int: IntegerField, bool: BooleanField}.get(type(constant), CharField)
    said = Value(constant, output_field=kind())
    asked = Prepared(
        lambda name: User.objects.filter(name=name).values("name", said=said), name=str
    )

    assert asked.rows(name="Ann") == [{"name": "Ann", "said": constant}]


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL holds no NUL")
def test_a_text_is_not_cut_where_it_has_a_nul():
    make_user(name="Ann")
    said = Value("a\0b", output_field=CharField())
    asked = Prepared(lambda name: User.objects.filter(name=name).values(said=said), name=str)

    assert asked.rows(name="Ann") == [{"said": "a\0b"}]
