"""What OpenSearch is told: every change of words, and everything when an index is built anew.

Triggers of the database write down each row whose words change, in the transaction of the change,
whoever changes it; `feed` tells OpenSearch afterwards. A change that cannot be told stays.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Max

from common import opensearch
from common.keys import Listed
from common.models import SearchChange
from common.search import SearchableQuerySet

_BATCH = 500
_FUNCTION = """
    CREATE OR REPLACE FUNCTION search_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' OR NEW.title IS DISTINCT FROM OLD.title
            OR NEW.search_text IS DISTINCT FROM OLD.search_text
        THEN
            INSERT INTO common_searchchange (table_name, row_id)
            VALUES (TG_TABLE_NAME, COALESCE(NEW.id, OLD.id));
        END IF;
        RETURN NULL;
    END $$
"""
_NOTE = "INSERT INTO common_searchchange (table_name, row_id) VALUES ('{table}', {row}.id);"


def searchable() -> list[type[models.Model]]:
    """Every model that can be found by words."""
    return [
        model
        for model in apps.get_models()
        if isinstance(model._default_manager.all(), SearchableQuerySet)
    ]


def watch() -> None:
    """Let the database write down what changes from now on. May be called again."""
    for statement in _watching(connection.vendor):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def forget() -> None:
    """Let it write down nothing any more."""
    with connection.cursor() as cursor:
        for model in searchable():
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_feed ON {table}")
            else:
                for deed in ("insert", "update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_feed_{deed}")
    SearchChange.objects.all().delete()


def _watching(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield _FUNCTION
    for model in searchable():
        table = model._meta.db_table
        if vendor == "postgresql":
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_feed"
                f" AFTER INSERT OR DELETE OR UPDATE OF title, search_text ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION search_change()"
            )
            continue
        for deed, row in (("insert", "new"), ("update", "new"), ("delete", "old")):
            of = " OF title, search_text" if deed == "update" else ""
            trigger = (
                f"CREATE TRIGGER IF NOT EXISTS {table}_feed_{deed} AFTER {deed}{of} ON {table}"
            )
            yield f"{trigger} BEGIN {_NOTE.format(table=table, row=row)} END"


def feed() -> int:
    """Tell OpenSearch every change that waits. Returns how many there were; raises Away."""
    told = 0
    while batch := _feed_some():
        told += batch
    return told


@transaction.atomic
def _feed_some() -> int:
    """Others may add changes meanwhile, and tell other ones."""
    waiting = SearchChange.objects.select_for_update(skip_locked=True).order_by("pk")
    changes = list(waiting[:_BATCH])
    latest: dict[str, dict[int, int]] = defaultdict(dict)
    for change in changes:
        latest[change.table_name][change.row_id] = change.pk
    for model in searchable():
        changed = latest.get(model._meta.db_table)
        if changed:
            # Which indexes there are is asked after the changes were read: one that is begun
            # later reads the rows as they are by then.
            names = opensearch.indexes(model._meta.db_table)
            rows = model._default_manager.filter(pk__in=Listed(changed))
            texts = {pk: told for pk, *told in rows.values_list("pk", "title", "search_text")}
            opensearch.write(
                names,
                (
                    (pk, number, (texts[pk][0], texts[pk][1]) if pk in texts else None)
                    for pk, number in changed.items()
                ),
            )
    SearchChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def thin_out() -> None:
    """Keep the last change of each row only, which tells all there is to tell: while nobody is
    told, or nobody asks any more, no more waits than there are rows."""
    last = SearchChange.objects.values("table_name", "row_id").annotate(last=Max("pk"))
    SearchChange.objects.exclude(pk__in=last.values("last")).delete()


def rebuild(model: type[models.Model], *, say: Callable[[int], None] = lambda _: None) -> int:
    """Build the index of a model anew beside the one that is searched, then change over.

    `say` hears how many rows are done. Changes made meanwhile reach both, by `feed`.
    """
    table = model._meta.db_table
    name = opensearch.make_index(table, number=time.time_ns() // 1_000_000)
    rows = model._default_manager.order_by("pk").values_list("pk", "title", "search_text")
    done = last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        # Older than every change: one that was under way when the row was read brings newer words.
        opensearch.write([name], ((pk, 0, (title, text)) for pk, title, text in batch))
        last = batch[-1][0]
        done += len(batch)
        say(done)
    opensearch.search_in(table, name)
    return done
