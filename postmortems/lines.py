"""One-line entries of a review: contributing factors, what limited it, open questions."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from common.history import keep_texts, record, save_edit
from people.models import User
from postmortems.models import ContributingFactor, Mitigator, OpenQuestion, Review
from postmortems.workflow import NotReady, open_to_write

Line = ContributingFactor | Mitigator | OpenQuestion


@transaction.atomic
def add(review: Review, model: type[Line], *, by: User, fields: dict[str, Any]) -> Line:
    review = open_to_write(review)
    if model is ContributingFactor:
        last = review.factors.aggregate(last=Max("position"))["last"]
        fields = fields | {"position": 0 if last is None else last + 1}
    line = model.objects.create(review=review, **fields)
    keep_texts(line, author=by, fields=("text",))
    record(by, f"added {_a(model)}", line)
    return line


@transaction.atomic
def edit(line: Line, *, by: User, seen: int, fields: dict[str, Any]) -> None:
    """Save what changed if the line still has the version `seen`; else raises EditConflict."""
    line = _current(line)
    changes = {name: value for name, value in fields.items() if getattr(line, name) != value}
    save_edit(line, seen=seen, author=by, changes=changes, texts=("text",))
    record(by, f"edited {_a(type(line))}", line)


@transaction.atomic
def remove(line: Line, *, by: User) -> None:
    line = _current(line)
    record(by, f"removed {_a(type(line))}", line.review)
    line.delete()


def _current(line: Line) -> Line:
    """The line as it is now. Raises NotReady when somebody removed it meanwhile."""
    review = open_to_write(line.review)
    current = type(line).objects.filter(pk=line.pk).first()
    if current is None:
        raise NotReady("Somebody removed this line a moment ago.")
    current.review = review
    return current


def _a(model: type[Line]) -> str:
    name = model._meta.verbose_name
    return f"an {name}" if str(name)[0] in "aeiou" else f"a {name}"
