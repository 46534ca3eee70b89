"""The list of actions: its views, its filters, and its groups by when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

from actions.models import Action
from actions.querysets import ActionQuerySet
from common.addresses import word
from common.counts import CappedCount
from people.models import Service, Team, User

MOST_COUNTED = 1_000

VIEWS = {
    "mine": "Mine",
    "teams": "My teams",
    "dates": "Want a new date",
    "check": "Waiting to be checked",
    "verified": "Verified",
    "parked": "Parked",
    "all": "Everyone’s",
}


@dataclass(frozen=True)
class Filters:
    """What the address asks for. Anything that is no filter of ours is left out."""

    view: str
    words: str = ""
    team: Team | None = None
    kind: str = ""
    state: str = ""
    service: Service | None = None
    incident: str = ""

    @classmethod
    def read(cls, asked: QueryDict, *, default_view: str) -> Filters:
        view, kind, state = (asked.get(name, "") for name in ("view", "kind", "state"))
        return cls(
            view=view if view in VIEWS else default_view,
            words=word(asked, "q"),
            team=Team.objects.filter(slug=word(asked, "team")).first() if "team" in asked else None,
            kind=kind if kind in Action.Kind.values else "",
            state=state if state in Action.State.values else "",
            service=Service.objects.filter(slug=word(asked, "service")).first()
            if "service" in asked
            else None,
            incident=word(asked, "incident", longest=16).upper(),
        )

    def applied_to(self, actions: ActionQuerySet) -> ActionQuerySet:
        if self.team:
            actions = actions.of_team(self.team.pk)
        if self.kind:
            actions = actions.filter(kind=self.kind)
        if self.state:
            actions = actions.filter(state=self.state)
        if self.service:
            actions = actions.about_service(self.service)
        if self.incident:
            actions = actions.filter(incidents__reference=self.incident)
        if self.words:
            actions = actions.matching(self.words)
        return actions

    def as_query(self, **changed: str) -> str:
        """The query string of these filters, with some changed; "" takes one away."""
        values = {
            "view": self.view,
            "q": self.words,
            "team": self.team.slug if self.team else "",
            "kind": self.kind,
            "state": self.state,
            "service": self.service.slug if self.service else "",
            "incident": self.incident,
        } | changed
        return "?" + urlencode({name: value for name, value in values.items() if value})

    def chips(self) -> list[dict[str, str]]:
        """The filters in words, each with the address of the list without it."""
        in_words = [
            ("team", "Team", str(self.team or "")),
            ("kind", "It does", Action.Kind(self.kind).label if self.kind else ""),
            ("state", "State", Action.State(self.state).label if self.state else ""),
            ("service", "Service", str(self.service or "")),
            ("incident", "From", self.incident),
        ]
        return [
            {"name": label, "value": value, "without": self.as_query(**{name: ""})}
            for name, label, value in in_words
            if value
        ]


def in_view(view: str, user: User, *, today: date) -> ActionQuerySet:
    """The visible actions of one view."""
    visible = Action.objects.visible_to(user)
    near = visible.near(user)
    return {
        "mine": visible.unfinished().owned_by(user),
        "teams": visible.unfinished().filter(team__in=Team.objects.of(user)),
        "dates": near.overdue(on=today),
        "check": near.to_check(),
        "verified": near.verified(),
        "parked": near.parked(),
        "all": visible.unfinished(),
    }[view]


def order_of(view: str) -> tuple[str, ...]:
    """Soonest first; what is finished or only proposed, newest first."""
    return {"verified": ("-due_on", "-pk"), "parked": ("-pk",)}.get(view, ("due_on", "pk"))


def default_view(user: User) -> str:
    """Managers start with their teams, everybody else with their own."""
    return "teams" if user.memberships.filter(is_manager=True).exists() else "mine"


def counts(user: User, *, today: date) -> dict[str, int]:
    """How many each view holds, up to MOST_COUNTED, in one statement."""
    columns = {
        f"in_{view}": CappedCount(in_view(view, user, today=today), cap=MOST_COUNTED)
        for view in VIEWS
    }
    numbers = User.objects.filter(pk=user.pk).values(**columns).get()
    return {view: numbers[f"in_{view}"] for view in VIEWS}


@dataclass
class Group:
    title: str
    rows: list[Action] = field(default_factory=list)


def grouped(rows: list[Action], *, view: str, today: date) -> list[Group]:
    """The rows of a page by when, in their order; groups without rows are left out."""
    if view in {"verified", "parked"}:
        return [Group(VIEWS[view], rows)] if rows else []
    groups = {
        name: Group(title)
        for name, title in (
            ("dates", "Want a new date"),
            ("check", "Done, waiting to be checked"),
            ("soon", "This week and next"),
            ("later", "Later"),
        )
    }
    end_of_next_week = today + timedelta(days=13 - today.weekday())
    for action in rows:
        if action.is_overdue(on=today):
            name = "dates"
        elif action.due_on < today:
            name = "check"
        else:
            name = "soon" if action.due_on <= end_of_next_week else "later"
        groups[name].rows.append(action)
    return [group for group in groups.values() if group.rows]


@dataclass(frozen=True)
class Tab:
    title: str
    url: str
    count: str
    is_current: bool


def tabs(filters: Filters, counted: dict[str, int]) -> list[Tab]:
    """The views above the list, with how many each holds; changing the view keeps the filters."""
    return [
        Tab(
            title,
            filters.as_query(view=view),
            _many(counted[view]) if counted[view] else "",
            view == filters.view,
        )
        for view, title in VIEWS.items()
    ]


def sentence(counted: dict[str, int]) -> str:
    """What wants an answer, near the reader, in words."""
    late, unchecked = counted["dates"], counted["check"]
    parts = []
    if late:
        parts.append(
            "One has passed its date and wants a new one."
            if late == 1
            else f"{_many(late)} have passed their date and want a new one."
        )
    if unchecked:
        parts.append(
            "One waits for someone to check that it worked."
            if unchecked == 1
            else f"{_many(unchecked)} wait for someone to check that they worked."
        )
    return " ".join(parts) or "Every date holds, and nothing waits to be checked."


def _many(number: int) -> str:
    return f"{MOST_COUNTED - 1:,}+" if number == MOST_COUNTED else f"{number:,}"


def choices() -> dict[str, object]:
    """What the filters offer."""
    return {
        "teams": Team.objects.by_name(),
        "kinds": Action.Kind.choices,
        "states": Action.State.choices,
        "services": Service.objects.by_name(),
    }
