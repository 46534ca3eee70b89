"""What the address of the list asks for, as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

from actions.listing import wishes
from actions.models import Action
from actions.querysets import ActionQuerySet
from common.addresses import word
from common.text import one_line
from common.wishes import AskedFor, Wish
from people.models import Service, Team, User

#: Rows that one deed changes, or one file holds, when they are picked by hand.
MOST_PICKED = 100

VIEWS = {
    "mine": pgettext_lazy("actions", "Mine"),
    "teams": pgettext_lazy("actions", "My teams"),
    "dates": pgettext_lazy("actions", "Want a new date"),
    "decide": pgettext_lazy("actions", "To decide"),
    "check": pgettext_lazy("actions", "Waiting to be checked"),
    "hold": pgettext_lazy("actions", "Did it hold?"),
    "verified": pgettext_lazy("actions", "Verified"),
    "parked": pgettext_lazy("actions", "Parked"),
    "dropped": pgettext_lazy("actions", "Not doing it"),
    "all": pgettext_lazy("actions", "Everyone’s"),
}
#: Never by person: whose actions are late is nobody's chart.
GROUPS = {
    "": pgettext_lazy("group by", "when"),
    "team": pgettext_lazy("group by", "team"),
    "service": pgettext_lazy("group by", "service"),
    "review": pgettext_lazy("group by", "review"),
    "kind": pgettext_lazy("group by", "kind"),
    "state": pgettext_lazy("group by", "state"),
}
NEWEST_FIRST = {"verified": ("-due_on", "-pk"), "parked": ("-pk",), "dropped": ("-pk",)}
#: Groups that the database puts the rows in order by. The others are made on each page.
_ORDERED_BY = {"team": "team_id", "kind": "kind", "state": "state"}
#: Teams and services offered with a box; any further ones in a menu.
MOST_OFFERED = 12


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Offer:
    """One filter of the panel. `others` can be chosen too, one at a time."""

    name: str
    label: str
    choices: list[Choice]
    others: list[tuple[str, str]]


class Filters(AskedFor):
    """Everything in the address, read once. `is_open` shows the panel to choose from."""

    def __init__(self, asked: QueryDict, *, user: User) -> None:
        self.user = user
        wanted = asked.get("view", "")
        self.view = wanted if wanted in VIEWS else default_view(user)
        self.q = " ".join(word(asked, "q").split())
        self.is_open = "filters" in asked
        group = asked.get("group", "")
        self.group = group if group in GROUPS else ""
        self.layout = ("group", self.group)
        self.picks = references(asked)
        read = [reader(asked, user) for reader in wishes.READERS]
        self.wishes: dict[str, Wish] = {wish.name: wish for wish in read if wish}

    # Rows ---------------------------------------------------------------------------------------
    def rows(self) -> ActionQuerySet:
        """The actions this person may see that fit every filter."""
        return self.narrow(in_view(self.view, self.user, today=timezone.localdate()))

    def narrow(self, rows: ActionQuerySet) -> ActionQuerySet:
        """Those of the rows that fit every filter, whatever the view."""
        if self.picks:
            rows = rows.filter(reference__in=self.picks)
        for wish in self.wishes.values():
            rows = rows.filter(wish.condition)
        return rows.matching(self.q) if self.q else rows

    @property
    def order(self) -> tuple[str, ...]:
        """Soonest first within each group; what is finished or only proposed, newest first."""
        within = NEWEST_FIRST.get(self.view, ("due_on", "pk"))
        lead = _ORDERED_BY.get(self.group)
        return (lead, *within) if lead else within

    # Addresses ----------------------------------------------------------------------------------
    @property
    def url_of_view(self) -> str:
        return f"?{urlencode([('view', self.view)])}"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of the filters sends along unseen: all that the open panel does not ask
        for, and everything while it is closed."""
        kept = [pair for pair in self.params() if pair[0] != "q"]
        return [pair for pair in kept if pair[0] in {"view", "group"}] if self.is_open else kept

    @property
    def source(self) -> str:
        """The reference of the incident or review they are to come from."""
        return "".join(self.wishes["incident"].chosen) if "incident" in self.wishes else ""

    @property
    def groups(self) -> list[tuple[str, str, bool]]:
        """(address, words, whether the rows are grouped by it)"""
        return [
            (self.url(group=value), str(words), value == self.group)
            for value, words in GROUPS.items()
        ]

    # Words --------------------------------------------------------------------------------------
    @property
    def grouped_by(self) -> str:
        return str(GROUPS[self.group])

    def offers(self) -> list[Offer]:
        """What the open panel asks, in two statements."""
        return [
            self._offer("when", gettext("Date"), list(wishes.WHEN.items())),
            self._offer(
                "age", gettext("Age"), [(value, age[0]) for value, age in wishes.AGES.items()]
            ),
            self._offer("kind", gettext("What it does"), list(wishes.KINDS)),
            self._offer("state", gettext("State"), list(wishes.STATES)),
            self._offer("team", gettext("Team"), _slugs(Team.objects.visible_to(self.user))),
            self._offer(
                "service", gettext("Service"), _slugs(Service.objects.visible_to(self.user))
            ),
        ]

    def _offer(self, name: str, label: str, choices: list[tuple[str, str]]) -> Offer:
        chosen = self.wishes[name].chosen if name in self.wishes else frozenset()
        # Chosen ones first, so that none of them falls into the menu.
        first = sorted(choices, key=lambda pair: pair[0] not in chosen)[:MOST_OFFERED]
        offered = {value for value, _ in first} | chosen
        return Offer(
            name,
            label,
            [
                Choice(value, capfirst(words), value in chosen)
                for value, words in choices
                if value in offered
            ],
            [pair for pair in choices if pair[0] not in offered],
        )


def _slugs(rows: object) -> list[tuple[str, str]]:
    return list(rows.by_name().values_list("slug", "name"))


#: Views of what is one's own and one's teams'.
_NEAR: dict[str, Callable[[ActionQuerySet, date], ActionQuerySet]] = {
    "dates": lambda near, today: near.overdue(on=today),
    "verified": lambda near, today: near.verified(),
    "parked": lambda near, today: near.parked(),
    "dropped": lambda near, today: near.dropped(),
}
#: The others.
_VIEWS: dict[str, Callable[[ActionQuerySet, User, date], ActionQuerySet]] = {
    "mine": lambda seen, user, today: seen.unfinished().worked_on_by(user),
    "teams": lambda seen, user, today: seen.unfinished().filter(team__in=Team.objects.of(user)),
    "decide": lambda seen, user, today: seen.to_decide().near_or_for_deciding_by(user),
    "check": lambda seen, user, today: seen.to_check().near_or_for_checking_by(user),
    "hold": lambda seen, user, today: seen.guided_by(user).to_look_at_again(on=today),
    "all": lambda seen, user, today: seen.unfinished(),
}


def in_view(view: str, user: User, *, today: date) -> ActionQuerySet:
    """The visible actions of one view."""
    visible = Action.objects.visible_to(user)
    if view in _NEAR:
        return _NEAR[view](visible.near(user), today)
    return _VIEWS[view](visible, user, today)


def parts_of_view(view: str, user: User, *, today: date) -> list[ActionQuerySet]:
    """The same to be counted: parts that have no row in common."""
    visible = Action.objects.visible_to(user)
    if view == "mine":
        return visible.unfinished().worked_on_in_parts(user)
    if view in _NEAR:
        return [_NEAR[view](part, today) for part in visible.near_in_parts(user)]
    return [in_view(view, user, today=today)]


def default_view(user: User) -> str:
    """Managers start with their teams, everybody else with their own."""
    return "teams" if user.memberships.filter(is_manager=True).exists() else "mine"


def is_name(name: str) -> bool:
    """Whether a name in an address is one of ours, to be kept with a view that is saved."""
    return name in {"view", "q", "group"} | wishes.NAMES


def references(asked: QueryDict) -> list[str]:
    """Rows of the list that were picked by hand."""
    found = (one_line(value)[:20].upper() for value in asked.getlist("pick")[:MOST_PICKED])
    return [reference for reference in found if reference]
