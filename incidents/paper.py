"""An incident as a page for the PDF: facts, picture, milestones and timeline; and the list of
them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from common import papers
from common.dates import say
from incidents import event_times, facts
from incidents.models import Incident
from incidents.picture import picture, zone_in_words
from people.models import User

_UTC = ZoneInfo("UTC")


def page(incident: Incident, user: User, *, now: datetime) -> str:
    """As this person may see it. `incident` comes from `around.find`. Times stand in UTC and, where
    that is another one, in their zone."""
    zone, events = user.zone, list(incident.events.in_order())
    # UTC by any of its names.
    is_local = bool((incident.started_at or now).astimezone(zone).utcoffset() or timedelta())
    with timezone.override(_UTC):
        told = facts.of(incident, now=now)
    printed_on = say(now.astimezone(UTC), "j F Y")
    return papers.page(
        "incidents/incident_paper.html",
        title=f"{incident.reference} {incident.title}",
        kicker=f"{incident.get_kind_display()} {incident.reference}",
        beside=str(incident.get_state_display()),
        foot=[
            incident.reference,
            str(incident.get_state_display()),
            gettext("Only for the people named on it")
            if incident.is_restricted
            else gettext("For everyone here"),
            printed_on,
            gettext("times in {zone} and UTC").format(zone=zone.key)
            if is_local
            else gettext("times in UTC"),
        ],
        mark=gettext("RESTRICTED") if incident.is_restricted else "",
        incident=incident,
        facts=[(fact.label, _in_words(fact)) for fact in told],
        picture=picture(incident, events, zone=zone, now=now),
        milestones=[_milestone(row, zone) for row in facts.milestone_rows(incident, reader="")],
        zone_words=zone_in_words(zone, incident.started_at or now) if is_local else "",
        lines=_lines(events, zone, is_local=is_local),
    )


def list_page(incidents: Sequence[Incident], chosen: Sequence[str], *, today: date) -> str:
    """`incidents` come from `export.incidents`; see common.papers.list_page."""
    with timezone.override(_UTC):
        return papers.list_page(
            "incidents/incidents_paper.html",
            incidents,
            title=gettext("Incidents"),
            kicker=gettext("List of incidents"),
            chosen=chosen,
            today=today,
        )


def _in_words(fact: facts.Fact) -> str:
    if fact.at is None:
        return fact.value
    at = fact.at.astimezone(UTC)
    return f"{fact.hedge}{say(at, 'j M Y, H:i')} UTC"


def _milestone(row: facts.MilestoneRow, zone: ZoneInfo) -> dict[str, str]:
    told = {
        "label": row.label,
        "utc": row.without,
        "local": "",
        "iso": "",
        "after": row.after_start,
    }
    if at := row.milestone.at:
        utc, local = at.astimezone(UTC), at.astimezone(zone)
        told |= {
            "iso": f"{utc:%Y-%m-%dT%H:%MZ}",
            "utc": say(utc, "j M Y, H:i"),
            "local": say(local, "j M, H:i"),
        }
    return told


def _lines(events: list[Any], zone: ZoneInfo, *, is_local: bool) -> list[dict[str, Any]]:
    """Rows of the timeline; `day` names the day where it changes."""
    rows, shown = [], ""
    for number, event in enumerate(events, start=1):
        at = event_times.told(event, zone)
        in_utc = event_times.told(event, _UTC)
        day = in_utc.day if in_utc.local else ""
        rows.append(
            {
                "number": number,
                "event": event,
                "day": day if day != shown else "",
                "utc": in_utc.in_words,
                "local": at.in_words if is_local and at.local else "",
            }
        )
        shown = day or shown
    return rows
