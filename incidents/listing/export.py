"""The list as CSV, JSON and Markdown: the same rows, in the same order, all pages of them.

Rows are read some at a time, and each time as far as the reader may see them then. What stands in
the files is told in docs/exports.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from common import csv_lines, downloads
from common.downloads import iso
from common.gathered import Gathered
from common.keys import PEOPLE_KEPT, as_named_tuples, signed_in
from common.pagination import batches
from common.prepared import Prepared
from incidents.custom import Value, as_kept
from incidents.listing import custom
from incidents.listing.filters import Filters
from incidents.listing.wishes import reviews_seen_by
from incidents.models import (
    MILESTONES,
    CustomField,
    CustomValue,
    Incident,
    Precision,
    TimelineEvent,
)
from incidents.querysets import IncidentQuerySet, names_of
from people.models import Service, User

VERSION = 1
#: In a cell where there is no number because the thing did not happen.
NEVER = "n/a"

_NEVER, _UNKNOWN = Precision.NEVER.value, Precision.UNKNOWN.value
_START, *_LATER = MILESTONES
_MINUTES_TO = [f"to_{name}" for name in _LATER]
_times_of, _precisions_of, _zones_of = (
    attrgetter(*(f"{name}_{part}" for name in MILESTONES)) for part in ("at", "precision", "zone")
)
_COLUMNS = (
    "pk", "version", "reference", "title", "kind", "severity", "state", "close_reason",
    "visibility", "team__slug", "team__name", "organisation", "filed_at", "summary", "impact",
    *(f"{name}_{part}" for name in MILESTONES for part in ("at", "precision", "zone")),
)  # fmt: skip
_OWN_COLUMNS = [name for name in _COLUMNS if not name.startswith("team__")]
#: Key of each field of the organisation's own, by its primary key.
Fields = dict[int, str]


def rows(incidents: IncidentQuerySet, user: User) -> QuerySet:
    """What this person may know of each, as named tuples, in one statement: of a hundred incidents,
    to make objects takes longer than to ask for them."""
    if signed_in(user) is None:
        incidents = incidents.none()
    beside = _beside(user.pk)
    return as_named_tuples(incidents.annotate(**beside), *_COLUMNS, *beside)


@lru_cache(maxsize=PEOPLE_KEPT)
def _beside(reader: int) -> dict[str, Subquery]:
    """What stands beside an incident, as this person may know of it, put together once."""
    here = {"incident": OuterRef("pk")}
    review = reviews_seen_by(User(pk=reader)).filter(**here)
    return {
        "known_review_state": Subquery(review.values("state")[:1]),
        "known_review_published_at": Subquery(review.values("published_at")[:1]),
        "known_services": names_of(Incident, "services", "service"),
        "known_tags": names_of(Incident, "tags", "tag"),
        "known_answers": Gathered(CustomValue.objects.filter(**here), "field", "text"),
    }


def just_filed(
    incident: Incident, *, services: Iterable[Service], answers: Mapping[CustomField, Value]
) -> SimpleNamespace:
    """One of `rows` without asking for it: nobody has put a tag to it yet, and as long as it goes
    on, nobody has asked for its review."""
    return SimpleNamespace(
        **{name: getattr(incident, name) for name in _OWN_COLUMNS},
        team__slug=incident.team.slug,
        team__name=incident.team.name,
        known_review_state=None,
        known_review_published_at=None,
        known_services=[(service.slug, service.name) for service in services],
        known_tags=(),
        known_answers=as_kept(answers).items(),
    )


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
    return csv_lines.lines(columns, (_cells(row, fields) for row in _rows(filters)))


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
    rows = (described(incident, fields) for incident in _rows(filters))
    return downloads.json_lines(head, "incidents", rows)


def as_markdown(filters: Filters) -> Iterator[str]:
    """One after the other, to read without a program."""
    fields = custom_fields()
    for incident in _rows(filters):
        yield one_as_markdown(described(incident, fields))
        yield "\n"


def one(incident: Any) -> dict[str, Any]:
    """What a row of the list is, with the timeline. `incident` comes from `rows`."""
    events = TimelineEvent.objects.filter(incident=incident.pk).in_order()
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


_FIELDS = Prepared(lambda: CustomField.objects.order_by("position", "pk").values("pk", "key"))


def custom_fields() -> Fields:
    return {row["pk"]: row["key"] for row in _FIELDS.rows()}


def incidents(filters: Filters) -> Iterator[Incident]:
    """What the list shows, in its order, each with its team and services: for paper."""
    rows = filters.rows().select_related("team").prefetch_related("services")
    found = rows.defer("search_text", "summary_html")
    for batch in batches(found, order=filters.order, unknown_last=True):
        yield from batch


def _rows(filters: Filters) -> Iterator[Any]:
    found = rows(filters.rows(), filters.user)
    for batch in batches(found, order=filters.order, unknown_last=True):
        yield from batch


def described(incident: Any, fields: Fields) -> dict[str, Any]:
    """What a row of the list is as data: one of `rows`, with `fields` from `custom_fields`."""
    answers = _answers(incident)
    times = _times_of(incident)
    precisions, zones = _precisions_of(incident), _zones_of(incident)
    start, *later = times
    return {
        "reference": incident.reference,
        "address": _address(incident),
        "title": incident.title,
        "kind": incident.kind,
        "severity": incident.severity,
        "state": incident.state,
        "closed_as": incident.close_reason or None,
        "visibility": incident.visibility,
        "team": incident.team__name,
        "services": _names(incident.known_services),
        "tags": _names(incident.known_tags),
        "organisation": incident.organisation or None,
        "filed_at": iso(incident.filed_at),
        "milestones": {
            name: {
                "at": iso(at),
                "zone": zone if at else None,
                "precision": _precision(at, precision),
            }
            for name, at, zone, precision in zip(MILESTONES, times, zones, precisions, strict=True)
        },
        "minutes": {name: _minutes(start, at) for name, at in zip(_MINUTES_TO, later, strict=True)},
        "review": {
            "state": incident.known_review_state,
            "published_at": iso(incident.known_review_published_at),
        }
        if incident.known_review_state
        else None,
        "summary": incident.summary,
        "impact": incident.impact,
        "custom": {key: answers.get(pk) for pk, key in fields.items()},
    }


def _cells(incident: Any, fields: Fields) -> list[object]:
    answers = _answers(incident)
    cells: list[object] = [
        incident.reference, _address(incident), incident.title, incident.kind, incident.severity,
        incident.state, incident.close_reason, incident.visibility, incident.team__name,
        "; ".join(_names(incident.known_services)), "; ".join(_names(incident.known_tags)),
        incident.organisation, iso(incident.filed_at),
    ]  # fmt: skip
    times, kept = _times_of(incident), _precisions_of(incident)
    precisions = list(map(_precision, times, kept))
    for at, zone, precision in zip(times, _zones_of(incident), precisions, strict=True):
        cells += [iso(at), zone if at else "", precision]
    for at, precision in zip(times[1:], precisions[1:], strict=True):
        did_not_happen = _NEVER in (precisions[0], precision)
        cells.append(NEVER if did_not_happen else _minutes(times[0], at))
    cells += [incident.known_review_state or "", iso(incident.known_review_published_at) or ""]
    return [*cells, incident.summary, incident.impact, *(answers.get(pk) for pk in fields)]


def _address(incident: Any) -> str:
    before, after = _around_reference()
    return f"{settings.SITE_ORIGIN}{before}{incident.reference}{after}"


@cache
def _around_reference() -> tuple[str, str]:
    """Looked up once: of a hundred rows, the addresses would take longer than the rest."""
    reference = "INC-1"
    before, _, after = reverse("incidents:detail", args=[reference]).rpartition(reference)
    return before, after


def _names(gathered: list[list[str]] | None) -> list[str]:
    """The last column of each."""
    return sorted([each[-1] for each in gathered or ()])


def _answers(incident: Any) -> dict[int, str]:
    return dict(incident.known_answers or ())


def _precision(at: datetime | None, kept: str) -> str:
    """Of a time that is not there, whether it did not happen or is not known."""
    return kept if at is not None or kept == _NEVER else _UNKNOWN


def _minutes(start: datetime | None, later: datetime | None) -> float | int | None:
    """From the start to a later milestone; None unless both are known."""
    if not start or not later:
        return None
    minutes = round((later - start).total_seconds() / 60, 1)
    return int(minutes) if minutes.is_integer() else minutes
