"""Which questions of the bank fit: by the part of the board, and by what happened around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from django.db.models import Max
from django.utils.translation import gettext

from incidents.models import Incident, TimelineEvent
from postmortems.models import BankQuestion, Goal

Kind = TimelineEvent.Kind
Situation = BankQuestion.Situation

#: What an event of each kind is an occasion to ask about.
AROUND: dict[str, tuple[Situation, ...]] = {
    Kind.TRIGGER: (Situation.ORDINARY,),
    Kind.DETECTION: (Situation.DETECTION,),
    Kind.DIAGNOSIS: (Situation.DIAGNOSIS,),
    Kind.ESCALATION: (Situation.HAND_OVER,),
    Kind.DECISION: (Situation.DECISION, Situation.NON_ACTION),
    Kind.ACTION: (Situation.DECISION, Situation.TOOLING),
    Kind.COMMUNICATION: (Situation.COMMUNICATION,),
    Kind.MITIGATION: (Situation.TOOLING,),
    Kind.RESOLUTION: (Situation.WENT_RIGHT,),
    Kind.OBSERVATION: (Situation.DIAGNOSIS,),
}
#: Not about the incident but about the conversation: at hand in every step.
IN_THE_ROOM = (Situation.SILENCE, Situation.BLAME, Situation.HINDSIGHT)


class Occasion(NamedTuple):
    """A situation, and the event that brings it up."""

    situation: str
    event: TimelineEvent | None


class Asked(NamedTuple):
    """A question as it stands on the screen, and the event it is about."""

    text: str
    follow_up: str = ""
    event: TimelineEvent | None = None


def occasions(incident: Incident, events: Iterable[TimelineEvent]) -> list[Occasion]:
    """The situations that the timeline brings up, each once, key moments first."""
    found: dict[str, TimelineEvent | None] = {}
    if incident.kind == Incident.Kind.NEAR_MISS:
        found[Situation.NEAR_MISS] = None
    for event in sorted(events, key=lambda event: not event.is_key):
        for situation in AROUND[event.kind]:
            found.setdefault(situation, event)
    return [Occasion(situation, event) for situation, event in found.items()]


def fitting(
    bank: Iterable[BankQuestion],
    brought_up: Iterable[Occasion],
    *,
    part: Goal | None = None,
    only: Iterable[str] = (),
    most: int,
) -> list[Asked]:
    """At most `most` questions: of `part`, or of the situations `only`. One for each situation
    that the timeline brings up, then another round, then the others."""
    wanted = set(only)
    chosen = [each for each in bank if (each.situation in wanted if wanted else each.part == part)]
    events = {one.situation: one.event for one in brought_up}
    pools = {situation: [each for each in chosen if each.situation == situation]
             for situation in events}  # fmt: skip
    ordered = [*_in_turn(pools), *(each for each in chosen if each.situation not in events)]
    return [Asked(each.text, each.follow_up, events.get(each.situation)) for each in ordered[:most]]


def _in_turn(pools: Mapping[str, list[BankQuestion]]) -> Iterator[BankQuestion]:
    """The first of each pool, then the second of each, and so on."""
    for place in range(max(map(len, pools.values()), default=0)):
        for pool in pools.values():
            if place < len(pool):
                yield pool[place]


def along(bank: Iterable[BankQuestion], events: Iterable[TimelineEvent]) -> list[Asked]:
    """One question for each event, fitting its kind; events of one kind get different ones."""
    pools: dict[str, list[BankQuestion]] = {}
    for each in bank:
        pools.setdefault(each.situation, []).append(each)
    asked: list[Asked] = []
    used: dict[str, int] = {}
    for event in events:
        pool = [each for situation in AROUND[event.kind] for each in pools.get(situation, ())]
        if not pool:
            asked.append(
                Asked(gettext("What could be seen at this moment, and from where?"), "", event)
            )
            continue
        turn = used.get(event.kind, 0)
        used[event.kind] = turn + 1
        each = pool[turn % len(pool)]
        asked.append(Asked(each.text, each.follow_up, event))
    return asked


# Beside the board -------------------------------------------------------------------------------
def beside(*parts: Goal, most: int = 4) -> dict[str, list[str]]:
    """For each part, questions that help to begin it, each of another situation: one statement."""
    chosen: dict[str, dict[str, str]] = {part.value: {} for part in parts}
    for each in BankQuestion.objects.asked().filter(part__in=list(chosen)):
        chosen[each.part].setdefault(each.situation, each.text)
    return {part: list(texts.values())[:most] for part, texts in chosen.items()}


def by_situation() -> list[tuple[str, list[str]]]:
    """(situation in words, its questions), for whoever wants to read them all: one statement."""
    found: dict[str, list[str]] = {situation.value: [] for situation in Situation}
    for each in BankQuestion.objects.asked():
        found[each.situation].append(each.text)
    return [(Situation(name).label, texts) for name, texts in found.items() if texts]


# Their order ------------------------------------------------------------------------------------
def last_position() -> int:
    return BankQuestion.objects.aggregate(last=Max("position"))["last"] or 0


def move(chosen: BankQuestion, step: int) -> None:
    """One place further among the questions of its situation, which are numbered anew in the
    places they have."""
    order = list(
        BankQuestion.objects.select_for_update()
        .filter(is_retired=False, situation=chosen.situation)
        .order_by("position", "pk")
    )
    if chosen not in order:
        return
    places = sorted(each.position for each in order)
    at = order.index(chosen)
    order.insert(max(0, at + step), order.pop(at))
    for place, each in zip(places, order, strict=True):
        each.position = place
    BankQuestion.objects.bulk_update(order, ["position"])
