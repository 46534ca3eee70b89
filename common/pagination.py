"""Pages of long lists that cost the same wherever one is: by the key of the last row, no OFFSET."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q

PAGE_SIZE = 25
#: Beyond this many rows a list says "1,000+" instead of counting on.
COUNT_LIMIT = 1_000


@dataclass(frozen=True)
class KeysetPage:
    """`rows` in order, and the opaque cursors of the pages around them ("" when there is none).

    `matched` is the number of rows on all pages, at most COUNT_LIMIT + 1; None when not counted.
    """

    rows: list[Any]
    next_cursor: str
    previous_cursor: str
    matched: int | None = None

    @property
    def matched_in_words(self) -> str:
        """ "41", or "1,000+"."""
        if self.matched is None:
            return ""
        return f"{COUNT_LIMIT:,}+" if self.matched > COUNT_LIMIT else f"{self.matched:,}"


class CountUpTo(models.Subquery):
    """How many rows a queryset has, counting no further than COUNT_LIMIT + 1."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = models.IntegerField()

    def __init__(self, queryset: models.QuerySet, **extra: Any) -> None:
        super().__init__(queryset.order_by().values("pk")[: COUNT_LIMIT + 1], **extra)


def keyset(
    queryset: models.QuerySet,
    *,
    order: tuple[str, ...] = ("-filed_at", "-pk"),
    cursor: str = "",
    size: int = PAGE_SIZE,
    count: bool = False,
) -> KeysetPage:
    """One page of `queryset` in `order`, from a cursor of an earlier page on.

    `order` names columns of the model that are never null; together they must be unique, so it
    ends in the key. A cursor that is not ours opens the first page. With `count` the number of all
    rows comes along in the same statement.
    """
    values, backwards = _opened(cursor, queryset.model, order)
    if count:
        queryset = queryset.annotate(matched_rows=CountUpTo(queryset))
    if values is not None:
        queryset = queryset.filter(_beyond(order, values, backwards=backwards))
    way = [_turned(name) for name in order] if backwards else list(order)
    rows = list(queryset.order_by(*way)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (backwards or more)
    has_previous = bool(rows) and (more if backwards else values is not None)
    matched = (rows[0].matched_rows if rows else 0) if count else None
    return KeysetPage(
        rows,
        _cursor(rows[-1], order, backwards=False) if has_next else "",
        _cursor(rows[0], order, backwards=True) if has_previous else "",
        matched,
    )


def _beyond(order: tuple[str, ...], values: list[Any], *, backwards: bool) -> Q:
    """Rows after (or before) the row with these values, in this order."""
    rule = Q()
    same = Q()
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        descends = name.startswith("-") != backwards
        rule |= same & Q(**{f"{column}__{'lt' if descends else 'gt'}": value})
        same &= Q(**{column: value})
    # The first column alone bounds the range, which an index can start from.
    column, value = order[0].removeprefix("-"), values[0]
    bound = "lte" if order[0].startswith("-") != backwards else "gte"
    return Q(**{f"{column}__{bound}": value}) & rule


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _cursor(row: models.Model, order: tuple[str, ...], *, backwards: bool) -> str:
    values = [_field(type(row), name).value_to_string(row) for name in order]
    packed = json.dumps(["b" if backwards else "f", *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _opened(
    cursor: str, model: type[models.Model], order: tuple[str, ...]
) -> tuple[list[Any] | None, bool]:
    """The values in a cursor and whether it looks back; (None, False) for none or a strange one."""
    if not cursor or len(cursor) > 500:
        return None, False
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, *texts = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if len(texts) != len(order) or not all(isinstance(text, str) for text in texts):
            return None, False
        values = [
            _field(model, name).to_python(text) for name, text in zip(order, texts, strict=True)
        ]
    except (binascii.Error, ValueError, TypeError, ValidationError, FieldDoesNotExist):
        return None, False
    if any(value is None for value in values):
        return None, False
    return values, direction == "b"


def _field(model: type[models.Model], name: str) -> models.Field:
    column = name.removeprefix("-")
    found = model._meta.pk if column == "pk" else model._meta.get_field(column)
    if not isinstance(found, models.Field):
        raise FieldDoesNotExist(f"{model.__name__}.{column} is no column to order by.")
    return found
