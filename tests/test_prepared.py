"""Statements that are put together once and asked with other values."""

from datetime import UTC, datetime

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from common.prepared import Prepared
from people.models import User
from tests.make import make_user

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
