"""How far a review has come: its stages, and what is there before somebody else reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

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
        (
            gettext("Timeline"),
            ngettext("one event", "{number} events", events).format(number=events),
        ),
        (
            gettext("Perspectives"),
            gettext("{shared} of {number} in").format(shared=shared, number=len(taking_part))
            if taking_part
            else gettext("nobody invited yet"),
        ),
        (
            gettext("Together"),
            moment_in_words(review.meeting_at, now=now)
            if review.meeting_at
            else gettext("no time yet"),
        ),
        (gettext("Write-up"), gettext("four parts")),
        (
            gettext("Second pair of eyes"),
            str(review.reviewer) if review.reviewer else gettext("nobody yet"),
        ),
        (gettext("Publish"), gettext("to everyone")),
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
            detail = ngettext("One card.", "{number} cards.", count).format(number=count)
        else:
            detail = explained.get(goal) or gettext(
                "No card yet, and no line on why it stays empty."
            )
        checks.append(Check(bool(count or goal in explained), goal.label, detail))
    problems = [safer for goal, safer in cards if goal == Goal.WRONG]
    paired = sum(bool(safer.strip()) for safer in problems)
    if problems:
        checks.append(
            Check(
                paired == len(problems),
                gettext("Every problem has a safer alternative"),
                gettext("{paired} of {number} paired.").format(paired=paired, number=len(problems)),
            )
        )
    replies = list(review.participants.taking_part().values_list("reply", flat=True))
    objected = replies.count(Participant.Reply.OBJECTED)
    confirmed = replies.count(Participant.Reply.CONFIRMED)
    said = (
        gettext(
            "{confirmed} of {number} say it is fine as it is, {objected} want something changed "
            "first."
        )
        if objected
        else gettext("{confirmed} of {number} say it is fine as it is.")
    )
    checks.append(
        Check(
            confirmed == len(replies),
            gettext("Read by the people who took part"),
            said.format(confirmed=confirmed, number=len(replies), objected=objected),
        )
    )
    return checks
