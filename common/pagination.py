"""Pages of long lists by keyset: the cost of a page does not grow with its depth.

The address names the row one stood at, so that rows added meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import QueryDict

from common.keys import naming_rules

SIZE = 25
_MOST_ROWS = 1_000_000_000


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the query strings of the pages beside it ("" when there is none).

    `first` is the place of the first row in the list, from 1, as far as one came page by page.
    Shown by templates/components/pager.html.
    """

    rows: list[Any]
    next_url: str = ""
    previous_url: str = ""
    first: int = 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def is_whole(self) -> bool:
        """Nothing comes before or after: these rows are the whole list."""
        return not self.next_url and not self.previous_url


def page_of(
    queryset: QuerySet,
    asked: QueryDict,
    *,
    order: Sequence[str],
    size: int = SIZE,
    unknown_last: bool = False,
) -> Page:
    """The page that `asked` (a query string) points to, in `order`.

    `order` names columns that are unique together: ("due_on", "pk"), ("severity", "-filed_at",
    "-pk"). None of them is ever null, but the first one with `unknown_last`: rows without it come
    last in either direction, which takes a second statement where they begin. A cursor that
    cannot be read gives the first page.
    """
    keys = _Order(queryset.model, order, unknown_last=unknown_last)
    backwards = "before" in asked
    place = keys.read(asked.get("before" if backwards else "after", ""))
    backwards = backwards and place is not None
    found = keys.fetch(queryset, place, most=size + 1, backwards=backwards)
    has_more, found = len(found) > size, found[:size]
    if place is not None and backwards:
        found.reverse()
        has_next, has_previous = True, has_more
        first = max(1, place.number - len(found)) if has_more else 1
    else:
        has_next, has_previous = has_more, place is not None
        first = place.number + 1 if place is not None else 1
    last = first + len(found) - 1
    return Page(
        found,
        next_url=_url(asked, "after", keys, found[-1], last) if found and has_next else "",
        previous_url=_url(asked, "before", keys, found[0], first) if found and has_previous else "",
        first=first,
    )


def first_page(
    found: Sequence[Any],
    asked: QueryDict,
    *,
    model: type[Model],
    order: Sequence[str],
    size: int = SIZE,
) -> Page:
    """The same of rows of a model that are there already: `found` is the first `size`, and one
    more."""
    rows, url = list(found[:size]), ""
    if len(found) > size:
        keys = _Order(model, order, unknown_last=False)
        url = _url(asked, "after", keys, rows[-1], size)
    return Page(rows, next_url=url, previous_url="", first=1)


def batches(
    queryset: QuerySet, *, order: Sequence[str], size: int = 500, unknown_last: bool = False
) -> Iterator[list[Any]]:
    """Every row in `order` (as for `page_of`), some at a time: each batch is asked for when the
    one before has been used, so that rights lost meanwhile hold."""
    keys = _Order(queryset.model, order, unknown_last=unknown_last)
    place = None
    while rows := keys.fetch(queryset, place, most=size, backwards=False):
        yield rows
        if len(rows) < size:
            return
        place = _Place(keys.values_of(rows[-1]), 0)


def _url(asked: QueryDict, cursor: str, order: _Order, row: Model, number: int) -> str:
    """The query string of a neighbouring page, with every filter kept."""
    kept = [(key, values) for key, values in asked.lists() if key not in {"after", "before"}]
    return "?" + urlencode([*kept, (cursor, order.cursor(row, number))], doseq=True)


@dataclass(frozen=True)
class _Place:
    """A row of the list: its values in the columns of the order, and its number from 1."""

    values: list[Any]
    number: int


class _Order:
    def __init__(self, model: type[Model], order: Sequence[str], *, unknown_last: bool) -> None:
        self.names = [name.removeprefix("-") for name in order]
        self.falling = [name.startswith("-") for name in order]
        self.fields: list[Field] = [
            model._meta.pk if name == "pk" else model._meta.get_field(name) for name in self.names
        ]
        self.lead = self.names[0]
        self.lead_may_be_null = unknown_last and self.fields[0].null
        #: Many rows share a value: reading on from the middle of them needs a look-up of its own.
        self.lead_has_few_values = bool(self.fields[0].choices)

    # Rows ---------------------------------------------------------------------------------------
    def fetch(
        self, queryset: QuerySet, place: _Place | None, *, most: int, backwards: bool
    ) -> list[Any]:
        """Rows beyond the place, nearest first."""
        order = [
            name if falling is backwards else f"-{name}"
            for name, falling in zip(self.names, self.falling, strict=True)
        ]
        rows: list[Any] = []
        for stretch in self._stretches(place, backwards=backwards):
            rows += naming_rules(queryset).filter(stretch).order_by(*order)[: most - len(rows)]
            if len(rows) >= most:
                break
        return rows

    def _stretches(self, place: _Place | None, *, backwards: bool) -> Iterator[Q]:
        """Conditions whose rows follow each other. An index holds the rows of each together,
        beginning with the first one wanted."""
        known, unknown = Q(**{f"{self.lead}__isnull": False}), Q(**{f"{self.lead}__isnull": True})
        if place is None:
            yield known if self.lead_may_be_null else Q()
        elif place.values[0] is None:
            yield unknown & self._beyond(place.values, backwards, since=1)
            if backwards:
                yield known
            return
        else:
            beyond, bound = self._signs(0, backwards)
            at = place.values[0]
            if self.lead_has_few_values:
                yield Q(**{self.lead: at}) & self._beyond(place.values, backwards, since=1)
                yield Q(**{f"{self.lead}__{beyond}": at})
            else:
                # The first column is repeated so that an index can be used.
                within = Q(**{f"{self.lead}__{bound}": at})
                yield within & self._beyond(place.values, backwards, since=0)
        if self.lead_may_be_null and not backwards:
            yield unknown

    def _beyond(self, at: Sequence[Any], backwards: bool, *, since: int) -> Q:
        """Rows strictly beyond one row, by the columns from `since` on."""
        rule = Q()
        for position in range(since, len(self.names)):
            ties = dict(zip(self.names[since:position], at[since:position], strict=True))
            beyond, _ = self._signs(position, backwards)
            rule |= Q(**ties, **{f"{self.names[position]}__{beyond}": at[position]})
        return rule

    def _signs(self, position: int, backwards: bool) -> tuple[str, str]:
        return ("lt", "lte") if self.falling[position] is not backwards else ("gt", "gte")

    # Cursors ------------------------------------------------------------------------------------
    def values_of(self, row: Model) -> list[Any]:
        return [getattr(row, name) for name in self.names]

    def cursor(self, row: Model, number: int) -> str:
        values = [*map(_as_json, self.values_of(row)), number]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def read(self, cursor: str) -> _Place | None:
        """The place a cursor names, in the model's own types; None when it is no cursor of ours."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            values = json.loads(base64.urlsafe_b64decode(padded))
            if not isinstance(values, list) or len(values) != len(self.names) + 1:
                return None
            *values, number = values
            if type(number) is not int or not 0 < number <= _MOST_ROWS:
                return None
            if None in values[0 if not self.lead_may_be_null else 1 :]:
                return None
            read = [
                None if value is None else _storable(field.to_python(value))
                for field, value in zip(self.fields, values, strict=True)
            ]
            return _Place(read, number)
        except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
            return None


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _storable(value: Any) -> Any:
    """The value, if a column can hold it. Raises ValueError or OverflowError."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str):
        value.encode()  # refuses half a character
        if "\0" in value:
            raise ValueError(value)
    return value
