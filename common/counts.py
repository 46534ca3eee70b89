"""Counting without reading a whole table."""

from django.db.models import IntegerField, QuerySet, Subquery


class CappedCount(Subquery):
    """How many rows a query has, up to `cap`; several of them can stand in one statement.

    Read a result equal to `cap` as "that many or more".
    """

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet, *, cap: int = 100) -> None:
        super().__init__(rows.order_by().values("pk")[:cap])
