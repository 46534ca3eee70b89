"""Numbers about the impact: several of them, added, changed and taken away together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from common.languages import english
from incidents.models import ImpactFigure, Incident


class Figure(NamedTuple):
    """A figure as it is written down. `pk` is that of the row it changes, if any."""

    label: str
    value: Decimal
    unit: str
    qualifier: str
    pk: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("label", "value", "unit", "qualifier")}


def of(incident: Incident) -> list[ImpactFigure]:
    return list(incident.figures.order_by("position", "pk"))


def in_lines(figures: Sequence[ImpactFigure]) -> str:
    """One on each line, for putting two versions side by side."""
    return "\n".join(str(figure) for figure in figures)


def as_rows(figures: Sequence[Figure]) -> list[ImpactFigure]:
    """Unsaved rows that say the same."""
    return [ImpactFigure(**figure.columns) for figure in figures]


def save(incident: Incident, figures: Sequence[Figure]) -> str | None:
    """Make these the figures of the incident. Returns what they were, for the trail, or
    None when they are.

    One whose row somebody else took away meanwhile is written anew.
    """
    held = of(incident)
    with english():
        before, after = in_lines(held), in_lines(as_rows(figures))
    if before == after:
        return None
    rows = {row.pk: row for row in held}
    for position, figure in enumerate(figures):
        row = rows.pop(figure.pk, None) if figure.pk else None
        row = row or ImpactFigure(incident=incident)
        row.position = position
        for name, value in figure.columns.items():
            setattr(row, name, value)
        row.save()
    incident.figures.filter(pk__in=rows).delete()
    return before
