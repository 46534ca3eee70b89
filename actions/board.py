"""The actions as a board: a lane for each state that work goes through, and how a card changes
its lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy

from actions import permissions, together
from actions.listing.filters import Filters
from actions.listing.rows import Row, named_incidents, row_of
from actions.models import Action
from actions.querysets import VERIFIED, ActionQuerySet
from common.counts import CappedCount
from common.keys import naming_rules
from people.models import Team, User

MOST_COUNTED = 1_000
#: Cards of a lane. The list behind its number has all.
MOST_CARDS = 25
#: Whose actions the board can show, and the words of the tab.
VIEWS = {
    "mine": pgettext_lazy("actions", "Mine"),
    "teams": pgettext_lazy("actions", "My teams"),
    "all": pgettext_lazy("actions", "Everyone’s"),
}

State = Action.State


@dataclass(frozen=True)
class Lane:
    """`states` are those shown in it; `ring` is the arc of the picture beside its name."""

    name: str
    title: str
    states: tuple[str, ...]
    ring: str
    order: tuple[str, ...] = ("due_on", "pk")


LANES = {
    lane.name: lane
    for lane in (
        Lane("agreed", pgettext_lazy("actions", "Agreed"), (State.ACCEPTED,), ""),
        Lane(
            "progress",
            pgettext_lazy("actions", "In progress"),
            (State.IN_PROGRESS, State.BLOCKED),
            "7.8",
        ),
        Lane("check", pgettext_lazy("actions", "Waiting to be checked"), (State.DONE,), "15.6"),
        Lane(
            "verified",
            pgettext_lazy("actions", "Verified"),
            VERIFIED,
            "full",
            ("-verified_at", "-pk"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Card:
    """An action in its lane; `goes_to` names the lanes it can go to, its own among them."""

    action: Row
    lane: str
    goes_to: tuple[str, ...]

    @property
    def lanes(self) -> list[tuple[Lane, bool]]:
        """(lane, whether it is there)"""
        return [(LANES[name], name == self.lane) for name in self.goes_to]


@dataclass(frozen=True)
class Shown:
    """A lane with its first cards; `count` is how many there are, `url` the list of them all."""

    lane: Lane
    cards: list[Card]
    count: str
    url: str
    has_more: bool


def view_of(filters: Filters) -> str:
    """The board knows only whose actions they are: the other views of the list are lanes of it."""
    return filters.view if filters.view in VIEWS else "teams"


def tabs(filters: Filters) -> list[tuple[str, str, bool]]:
    """(title, address, whether it is the current one)"""
    current = view_of(filters)
    return [(str(title), filters.url(view=name), name == current) for name, title in VIEWS.items()]


def lanes(filters: Filters, *, today: date) -> list[Shown]:
    """The four lanes under the filters of the list. Six statements, whatever they hold."""
    view, user = view_of(filters), filters.user
    rows = filters.narrow(of(view, user))
    # Of everything, an index knows each lane and who sees it.
    along = ("state", "due_on", "pk") if view == "all" and not filters.wishes else ()
    numbers = {
        name: CappedCount(rows.filter(state__in=lane.states), cap=MOST_COUNTED, along=along)
        for name, lane in LANES.items()
    }
    counted = naming_rules(User.objects.filter(pk=user.pk)).values(**numbers).get()
    shown = naming_rules(rows).for_rows()
    actions = {
        name: list(shown.filter(state__in=lane.states).order_by(*lane.order)[:MOST_CARDS])
        for name, lane in LANES.items()
    }
    prefetch_related_objects(
        [action for each in actions.values() for action in each], named_incidents()
    )
    return [
        Shown(
            lane,
            [Card(row_of(each, today=today), name, _lanes_for(each)) for each in actions[name]],
            f"{MOST_COUNTED - 1:,}+" if counted[name] == MOST_COUNTED else f"{counted[name]:,}",
            _list_of(lane, filters),
            has_more=counted[name] > MOST_CARDS,
        )
        for name, lane in LANES.items()
    ]


def of(view: str, user: User) -> ActionQuerySet:
    """Whose actions: one's own, those of one's teams, or all that one may see."""
    visible = Action.objects.visible_to(user)
    if view == "mine":
        return visible.worked_on_by(user)
    if view == "teams":
        return visible.filter(team__in=Team.objects.of(user))
    return visible


def _lanes_for(action: Action) -> tuple[str, ...]:
    """Where it can go from here, its own lane among them: nothing is verified before somebody says
    that it is done, and what is verified stays."""
    if action.is_open:
        return ("agreed", "progress", "check")
    return ("progress", "check", "verified") if action.state == State.DONE else ("verified",)


def _list_of(lane: Lane, filters: Filters) -> str:
    if lane.name == "verified":
        return f"{reverse('actions:list')}{filters.url(view='verified', state='')}"
    states = [("state", state) for state in lane.states]
    kept = [*filters.params(without="state"), *states]
    return f"{reverse('actions:list')}?{urlencode(kept)}"


@dataclass(frozen=True)
class Moved:
    """What became of a move: `undo` takes it back, `asks` is the page that asks for more first,
    `refused` says why not."""

    undo: str = ""
    asks: str = ""
    refused: str = ""


def may_move(user: User, action: Action, to: str) -> bool:
    """Work goes on by those who do it or guide it; somebody else says whether it worked."""
    if to == "verified" or action.state == State.DONE:
        return permissions.can_verify(user, action) or permissions.can_progress(user, action)
    return permissions.can_progress(user, action)


def move(action: Action, to: str, *, by: User) -> Moved:
    """Bring a card into another lane, or lead to what that takes: a proof, what is missing."""
    if action.state in LANES[to].states:
        return Moved()
    return _MOVES[to](action, by)


def _to_agreed(action: Action, by: User) -> Moved:
    if action.state == State.DONE:
        return Moved(asks=_page("reopen", action))
    return _by_deed(action, "aside", by)


def _to_progress(action: Action, by: User) -> Moved:
    if action.state == State.DONE:
        return Moved(asks=_page("reopen", action))
    return _by_deed(action, "start", by)


def _to_check(action: Action, by: User) -> Moved:
    if not action.is_open:
        return Moved(refused=gettext("It is verified. What is finished stays as it is."))
    return Moved(asks=_page("finish", action))


def _to_verified(action: Action, by: User) -> Moved:
    if action.is_open:
        return Moved(refused=gettext("First somebody says that it is done, and what shows that."))
    if not permissions.can_verify(by, action):
        return Moved(refused=gettext("Somebody else than the person who did it checks it."))
    return Moved(asks=_page("verify", action))


_MOVES: dict[str, Callable[[Action, User], Moved]] = {
    "agreed": _to_agreed,
    "progress": _to_progress,
    "check": _to_check,
    "verified": _to_verified,
}


def _by_deed(action: Action, deed: str, by: User) -> Moved:
    outcome = together.change([action], deed, {}, by=by)
    if outcome.left:
        [(_, why)] = outcome.left
        return Moved(refused=f"{why[0].upper()}{why[1:].rstrip('.')}.")
    return Moved(undo=outcome.undo)


def _page(deed: str, action: Action) -> str:
    return reverse(f"actions:{deed}", args=[action.reference])
