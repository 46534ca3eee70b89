"""The index of the database itself: which language it is in, and how it is made anew."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from common.engines import DATABASES
from common.search_feed import searchable


def trouble() -> str:
    """What is wrong, in a sentence; empty when the index is in the language that was chosen."""
    database = DATABASES[connection.vendor]
    held = {database.language_of(model._meta.db_table) for model in searchable()}
    others = sorted(held - {"", settings.SEARCH_LANGUAGE})
    if not others:
        return ""
    return _(
        "The index is in {held}, and SEARCH_LANGUAGE is {chosen}: manage.py rebuild_search."
    ).format(held=", ".join(others), chosen=settings.SEARCH_LANGUAGE)


@transaction.atomic
def make_anew(model: type[models.Model]) -> None:
    """In the language that was chosen. On PostgreSQL, whoever wants to read or write the table
    waits until it is done."""
    made, undone = DATABASES[connection.vendor].index(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Pages may ask nothing for longer than some seconds (config/environment.py).
            cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in (*undone, *made):
            cursor.execute(statement)
