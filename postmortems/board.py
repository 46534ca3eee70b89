"""The cards of the board: add, write, order, join.

Every function locks the review, checks that it still takes contributions (Refused otherwise) and
writes the trail. Who may do it, and that the premises are accepted, is asked by the views.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from common.history import keep_texts, record, require_seen, save_edit
from incidents.models import TimelineEvent
from people.models import User
from postmortems.models import EmptyGoal, Finding, FindingEcho, Goal, Perspective, Review
from postmortems.workflow import NotReady, open_to_write

#: The texts of a card whose versions are kept.
TEXTS = ("text", "safer", *Finding.INSIDE)


def _current(card: Finding) -> Finding:
    """The card as it is on the board now. Raises NotReady when somebody removed it meanwhile, or
    joined it with another."""
    review = open_to_write(card.review)
    current = review.findings.on_board().filter(pk=card.pk).first()
    if current is None:
        raise NotReady(
            gettext("Somebody removed this card a moment ago, or joined it with another one.")
        )
    current.review = review
    return current


def _last_position(review: Review, goal: str) -> int:
    last = review.findings.filter(goal=goal).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last


@transaction.atomic
def add_card(
    review: Review,
    *,
    author: User | None,
    goal: str,
    fields: dict[str, Any],
    events: Collection[TimelineEvent] = (),
    perspective: Perspective | None = None,
) -> Finding:
    """A new card at the end of its part; an explanation why the part is empty is gone with it."""
    review = open_to_write(review)
    card = Finding.objects.create(
        review=review,
        author=author,
        goal=goal,
        position=_last_position(review, goal) + 1,
        perspective=perspective,
        **fields,
    )
    card.events.set(events)
    keep_texts(card, author=author, fields=tuple(name for name in TEXTS if getattr(card, name)))
    review.empty_goals.filter(goal=goal).delete()
    record(author, "added a card", card, goal)
    return card


@transaction.atomic
def edit_card(
    card: Finding,
    *,
    author: User,
    seen: int,
    changes: dict[str, Any],
    events: Collection[TimelineEvent] | None = None,
) -> Finding:
    """Save what changed if the card still has the version `seen`; else raises EditConflict."""
    card = _current(card)
    changes = {name: value for name, value in changes.items() if getattr(card, name) != value}
    card = save_edit(card, seen=seen, author=author, changes=changes, texts=TEXTS)
    if events is not None:
        card.events.set(events)
    record(author, "edited a card", card)
    return card


class Place(NamedTuple):
    """Where a card stands: in which part, right before and right after which other cards. A
    neighbour that moved away meanwhile counts as none; with neither left, it is the end."""

    goal: str
    before: int | None = None
    after: int | None = None


@transaction.atomic
def move_card(card: Finding, *, to: str, by: User) -> Place:
    """Move it "earlier" or "later" in its part, or to the end of another part (a Goal value).
    Returns where it was."""
    card = _current(card)
    if to in Goal.values:
        return _put(card, Place(to), by) if to != card.goal else _place_of(card)
    others = [other.pk for other in _column(card.review, card.goal)]
    there = others.index(card.pk) + {"earlier": -1, "later": 1}[to]
    if not 0 <= there < len(others):
        return _place_of(card)
    neighbour = others[there]
    return _put(
        card,
        Place(card.goal, before=neighbour)
        if to == "earlier"
        else Place(card.goal, after=neighbour),
        by,
    )


@transaction.atomic
def place_card(card: Finding, place: Place, *, by: User) -> Place:
    """Move it there; returns where it was. Two who move at the same time end with one order."""
    return _put(_current(card), place, by)


def _put(card: Finding, place: Place, by: User) -> Place:
    was = _place_of(card)
    column = [other for other in _column(card.review, place.goal) if other.pk != card.pk]
    at = {other.pk: number for number, other in enumerate(column)}
    if place.before in at:
        here = at[place.before]
    else:
        here = at[place.after] + 1 if place.after in at else len(column)
    column.insert(here, card)
    card.goal = place.goal
    for position, other in enumerate(column, start=1):
        other.position = position
    Finding.objects.bulk_update(column, ["goal", "position"])
    card.review.empty_goals.filter(goal=place.goal).delete()
    record(by, "moved a card", card, place.goal)
    return was


def _column(review: Review, goal: str) -> list[Finding]:
    return list(review.findings.on_board().filter(goal=goal))


def _place_of(card: Finding) -> Place:
    others = [other.pk for other in _column(card.review, card.goal)]
    here = others.index(card.pk)
    return Place(
        card.goal,
        before=others[here + 1] if here + 1 < len(others) else None,
        after=others[here - 1] if here else None,
    )


@transaction.atomic
def join_cards(card: Finding, other: Finding, *, by: User) -> Finding:
    """Put `card` into `other`: its words, events and "I saw this too" go there, too. It keeps its
    own, so that the two can be taken apart again."""
    review = open_to_write(card.review)
    found = {row.pk: row for row in review.findings.on_board().filter(pk__in=[card.pk, other.pk])}
    if len(found) < 2:
        raise NotReady(gettext("Choose two different cards of this board to join."))
    card, other = found[card.pk], found[other.pk]
    changes = {}
    for name in TEXTS:
        ours, theirs = getattr(card, name), getattr(other, name)
        if ours and ours not in theirs:
            changes[name] = f"{theirs}\n\n{ours}" if theirs else ours
    other = save_edit(other, seen=other.version, author=by, changes=changes, texts=TEXTS)
    other.events.add(*card.events.all())
    already = set(other.echoes.values_list("user_id", flat=True))
    FindingEcho.objects.bulk_create(
        FindingEcho(finding=other, user_id=echo.user_id, came_with=echo.came_with or card)
        for echo in card.echoes.select_related("came_with").exclude(user__in=already)
    )
    # What was said about it is read where its words are now.
    card.comments.update(finding=other)
    card.merged.update(merged_into=other)
    card.merged_into = other
    card.save(update_fields=["merged_into"])
    record(by, "joined two cards", other)
    return other


@transaction.atomic
def take_apart(card: Finding, *, by: User) -> Finding:
    """Put a joined card back on the board, at the end of its part and in its own words.

    Returns the card it was in. Its words leave that one where they still stand as they were
    joined; where somebody rewrote them as one they stay, for whoever takes them apart to look.
    """
    review = open_to_write(card.review)
    found = review.findings.filter(pk=card.pk).exclude(merged_into=None).first()
    if found is None:
        raise NotReady(gettext("Somebody took it out a moment ago."))
    card, other = found, review.findings.get(pk=found.merged_into_id)
    changes = {}
    for name in TEXTS:
        before, joined, after = f"{getattr(other, name)}\n\n".partition(
            f"\n\n{getattr(card, name)}\n\n"
        )
        if getattr(card, name) and joined:
            changes[name] = f"{before}\n\n{after}".strip("\n")
    save_edit(other, seen=other.version, author=by, changes=changes, texts=TEXTS)
    other.echoes.filter(came_with=card).delete()
    card.merged_into = None
    card.position = _last_position(review, card.goal) + 1
    card.save(update_fields=["merged_into", "position"])
    review.empty_goals.filter(goal=card.goal).delete()
    record(by, "took two cards apart", other)
    return other


@transaction.atomic
def remove_card(card: Finding, *, by: User) -> None:
    """With the cards that were joined into it."""
    card = _current(card)
    record(by, "removed a card", card.review, card.goal)
    card.merged.all().delete()
    card.delete()


@transaction.atomic
def echo(card: Finding, *, by: User, is_said: bool) -> None:
    """ "I saw this too", said or taken back."""
    card = _current(card)
    if is_said:
        FindingEcho.objects.get_or_create(finding=card, user=by)
    else:
        FindingEcho.objects.filter(finding=card, user=by).delete()


@transaction.atomic
def explain_empty(review: Review, *, goal: str, explanation: str, mark: str, by: User) -> None:
    """Say why a part stays empty. An empty explanation takes it back.

    `mark` is history.mark_of the text that the writer saw. Raises TextConflict.
    """
    review = open_to_write(review)
    if review.findings.on_board().filter(goal=goal).exists():
        raise NotReady(gettext("This part has cards by now, so it needs no explanation."))
    stands = review.empty_goals.filter(goal=goal).values_list("explanation", flat=True).first()
    require_seen(stands or "", mark=mark, wanted=explanation)
    if not explanation:
        review.empty_goals.filter(goal=goal).delete()
        return
    EmptyGoal.objects.update_or_create(
        review=review, goal=goal, defaults={"explanation": explanation}
    )
    record(by, "explained an empty part", review, goal)
