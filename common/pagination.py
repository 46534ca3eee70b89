"""Pages of long lists by keyset: the cost of a page does not grow with its depth.

The address names the row one stood at, so that rows added meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

SIZE = 25


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the query strings of the pages beside it ("" when there is none).

    Shown by templates/components/pager.html.
    """

    rows: list[Any]
    next_url: str = ""
    previous_url: str = ""

    @property
    def is_whole(self) -> bool:
        """Nothing comes before or after: these rows are the whole list."""
        return not self.next_url and not self.previous_url


def page_of(
    queryset: QuerySet, asked: QueryDict, *, order: Sequence[str], size: int = SIZE
) -> Page:
    """The page that `asked` (a query string) points to, in `order`.

    `order` names columns that are never null, all in one direction, unique together: ("due_on",
    "pk") or ("-filed_at", "-pk"). A cursor that cannot be read gives the first page.
    """
    names = [name.removeprefix("-") for name in order]
    backwards = "before" in asked
    at = _read(asked.get("before" if backwards else "after", ""), queryset.model, names)
    falling = order[0].startswith("-") != (backwards and at is not None)
    rows = queryset.order_by(*(f"-{name}" if falling else name for name in names))
    if at is not None:
        rows = rows.filter(_beyond(names, at, falling=falling))
    found = list(rows[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if at is not None and backwards:
        found.reverse()
        has_next, has_previous = True, has_more
    else:
        has_next, has_previous = has_more, at is not None
    return Page(
        found,
        next_url=_url(asked, "after", found[-1], names) if found and has_next else "",
        previous_url=_url(asked, "before", found[0], names) if found and has_previous else "",
    )


def _url(asked: QueryDict, cursor: str, row: Model, names: Sequence[str]) -> str:
    """The query string of a neighbouring page, with every filter kept."""
    kept = [(key, values) for key, values in asked.lists() if key not in {"after", "before"}]
    return "?" + urlencode([*kept, (cursor, _cursor(row, names))], doseq=True)


def _beyond(names: Sequence[str], at: Sequence[Any], *, falling: bool) -> Q:
    """Rows strictly beyond one row. The first column is repeated so that an index can be used."""
    beyond, bound = ("lt", "lte") if falling else ("gt", "gte")
    rule = Q()
    for position, name in enumerate(names):
        ties = dict(zip(names[:position], at[:position], strict=True))
        rule |= Q(**ties, **{f"{name}__{beyond}": at[position]})
    return Q(**{f"{names[0]}__{bound}": at[0]}) & rule


def _cursor(row: Model, names: Sequence[str]) -> str:
    values = [_as_json(getattr(row, name)) for name in names]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read(cursor: str, model: type[Model], names: Sequence[str]) -> list[Any] | None:
    """The values of a cursor as the model's own types, or None when it is no cursor of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded))
        if not isinstance(values, list) or len(values) != len(names) or None in values:
            return None
        fields = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]
        read = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
        return [_storable(value) for value in read]
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        return None


def _storable(value: Any) -> Any:
    """The value, if a column can hold it. Raises ValueError or OverflowError."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str):
        value.encode()  # refuses half a character
        if "\0" in value:
            raise ValueError(value)
    return value
