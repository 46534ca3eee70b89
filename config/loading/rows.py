"""Turn a file that retells an incident into rows: incident, review, actions, lessons.

Every key of the file ends in a column; docs/incident-files.md has the table. What the account
leaves out stays unknown here, too: nothing is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from actions import search_text as action_words
from actions.models import Action
from common.history import keep_texts, record
from common.models import ReferenceCounter
from common.tags import tags_named
from common.text import RENDERER_VERSION, render
from config.loading.files import IncidentFile, differing_keys
from config.loading.schema import MILESTONES
from config.loading.specs import zone_with_offset
from incidents import search_text as incident_words
from incidents.models import (
    ImpactFigure,
    ImportedFile,
    Incident,
    Precision,
    Source,
    TimelineEvent,
)
from lessons import library
from lessons.models import Lesson
from lessons.querysets import reread_day
from people.models import Service, Team
from postmortems import published_words, snapshot
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Finding,
    Goal,
    OpenQuestion,
    Publication,
    Review,
    Section,
)

DEFAULT_TEAM = "Library of public accounts"

_PRECISIONS = {
    "minute": Precision.EXACT,
    "approximate": Precision.ABOUT,
    "derived": Precision.DERIVED,
    "date": Precision.DAY,
    "month": Precision.MONTH,
    "unknown": Precision.UNKNOWN,
}

#: What a measure is for. The files name only the measure, so this is our reading.
_KIND_OF_MEASURE = {
    "telemetry": Action.Kind.DETECT,
    "automated_test": Action.Kind.PREVENT,
    "review_gate": Action.Kind.PREVENT,
    "refactor": Action.Kind.PREVENT,
    "runbook": Action.Kind.RECOVER,
    "training": Action.Kind.LEARN,
    "capacity": Action.Kind.PREVENT,
    "process": Action.Kind.PREVENT,
    "recovery": Action.Kind.RECOVER,
}

#: Where a factor comes from. The files name only what it is about, so this is our reading, too.
_KIND_OF_FACTOR = (
    dict.fromkeys(
        (
            "architecture",
            "capacity",
            "configuration",
            "monitoring",
            "recovery",
            "security",
            "time",
            "tooling",
        ),
        ContributingFactor.Kind.TECHNICAL,
    )
    | dict.fromkeys(
        ("change_management", "documentation", "process", "testing"),
        ContributingFactor.Kind.PROCESS,
    )
    | dict.fromkeys(
        ("communication", "human_factors", "organisation"), ContributingFactor.Kind.ORGANISATION
    )
    | {"dependency": ContributingFactor.Kind.OUTSIDE}
)

_NOT_OURS = (
    "Retold from another organisation's account. Its measures are parked here; which of them fit "
    "us is for the readers to decide."
)


@dataclass(frozen=True)
class Loaded:
    """What became of one file. `differing` names keys that differ from what was loaded."""

    incident: Incident
    is_new: bool
    counts: dict[str, int] = field(default_factory=dict)
    differing: tuple[str, ...] = ()


class Loader:
    """Loads checked files for one team; keeps what all of them share."""

    def __init__(self, team: Team, *, at: datetime) -> None:
        self.team = team
        self.at = at
        # A category that was joined into another one leads there.
        self._categories = {
            row.slug: row.now_called or row
            for row in FactorCategory.objects.select_related("now_called")
        }

    def load(self, file: IncidentFile) -> Loaded:
        """Write one good file, all of it or nothing. A file loaded before changes nothing."""
        known = self._known(file)
        if known is None:
            try:
                with transaction.atomic():
                    return self._create(file)
            except IntegrityError:
                # Somebody else loaded the same file meanwhile; anything else is ours to raise.
                known = self._known(file)
                if known is None:
                    raise
        before = ImportedFile.objects.filter(incident=known).first()
        differing = differing_keys(before.content, file.content) if before else ()
        return Loaded(known, is_new=False, differing=tuple(differing))

    def _known(self, file: IncidentFile) -> Incident | None:
        return Incident.objects.filter(import_key=file.data["slug"]).first()

    def _create(self, file: IncidentFile) -> Loaded:
        data = file.data
        incident = self._incident(data)
        services = [service_named(name, team=self.team) for name in data["services"]]
        incident.services.set(services)
        ImportedFile.objects.create(
            incident=incident,
            name=file.path.name,
            schema_version=data["schema_version"],
            content=file.content,
            loaded_at=self.at,
        )
        ImpactFigure.objects.bulk_create(
            ImpactFigure(incident=incident, position=position, **figure)
            for position, figure in enumerate(data["impact"]["numbers"])
        )
        source = data["source"]
        Source.objects.bulk_create(
            Source(
                incident=incident,
                position=position,
                title=document["title"],
                url=document["url"],
                published=document.get("published") or "",
            )
            for position, document in enumerate([source, *source["also"]])
        )
        events = TimelineEvent.objects.bulk_create(timeline(data, incident=incident))
        incident_words.refresh(incident)
        record(None, "loaded from a file", incident, file.path.name)
        review = self._review(data, incident)
        counts = {
            "event": len(events),
            "finding": review.findings.count(),
            "action": self._actions(data, review),
            "lesson": self._lessons(data, review, services),
        }
        self._publish(review)
        return Loaded(incident, is_new=True, counts=counts)

    def _incident(self, data: dict[str, Any]) -> Incident:
        prefix = Incident.PREFIXES[Incident.Kind(data["kind"])]
        incident = Incident(
            reference=f"{prefix}-{ReferenceCounter.next(prefix)}",
            import_key=data["slug"],
            kind=data["kind"],
            title=data["title"],
            organisation=data["organisation"],
            summary=as_markdown(data["summary"]),
            severity=data["severity"].lower(),
            severity_reason=data["severity_basis"],
            impact=data["impact"]["text"],
            known_by=data["date"],
            account_zone=data["timezone"],
            basis=data["basis"],
            editor_notes=data["editor_notes"] or "",
            state=Incident.State.RESOLVED,
            team=self.team,
            filed_at=self.at,
            acknowledged_precision=Precision.UNKNOWN,
        )
        for key in MILESTONES:
            name = key.removesuffix("_at")
            precision, zone = Precision.UNKNOWN, data["timezone"]
            if data[key]:
                about = key in data["approximate"]
                precision = Precision.ABOUT if about else Precision.EXACT
                zone = zone_typed(data[key], data["timezone"])
                setattr(incident, key, datetime.fromisoformat(data[key]))
            setattr(incident, f"{name}_precision", precision)
            setattr(incident, f"{name}_zone", zone)
        incident.summary_html = render(incident.summary)
        incident.save()
        keep_texts(incident, author=None, fields=("title", "summary", "impact"))
        return incident

    def _review(self, data: dict[str, Any], incident: Incident) -> Review:
        review = Review.objects.create(
            incident=incident,
            state=Review.State.PUBLISHED,
            requested_at=self.at,
            published_at=self.at,
            no_preventive_action_reason=_NOT_OURS,
        )
        texts = {
            Section.Kind.SUMMARY: data["summary"],
            Section.Kind.IMPACT: data["impact"]["text"],
        }
        for kind, text in texts.items():
            markdown = as_markdown(text)
            section = Section.objects.create(
                review=review,
                kind=kind,
                text=markdown,
                html=render(markdown),
                renderer=RENDERER_VERSION,
            )
            keep_texts(section, author=None, fields=("text",))
        for finding in Finding.objects.bulk_create(findings(data, review=review)):
            keep_texts(finding, author=None, fields=("text", "safer"))
        ContributingFactor.objects.bulk_create(
            ContributingFactor(
                review=review,
                category=self._categories[factor["category"]],
                kind=_KIND_OF_FACTOR[factor["category"]],
                text=factor["text"],
                position=position,
            )
            for position, factor in enumerate(data["contributing_factors"])
        )
        OpenQuestion.objects.bulk_create(
            OpenQuestion(review=review, text=text) for text in data["unknown"]
        )
        return review

    def _actions(self, data: dict[str, Any], review: Review) -> int:
        first = ReferenceCounter.next("A", count=len(data["actions"]))
        actions = Action.objects.bulk_create(
            Action(
                reference=f"A-{number}",
                title=action["title"],
                kind=_KIND_OF_MEASURE[action["kind"]],
                measure=action["kind"],
                state=Action.State.PARKED,
                team=self.team,
                origin=action["origin"],
                owner_in_account=action["owner"],
                is_owner_stated=action["owner_stated"],
                state_in_account=action["status"] or "",
                created_at=self.at,
            )
            for number, action in enumerate(data["actions"], start=first)
        )
        review.actions.set(actions)
        review.incident.actions.set(actions)
        for action in actions:
            action_words.refresh(action)
            keep_texts(action, author=None, fields=("title",))
        return len(actions)

    def _lessons(self, data: dict[str, Any], review: Review, services: list[Service]) -> int:
        happened_on = date.fromisoformat(data["date"]) if len(data["date"]) == 10 else None
        categories = {factor["category"] for factor in data["contributing_factors"]}
        first = ReferenceCounter.next("L", count=len(data["lessons"]))
        for place, written in enumerate(data["lessons"]):
            lesson = Lesson.objects.create(
                reference=f"L-{first + place}",
                import_key=f"{data['slug']}:{place + 1}",
                title=written["title"],
                situation=data["summary"],
                insight=written["text"],
                state=Lesson.State.PUBLISHED,
                source_review=review,
                team=self.team,
                happened_on=happened_on,
                created_at=self.at,
                published_at=self.at,
                reread_on=reread_day(self.at.date()),
            )
            lesson.services.set(services)
            lesson.factors.set(self._categories[slug] for slug in categories)
            lesson.tags.set(tags_named(written["tags"]))
            library.index(lesson)
            keep_texts(lesson, author=None, fields=("title", "situation", "insight"))
        return len(data["lessons"])

    def _publish(self, review: Review) -> None:
        """Files name people by their role, so there is nothing to sign for."""
        told = snapshot.build(review)
        publication = Publication.objects.create(
            review=review,
            revision=1,
            title=told["title"],
            snapshot=told,
            published_at=self.at,
        )
        published_words.keep(publication)


def team_named(name: str) -> Team:
    """The team of this name in any case, made when it is missing."""
    team = Team.objects.filter(name__iexact=name).first()
    return team or Team.objects.create(name=name, slug=free_slug(Team, name))


def service_named(name: str, *, team: Team) -> Service:
    """The service of this name in any case, made for the team when it is missing."""
    service = Service.objects.filter(name__iexact=name).first()
    return service or Service.objects.create(name=name, slug=free_slug(Service, name), team=team)


def free_slug(model: Any, name: str) -> str:
    """A slug made of the name that no row has yet."""
    limit = model._meta.get_field("slug").max_length - 6
    wanted = slugify(name)[:limit] or model._meta.model_name
    taken = set(model.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def timeline(data: dict[str, Any], *, incident: Incident) -> Iterator[TimelineEvent]:
    """The events in the order of the file, which is the order in which they happened."""
    for position, (event, sort_at) in enumerate(
        zip(data["timeline"], places_in_time(data), strict=True)
    ):
        at = event["at"]
        yield TimelineEvent(
            incident=incident,
            at=datetime.fromisoformat(at) if at else None,
            # With a clock time the day is the time's own.
            on="" if at else event["on"] or "",
            precision=_PRECISIONS[event["precision"]],
            zone=zone_typed(at, data["timezone"]) if at else data["timezone"],
            sort_at=sort_at,
            position=position,
            kind=event["kind"],
            text=event["text"],
        )


def places_in_time(data: dict[str, Any]) -> list[datetime]:
    """For each event a moment to sort it by, never before the one above it.

    An event with a clock time has that time. One with a day or a month stands at its beginning,
    one without either at the event above it; both before the next known time.
    """
    zone = ZoneInfo(data["timezone"])
    events = data["timeline"]
    known = [datetime.fromisoformat(event["at"]) for event in events if event["at"]]
    start = next((data[key] for key in MILESTONES if data[key]), None)
    floor = datetime.fromisoformat(start) if start else beginning_of(data["date"], zone)
    if known:
        floor = min(floor, known[0])
    places = []
    for event in events:
        if event["at"]:
            floor = known.pop(0)
        elif event["on"]:
            floor = max(floor, beginning_of(event["on"], zone))
        if known:
            floor = min(floor, known[0])
        places.append(floor)
    return places


def beginning_of(day: str, zone: ZoneInfo) -> datetime:
    """The first moment of a day, month or year written as 2017-01-31, 2017-01 or 2017."""
    year, month, number = (*map(int, day.split("-")), 1, 1)[:3]
    return datetime.combine(date(year, month, number), time(), tzinfo=zone)


def zone_typed(moment: str, zone: str) -> str:
    """The zone a moment was written in: the account's own where the offset agrees with it."""
    at = datetime.fromisoformat(moment)
    if at.astimezone(ZoneInfo(zone)).utcoffset() == at.utcoffset():
        return zone
    return zone_with_offset(at) or zone


def findings(data: dict[str, Any], *, review: Review) -> Iterator[Finding]:
    """The board: one card for each entry, in four goals, in the order of the file."""
    told = data["review"]
    for goal, key in (
        (Goal.RIGHT, "went_right"),
        (Goal.DIFFERENTLY, "do_differently"),
        (Goal.WHY, "made_sense"),
    ):
        for position, text in enumerate(told[key]):
            yield Finding(review=review, goal=goal, position=position, text=text)
    for position, entry in enumerate(told["went_wrong"]):
        yield Finding(
            review=review,
            goal=Goal.WRONG,
            position=position,
            text=entry["what"],
            safer=entry["alternative_or_safety_measure"],
        )


def as_markdown(text: str) -> str:
    """Plain text so that Markdown shows it as it is."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"([\\`*_\[\]])", r"\\\1", text)
    return re.sub(r"^(\s*\d*)([#>+.-])(?=\s)", r"\1\\\2", text, flags=re.MULTILINE)
