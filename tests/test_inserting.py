"""New rows of several tables, written at one go."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common.inserting import insert, insert_one
from common.models import Activity, Revision, Tag
from tests.make import make_user

pytestmark = pytest.mark.django_db

ODD = "100 % of %s; it's “all” \\ 'of' them"


def _revision(field: str, **values) -> Revision:
    of_tags = ContentType.objects.get_for_model(Tag)
    return Revision(object_type=of_tags, object_id=7, field=field, version=1, **values)


def _line(verb: str) -> Activity:
    return Activity(object_type=ContentType.objects.get_for_model(Tag), object_id=7, verb=verb)


def test_rows_of_several_tables_are_written_as_if_each_had_been_saved():
    user, before = make_user(), timezone.now()

    insert(_revision("title", text=ODD, author=user), _revision("summary"), _line("named"))

    title, summary = Revision.objects.order_by("pk")
    line = Activity.objects.get(verb="named")
    assert (title.field, title.text, title.author) == ("title", ODD, user)
    assert (summary.field, summary.text, summary.author) == ("summary", "", None)
    assert (line.object, line.actor, line.address, line.detail) == (None, None, None, "")
    assert before <= title.at <= line.at <= timezone.now()


def test_what_postgresql_is_told_is_told_at_one_go(django_assert_num_queries):
    rows = [_revision("title"), _revision("summary"), _line("named")]

    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        insert(*rows)
    with django_assert_num_queries(0):
        insert()


def test_one_row_that_is_refused_leaves_none_of_the_others():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(_line("named"), _revision("title"), _revision("title"))

    assert not Activity.objects.filter(verb="named").exists()


def test_a_row_that_is_asked_for_its_key_is_as_if_it_had_been_saved():
    tag = Tag(name=ODD, slug="odd")

    insert_one(tag)

    assert (tag.pk, tag._state.adding) == (Tag.objects.get(slug="odd").pk, False)
    tag.name = "Even"
    tag.save()
    assert [each.name for each in Tag.objects.all()] == ["Even"]
