"""What would make a review more useful: advice before approval, never a gate and never a score."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from postmortems.models import Goal, Review
from postmortems.snapshot import Snapshot

_VAGUE = re.compile(
    r"(?:improve|look (?:into|at)|investigate|consider|think about|try to|be (?:more )?careful|"
    r"pay (?:more )?attention|remember to|keep in mind|discuss|explore|raise awareness|"
    r"communicate better|do better|make sure|ensure)\b",
    re.IGNORECASE,
)
_REMINDS = 1  # actions.models.Action.Strength.REMINDS

#: Keys of hints whose link leads to what only those who guide may change.
FOR_GUIDES = frozenset({"trigger", "sooner", "questions", "untouched"})


class Hint(NamedTuple):
    """`group` is the part of the checklist it belongs to."""

    group: str
    key: str
    title: str
    sentence: str
    link: str
    link_words: str


def hints(review: Review, now: Snapshot) -> Iterator[Hint]:
    """What is worth a look in the review as it stands. Three statements however long it is."""
    cards = {goal["goal"]: goal["cards"] for goal in now["goals"]}
    incident = review.incident.get_absolute_url()
    bare = [
        event["number"]
        for event in now["events"]
        if event["is_key"] and not event["evidence"] and not event["source"]
    ]
    if bare:
        yield Hint(
            "useful",
            "sources",
            ngettext(
                "One key moment does not say where it is known from",
                "{number} key moments do not say where they are known from",
                len(bare),
            ).format(number=len(bare)),
            ngettext(
                "Event {numbers}. A graph, a log line or a link lets others look for themselves.",
                "Events {numbers}. A graph, a log line or a link lets others look for themselves.",
                len(bare),
            ).format(numbers=_listed(bare)),
            f"{incident}#timeline",
            gettext("Add a source"),
        )
    odd = list(_odd_times(now))
    if odd:
        yield Hint(
            "useful",
            "times",
            gettext("Some times look odd"),
            " ".join([*odd, gettext("Is it what the clocks said?")]),
            f"{incident}#timeline",
            gettext("Look at them"),
        )
    unanswered = [one for one in now["open_questions"] if not one["answer"]]
    if unanswered:
        yield Hint(
            "useful",
            "questions",
            ngettext(
                "One open question has no answer",
                "{number} open questions have no answer",
                len(unanswered),
            ).format(number=len(unanswered)),
            gettext(
                "“{question}” Readers are asked, too. What is known by now saves them the time."
            ).format(question=unanswered[0]["text"]),
            _address("edit_line", review, "questions", unanswered[0]["id"]),
            gettext("Answer it"),
        )
    outside = [
        number
        for number, card in enumerate(cards[Goal.WHY], start=1)
        if not {"Aim", "What was seen"} <= {part["label"] for part in card["inside"]}
    ]
    if outside:
        yield Hint(
            "useful",
            "inside",
            ngettext(
                "One card tells neither aim nor what was seen in full",
                "{number} cards tell neither aim nor what was seen in full",
                len(outside),
            ).format(number=len(outside)),
            ngettext(
                "Card {numbers} of “{part}”. What did people want, and what told them so?",
                "Cards {numbers} of “{part}”. What did people want, and what told them so?",
                len(outside),
            ).format(numbers=_listed(outside), part=Goal.WHY.label),
            _address("part", review, Goal.WHY),
            gettext("Open"),
        )
    if not now["trigger"].strip():
        yield Hint(
            "useful",
            "trigger",
            gettext("The last event before is not told"),
            gettext(
                "What set it off is another thing than what made it possible. “Not known” is "
                "an answer, too."
            ),
            _address("story", review),
            gettext("Write it down"),
        )
    if now["severity"] in {"sev1", "sev2"} and not now["figures"]:
        yield Hint(
            "useful",
            "figures",
            gettext("The impact has no figure"),
            gettext("“{severity}” says more with a number, measured or estimated.").format(
                severity=review.incident.get_severity_display()
            ),
            reverse("incidents:impact", args=[review.reference]),
            gettext("Add one"),
        )
    undescribed = review.incident.attachments.filter(description="").count()
    if undescribed:
        yield Hint(
            "useful",
            "descriptions",
            ngettext(
                "A file does not say what it shows",
                "{number} files do not say what they show",
                undescribed,
            ).format(number=undescribed),
            gettext("A sentence helps whoever cannot see it, and whoever looks for it later."),
            incident,
            gettext("Open the incident"),
        )
    if not now["known_sooner"].strip():
        yield Hint(
            "change",
            "sooner",
            gettext("Could it have been known sooner?"),
            gettext("The question has no answer yet. It often leads to a cheap action."),
            _address("noticing", review),
            gettext("Answer it"),
        )
    untouched = list(
        review.factors.exclude(
            findings__actions__in=review.actions.exclude(state__in=["declined", "wont_do"])
        )
        .order_by("position", "pk")
        .values_list("pk", "text")
    )
    if untouched:
        yield Hint(
            "change",
            "untouched",
            ngettext(
                "One factor has no action", "{number} factors have no action", len(untouched)
            ).format(number=len(untouched)),
            gettext(
                "“{factor}” Tie it to the card that an action came from, or leave it: both are "
                "fine."
            ).format(factor=untouched[0][1]),
            _address("edit_line", review, "factors", untouched[0][0]),
            gettext("Decide"),
        )
    yield from _about_actions(review, now["actions"])


_AFTER_THE_START = frozenset({"detection", "diagnosis", "escalation", "mitigation", "resolution"})
_BEFORE_THE_END = frozenset({"trigger", "detection", "mitigation"})


def _odd_times(now: Snapshot) -> Iterator[str]:
    """Sentences on moments of the timeline that do not fit what the milestones say."""
    exact = {one["name"]: one["at"] for one in now["milestones"] if one["at"] and not one["hedge"]}
    timed = [one for one in now["events"] if one["at"] and not one["hedge"]]
    start, end = exact.get("started"), exact.get("resolved")
    early = [
        one["number"]
        for one in timed
        if start and one["kind"] in _AFTER_THE_START and (one["until"] or one["at"]) < start
    ]
    late = [one["number"] for one in timed
            if end and one["kind"] in _BEFORE_THE_END and one["at"] > end]  # fmt: skip
    if early:
        yield ngettext(
            "Event {numbers} came before it started.",
            "Events {numbers} came before it started.",
            len(early),
        ).format(numbers=_listed(early))
    if late:
        yield ngettext(
            "Event {numbers} came after it was resolved.",
            "Events {numbers} came after it was resolved.",
            len(late),
        ).format(numbers=_listed(late))
    zones = sorted({one["zone"] for one in now["events"] if one["at"] and one["zone"]})
    if len({_offset(zone, one["at"]) for zone in zones for one in timed[:1]}) > 1:
        yield gettext("They were typed in {number} time zones: {zones}.").format(
            number=len(zones), zones=", ".join(zones[:4])
        )


def _about_actions(review: Review, actions: list[dict[str, Any]]) -> Iterator[Hint]:
    vague = [action for action in actions if _VAGUE.match(action["title"].strip())]
    if vague:
        yield Hint(
            "change",
            "verbs",
            ngettext(
                "One action leaves open what will be done",
                "{number} actions leave open what will be done",
                len(vague),
            ).format(number=len(vague)),
            gettext(
                "“{action}”. Say what will be there once it is done, so that anybody can see that "
                "it is."
            ).format(action=vague[0]["title"]),
            reverse("actions:detail", args=[vague[0]["reference"]]),
            gettext("Open it"),
        )
    if only_reminds(review.actions.values_list("state", "strength")):
        yield Hint(
            "change",
            "strength",
            gettext("No action is said to do more than remind people"),
            gettext(
                "Reminders fade. Is there one that removes the hazard, or puts a guard in the way?"
            ),
            f"{review.get_absolute_url()}#actions",
            gettext("Look at the actions"),
        )


def only_reminds(actions: Iterable[tuple[str, int | None]]) -> bool:
    """Of what is not decided against and says how strong it is, nothing is more than a reminder,
    and something is that. `actions` are (state, strength)."""
    strengths = {strength for state, strength in actions if state not in {"declined", "wont_do"}}
    return strengths - {None} == {_REMINDS}


def _offset(zone: str, at: str) -> timedelta | None:
    try:
        return datetime.fromisoformat(at).astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def _address(name: str, review: Review, *more: object) -> str:
    return reverse(f"postmortems:{name}", args=[review.reference, *more])


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return gettext("{numbers} and more").format(numbers=shown) if numbers[5:] else shown
