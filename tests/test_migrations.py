"""What a full migrate leaves in the database beside Django's own tables, on either database."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from common.fields import OneOfField
from common.history import record
from common.immutable import RefuseChanges, RefuseDeletion
from common.models import Activity
from common.search import AddSearchIndex, SearchableQuerySet
from config.audit import chain
from incidents.models import BrokenGlass
from postmortems.models import Publication, PublicEdition, PublicVersion, PublishedWords
from tests.make import make_action, make_incident, make_lesson, make_review, make_user

pytestmark = pytest.mark.django_db


OURS = ("common", "people", "incidents", "postmortems", "actions", "lessons")


def make_words(**fields):
    return PublishedWords.objects.create(review=make_review(), **fields)


MAKERS = {
    "incident": make_incident,
    "action": make_action,
    "lesson": make_lesson,
    "publishedwords": make_words,
}


def searchable() -> dict[str, type]:
    return {
        model._meta.model_name: model
        for model in apps.get_models()
        if isinstance(getattr(model, "objects", None) and model.objects.all(), SearchableQuerySet)
    }


def steps(kind: type) -> set[str]:
    """The models that a kind of migration step was made for."""
    migrations = MigrationLoader(connection).disk_migrations.values()
    return {
        operation.model_name
        for migration in migrations
        for operation in migration.operations
        if isinstance(operation, kind)
    }


def watchers(table: str) -> set[str]:
    """The names of the triggers of a table."""
    statement = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass"
        " AND NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement, [table])
        return {name for (name,) in cursor.fetchall()}


def test_each_app_begins_with_one_migration_that_makes_all_its_tables():
    names = [name for app, name in MigrationLoader(connection).disk_migrations if app in OURS]

    assert [name for name in names if name.endswith("_initial")] == ["0001_initial"] * len(OURS)


def test_every_searchable_table_has_its_index():
    assert set(searchable()) == set(MAKERS) == steps(AddSearchIndex)
    if connection.vendor == "sqlite":
        for model in searchable().values():
            table = model._meta.db_table
            assert watchers(table) == {
                f"{table}_fts_{deed}" for deed in ("insert", "delete", "update")
            }


@pytest.mark.parametrize("name", MAKERS)
def test_the_index_follows_each_row(name):
    row = MAKERS[name](title="Certificate expires unnoticed")
    model = type(row)
    others = model.objects.filter(pk=row.pk)

    assert others.find("certificate").ids == [row.pk]
    others.update(title="Queue is stuck", search_text="consumers lag behind")
    assert others.find("certificate").ids == []
    assert others.find("consumers").ids == [row.pk]
    row.delete()
    assert model.objects.find("consumers").ids == []


def make_activity():
    user = make_user()
    record(user, "tried it", user)
    return Activity.objects.get()


def make_broken_glass():
    now = timezone.now()
    return BrokenGlass.objects.create(
        incident=make_incident(), by=make_user(), reason="To see", at=now, until=now
    )


def make_publication():
    return Publication.objects.create(
        review=make_review(), revision=1, title="As it was", snapshot={}
    )


def make_public_version():
    words = dict.fromkeys(PublicEdition.TEXTS, "As it was")
    edition = PublicEdition.objects.create(review=make_review(), **words)
    return PublicVersion.objects.create(
        edition=edition, number=1, made_from=1, approved_by=make_user(), **words
    )


def make_trail_stretch():
    make_activity()
    [stretch] = chain.close(now=timezone.now() + chain.SETTLED)
    return stretch


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (make_activity, {"verb": "never"}),
        (make_broken_glass, {"reason": "Else"}),
        (make_publication, {"title": "Else"}),
        (make_public_version, {"title": "Else"}),
        (make_trail_stretch, {"digest": "0" * 64}),
    ],
)
def test_what_never_changes_is_kept_by_the_database(make, change):
    row = make()
    rows = type(row).objects.filter(pk=row.pk)

    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        rows.update(**change)
    table, never_goes = row._meta.db_table, type(row)._meta.model_name in steps(RefuseDeletion)
    if connection.vendor == "postgresql" or never_goes:
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            rows.delete()

    assert rows.exists()
    held = {f"{table}_never_changes"}
    if connection.vendor == "sqlite" and never_goes:
        held.add(f"{table}_never_goes")
    assert watchers(table) == held
    assert steps(RefuseChanges) == {
        "activity",
        "brokenglass",
        "publication",
        "publicversion",
        "trailstretch",
    }
    assert steps(RefuseDeletion) == {"activity", "brokenglass", "trailstretch"}


ONE_OF = [
    pytest.param(model, field, id=f"{model._meta.label}.{field.name}")
    for model in apps.get_models()
    for field in model._meta.local_concrete_fields
    if isinstance(field, OneOfField)
]


def allowed(table: str, column: str) -> str:
    """The condition that the database itself has on this column."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
            found = re.search(rf'CHECK \("{column}" IN \(([^)]*)\)\)', cursor.fetchone()[0])
            return found.group(1) if found else ""
        cursor.execute(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_attribute a "
            "ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] "
            "WHERE c.contype = 'c' AND c.conrelid = %s::regclass AND a.attname = %s",
            [table, column],
        )
        return " ".join(definition for (definition,) in cursor.fetchall())


@pytest.mark.parametrize(("model", "field"), ONE_OF)
def test_the_database_allows_every_choice_of_today(model, field):
    condition = allowed(model._meta.db_table, field.column)

    assert condition
    assert [value for value, _ in field.flatchoices if f"'{value}'" not in condition] == []
