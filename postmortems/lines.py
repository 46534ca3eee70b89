"""One-line entries of a review: surprises, contributing factors, what limited it, questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max, Model
from django.utils.translation import gettext, gettext_noop

from common.history import keep_texts, record, save_edit
from people.models import User
from people.notifications import Telling, tell
from postmortems import catalogue
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Line,
    Mitigator,
    OfferedAnswer,
    OpenQuestion,
    Review,
    Surprise,
)
from postmortems.workflow import NotReady, Refused, changed, open_to_write

#: Rows of other tables that a line points to, by the name of the field.
Ties = Mapping[str, Collection[Model]]

#: What the trail says of each.
_ADDED = {
    Surprise: gettext_noop("added a surprise"),
    ContributingFactor: gettext_noop("added a contributing factor"),
    Mitigator: gettext_noop("added a mitigator"),
    OpenQuestion: gettext_noop("added an open question"),
}
_EDITED = {
    Surprise: gettext_noop("edited a surprise"),
    ContributingFactor: gettext_noop("edited a contributing factor"),
    Mitigator: gettext_noop("edited a mitigator"),
    OpenQuestion: gettext_noop("edited an open question"),
}
_REMOVED = {
    Surprise: gettext_noop("removed a surprise"),
    ContributingFactor: gettext_noop("removed a contributing factor"),
    Mitigator: gettext_noop("removed a mitigator"),
    OpenQuestion: gettext_noop("removed an open question"),
}

#: The texts of a line whose versions are kept.
TEXTS = ("text", "answer", "instead_of_luck")


@transaction.atomic
def add(
    review: Review, model: type[Line], *, by: User, fields: dict[str, Any], ties: Ties | None = None
) -> Line:
    """`fields["category"]` of a factor may be a name: then it is looked up, or added."""
    review = open_to_write(review)
    fields = _with_category(fields, by)
    if model is ContributingFactor:
        last = review.factors.aggregate(last=Max("position"))["last"]
        fields |= {"position": 0 if last is None else last + 1}
    if model is Surprise:
        fields |= {"author": by}
    line = model.objects.create(review=review, **fields)
    for name, rows in (ties or {}).items():
        getattr(line, name).set(rows)
    keep_texts(line, author=by, fields=tuple(n for n in TEXTS if getattr(line, n, "")))
    record(by, _ADDED[model], line)
    return line


@transaction.atomic
def edit(
    line: Line, *, by: User, seen: int, fields: dict[str, Any], ties: Ties | None = None
) -> None:
    """Save what changed if the line still has the version `seen`; else raises EditConflict."""
    line = _current(line)
    fields = _with_category(fields, by)
    changes = {name: value for name, value in fields.items() if getattr(line, name) != value}
    save_edit(line, seen=seen, author=by, changes=changes, texts=TEXTS)
    for name, rows in (ties or {}).items():
        getattr(line, name).set(rows)
    record(by, _EDITED[type(line)], line)


def differs_in_texts_alone(
    current: Line, fields: Mapping[str, Any], ties: Ties | None = None
) -> bool:
    """Whether all that is chosen rather than written is the same: only texts can be combined."""
    for name, value in fields.items():
        theirs = getattr(current, name)
        if name not in TEXTS and value not in (theirs, str(theirs)):
            return False
    return all(
        {row.pk for row in rows} == set(getattr(current, name).values_list("pk", flat=True))
        for name, rows in (ties or {}).items()
    )


@transaction.atomic
def remove(line: Line, *, by: User) -> None:
    line = _current(line)
    record(by, _REMOVED[type(line)], line.review)
    line.delete()


def _current(line: Line) -> Line:
    """The line as it is now. Raises NotReady when somebody removed it meanwhile."""
    review = open_to_write(line.review)
    current = type(line).objects.filter(pk=line.pk).first()
    if current is None:
        raise NotReady(gettext("Somebody removed this line a moment ago."))
    current.review = review
    return current


def _with_category(fields: dict[str, Any], by: User) -> dict[str, Any]:
    category = fields.get("category")
    if isinstance(category, str):
        return fields | {"category": catalogue.named_or_new(category, by=by)}
    if isinstance(category, FactorCategory) and category.now_called_id:
        return fields | {"category": category.now_called}
    return fields


class TakenAway(Refused):
    """Somebody writes to an open question that is not asked any more."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "This question was taken away while you were writing, so nobody would find "
                "your answer there. Copy it: a comment on the published page reaches the same "
                "people."
            )
        )


@transaction.atomic
def offer_answer(question: OpenQuestion, *, by: User, text: str) -> OfferedAnswer:
    """What a reader of the publication knows: kept with the question, and the facilitator is
    told, or the managers of the team where nobody guides it. Raises TakenAway when somebody
    removed the question meanwhile."""
    review = question.review
    if not OpenQuestion.objects.select_for_update().filter(pk=question.pk).exists():
        raise TakenAway
    offered = OfferedAnswer.objects.create(question=question, by=by, text=text)
    changed(review)
    told = [review.facilitator] if review.facilitator else []
    tell(
        Telling(person, "question_answered", review, f"answer-{offered.pk}", {"from": by.pk})
        for person in told or User.objects.managing(review.incident.team_id)
    )
    record(by, "offered an answer", question)
    return offered
