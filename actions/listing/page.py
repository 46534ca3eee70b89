"""What the page of the list shows: the views and how many each holds, and the rows in groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from actions.listing.filters import NEWEST_FIRST, VIEWS, Filters, parts_of_view
from actions.listing.rows import Row, named_incidents, row_of
from actions.models import Action
from common import dates
from common.counts import capped_count
from common.pagination import Page, page_of
from common.prepared import Prepared
from people.models import User

MOST_COUNTED = 1_000


def counts(user: User, *, today: date) -> dict[str, int]:
    """How many each view holds, up to MOST_COUNTED, in one statement."""
    [numbers] = _numbers(today).rows(reader=user.pk)
    return {view: numbers[f"in_{view}"] for view in VIEWS}


# It is never the same day everywhere: in two or three zones at once.
@lru_cache(maxsize=4)
def _numbers(today: date) -> Prepared:
    """Putting this statement together takes longer than asking it."""

    def build(reader: int) -> QuerySet[User]:
        user = User(pk=reader)
        columns = {
            f"in_{view}": capped_count(parts_of_view(view, user, today=today), cap=MOST_COUNTED)
            for view in VIEWS
        }
        return User.objects.filter(pk=reader).values(**columns)

    return Prepared(build, reader=int)


@dataclass
class Group:
    title: str
    rows: list[Row] = field(default_factory=list)
    url: str = ""


#: What the names of the groups take that rows do not show.
_NAMED_WITH = {"service": "incidents__services", "review": "reviews__incident"}


def page(filters: Filters, asked: QueryDict) -> Page:
    """The actions of the page one stands at."""
    rows = filters.rows().for_rows().prefetch_related(named_incidents())
    if filters.group in _NAMED_WITH:
        rows = rows.prefetch_related(_NAMED_WITH[filters.group])
    return page_of(rows, asked, order=filters.order, unknown_last=filters.group == "team")


def grouped(actions: list[Action], *, filters: Filters, today: date) -> list[Group]:
    """The actions of a page in the groups asked for; groups without any are left out.

    An action of several services or reviews stands with the first of them.
    """
    rows = [(action, row_of(action, today=today)) for action in actions]
    if filters.group:
        return _by(rows, _NAMES[filters.group])
    if filters.view in NEWEST_FIRST or filters.view == "hold":
        return [Group(VIEWS[filters.view], [row for _, row in rows])] if rows else []
    return _by_when([row for _, row in rows], today=today)


def _team(action: Action) -> tuple[str, str]:
    return (str(action.team), "") if action.team else (gettext("No team"), "")


def _service(action: Action) -> tuple[str, str]:
    for incident in action.incidents.all():
        for service in incident.services.all():
            return service.name, ""
    return gettext("No service named"), ""


def _review(action: Action) -> tuple[str, str]:
    for review in action.reviews.all():
        title = f"{review.incident.reference} {review.incident.title}"
        return title, review.get_absolute_url()
    return gettext("From no review"), ""


_NAMES: dict[str, Callable[[Action], tuple[str, str]]] = {
    "team": _team,
    "service": _service,
    "review": _review,
    "kind": lambda action: (action.get_kind_display(), ""),
    "state": lambda action: (action.get_state_display(), ""),
}


def _by(rows: list[tuple[Action, Row]], name: Callable[[Action], tuple[str, str]]) -> list[Group]:
    found: dict[tuple[str, str], Group] = {}
    for action, row in rows:
        title, url = name(action)
        found.setdefault((title, url), Group(title, url=url)).rows.append(row)
    return list(found.values())


def _by_when(rows: list[Row], *, today: date) -> list[Group]:
    groups = {
        name: Group(title)
        for name, title in (
            ("dates", gettext("Want a new date")),
            ("check", gettext("Done, waiting to be checked")),
            ("soon", gettext("This week and next")),
            ("later", gettext("Later")),
        )
    }
    end_of_next_week = today + timedelta(days=13 - today.weekday())
    for row in rows:
        if row.is_overdue:
            name = "dates"
        elif row.due_on < today:
            name = "check"
        else:
            name = "soon" if row.due_on <= end_of_next_week else "later"
        groups[name].rows.append(row)
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
            filters.url(view=view),
            in_words(counted[view]) if counted[view] else "",
            view == filters.view,
        )
        for view, title in VIEWS.items()
    ]


def sentence(counted: dict[str, int]) -> str:
    """What wants an answer of the reader and their teams, in words."""
    late, unchecked = counted["dates"], counted["check"]
    parts = []
    if late:
        parts.append(
            ngettext(
                "one has passed its date and wants a new one",
                "{number} have passed their date and want a new one",
                late,
            ).format(number=in_words(late))
        )
    if unchecked:
        parts.append(
            ngettext(
                "one waits for someone to check that it worked",
                "{number} wait for someone to check that they worked",
                unchecked,
            ).format(number=in_words(unchecked))
        )
    if not parts:
        return gettext(
            "Of yours and your teams’: every date holds, and nothing waits to be checked."
        )
    answer = gettext(", and ").join(parts)
    return gettext("Of yours and your teams’: {answer}.").format(answer=answer)


def in_words(number: int) -> str:
    return f"{dates.number(MOST_COUNTED - 1)}+" if number == MOST_COUNTED else dates.number(number)
