"""Counting without reading a whole table."""

from collections.abc import Sequence
from functools import reduce
from operator import add

from django.db.models import IntegerField, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Least


class CappedCount(Subquery):
    """How many rows a query has, up to `cap`; several of them can stand in one statement.

    Read a result equal to `cap` as "that many or more". With the fields of an index in `along`,
    PostgreSQL walks it until there are enough; without, it may think it quicker to gather them all.
    """

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet, *, cap: int = 100, along: Sequence[str] = ()) -> None:
        super().__init__(rows.order_by(*along).values("pk")[:cap])


def capped_count(parts: Sequence[QuerySet], *, cap: int) -> Combinable:
    """The same of rows that come in several parts, which have none in common."""
    numbers = [CappedCount(rows, cap=cap) for rows in parts]
    return Least(reduce(add, numbers), Value(cap)) if numbers[1:] else numbers[0]
