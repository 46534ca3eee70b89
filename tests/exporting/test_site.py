"""A whole site goes out, comes into an empty database and goes out again as it was."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions.models import Action
from common.models import Activity, Tag
from config.exporting.archive import Source, Zipped, table_file, writing
from config.exporting.site import Export
from config.exporting.tables import LEFT_OUT, TABLES
from config.importing import site
from incidents.files import keeping
from incidents.models import Attachment, Incident
from lessons.models import Lesson
from people.models import User
from postmortems.models import ConfidentialNote, Publication, Section
from tests.make import make_action, make_incident, make_lesson, make_review, make_user
from tests.restricted import hidden

pytestmark = pytest.mark.django_db


def emptied() -> None:
    """As after the migrations, but for what they fill in."""
    with connection.cursor() as cursor:
        tables = [connection.ops.quote_name(table.model._meta.db_table) for table in TABLES]
        tables += [
            connection.ops.quote_name(apps.get_model(label)._meta.db_table)
            for label in LEFT_OUT
            if not label.startswith(("auth.", "contenttypes."))
        ]
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        else:
            # With rows that never go: tests/conftest.py
            deletions = [f"DELETE FROM {table}" for table in tables]
            connection.ops.execute_sql_flush(deletions)


def exported(path: Path, *, reader: User | None = None) -> dict[str, bytes]:
    """Export to a folder: content by name."""
    with writing(path) as target:
        for _ in Export(target, now=timezone.now(), reader=reader).write():
            pass
    return {
        str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def imported(path: Path) -> None:
    source = Source(path)
    try:
        site.bring_in(source)
    finally:
        source.close()


def same(one: dict[str, bytes], other: dict[str, bytes]) -> bool:
    """But for the moment in the manifest."""

    def told(files: dict[str, bytes]) -> dict[str, object]:
        manifest = json.loads(files["manifest.json"])
        del manifest["made_at"]
        return files | {"manifest.json": manifest}

    return told(one) == told(other)


# The list of tables -----------------------------------------------------------------------------
def test_every_table_is_either_exported_or_left_out_with_a_reason():
    told = [table.label for table in TABLES] + list(LEFT_OUT)

    assert sorted(told) == sorted(
        model._meta.label for model in apps.get_models(include_auto_created=True)
    )
    assert all(LEFT_OUT.values())


def test_what_is_left_out_and_why_stands_in_the_documentation():
    words = Path("docs/exports.md").read_text()

    assert [label for label in LEFT_OUT if f"`{label}`" not in words] == []


def test_no_exported_row_needs_one_that_is_left_out_or_comes_later():
    before: set[object] = {ContentType}
    for table in TABLES:
        for field in table.model._meta.concrete_fields:
            if field.is_relation and not field.null:
                assert field.related_model in before | {table.model}, field
        before.add(table.model)


def test_secrets_and_passwords_are_in_no_column():
    named = {
        f"{table.label}.{field.name}"
        for table in TABLES
        for field in table.model._meta.concrete_fields
        if field.name not in table.without
    }

    assert [name for name in named if name.endswith((".password", ".secret", ".token"))] == []


# Round trip -------------------------------------------------------------------------------------
@pytest.fixture
def full() -> hidden.Base:
    """Something of every table, and a picture and a log."""
    base = hidden.build()
    hidden.add(base)
    log = SimpleUploadedFile("oom.log", b"14:32 Out of memory: killed process 4711\n")
    keeping.attach(base.open.incident, [log], by=base.people["M"])
    return base


def test_an_export_comes_back_as_it_was(full, tmp_path):
    first = exported(tmp_path / "first")
    people = User.objects.count()
    emptied()

    imported(tmp_path / "first")

    assert same(exported(tmp_path / "second"), first)
    assert User.objects.count() == people > 5
    # Nothing was compared with nothing.
    rows = {entry["name"]: entry["rows"] for entry in json.loads(first["manifest.json"])["tables"]}
    assert {name for name, count in rows.items() if not count} <= {
        "account.EmailAddress",
        "actions.ParkingRule",
        "actions.PromisedDays",
        "actions.ReminderRule",
        "people.DayOff",
        "people.TeamDayOff",
        "people.TellingChoice",
        "postmortems.Protection",
    }


def test_an_export_writes_nothing_to_the_database(tmp_path):
    make_incident()
    before = ContentType.objects.count()

    with CaptureQueriesContext(connection) as asked:
        exported(tmp_path / "site")

    assert ContentType.objects.count() == before
    assert [one["sql"] for one in asked if not one["sql"].startswith("SELECT")] == []


def test_a_zip_comes_back_too_and_new_rows_go_on_from_there(full, tmp_path):
    call_command("export_site", tmp_path / "site.zip", stdout=StringIO())
    last = Incident.objects.order_by("-pk").values_list("pk", flat=True)[0]
    emptied()

    out = StringIO()
    call_command("import_site", tmp_path / "site.zip", stdout=out)

    assert "people choose a password" in out.getvalue()
    made = make_incident(reference="INC-9999")
    assert made.pk > last
    assert (
        keeping.store.get(Attachment.objects.get(name="oom.log").sha256)
        .read()
        .startswith(b"14:32 Out")
    )


def test_what_came_in_is_found_rendered_and_kept_from_changes(tmp_path):
    lesson = make_lesson(title="Check the quillwort before the upgrade", search_text="quillwort")
    incident = make_incident(summary="It was **full**.", summary_html="<p>It was full</p>")
    Activity.objects.create(
        verb="read", object_type=ContentType.objects.get_for_model(incident), object_id=incident.pk
    )
    exported(tmp_path / "site")
    emptied()

    imported(tmp_path / "site")

    assert Lesson.objects.all().find("quillwort").ids == [lesson.pk]
    assert "<strong>full</strong>" in Incident.objects.get(pk=incident.pk).summary_html
    with pytest.raises(Exception, match="never change"):
        Activity.objects.update(verb="changed")


def test_html_of_a_file_is_never_shown(tmp_path):
    make_incident(summary="<script>alert(1)</script>")
    files = exported(tmp_path / "site")
    emptied()

    imported(tmp_path / "site")

    assert b"summary_html" not in files[table_file("incidents.Incident")]
    assert "<script" not in Incident.objects.get().summary_html


def test_nobody_signs_in_with_what_came_in(tmp_path):
    make_user(email="sam@example.org", password="a long enough phrase")
    files = exported(tmp_path / "site")
    emptied()

    imported(tmp_path / "site")

    assert b"argon2" not in b"".join(files.values())
    assert not User.objects.get(email="sam@example.org").has_usable_password()


def test_confidential_notes_stay(full, tmp_path):
    note = ConfidentialNote.objects.first()
    assert note and note.written

    files = exported(tmp_path / "site")

    assert [name for name in files if "postmortems" in name and "note" in name] == []
    notes = ContentType.objects.get_for_model(ConfidentialNote)
    assert not any(
        f'"{notes.app_label}.{notes.model}"'.encode() in text
        for name, text in files.items()
        if name.startswith("tables/")
    )


# What is refused --------------------------------------------------------------------------------
def _spoiled(path: Path, change: Callable[[dict[str, bytes]], None], *, sealed: bool) -> Path:
    """An export with one incident, changed. `sealed` says the manifest is put in step with it."""
    make_incident(title="The one before")
    files = exported(path / "site")
    change(files)
    if sealed:
        manifest = json.loads(files["manifest.json"])
        for entry in manifest["tables"]:
            text = files[table_file(entry["name"])]
            entry |= {"rows": text.count(b"\n"), "sha256": hashlib.sha256(text).hexdigest()}
        files["manifest.json"] = json.dumps(manifest).encode()
    for name, text in files.items():
        (path / "site" / name).write_bytes(text)
    emptied()
    return path / "site"


def _in_incidents(old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        name = table_file("incidents.Incident")
        assert old in files[name]
        files[name] = files[name].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"severity":"sev2"', b'"severity":"sev9"', "line 1 breaks a rule"),
        (b'"title":', b'"headline":', "line 1 lacks title"),
        (b'"state":"resolved"', b'"state":["resolved"]', "line 1 state is not a value"),
        (b'"filed_at":"2', b'"filed_at":"x2', "line 1 filed_at is 'x2"),
        (b'"duplicate_of":null', b'"duplicate_of":4711', "points to one that is not there"),
        (b"{", b"[", "line 1 is not JSON"),
    ],
)
def test_a_line_that_is_no_row_is_named_and_nothing_comes_in(tmp_path, old, new, reason):
    path = _spoiled(tmp_path, _in_incidents(old, new), sealed=True)

    with pytest.raises(site.NotImported, match=reason):
        imported(path)

    assert not Incident.objects.exists()
    assert not User.objects.exists()


def test_a_file_that_was_changed_on_the_way_is_refused(tmp_path):
    path = _spoiled(tmp_path, _in_incidents(b"The one before", b"The one after!"), sealed=False)

    with pytest.raises(CommandError, match=r"incident\.jsonl is not what was exported"):
        call_command("import_site", path, "--check")


def test_another_form_and_a_newer_version_are_refused_with_both(tmp_path):
    def newer(files: dict[str, bytes]) -> None:
        files["manifest.json"] = files["manifest.json"].replace(b'"version": 1', b'"version": 2')

    path = _spoiled(tmp_path, newer, sealed=False)

    with pytest.raises(
        site.NotImported, match="version 2 of its form, this program reads version 1"
    ):
        imported(path)


def test_a_site_in_use_takes_nothing(tmp_path):
    make_incident()
    exported(tmp_path / "site")

    with pytest.raises(site.NotImported, match="This site is in use"):
        imported(tmp_path / "site")


def test_what_is_there_already_is_not_written_over(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        call_command("export_site", tmp_path)

    assert (tmp_path / "notes.txt").read_text() == "mine"


# For one reader ---------------------------------------------------------------------------------
def test_a_readers_export_holds_nothing_they_may_not_read(full, tmp_path):
    files = exported(tmp_path / "mine", reader=full.people["D"])

    told = b"".join(files.values()).lower()
    assert hidden.NEEDLE.encode() not in told
    assert full.open.incident.reference.encode() in files[table_file("incidents.Incident")]
    assert files[table_file("postmortems.Perspective")] == b""


def test_a_readers_export_is_the_same_with_and_without_what_is_hidden(tmp_path):
    base = hidden.build()
    readers = {role: base.people[role] for role in "MXD"}
    without = {role: exported(tmp_path / f"{role}1", reader=who) for role, who in readers.items()}
    hidden.add(base)
    with_it = {role: exported(tmp_path / f"{role}2", reader=who) for role, who in readers.items()}

    for role in readers:
        assert same(with_it[role], without[role]), role


def test_no_export_tells_what_was_restricted_once_and_an_import_hides_what_is(tmp_path):
    reader, incident = make_user(), make_incident(visibility="restricted")
    action = make_action()
    action.incidents.add(incident)
    whole = exported(tmp_path / "whole")
    Incident.objects.update(visibility="open")

    mine = exported(tmp_path / "mine", reader=reader)
    emptied()
    imported(tmp_path / "whole")

    for files in (mine, whole):
        rows = files[table_file("actions.Action")]
        assert action.reference.encode() in rows
        assert b"may_be_hidden" not in rows
    assert not Action.objects.visible_to(User.objects.get(email=reader.email)).exists()
    is_marked = connection.vendor == "postgresql"
    assert list(Action.objects.values_list("may_be_hidden", flat=True)) == [is_marked]


def test_a_readers_export_leaves_out_the_working_text_of_others(tmp_path):
    reader = make_user()
    review = make_review(state="published", trigger="The sassafras was cut")
    Section.objects.create(review=review, kind="summary", text="sassafras, in short")
    Publication.objects.create(
        review=review,
        revision=1,
        title="What we learned",
        snapshot={"title": "What we learned"},
        replacements=[{"found": "sassafras", "kind": "name", "instead": "the host"}],
    )

    files = exported(tmp_path / "mine", reader=reader)

    assert b"What we learned" in files[table_file("postmortems.Publication")]
    assert b"sassafras" not in b"".join(files.values())


def test_a_readers_export_holds_together_by_itself(full, tmp_path):
    exported(tmp_path / "mine", reader=full.people["D"])
    emptied()

    imported(tmp_path / "mine")

    assert Incident.objects.filter(pk=full.open.incident.pk).exists()
    assert not Incident.objects.filter(visibility="restricted").exists()


def test_a_zip_can_be_written_to_a_stream_that_does_not_go_back():
    class OneWay(BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        def seek(self, *args: int) -> int:
            raise OSError

    Tag.objects.create(name="dns", slug="dns")
    make_action()
    stream = OneWay()
    zipped = Zipped(stream)
    for _ in Export(zipped, now=timezone.now()).write():
        pass
    zipped.close()

    with zipfile.ZipFile(BytesIO(stream.getvalue())) as read:
        assert b'"dns"' in read.read(table_file("common.Tag"))
