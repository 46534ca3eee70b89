"""How far a review has come: its stages, and what is there before somebody else reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from common.templatetags.times import moment_in_words
from postmortems.models import Goal, Participant, Review

State = Review.State


@dataclass(frozen=True)
class Stage:
    name: str
    detail: str
    mark: str  # "done", "current" or ""


_AT_STAGE = {
    State.REQUESTED: 0,
    State.ASSIGNED: 0,
    State.GATHERING: 1,
    State.ANALYSIS: 2,
    State.DRAFTING: 3,
    State.IN_REVIEW: 4,
    State.APPROVED: 5,
    State.PUBLISHED: 6,
    State.ARCHIVED: 6,
}


def stages(
    review: Review, events: int, taking_part: list[Participant], shared: int, *, now: datetime
) -> list[Stage]:
    at = _AT_STAGE.get(State(review.state), -1)
    named = [
        ("Timeline", "one event" if events == 1 else f"{events} events"),
        (
            "Perspectives",
            f"{shared} of {len(taking_part)} in" if taking_part else "nobody invited yet",
        ),
        (
            "Together",
            moment_in_words(review.meeting_at, now=now) if review.meeting_at else "no time yet",
        ),
        ("Write-up", "four parts"),
        ("Second pair of eyes", str(review.reviewer) if review.reviewer else "nobody yet"),
        ("Publish", "to everyone"),
    ]
    return [
        Stage(name, detail, "done" if place < at else "current" if place == at else "")
        for place, (name, detail) in enumerate(named)
    ]


class Check(NamedTuple):
    is_done: bool
    title: str
    detail: str


def checks_before_reading(review: Review) -> list[Check]:
    """What the page before handing over shows: the four parts, pairs, replies."""
    cards = list(review.findings.on_board().values_list("goal", "safer"))
    explained = dict(review.empty_goals.values_list("goal", "explanation"))
    checks = []
    for goal in Goal:
        count = sum(card_goal == goal for card_goal, _ in cards)
        if count:
            detail = "One card." if count == 1 else f"{count} cards."
        else:
            detail = explained.get(goal) or "No card yet, and no line on why it stays empty."
        checks.append(Check(bool(count or goal in explained), goal.label, detail))
    problems = [safer for goal, safer in cards if goal == Goal.WRONG]
    paired = sum(bool(safer.strip()) for safer in problems)
    if problems:
        checks.append(
            Check(
                paired == len(problems),
                "Every problem has a safer alternative",
                f"{paired} of {len(problems)} paired.",
            )
        )
    replies = list(review.participants.taking_part().values_list("reply", flat=True))
    objected = replies.count(Participant.Reply.OBJECTED)
    confirmed = replies.count(Participant.Reply.CONFIRMED)
    checks.append(
        Check(
            confirmed == len(replies),
            "Read by the people who took part",
            f"{confirmed} of {len(replies)} say it is fine as it is"
            + (f", {objected} want something changed first." if objected else "."),
        )
    )
    return checks
