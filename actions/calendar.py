"""The dates of actions as a calendar that other programs subscribe to (RFC 5545).

All-day events, because the calendars people use show no VTODO of a subscription. Of an action that
not everybody here may see nothing but its reference goes in, for calendars pass many hands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from actions.models import Action
from actions.querysets import ActionQuerySet
from common.text import one_line
from people.mails import ANY_MEMBER
from people.models import FeedKey, Team

if TYPE_CHECKING:  # a web server loads it with the first calendar
    from icalendar import Event

#: The soonest dates, and those past; a subscription is no archive.
MOST = 500
MINE = "actions:mine"
_TEAM = "actions:team:"


def of_team(team: Team) -> str:
    """What a key for the actions of a team is called."""
    return f"{_TEAM}{team.slug}"


def names(keys: Iterable[FeedKey]) -> dict[int, str]:
    """{pk: what it shows, in words}, in one statement."""
    keys = [key for key in keys if key.of == MINE or key.of.startswith(_TEAM)]
    slugs = {key.pk: key.of.removeprefix(_TEAM) for key in keys}
    teams = dict(Team.objects.filter(slug__in=slugs.values()).values_list("slug", "name"))
    return {
        key.pk: gettext("Your actions")
        if key.of == MINE
        else gettext("Actions of {team}").format(team=teams[slugs[key.pk]])
        if slugs[key.pk] in teams
        else gettext("Actions of a team that is gone")
        for key in keys
    }


def actions_of(key: FeedKey) -> ActionQuerySet:
    """What the owner of the key may see of it now, the earliest dates first."""
    rows = Action.objects.visible_to(key.owner).unfinished()
    if key.of == MINE:
        rows = rows.worked_on_by(key.owner)
    else:
        rows = rows.filter(team__slug=key.of.removeprefix(_TEAM))
    return rows.order_by("due_on", "pk")[:MOST]


def as_calendar(actions: ActionQuerySet, *, name: str) -> bytes:
    """The calendar, lines folded and ended as the format wants. Two statements."""
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.PRODUCT_NAME}//Actions//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add(
        "refresh-interval", vDuration(timedelta(hours=6)), parameters={"VALUE": "DURATION"}
    )
    calendar.add("x-published-ttl", "PT6H")
    rows = list(actions)
    open_to_all = Action.objects.visible_to(ANY_MEMBER).filter(pk__in=[row.pk for row in rows])
    public = set(open_to_all.values_list("pk", flat=True))
    for row in rows:
        calendar.add_component(_event(row, private=row.pk not in public))
    return calendar.to_ical()


def _event(action: Action, *, private: bool) -> Event:
    from icalendar import Event

    event = Event()
    page = f"{settings.SITE_ORIGIN}{action.get_absolute_url()}"
    title = action.reference if private else f"{action.reference} {one_line(action.title)}"
    event.add("uid", f"action-{action.reference}@{urlsplit(settings.SITE_ORIGIN).hostname}")
    event.add("sequence", action.version)
    event.add("dtstamp", action.updated_at.astimezone(UTC))
    event.add("dtstart", action.due_on)
    event.add("dtend", action.due_on + timedelta(days=1))
    event.add("summary", title)
    event.add("description", page if private else f"{_how_we_know(action)}{page}")
    event.add("url", page)
    event.add("transp", "TRANSPARENT")
    return event


def _how_we_know(action: Action) -> str:
    if not action.done_test:
        return ""
    known_by = gettext("How we will know: {done_test}")
    return f"{known_by.format(done_test=one_line(action.done_test))}\n\n"
