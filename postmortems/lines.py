"""One-line entries of a review: contributing factors, what limited it, open questions."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from common.history import record
from people.models import User
from postmortems.models import ContributingFactor, Mitigator, OpenQuestion, Review
from postmortems.workflow import locked, require_open

Line = ContributingFactor | Mitigator | OpenQuestion


class LineConflict(Exception):
    """Somebody else changed the line since it was opened. `current` is the row as it is now."""

    def __init__(self, current: Line) -> None:
        super().__init__("Somebody changed this line while you were writing.")
        self.current = current


@transaction.atomic
def add(review: Review, model: type[Line], *, by: User, fields: dict[str, Any]) -> Line:
    review = locked(review)
    require_open(review)
    if model is ContributingFactor:
        last = review.factors.aggregate(last=Max("position"))["last"]
        fields = fields | {"position": 0 if last is None else last + 1}
    line = model.objects.create(review=review, **fields)
    record(by, f"added {_a(model)}", line)
    return line


@transaction.atomic
def edit(line: Line, *, by: User, seen: str, fields: dict[str, Any]) -> None:
    """Save it if its text is still the one that was `seen`; else raises LineConflict."""
    require_open(locked(line.review))
    current = type(line).objects.get(pk=line.pk)
    if current.text != seen:
        raise LineConflict(current)
    type(line).objects.filter(pk=line.pk).update(**fields)
    record(by, f"edited {_a(type(line))}", line)


@transaction.atomic
def remove(line: Line, *, by: User) -> None:
    review = locked(line.review)
    require_open(review)
    record(by, f"removed {_a(type(line))}", review)
    line.delete()


def _a(model: type[Line]) -> str:
    name = model._meta.verbose_name
    return f"an {name}" if str(name)[0] in "aeiou" else f"a {name}"
