"""The four parts of the board, with their words, their cards and what somebody may do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Prefetch
from django.utils.translation import gettext_lazy as _

from common.history import mark_of
from incidents.models import Incident, TimelineEvent
from people.models import User
from postmortems import moments, question_bank
from postmortems.comments import Thread, Threads
from postmortems.forms.board import CardForm
from postmortems.models import Finding, FindingEcho, Goal, Review
from postmortems.moments import Moment, Suggestion
from postmortems.presence import Here


class GoalWords(NamedTuple):
    icon: str
    css: str
    tab: str
    lead: str
    prompt: str
    too: str
    teach: str


GOALS = {
    Goal.RIGHT: GoalWords(
        "sun",
        "part-right",
        _("Went right"),
        _("Part 1 of 4 · so that we can do it again"),
        _("What else went right?"),
        _("I saw this too"),
        _("Somebody noticed, something held, a way back existed. What made that work?"),
    ),
    Goal.DIFFERENTLY: GoalWords(
        "route",
        "part-diff",
        _("Differently"),
        _("Part 2 of 4 · next time, in a similar situation"),
        _("What would you do differently?"),
        _("I would too"),
        _("Knowing what was known then: which way would you go next time?"),
    ),
    Goal.WRONG: GoalWords(
        "lifebuoy",
        "part-wrong",
        _("Wrong and safer"),
        _("Part 3 of 4 · every problem is paired with an alternative or a safety measure"),
        _("Add a problem together with a way to make it safer"),
        _("I saw this too"),
        _(
            "Write one problem together with one thing that would make it safer. “The "
            "alert came 9 minutes late” · “Alert on missing data, not only on errors”."
        ),
    ),
    Goal.WHY: GoalWords(
        "eye",
        "part-why",
        _("Made sense"),
        _("Part 4 of 4 · what people saw, knew and expected at each decision"),
        _("What made it look right from where you were?"),
        _("I saw it like this too"),
        _(
            "Take one decision, or one thing nobody did, and tell what was on the screen, "
            "what had worked before, and what pressed."
        ),
    ),
}


@dataclass
class Part:
    """One part of the board with what this reader may do in it."""

    goal: Goal
    words: GoalWords
    number: int
    cards: list[Finding] = field(default_factory=list)
    explanation: str = ""
    here: str = ""
    thread: Thread | None = None
    takes_cards: bool = False
    form: CardForm | None = None
    #: Questions from the bank that help to begin it.
    asking: list[str] = field(default_factory=list)
    #: Of the "made sense" part: decisions without a card yet, and spells without an entry.
    decisions: list[Suggestion] = field(default_factory=list)
    waits: list[Suggestion] = field(default_factory=list)

    @property
    def mark(self) -> str:
        return mark_of(self.explanation)


def parts(
    review: Review,
    user: User,
    *,
    told: Mapping[int, Moment],
    covers: Sequence[Incident] = (),
    actions: Sequence[Any] = (),
    lessons: Sequence[Any] = (),
    can_edit: bool,
    can_contribute: bool,
    only: Goal | None = None,
    adding: str = "",
    here: Here,
    threads: Threads,
) -> list[Part]:
    """The four parts (or one of them) with their cards, in five statements.

    A card knows its `moments`, the `incidents` it is about where the review looks at several, what
    was made of it (`actions_here`, `lessons_here`) and what it was made of (`joined`).
    """
    shown = {
        goal: Part(
            goal, words, number, here=here.get(f"part-{goal}", ""), thread=threads[f"part-{goal}"]
        )
        for number, (goal, words) in enumerate(GOALS.items(), start=1)
        if only is None or goal == only
    }
    mine = FindingEcho.objects.filter(finding=OuterRef("pk"), user=user)
    cards = list(
        review.findings.on_board()
        .filter(goal__in=list(shown))
        .select_related("perspective")
        .annotate(echo_count=Count("echoes"), is_echoed=Exists(mine))
        .prefetch_related(
            Prefetch("events", TimelineEvent.objects.only("pk")),
            Prefetch("merged", Finding.objects.order_by("pk"), to_attr="joined"),
        )
    )
    place = {pk: number for number, pk in enumerate(told)}
    for card in cards:
        tied = [told[event.pk] for event in card.events.all() if event.pk in told]
        card.moments = sorted(tied, key=lambda moment: place[moment.pk])
        card.incidents = (
            moments.belongs_to(card, tied, [review.incident, *covers]) if covers else []
        )
        card.actions_here = [action for action in actions if action.finding_id == card.pk]
        card.lessons_here = [lesson for lesson in lessons if lesson.finding_id == card.pk]
        card.thread = threads[f"card-{card.pk}"]
        card.here = here.get(f"card-{card.pk}", "")
        card.may_edit = can_edit or (can_contribute and card.author_id == user.pk)
        shown[Goal(card.goal)].cards.append(card)
    for empty in review.empty_goals.all():
        if empty.goal in shown:
            shown[Goal(empty.goal)].explanation = empty.explanation
    for goal, asking in question_bank.beside(*shown).items():
        shown[Goal(goal)].asking = asking
    if can_contribute:
        for part in shown.values():
            part.takes_cards = True
            part.form = CardForm(
                goal=part.goal,
                auto_id=f"{part.goal}_%s",
                is_one_line=True,
                is_next=part.goal == adding,
            )
        if why := shown.get(Goal.WHY):
            why.decisions, why.waits = moments.without_a_card(told, why.cards)
    return list(shown.values())
