"""Migrations that people can work through: docs/operations.md has the rules and why.

The release before runs on while a migration does, and for a while after it. So a migration takes
nothing away that it uses, asks nothing of its rows that it does not give, and never holds a table
for longer than a moment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import IntegrityError, connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from psycopg import connect

from common.operations import (
    AddCheckForNewRows,
    AddIndexBesideWriters,
    CheckOldRows,
    DropIndexBesideWriters,
    InBatches,
    IndexLinksBesideWriters,
)
from tests.servers import ROOT

#: The last migration of each app that is older than these rules: nobody runs a release from before.
OLDER = {
    "common": 8,
    "people": 13,
    "incidents": 12,
    "postmortems": 31,
    "actions": 13,
    "lessons": 11,
    "alerts": 1,
    "api": 1,
    "config": 1,
}
TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
READS_ROWS = (migrations.RunPython, migrations.RunSQL, CheckOldRows, InBatches)


def releases() -> set[str]:
    """Those in the changelog, without the one that is being written."""
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    return {line[3:].split()[0] for line in lines if line.startswith("## ")} - {"Unreleased"}


def broken_rules(migration: migrations.Migration, before: ProjectState) -> Iterator[str]:
    """In a sentence each. `before` is what the migrations before it have made."""
    state = deepcopy(before)
    new: set[str] = set()  # tables that nobody has rows in yet
    holds, reads = False, False
    for step in migration.operations:
        table = getattr(step, "model_name", "").lower()
        if isinstance(step, migrations.CreateModel):
            new.add(step.name_lower)
        elif isinstance(step, READS_ROWS):
            reads = True
            alone = not migration.atomic and len(migration.operations) == 1
            if isinstance(step, InBatches) and not alone:
                yield f"{step.describe()}: in a migration of its own that says atomic = False"
        elif table not in new:
            known = state.models.get((migration.app_label, table))
            yield from _broken_by(step, known, migration)
            holds = holds or isinstance(
                step, migrations.AddField | migrations.AlterField | migrations.AddConstraint
            )
        step.state_forwards(migration.app_label, state)
    if holds and reads:
        yield "it goes through rows while it holds a table: make two migrations of it"


def _broken_by(
    step: migrations.operations.base.Operation,
    known: ModelState | None,
    migration: migrations.Migration,
) -> Iterator[str]:
    what = step.describe()
    if isinstance(step, TAKES_AWAY):
        since = getattr(migration, "unused_since", None)
        if since not in releases():
            yield (
                f"{what}: the release before still uses it. Let one release pass that does not, "
                "and name that as `unused_since`"
            )
    elif isinstance(step, migrations.AddField):
        if not (step.field.many_to_many or step.field.null or step.field.has_db_default()):
            yield f"{what}: the release before writes rows without it. Give it a db_default"
    elif isinstance(step, migrations.AlterField):
        if known is None:
            return
        yield from _changed(what, known.fields[step.name], step.field)
    elif isinstance(step, AddIndexBesideWriters | DropIndexBesideWriters | IndexLinksBesideWriters):
        if migration.atomic or len(migration.operations) > 1:
            yield f"{what}: in a migration of its own that says atomic = False"
    elif isinstance(step, AddIndexConcurrently | AddConstraintNotValid):
        yield f"{what}: SQLite cannot. common/operations.py has steps for both databases"
    elif isinstance(step, migrations.AddIndex):
        yield f"{what}: nobody writes meanwhile. Use AddIndexBesideWriters"
    elif isinstance(step, migrations.RemoveIndex):
        yield f"{what}: whoever reads waits while it does. Use DropIndexBesideWriters"
    elif isinstance(step, migrations.AddConstraint) and not isinstance(step, AddCheckForNewRows):
        yield (
            f"{what}: it looks at every row while it holds the table. Use AddCheckForNewRows and, "
            "in the next migration, CheckOldRows; what has to be unique is that from the first day"
        )


def _changed(what: str, old: models.Field, new: models.Field) -> Iterator[str]:
    if old.null and not new.null:
        yield f"{what}: it may not be empty any more, and the release before leaves it empty"
    if old.db_column != new.db_column:
        yield f"{what}: a column is renamed, and the release before knows the old name"
    is_shorter = (old.max_length or 10**9) > (new.max_length or 10**9)
    if old.get_internal_type() != new.get_internal_type() or is_shorter:
        yield f"{what}: the whole table is written anew. Add a column beside it"


def after_the_rules() -> list[tuple[migrations.Migration, ProjectState]]:
    """Every migration of ours that is held to them, with what was there before it."""
    loader = MigrationLoader(None)
    state, found = ProjectState(), []
    for key in _in_order(loader):
        migration = loader.disk_migrations[key]
        if key[0] in OLDER and int(key[1][:4]) > OLDER[key[0]]:
            found.append((migration, state))
            state = deepcopy(state)
        for step in migration.operations:
            step.state_forwards(migration.app_label, state)
    return found


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    order: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        order.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(order)


def test_migrations_can_be_worked_through():
    broken = {
        str(migration): sentences
        for migration, before in after_the_rules()
        if (sentences := list(broken_rules(migration, before)))
    }

    assert not broken, broken


def test_each_of_our_apps_is_held_to_the_rules():
    ours = {app for app, _ in MigrationLoader(None).disk_migrations if Path(ROOT / app).is_dir()}

    assert set(OLDER) == ours


# The rules themselves -----------------------------------------------------------------------------
def migrated(*steps, **said) -> list[str]:
    """What breaks a rule in a migration of these steps, on a table that is there."""
    before = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=100)),
        ("note", models.TextField(null=True)),
    ]
    migrations.CreateModel("Thing", fields).state_forwards("people", before)
    migration = migrations.Migration("0099_try", "people")
    migration.operations = list(steps)
    for name, value in said.items():
        setattr(migration, name, value)
    return list(broken_rules(migration, before))


CHECK = models.CheckConstraint(condition=~models.Q(title=""), name="thing_has_a_title")
INDEX = models.Index(fields=["title"], name="thing_by_title")


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        ("still uses it", [migrations.RemoveField("thing", "note")]),
        ("still uses it", [migrations.RenameField("thing", "note", "remark")]),
        ("still uses it", [migrations.DeleteModel("Thing")]),
        ("still uses it", [migrations.RenameModel("Thing", "Object")]),
        ("db_default", [migrations.AddField("thing", "count", models.IntegerField(default=0))]),
        ("leaves it empty", [migrations.AlterField("thing", "note", models.TextField())]),
        (
            "the old name",
            [migrations.AlterField("thing", "note", models.TextField(null=True, db_column="n"))],
        ),
        (
            "written anew",
            [migrations.AlterField("thing", "title", models.CharField(max_length=50))],
        ),
        ("written anew", [migrations.AlterField("thing", "title", models.IntegerField())]),
        ("AddIndexBesideWriters", [migrations.AddIndex("thing", INDEX)]),
        ("atomic = False", [AddIndexBesideWriters("thing", INDEX)]),
        ("atomic = False", [IndexLinksBesideWriters("thing", "owners")]),
        ("DropIndexBesideWriters", [migrations.RemoveIndex("thing", INDEX.name)]),
        ("atomic = False", [InBatches("thing")]),
        ("atomic = False", [DropIndexBesideWriters("thing", INDEX.name)]),
        ("SQLite cannot", [AddIndexConcurrently("thing", INDEX)]),
        ("AddCheckForNewRows", [migrations.AddConstraint("thing", CHECK)]),
        (
            "two migrations",
            [
                migrations.AddField("thing", "more", models.TextField(null=True)),
                migrations.RunPython(migrations.RunPython.noop),
            ],
        ),
    ],
)
def test_what_stops_people_is_found(words, steps):
    (sentence,) = migrated(*steps)

    assert words in sentence


def test_what_stops_nobody_is_let_through():
    on_a_new_table = [
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("other", "count", models.IntegerField()),
        migrations.AddConstraint("other", CHECK),
        migrations.AddIndex("other", INDEX),
    ]
    assert migrated(*on_a_new_table) == []
    assert migrated(AddIndexBesideWriters("thing", INDEX), atomic=False) == []
    assert migrated(DropIndexBesideWriters("thing", INDEX.name), atomic=False) == []
    assert migrated(IndexLinksBesideWriters("thing", "owners"), atomic=False) == []
    assert migrated(AddCheckForNewRows("thing", CHECK)) == []
    assert migrated(CheckOldRows("thing", CHECK.name)) == []
    assert migrated(InBatches("thing"), atomic=False) == []
    longer = models.CharField(max_length=200)
    assert migrated(migrations.AlterField("thing", "title", longer)) == []
    number = models.IntegerField(default=0, db_default=0)
    assert migrated(migrations.AddField("thing", "count", number)) == []


def test_a_column_goes_when_a_release_has_passed_without_it(monkeypatch):
    gone = migrations.RemoveField("thing", "note")
    monkeypatch.setattr("tests.test_zero_downtime.releases", lambda: {"1.4"})

    assert migrated(gone, unused_since="1.4") == []
    assert len(migrated(gone, unused_since="1.5")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_check_holds_new_rows_at_once_and_the_old_ones_later():
    before = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=100)),
    ]
    make = migrations.CreateModel("Thing", fields)
    add, prove = AddCheckForNewRows("thing", CHECK), CheckOldRows("thing", CHECK.name)

    def run(step, before):
        after = deepcopy(before)
        step.state_forwards("people", after)
        with connection.schema_editor() as editor:
            step.database_forwards("people", editor, before, after)
        return after

    made = run(make, before)
    old = made.apps.get_model("people", "Thing").objects.create(title="")
    try:
        if connection.vendor == "postgresql":
            after = run(add, made)
            with pytest.raises(IntegrityError, match=CHECK.name):
                run(prove, after)
            old.delete()
        else:
            with pytest.raises(IntegrityError, match=CHECK.name):
                run(add, made)
            old.delete()
            after = run(add, made)
        thing = after.apps.get_model("people", "Thing")
        thing.objects.create(title="Kept")
        with pytest.raises(IntegrityError, match=CHECK.name):
            thing.objects.create(title="")
        run(prove, after)
    finally:
        run(migrations.DeleteModel("Thing"), made)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_an_index_comes_and_goes_while_people_read():
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=100)),
    ]
    make = migrations.CreateModel("Thing", fields)
    before, made = ProjectState(), ProjectState()
    make.state_forwards("people", made)
    indexed = deepcopy(made)
    add, drop = AddIndexBesideWriters("thing", INDEX), DropIndexBesideWriters("thing", INDEX.name)
    add.state_forwards("people", indexed)

    def indexes() -> set[str]:
        with connection.cursor() as cursor:
            return {*connection.introspection.get_constraints(cursor, "people_thing")}

    def run(step, before, after):
        """While somebody has the table in use for longer than a lock may be waited for, and
        somebody else comes to read it."""
        answered = []
        with connect(**connection.get_connection_params()) as other:
            other.execute("SELECT count(*) FROM people_thing")

            def come_and_go():
                try:
                    with connect(**connection.get_connection_params()) as third:
                        third.execute("SET lock_timeout = 200")
                        answered.extend(third.execute("SELECT count(*) FROM people_thing"))
                finally:
                    other.commit()

            meanwhile = threading.Timer(0.6, come_and_go)
            meanwhile.start()
            with connection.schema_editor(atomic=False) as editor:
                editor.execute("SET lock_timeout = 200")
                step.database_forwards("people", editor, before, after)
            meanwhile.join()
        assert answered == [(0,)]

    with connection.schema_editor() as editor:
        make.database_forwards("people", editor, before, made)
    try:
        run(add, made, indexed)
        assert INDEX.name in indexes()
        run(drop, indexed, made)
        assert INDEX.name not in indexes()
    finally:
        with connection.schema_editor() as editor:
            migrations.DeleteModel("Thing").database_forwards("people", editor, made, before)


@pytest.mark.django_db(transaction=True)
def test_an_index_of_links_comes_and_goes():
    state = MigrationLoader(None).project_state()
    lesson = state.apps.get_model("lessons", "Lesson")
    step = IndexLinksBesideWriters("lesson", "tags")

    def indexed() -> list[list[str]]:
        with connection.cursor() as cursor:
            table = lesson.tags.through._meta.db_table
            found = connection.introspection.get_constraints(cursor, table)
        return [one["columns"] for name, one in found.items() if name == "lesson_by_tags"]

    def run(change) -> None:
        with connection.schema_editor(atomic=False) as editor:
            change("lessons", editor, state, state)

    assert indexed() == [["tag_id", "lesson_id"]]
    try:
        run(step.database_backwards)
        assert indexed() == []
    finally:
        run(step.database_forwards)
    assert indexed() == [["tag_id", "lesson_id"]]
