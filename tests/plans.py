"""What PostgreSQL does for a statement."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Model


def rows_read_for(query: dict[str, str]) -> float:
    """Rows that come out of all parts of its plan, however often each part is asked."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
        [[[plan]]] = cursor.fetchall()
    return _rows(plan["Plan"])


def _rows(plan: dict[str, Any]) -> float:
    own = plan.get("Actual Rows", 0) * plan.get("Actual Loops", 1)
    # What is read and thrown away is read, too.
    lost = plan.get("Rows Removed by Filter", 0) * plan.get("Actual Loops", 1)
    return own + lost + sum(map(_rows, plan.get("Plans", ())))


def analyze(*models: type[Model], values: int = 100) -> None:
    """Let the planner know what is in their tables, and how frequent so many values are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('default_statistics_target', %s, true)", [str(values)])
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
