"""What a meeting leaves on the board: what stands there, and what was added since it began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import Activity
from people.models import User
from postmortems.board_parts import GOALS
from postmortems.meeting import FACTOR, QUESTION, SURPRISE
from postmortems.models import (
    AgendaStep,
    ContributingFactor,
    Finding,
    Goal,
    OpenQuestion,
    Review,
    Surprise,
)

Step = AgendaStep.Kind
_SHOWN = 8


class Line(NamedTuple):
    """One line of the board, as it may stand on the screen. `kind` is a Goal or the kind of what
    stands beside the board."""

    kind: str
    text: str
    #: When it was added in this meeting; None for what was there before.
    added_at: datetime | None


class Tally(NamedTuple):
    icon: str
    css: str
    label: str
    number: int


class Captured(NamedTuple):
    """What the board has for the step: the newest lines, and how many there are in all."""

    title: str
    lines: list[str]
    whole: int


PARKED = "parked"
_KINDS = [
    *((goal.value, words.icon, f"part {words.css}", words.tab) for goal, words in GOALS.items()),
    (SURPRISE, "bolt", "", _("Surprises")),
    (QUESTION, "help-circle", "", _("Open questions")),
    (FACTOR, "category", "", _("Factors")),
    (PARKED, "parking", "", _("Parked")),
]
#: What each step is about, where that is not the meeting so far.
_OF_STEP = {
    **{goal.value: (_("Captured in this part"), goal.value) for goal in Goal},
    Step.SURPRISE: (_("What surprised us"), SURPRISE),
    Step.FACTORS: (_("Contributing factors"), FACTOR),
    Step.SAFER: (_("Parked for later"), PARKED),
    Step.CLOSE: (_("Still not understood"), QUESTION),
}


@dataclass(frozen=True)
class OnBoard:
    """Every line of the board in the order it was written, and the ideas that are parked."""

    lines: list[Line]
    parked: list[Any]

    def of_step(self, step: str) -> Captured:
        if step in _OF_STEP:
            words, kind = _OF_STEP[step]
            title = str(words)
            texts = [line.text for line in self.lines if line.kind == kind]
        else:
            # What is parked has a list of its own beside it.
            title = gettext("Captured so far")
            texts = [line.text for line in self.added if line.kind != PARKED]
        return Captured(title, texts[-_SHOWN:], len(texts))

    @property
    def added(self) -> list[Line]:
        """Since the meeting began, oldest first."""
        found = [(line.added_at, line) for line in self.lines if line.added_at]
        return [line for _, line in sorted(found, key=lambda each: each[0])]

    @property
    def tallies(self) -> list[Tally]:
        return _tallies(self.lines)

    @property
    def tallies_of_meeting(self) -> list[Tally]:
        """What this meeting added; kinds it added nothing of are left out."""
        return [tally for tally in _tallies(self.added) if tally.number]


def _tallies(lines: Iterable[Line]) -> list[Tally]:
    kinds = [line.kind for line in lines]
    return [Tally(icon, css, label, kinds.count(kind)) for kind, icon, css, label in _KINDS]


def on_board(review: Review, user: User, *, began: datetime | None) -> OnBoard:
    """As this person sees it, in six statements, or seven once the meeting has begun."""
    cards = list(review.findings.on_board().only("review", "goal", "text").order_by("pk"))
    surprises = list(review.surprises.order_by("pk"))
    questions = list(review.open_questions.order_by("pk"))
    factors = list(review.factors.order_by("pk"))
    parked = list(review.actions.visible_to(user).parked().order_by("pk"))
    added = _added(
        {Finding: cards, Surprise: surprises, OpenQuestion: questions, ContributingFactor: factors},
        since=began,
    )
    return OnBoard(
        [
            *(Line(card.goal, card.text, added.get((Finding, card.pk))) for card in cards),
            *(Line(SURPRISE, row.text, added.get((Surprise, row.pk))) for row in surprises),
            *(Line(QUESTION, row.text, added.get((OpenQuestion, row.pk))) for row in questions),
            *(Line(FACTOR, row.text, added.get((ContributingFactor, row.pk))) for row in factors),
            *(Line(PARKED, row.title, _later(row.created_at, began)) for row in parked),
        ],
        parked,
    )


def _later(at: datetime, began: datetime | None) -> datetime | None:
    return at if began and at >= began else None


def _added(
    rows: dict[type[Model], list[Any]], *, since: datetime | None
) -> dict[tuple[type[Model], int], datetime]:
    """When each of these was added, as the trail tells; without those from before `since`."""
    if since is None:
        return {}
    types = {ContentType.objects.get_for_model(model).pk: model for model in rows}
    about = Q()
    for key, model in types.items():
        about |= Q(object_type=key, object_id__in=[row.pk for row in rows[model]])
    told = Activity.objects.filter(about, verb__startswith="added", at__gte=since)
    return {
        (types[object_type], pk): at
        for object_type, pk, at in told.values_list("object_type", "object_id", "at")
    }
