"""Columns that know more than their type."""

from typing import Any

from django.db import models


class OneOfField(models.CharField):
    """Text that is one of its `choices`; the database refuses anything else.

    With `blank=True` the empty text is allowed too.
    """

    def db_check(self, connection: Any) -> str | None:
        values = [value for value, _ in self.flatchoices]
        if self.blank:
            values.append("")
        quoted = ", ".join("'" + str(value).replace("'", "''") + "'" for value in values)
        return f"{connection.ops.quote_name(self.column)} IN ({quoted})"
