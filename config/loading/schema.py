"""What a file that retells an incident may hold. docs/incident-files.md says where each key goes.

The limits of texts are those of the columns they end in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.text import slugify

from actions.models import Action
from common.models import Tag
from config.loading.specs import (
    Address,
    Day,
    Exactly,
    Flag,
    ListOf,
    LowerCase,
    Moment,
    Number,
    OneOf,
    Or,
    Problem,
    Shape,
    Slug,
    Text,
    Zone,
    named,
    one_of,
)
from incidents.models import ImpactFigure, Incident, Source
from lessons.models import Lesson
from people.models import Service
from postmortems.models import ContributingFactor, OpenQuestion

MILESTONES = ("started_at", "detected_at", "mitigated_at", "resolved_at")
FACTOR_CATEGORIES = (
    "architecture", "capacity", "change_management", "communication", "configuration",
    "dependency", "documentation", "human_factors", "monitoring", "organisation", "process",
    "recovery", "security", "testing", "time", "tooling",
)  # fmt: skip
EVENT_KINDS = (
    "trigger", "detection", "escalation", "decision", "action", "communication", "mitigation",
    "resolution", "observation",
)  # fmt: skip
TIMED = ("minute", "approximate", "derived")


def _event_together(event: dict[str, Any], inside: str) -> Iterator[Problem]:
    at, on, precision = event["at"], event["on"], event["precision"]
    if at is not None:
        if precision not in TIMED:
            yield Problem(
                inside + "precision", f"is '{precision}' beside a time; write {one_of(TIMED)}."
            )
        if on != at[:10]:
            yield Problem(inside + "on", f"is {named(on)}, but the time is on {at[:10]}.")
    elif precision in TIMED:
        yield Problem(
            inside + "precision", f"is '{precision}' without a time; write date, month or unknown."
        )
    elif on is None and precision != "unknown":
        yield Problem(inside + "precision", f"is '{precision}' without a day; write unknown.")


def _whole_together(data: dict[str, Any], inside: str) -> Iterator[Problem]:
    known = [(name, datetime.fromisoformat(data[name])) for name in MILESTONES if data[name]]
    for (earlier, before), (later, after) in pairwise(known):
        if after < before:
            yield Problem(later, f"is {data[later]}, before {earlier} at {data[earlier]}.")
    for number, name in enumerate(data["approximate"]):
        if data[name] is None:
            yield Problem(f"approximate[{number}]", f"names {name}, which is null.")
        if name in data["approximate"][:number]:
            yield Problem(f"approximate[{number}]", f"names {name} a second time.")
    last = None
    for number, event in enumerate(data["timeline"]):
        if event["at"] is None:
            continue
        if last and datetime.fromisoformat(event["at"]) < datetime.fromisoformat(last):
            yield Problem(
                f"timeline[{number}].at", f"is {event['at']}, before the time above it, {last}."
            )
        last = event["at"]
    for number, lesson in enumerate(data["lessons"]):
        for place, tag in enumerate(lesson["tags"]):
            if slugify(tag) in map(slugify, lesson["tags"][:place]):
                yield Problem(f"lessons[{number}].tags[{place}]", f"is '{tag}' a second time.")
    seen: set[str] = set()
    for number, service in enumerate(data["services"]):
        if service.casefold() in seen:
            yield Problem(f"services[{number}]", f"is '{service}' a second time.")
        seen.add(service.casefold())


def _limit(model: Any, field: str) -> int:
    return model._meta.get_field(field).max_length


_LINE = Text()
_VALUE = ImpactFigure._meta.get_field("value")

INCIDENT_FILE = Shape(
    {
        "schema_version": Exactly(1),
        # Lessons add their number to it, in a column of the same length.
        "slug": Slug(_limit(Incident, "import_key") - 10),
        "organisation": Text(_limit(Incident, "organisation")),
        "title": Text(_limit(Incident, "title")),
        "summary": Text(),
        "kind": OneOf(("incident", "near_miss", "game_day")),
        "severity": OneOf(("SEV1", "SEV2", "SEV3", "SEV4")),
        "severity_basis": Text(),
        "date": Day(),
        "timezone": Zone(),
        "services": ListOf(Text(_limit(Service, "name"))),
        "impact": Shape(
            {
                "text": Text(),
                "numbers": ListOf(
                    Shape(
                        {
                            "label": Text(_limit(ImpactFigure, "label")),
                            "value": Number(_VALUE.max_digits, _VALUE.decimal_places),
                            "unit": Text(_limit(ImpactFigure, "unit"), may_be_empty=True),
                            "qualifier": OneOf(
                                ("exact", "approx", "at_least", "at_most", "below", "derived")
                            ),
                        }
                    ),
                    may_be_empty=True,
                ),
            }
        ),
        **{name: Or(Moment()) for name in MILESTONES},
        "approximate": ListOf(OneOf(MILESTONES), may_be_empty=True),
        "timeline": ListOf(
            Shape(
                {
                    "at": Or(Moment()),
                    "on": Or(Day()),
                    "precision": OneOf((*TIMED, "date", "month", "unknown")),
                    "kind": OneOf(EVENT_KINDS),
                    "text": _LINE,
                },
                together=_event_together,
            )
        ),
        "review": Shape(
            {
                "went_right": ListOf(_LINE),
                "do_differently": ListOf(_LINE),
                "went_wrong": ListOf(
                    Shape({"what": _LINE, "alternative_or_safety_measure": _LINE})
                ),
                "made_sense": ListOf(_LINE),
            }
        ),
        "contributing_factors": ListOf(
            Shape(
                {
                    "category": OneOf(FACTOR_CATEGORIES),
                    "text": Text(_limit(ContributingFactor, "text")),
                }
            )
        ),
        "actions": ListOf(
            Shape(
                {
                    "title": Text(_limit(Action, "title")),
                    "kind": OneOf(
                        tuple(value for value in Action.Measure.values if value != "other")
                    ),
                    "owner": Text(_limit(Action, "owner_in_account")),
                    "owner_stated": Flag(),
                    "status": Or(OneOf(("open", "planned", "in_progress", "done"))),
                    "origin": OneOf(("source", "editor")),
                }
            )
        ),
        "lessons": ListOf(
            Shape(
                {
                    "title": Text(_limit(Lesson, "title")),
                    "text": Text(),
                    "tags": ListOf(LowerCase(_limit(Tag, "name"))),
                }
            )
        ),
        "unknown": ListOf(Text(_limit(OpenQuestion, "text")), may_be_empty=True),
        "basis": Text(),
        "editor_notes": Or(Text()),
        "source": Shape(
            {
                "title": Text(_limit(Source, "title")),
                "url": Address(_limit(Source, "url")),
                "published": Or(Day()),
                "also": ListOf(
                    Shape(
                        {
                            "title": Text(_limit(Source, "title")),
                            "url": Address(_limit(Source, "url")),
                        }
                    ),
                    may_be_empty=True,
                ),
            }
        ),
    },
    together=_whole_together,
)
