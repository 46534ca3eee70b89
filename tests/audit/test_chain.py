"""The trail as a chain: whatever is done to lines that were summed up shows."""

from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.utils import timezone

from common.history import record
from common.models import Activity
from config.audit import chain
from config.models import TrailStretch
from tests.make import make_team, make_user

pytestmark = pytest.mark.django_db


@contextmanager
def hands_on_the_database():
    """Whoever owns the tables takes the triggers away."""
    tables, triggers = ("common_activity", "config_trailstretch"), []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                " AND tbl_name IN (%s, %s)",
                tables,
            )
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
        yield
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for _, made in triggers:
            cursor.execute(made)


@pytest.fixture
def lines():
    """Six lines in three stretches of two."""
    admin, team = make_user(is_admin=True), make_team()
    for number in range(3):
        record(admin, "renamed team", team, f"from Ships to Vessels {number}")
        record(admin, "added member", team)
        chain.close(now=timezone.now() + chain.SETTLED)
    assert [stretch.lines for stretch in TrailStretch.objects.all()] == [2, 2, 2]
    return list(Activity.objects.order_by("pk"))


def damaged():
    return [(damage.stretch.upto, damage.found) for damage in chain.damages()]


def told(*arguments):
    out = StringIO()
    call_command("verify_trail", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_an_untouched_trail_is_as_it_was(lines):
    assert damaged() == []
    assert told() == "6 lines in 3 stretches are as they were\n"


def test_a_line_that_was_taken_away_shows(lines):
    with hands_on_the_database():
        lines[2].delete()

    assert damaged() == [(lines[3].pk, 1)]
    with pytest.raises(CommandError, match="not what it was"):
        told()


@pytest.mark.parametrize(
    "change",
    [
        {"detail": "from Ships to Boats"},
        {"verb": "made manager"},
        {"object_id": 77},
        {"at": timezone.now() - timedelta(days=3)},
    ],
)
def test_a_line_that_was_changed_shows(lines, change):
    with hands_on_the_database():
        Activity.objects.filter(pk=lines[4].pk).update(**change)

    assert damaged() == [(lines[5].pk, 2)]


def test_a_line_that_was_put_in_between_shows(lines):
    place = lines[1].pk
    with hands_on_the_database():
        lines[1].delete()
    Activity.objects.create(pk=place, verb="added member", object=lines[0].object)

    assert damaged() == [(place, 2)]


def test_a_sum_that_is_missing_shows(lines):
    with hands_on_the_database():
        TrailStretch.objects.filter(upto=lines[3].pk).delete()

    assert damaged() == [(lines[5].pk, 0)]


def test_a_stretch_that_was_written_anew_shows_in_the_next(lines):
    """Each sum is of the one before it, too."""
    with hands_on_the_database():
        Activity.objects.filter(pk=lines[2].pk).update(detail="from Ships to Boats")
        made = TrailStretch.objects.get(upto=lines[3].pk)
        counted, made.digest = chain._summed(
            made.after, made.upto, TrailStretch.objects.get(upto=made.after).digest
        )
        made.save()

    assert damaged() == [(lines[5].pk, counted)]


def test_types_may_have_other_numbers_in_a_database_that_was_restored(lines):
    was = lines[0].object_type
    with hands_on_the_database():
        ContentType.objects.filter(pk=was.pk).update(model="was")
        now = ContentType.objects.create(app_label=was.app_label, model=was.model)
        Activity.objects.filter(object_type=was).update(object_type=now)
    ContentType.objects.clear_cache()

    assert damaged() == []


def test_a_line_of_something_else_shows(lines):
    with hands_on_the_database():
        other = ContentType.objects.get_for_model(TrailStretch)
        Activity.objects.filter(pk=lines[4].pk).update(object_type=other)

    assert damaged() == [(lines[5].pk, 2)]


def test_a_name_may_be_let_go_of(lines):
    """So that a sum never brings back whom somebody has asked to forget."""
    person = lines[0].actor
    Activity.objects.filter(actor=person).update(actor=None, address=None)

    assert damaged() == []


def test_lines_that_could_still_appear_among_others_wait(lines):
    record(None, "set up", make_team())

    assert chain.close(now=timezone.now() + chain.SETTLED - timedelta(minutes=5)) == []
    assert [one.lines for one in chain.close(now=timezone.now() + chain.SETTLED)] == [1]


def test_a_long_wait_is_closed_in_several_stretches(lines, monkeypatch):
    monkeypatch.setattr(chain, "LONGEST", 2)
    for _ in range(5):
        record(None, "set up", make_team())

    assert [one.lines for one in chain.close(now=timezone.now() + chain.SETTLED)] == [2, 2, 1]
    assert damaged() == []


def test_two_that_close_at_once_close_once(lines):
    last = TrailStretch.objects.last()

    with pytest.raises(IntegrityError):
        TrailStretch.objects.create(
            after=last.after,
            upto=last.upto,
            lines=2,
            digest=last.digest,
            closed_at=timezone.now(),
        )


def test_a_sum_that_was_kept_elsewhere_is_looked_for(lines):
    kept = TrailStretch.objects.first().digest

    assert "as they were" in told("--sum", kept)
    with pytest.raises(CommandError, match="begun anew"):
        told("--sum", "0" * 64)


def test_the_sum_is_shown_to_be_kept_elsewhere(client, lines, caplog):
    client.force_login(make_user(is_admin=True))
    digest = TrailStretch.objects.last().digest

    assert digest in client.get("/settings/system/").content.decode()
    with caplog.at_level("INFO"):
        record(None, "set up", make_team())
        [stretch] = chain.close(now=timezone.now() + chain.SETTLED)
    assert stretch.digest in caplog.text
