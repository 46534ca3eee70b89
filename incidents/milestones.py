"""The five milestones: their names in sentences, their order, and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common import when
from incidents.models import MILESTONES, Precision

NAMES = {
    "started": "start",
    "detected": "noticing",
    "acknowledged": "acknowledging",
    "mitigated": "end of the impact",
    "resolved": "resolution",
}


def columns(moments: Mapping[str, when.Moment | None]) -> dict[str, Any]:
    """Columns of the named milestones; None means not known."""
    fields: dict[str, Any] = {}
    for name, moment in moments.items():
        fields[f"{name}_at"] = moment.at if moment else None
        fields[f"{name}_precision"] = moment.precision if moment else Precision.UNKNOWN
        fields[f"{name}_zone"] = moment.zone if moment else "UTC"
    return fields


def out_of_order(known: Mapping[str, datetime | None]) -> tuple[str, str] | None:
    """The first milestone that is before an earlier one, with a sentence about it."""
    before: tuple[str, datetime] | None = None
    for name in MILESTONES:
        at = known.get(name)
        if at is None:
            continue
        if before and at < before[1]:
            sentence = f"The {NAMES[name]} is before the {NAMES[before[0]]}. Check both times."
            return name, sentence
        before = (name, at)
    return None


def in_utc(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "not known"
