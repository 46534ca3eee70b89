"""Rows of many accounts at once: a batch takes as many statements as one account does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Model

from actions import search_text as action_words
from actions.models import Action
from common.history import keep_texts
from common.models import Activity, ReferenceCounter, Revision, Tag
from common.tags import slug_of, tags_named
from common.text import RENDERER_VERSION, render
from config import bulk
from config.bulk import Row
from config.importing import account as told
from config.importing.account import Account
from incidents import search_text as incident_words
from incidents import timeline
from incidents.models import (
    MILESTONES,
    ImportedFile,
    Incident,
    Precision,
    Source,
    TimelineEvent,
)
from lessons import library
from lessons.models import Lesson
from people.models import Service, Team, User
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Finding,
    Mitigator,
    Review,
    Section,
    Surprise,
)

#: Of what these files are; docs/importing.md tells it.
SCHEMA = 1
_is_address = URLValidator(schemes=["http", "https"])


@dataclass
class Taken:
    """An account on its way into the database, with the keys of its rows."""

    account: Account
    import_key: str
    incident: int
    review: int
    #: What both the incident and the first section of the review say.
    summary_html: str
    reference: str = ""
    services: list[Service] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)


@dataclass(frozen=True)
class Writer:
    """For one team. `by` is on record; None for whoever runs the site."""

    team: Team
    by: User | None
    at: datetime
    file_name: str

    def write(self, accounts: Sequence[tuple[Account, str]]) -> list[Taken]:
        """Everything of (account, import key) but what is published. Call it in a transaction."""
        taken = self._begun(accounts)
        self._incidents(taken)
        self._beside_incidents(taken)
        self._timelines(taken)
        self._reviews(taken)
        self._sections(taken)
        self._boards(taken)
        self._actions(taken)
        self._lessons(taken)
        self._trail(taken)
        return taken

    def _begun(self, accounts: Sequence[tuple[Account, str]]) -> list[Taken]:
        """With keys, numbers, services and tags."""
        count = len(accounts)
        keys = zip(bulk.new_keys(Incident, count), bulk.new_keys(Review, count), strict=True)
        taken = [
            Taken(account, import_key, incident, review, render(account.summary))
            for (account, import_key), (incident, review) in zip(accounts, keys, strict=True)
        ]
        prefixes = [Incident.PREFIXES[Incident.Kind(one.account.kind)] for one in taken]
        # In one order everywhere, so that two imports wait for each other and for nothing else.
        numbers = {
            prefix: iter(range(ReferenceCounter.next(prefix, count=wanted), 2**63))
            for prefix, wanted in sorted(Counter(prefixes).items())
        }
        services, tags = _services(taken), _tags(taken)
        for one, prefix in zip(taken, prefixes, strict=True):
            one.reference = f"{prefix}-{next(numbers[prefix])}"
            one.services = _each_once(services.get(n.lower()) for n in one.account.services)
            one.tags = _each_once(tags.get(slug_of(name)) for name in one.account.tags)
        return taken

    # The incident -----------------------------------------------------------------------------
    def _incidents(self, taken: list[Taken]) -> None:
        base = bulk.defaults(Incident, now=self.at) | {
            "state": "resolved",
            "team_id": self.team.pk,
            "reporter_id": self.by and self.by.pk,
            "filed_at": self.at,
        }
        bulk.write(Incident, (base | self._incident(one) for one in taken))
        texts = (
            (one.incident, name, getattr(one.account, name))
            for one in taken
            for name in ("title", "summary", "impact")
        )
        self._keep(Incident, texts)

    def _incident(self, one: Taken) -> Row:
        account = one.account
        row: Row = {
            "id": one.incident,
            "reference": one.reference,
            "import_key": one.import_key,
            "kind": account.kind,
            "title": account.title,
            "summary": account.summary,
            "summary_html": one.summary_html,
            "impact": account.impact,
            "severity": account.severity,
            "known_by": account.day.isoformat() if account.day else "",
            "search_text": incident_words.joined(
                [one.reference, account.title, incident_words.kind_words(account.kind)],
                sorted(service.name for service in one.services),
                sorted(tag.name for tag in one.tags),
                [account.summary, account.impact],
                (event.text for event in account.events),
            ),
        }
        for name in MILESTONES:
            moment = account.times.get(name)
            row[f"{name}_at"] = moment and moment.at
            row[f"{name}_zone"] = moment.zone if moment else "UTC"
            row[f"{name}_precision"] = str(moment.precision if moment else Precision.UNKNOWN)
        return row

    def _beside_incidents(self, taken: list[Taken]) -> None:
        base = bulk.defaults(ImportedFile, now=self.at) | {
            "name": self.file_name[:255],
            "schema_version": SCHEMA,
            "loaded_at": self.at,
        }
        files = ({"incident_id": one.incident, "content": _as_it_came(one)} for one in taken)
        bulk.write(ImportedFile, (base | file for file in files))
        _relate(Incident.services.through, "incident_id", "service_id", (
            (one.incident, service.pk) for one in taken for service in one.services
        ))  # fmt: skip
        _relate(Incident.tags.through, "incident_id", "tag_id", (
            (one.incident, tag.pk) for one in taken for tag in one.tags
        ))  # fmt: skip
        Source.objects.bulk_create(
            Source(incident_id=one.incident, position=position, title=title or url, url=url)
            for one in taken
            for position, (title, url) in enumerate(filter(_is_link, one.account.sources))
        )

    def _timelines(self, taken: list[Taken]) -> None:
        events = list(chain.from_iterable(map(self._events, taken)))
        self._keep_rows(TimelineEvent.objects.bulk_create(events), "text")

    def _events(self, one: Taken) -> Iterator[TimelineEvent]:
        told_, started = one.account.events, one.account.times.get("started")
        before = started.at if started else self.at
        if told_ and told_[0].moment is None and not started:
            before = min((event.moment.at for event in told_ if event.moment), default=before)
        for position, event in enumerate(told_):
            row = TimelineEvent(
                incident_id=one.incident,
                position=position,
                kind=event.kind,
                text=event.text,
                created_at=self.at,
                # Without a time it stands behind the one before it.
                **{"sort_at": before} | timeline.time_fields(event.moment),
            )
            before = row.sort_at
            yield row

    # The review -------------------------------------------------------------------------------
    def _reviews(self, taken: list[Taken]) -> None:
        base = bulk.defaults(Review, now=self.at) | {
            "requested_by_id": self.by and self.by.pk,
            "requested_at": self.at,
        }
        bulk.write(
            Review,
            (
                base
                | {"id": one.review, "incident_id": one.incident, "trigger": one.account.trigger}
                for one in taken
            ),
        )

    def _sections(self, taken: list[Taken]) -> None:
        found = [
            (one, str(kind), text)
            for one in taken
            for kind, text in (
                {Section.Kind.SUMMARY: one.account.summary, Section.Kind.IMPACT: one.account.impact}
                | one.account.sections
            ).items()
            if text
        ]
        base = bulk.defaults(Section, now=self.at) | {"renderer": RENDERER_VERSION}
        keys = bulk.new_keys(Section, len(found))

        def html(one: Taken, text: str) -> str:
            return one.summary_html if text == one.account.summary else render(text)

        bulk.write(
            Section,
            (
                base
                | {"id": key, "review_id": one.review, "kind": kind, "text": text}
                | {"html": html(one, text)}
                for key, (one, kind, text) in zip(keys, found, strict=True)
            ),
        )
        texts = zip(keys, found, strict=True)
        self._keep(Section, ((key, "text", text) for key, (_, _, text) in texts))

    def _boards(self, taken: list[Taken]) -> None:
        findings = Finding.objects.bulk_create(
            Finding(
                review_id=one.review, goal=goal, text=text, position=position, created_at=self.at
            )
            for one in taken
            for position, (goal, text) in enumerate(one.account.findings)
        )
        self._keep_rows(findings, "text")
        if any(one.account.factors for one in taken):
            # The source does not sort them as we do, and nobody here has yet.
            category, _ = FactorCategory.objects.get_or_create(
                slug="not_sorted", defaults={"name": "Not sorted yet"}
            )
            ContributingFactor.objects.bulk_create(
                ContributingFactor(
                    review_id=one.review,
                    category=category,
                    text=told.cut(text, told.LONGEST_LINE),
                    position=position,
                )
                for one in taken
                for position, text in enumerate(one.account.factors)
            )
        Mitigator.objects.bulk_create(
            Mitigator(
                review_id=one.review, text=told.cut(text, told.LONGEST_LINE), is_luck=True
            )
            for one in taken
            for text in one.account.luck
        )  # fmt: skip
        Surprise.objects.bulk_create(
            Surprise(review_id=one.review, text=told.cut(text, told.LONGEST_LINE))
            for one in taken
            for text in one.account.surprises
        )

    # What follows -----------------------------------------------------------------------------
    def _actions(self, taken: list[Taken]) -> None:
        promises = [(one, promise) for one in taken for promise in one.account.actions]
        if not promises:
            return
        first = ReferenceCounter.next("A", count=len(promises))
        actions = [
            Action(
                reference=f"A-{number}",
                title=promise.title,
                kind=promise.kind,
                # What was promised elsewhere waits until somebody here takes it on.
                state=Action.State.PARKED,
                team=self.team,
                origin=Action.Origin.SOURCE,
                owner_in_account=promise.owner,
                is_owner_stated=bool(promise.owner),
                state_in_account=promise.state,
                ticket_url=promise.ticket if _is_link(("", promise.ticket)) else "",
                created_by=self.by,
                created_at=self.at,
            )
            for number, (_, promise) in enumerate(promises, start=first)
        ]
        for action, (one, _) in zip(actions, promises, strict=True):
            action.search_text = action_words.text_of(action, [one.reference])
        Action.objects.bulk_create(actions)
        made = list(zip(actions, promises, strict=True))
        _relate(Action.reviews.through, "action_id", "review_id", (
            (action.pk, one.review) for action, (one, _) in made
        ))  # fmt: skip
        _relate(Action.incidents.through, "action_id", "incident_id", (
            (action.pk, one.incident) for action, (one, _) in made
        ))  # fmt: skip
        self._keep_rows(actions, "title")

    def _lessons(self, taken: list[Taken]) -> None:
        count = sum(len(one.account.lessons) for one in taken)
        if not count:
            return
        numbers = iter(range(ReferenceCounter.next("L", count=count), 2**63))
        for one in taken:
            names = [row.name for row in (*one.tags, *one.services)]
            one.lessons = [
                Lesson(
                    reference=f"L-{next(numbers)}",
                    import_key=f"{one.import_key}:{place}",
                    title=told.cut(text, told.LONGEST_TITLE),
                    situation=one.account.summary,
                    insight=text,
                    source_review_id=one.review,
                    team=self.team,
                    happened_on=one.account.day,
                    created_at=self.at,
                )
                for place, text in enumerate(one.account.lessons, start=1)
            ]
            for lesson in one.lessons:
                lesson.search_text = library.searchable_text(lesson, names)
        lessons = Lesson.objects.bulk_create(chain.from_iterable(one.lessons for one in taken))
        _relate(Lesson.services.through, "lesson_id", "service_id", (
            (lesson.pk, row.pk) for one in taken for lesson in one.lessons for row in one.services
        ))  # fmt: skip
        _relate(Lesson.tags.through, "lesson_id", "tag_id", (
            (lesson.pk, row.pk) for one in taken for lesson in one.lessons for row in one.tags
        ))  # fmt: skip
        self._keep_rows(lessons, "title", "situation", "insight")

    # What happened to it ----------------------------------------------------------------------
    def _trail(self, taken: list[Taken]) -> None:
        base = bulk.defaults(Activity, now=self.at) | {
            "actor_id": self.by and self.by.pk,
            "verb": "imported from a file",
            "object_type_id": ContentType.objects.get_for_model(Incident).pk,
            "detail": self.file_name,
        }
        bulk.write(Activity, (base | {"object_id": one.incident} for one in taken))

    def _keep(self, model: type[Model], texts: Iterable[tuple[int, str, str]]) -> None:
        """The first version of (key, field, text), as common.history.keep_texts keeps it."""
        base = bulk.defaults(Revision, now=self.at) | {
            "object_type_id": ContentType.objects.get_for_model(model).pk,
            "version": 1,
            "author_id": self.by and self.by.pk,
        }
        bulk.write(
            Revision,
            (base | {"object_id": pk, "field": name, "text": text} for pk, name, text in texts),
        )

    def _keep_rows(self, rows: Sequence[Any], *fields: str) -> None:
        if rows:
            keep_texts(*rows, author=self.by, fields=fields)


def _as_it_came(one: Taken) -> dict[str, str]:
    return {"key": one.import_key, "text": one.account.original}


def _services(taken: list[Taken]) -> Mapping[str, Service]:
    """Those that are here, by their names in small letters. One that is not is made by an
    administrator, and not by a file."""
    if not any(one.account.services for one in taken):
        return {}
    return {service.name.lower(): service for service in Service.objects.order_by("-pk")}


def _tags(taken: list[Taken]) -> Mapping[str, Tag]:
    names = [name for one in taken for name in one.account.tags if slug_of(name)]
    return {tag.slug: tag for tag in tags_named(names)} if names else {}


def _each_once(rows: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(row for row in rows if row))


def _relate(through: type[Model], near: str, far: str, pairs: Iterable[tuple[int, int]]) -> None:
    bulk.write(through, ({near: one, far: other} for one, other in pairs))


def _is_link(source: tuple[str, str]) -> bool:
    try:
        _is_address(source[1])
    except ValidationError:
        return False
    return len(source[1]) <= 500
