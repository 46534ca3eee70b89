"""The list as CSV, JSON and Markdown: the same rows, in the same order, all pages of them.

Rows are read some at a time, and each time as far as the reader may see them then. What stands in
the files is told in docs/exports.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from common import csv_lines, downloads
from common.downloads import iso
from common.pagination import batches
from incidents.listing import custom
from incidents.listing.filters import Filters
from incidents.models import MILESTONES, CustomField, Incident, Milestone, Precision

VERSION = 1
#: In a cell where there is no number because the thing did not happen.
NEVER = "n/a"

_START, *_LATER = MILESTONES
#: Key of each field of the organisation's own, by its primary key.
Fields = dict[int, str]


def as_csv(filters: Filters) -> Iterator[str]:
    """Lines, the header first; lists inside a cell have "; " between their parts."""
    fields = custom_fields()
    columns = [
        "reference", "address", "title", "kind", "severity", "state", "closed_as", "visibility",
        "team", "services", "tags", "organisation", "filed_at",
        *(f"{name}_{part}" for name in MILESTONES for part in ("at", "zone", "precision")),
        *(f"minutes_to_{name}" for name in _LATER),
        "review", "review_published_at", "summary", "impact",
        *(f"{custom.PREFIX}{key}" for key in fields.values()),
    ]  # fmt: skip
    return csv_lines.lines(columns, (_cells(row, fields) for row in incidents(filters)))


def as_json(filters: Filters, *, now: datetime) -> Iterator[str]:
    """One object; its "incidents" come one to a line."""
    fields = custom_fields()
    head = {
        "format": "second-story-incidents",
        "version": VERSION,
        "exported_at": iso(now),
        "address": f"{settings.SITE_ORIGIN}{reverse('incidents:list')}?{filters.query}",
        "filters": [f"{chip.label} {chip.words}" for chip in filters.chips()],
    }
    rows = (described(incident, fields) for incident in incidents(filters))
    return downloads.json_lines(head, "incidents", rows)


def as_markdown(filters: Filters) -> Iterator[str]:
    """One after the other, to read without a program."""
    fields = custom_fields()
    for incident in incidents(filters):
        yield one_as_markdown(described(incident, fields))
        yield "\n"


def one(incident: Incident) -> dict[str, Any]:
    """What a row of the list is, with the timeline. `incident` comes from `for_export`."""
    events = incident.events.in_order()
    timeline = [
        {
            "at": iso(event.at),
            "on": event.on or None,
            "precision": event.precision,
            "zone": event.zone,
            "kind": event.kind,
            "text": event.text,
            "source": event.source or None,
        }
        for event in events
    ]
    return {**described(incident, custom_fields()), "timeline": timeline}


def timeline_as_csv(told: dict[str, Any]) -> Iterator[str]:
    """The timeline that `one` tells, a moment to a line."""
    columns = ("at", "on", "precision", "zone", "kind", "text", "source")
    return csv_lines.lines(columns, ([event[key] for key in columns] for event in told["timeline"]))


def one_as_markdown(told: dict[str, Any]) -> str:
    """What `one` or `described` tells, to read without a program."""
    facts = [told["reference"], told["severity"].upper(), told["state"], told["team"],
             *told["services"], *told["tags"]]  # fmt: skip
    milestones = [
        f"- {name}: {milestone['at'] or milestone['precision']}"
        for name, milestone in told["milestones"].items()
    ]
    events = [
        f"- {event['at'] or event['on'] or 'unknown'}: {' '.join(event['text'].split())}"
        for event in told.get("timeline", ())
    ]
    parts = [f"# {told['title']}", " · ".join(facts), told["summary"]]
    for head, lines in (
        ("Impact", [told["impact"]]), ("Milestones (UTC)", milestones), ("Timeline (UTC)", events),
    ):  # fmt: skip
        if any(lines):
            parts.append(f"## {head}\n\n" + "\n".join(lines))
    return "\n\n".join(filter(None, [*parts, told["address"]])) + "\n"


def custom_fields() -> Fields:
    return dict(CustomField.objects.order_by("position", "pk").values_list("pk", "key"))


def incidents(filters: Filters) -> Iterator[Incident]:
    """What the list shows, in its order, as `for_export` gives it."""
    rows = filters.rows().for_export(filters.user)
    for batch in batches(rows, order=filters.order, unknown_last=True):
        yield from batch


def described(incident: Incident, fields: Fields) -> dict[str, Any]:
    """What a row of the list is as data. `fields` come from `custom_fields`."""
    review = getattr(incident, "review", None)
    answers = _answers(incident)
    return {
        "reference": incident.reference,
        "address": _address(incident),
        "title": incident.title,
        "kind": incident.kind,
        "severity": incident.severity,
        "state": incident.state,
        "closed_as": incident.close_reason or None,
        "visibility": incident.visibility,
        "team": incident.team.name,
        "services": _names(incident.known_services),
        "tags": _names(incident.known_tags),
        "organisation": incident.organisation or None,
        "filed_at": iso(incident.filed_at),
        "milestones": {
            milestone.name: {
                "at": iso(milestone.at),
                "zone": milestone.zone if milestone.at else None,
                "precision": _precision(milestone),
            }
            for milestone in incident.milestones
        },
        "minutes": {f"to_{name}": _minutes(incident, name) for name in _LATER},
        "review": {"state": review.state, "published_at": iso(review.published_at)}
        if review
        else None,
        "summary": incident.summary,
        "impact": incident.impact,
        "custom": {key: answers.get(pk) for pk, key in fields.items()},
    }


def _cells(incident: Incident, fields: Fields) -> list[object]:
    review = getattr(incident, "review", None)
    answers = _answers(incident)
    cells: list[object] = [
        incident.reference, _address(incident), incident.title, incident.kind, incident.severity,
        incident.state, incident.close_reason, incident.visibility, incident.team.name,
        "; ".join(_names(incident.known_services)), "; ".join(_names(incident.known_tags)),
        incident.organisation, iso(incident.filed_at),
    ]  # fmt: skip
    precisions = {}
    for milestone in incident.milestones:
        precisions[milestone.name] = precision = _precision(milestone)
        cells += [iso(milestone.at), milestone.zone if milestone.at else "", precision]
    for name in _LATER:
        did_not_happen = Precision.NEVER in (precisions[_START], precisions[name])
        cells.append(NEVER if did_not_happen else _minutes(incident, name))
    cells += [review.state, iso(review.published_at)] if review else ["", ""]
    return [*cells, incident.summary, incident.impact, *(answers.get(pk) for pk in fields)]


def _address(incident: Incident) -> str:
    return f"{settings.SITE_ORIGIN}{incident.get_absolute_url()}"


def _names(rows: list[Any]) -> list[str]:
    return sorted(row.name for row in rows)


def _answers(incident: Incident) -> dict[int, str]:
    return {value.field_id: value.text for value in incident.known_values}


def _precision(milestone: Milestone) -> str:
    """Of a time that is not there, whether it did not happen or is not known."""
    if milestone.at is not None or milestone.precision == Precision.NEVER:
        return milestone.precision
    return Precision.UNKNOWN.value


def _minutes(incident: Incident, name: str) -> float | int | None:
    """From the start to a later milestone; None unless both are known."""
    distance = incident.between(_START, name)
    if distance is None:
        return None
    minutes = round(distance.total_seconds() / 60, 1)
    return int(minutes) if minutes.is_integer() else minutes
