"""Turn accounts into rows: incident, review, actions, lessons. Each account is a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import DatabaseError, transaction
from django.db.models import Model

from actions import search_text as action_words
from actions.models import Action
from common.history import keep_texts, record
from common.models import ReferenceCounter
from common.tags import slug_of, tags_named
from common.text import RENDERER_VERSION, render
from config.importing import account as told
from config.importing.account import Account, Problem
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
from postmortems import published_words, publishing
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Finding,
    Mitigator,
    Publication,
    Review,
    Section,
    Surprise,
)

#: Of what these files are; docs/importing.md tells it.
SCHEMA = 1
#: What leads to a person when it stands in a published text.
_NAMING = {"name", "initials", "handle", "email", "phone"}
_is_address = URLValidator(schemes=["http", "https"])


@dataclass
class Outcome:
    """What became of the accounts of one file."""

    made: list[Incident] = field(default_factory=list)
    known: list[Incident] = field(default_factory=list)
    #: Incidents whose source was published and that wait for somebody to sign, and why.
    waiting: list[tuple[Incident, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Importer:
    """Writes accounts for one team. `by` is on record; None for whoever runs the site."""

    team: Team
    by: User | None
    at: datetime
    file_name: str

    def known(self, accounts: Sequence[Account]) -> dict[str, Incident]:
        """By the key of the account, those that are here already."""
        kept = self._kept_as(accounts)
        rows = Incident.objects.filter(import_key__in=kept.values())
        found = {row.import_key: row for row in rows}
        return {key: found[as_key] for key, as_key in kept.items() if as_key in found}

    def _kept_as(self, accounts: Sequence[Account]) -> dict[str, str]:
        """Import keys by the key of the account. One that only an incident has which is hidden
        from this person is nobody's, as far as they can tell: theirs gets another."""
        keys = [account.key for account in accounts]
        if self.by is None:
            return {key: key for key in keys}
        hidden_ones = Incident.objects.hidden_from(self.by)
        taken = Incident.objects.filter(pk__in=hidden_ones, import_key__in=keys)
        hidden = set(taken.values_list("import_key", flat=True))
        return {key: f"{key}:{self.by.pk}" if key in hidden else key for key in keys}

    def write(self, accounts: Sequence[Account]) -> Outcome:
        """Those that came before change nothing; one that breaks a rule holds up no other."""
        outcome, known, kept_as = Outcome(), self.known(accounts), self._kept_as(accounts)
        for account in accounts:
            if account.key in known:
                outcome.known.append(known[account.key])
                continue
            try:
                with transaction.atomic():
                    incident, why = self._write(account, kept_as[account.key])
            except DatabaseError as error:
                reason = str(error).partition("\n")[0]
                outcome.problems.append(Problem(account.line, f"Not taken: {reason}."))
                continue
            outcome.made.append(incident)
            if why:
                outcome.waiting.append((incident, why))
        return outcome

    def _write(self, account: Account, key: str) -> tuple[Incident, str]:
        """The incident, and why its published review waits; "" when it does not."""
        incident = self._incident(account, key)
        self._timeline(account, incident)
        incident_words.refresh(incident)
        review = self._review(account, incident)
        self._actions(account, review)
        lessons = self._lessons(account, review)
        record(self.by, "imported from a file", incident, self.file_name)
        why = self._publish(review, lessons) if account.is_published else ""
        return incident, why

    def _incident(self, account: Account, key: str) -> Incident:
        prefix = Incident.PREFIXES[Incident.Kind(account.kind)]
        incident = Incident(
            reference=f"{prefix}-{ReferenceCounter.next(prefix)}",
            import_key=key,
            kind=account.kind,
            title=account.title,
            summary=account.summary,
            summary_html=render(account.summary),
            impact=account.impact,
            severity=account.severity,
            state=Incident.State.RESOLVED,
            team=self.team,
            reporter=self.by,
            known_by=account.day.isoformat() if account.day else "",
            filed_at=self.at,
        )
        for name in MILESTONES:
            moment = account.times.get(name)
            setattr(incident, f"{name}_at", moment and moment.at)
            setattr(incident, f"{name}_zone", moment.zone if moment else "UTC")
            precision = moment.precision if moment else Precision.UNKNOWN
            setattr(incident, f"{name}_precision", precision)
        incident.save()
        self._keep([incident], "title", "summary", "impact")
        incident.services.set(_services(account.services))
        incident.tags.set(tags_named(tag for tag in account.tags if slug_of(tag)))
        ImportedFile.objects.create(
            incident=incident,
            name=self.file_name[:255],
            schema_version=SCHEMA,
            content={"key": key, "text": account.original},
            loaded_at=self.at,
        )
        Source.objects.bulk_create(
            Source(incident=incident, position=position, title=title or url, url=url)
            for position, (title, url) in enumerate(filter(_is_link, account.sources))
        )
        return incident

    def _timeline(self, account: Account, incident: Incident) -> None:
        events, before = [], timeline.end_of(incident)
        if account.events and account.events[0].moment is None:
            known = [event.moment.at for event in account.events if event.moment]
            before = incident.started_at or min(known, default=before)
        for position, event in enumerate(account.events):
            row = TimelineEvent(
                incident=incident,
                position=position,
                kind=event.kind,
                text=event.text,
                created_at=self.at,
                # Without a time it stands behind the one before it.
                **{"sort_at": before} | timeline.time_fields(event.moment),
            )
            before = row.sort_at
            events.append(row)
        TimelineEvent.objects.bulk_create(events)
        self._keep(events, "text")

    def _review(self, account: Account, incident: Incident) -> Review:
        review = Review.objects.create(
            incident=incident,
            requested_by=self.by,
            requested_at=self.at,
            trigger=account.trigger,
        )
        texts = {Section.Kind.SUMMARY: account.summary, Section.Kind.IMPACT: account.impact}
        for kind, text in (texts | account.sections).items():
            if text:
                section = Section.objects.create(
                    review=review,
                    kind=kind,
                    text=text,
                    html=render(text),
                    renderer=RENDERER_VERSION,
                )
                self._keep([section], "text")
        findings = Finding.objects.bulk_create(
            Finding(review=review, goal=goal, text=text, position=position, created_at=self.at)
            for position, (goal, text) in enumerate(account.findings)
        )
        self._keep(findings, "text")
        if account.factors:
            # The source does not sort them as we do, and nobody here has yet.
            category, _ = FactorCategory.objects.get_or_create(
                slug="not_sorted", defaults={"name": "Not sorted yet"}
            )
            ContributingFactor.objects.bulk_create(
                ContributingFactor(
                    review=review,
                    category=category,
                    text=told.cut(text, told.LONGEST_LINE),
                    position=position,
                )
                for position, text in enumerate(account.factors)
            )
        Mitigator.objects.bulk_create(
            Mitigator(review=review, text=told.cut(text, told.LONGEST_LINE), is_luck=True)
            for text in account.luck
        )
        Surprise.objects.bulk_create(
            Surprise(review=review, text=told.cut(text, told.LONGEST_LINE))
            for text in account.surprises
        )
        return review

    def _actions(self, account: Account, review: Review) -> None:
        if not account.actions:
            return
        first = ReferenceCounter.next("A", count=len(account.actions))
        actions = Action.objects.bulk_create(
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
            for number, promise in enumerate(account.actions, start=first)
        )
        review.actions.set(actions)
        review.incident.actions.set(actions)
        for action in actions:
            action_words.refresh(action)
        self._keep(actions, "title")

    def _lessons(self, account: Account, review: Review) -> list[Lesson]:
        if not account.lessons:
            return []
        first = ReferenceCounter.next("L", count=len(account.lessons))
        lessons = [
            Lesson.objects.create(
                reference=f"L-{number}",
                import_key=f"{review.incident.import_key}:{number - first + 1}",
                title=told.cut(text, told.LONGEST_TITLE),
                situation=account.summary,
                insight=text,
                source_review=review,
                team=self.team,
                happened_on=account.day,
                created_at=self.at,
            )
            for number, text in enumerate(account.lessons, start=first)
        ]
        for lesson in lessons:
            lesson.services.set(review.incident.services.all())
            lesson.tags.set(review.incident.tags.all())
            library.index(lesson)
        self._keep(lessons, "title", "situation", "insight")
        return lessons

    def _keep(self, rows: Sequence[Model], *fields: str) -> None:
        """The first version of their texts."""
        if rows:
            keep_texts(*rows, author=self.by, fields=fields)

    def _publish(self, review: Review, lessons: list[Lesson]) -> str:
        """Publish what the source calls finished. A text that names people waits for somebody to
        sign it, as any other does."""
        ready = publishing.edition(review, [])
        names = [trace.found for trace in ready.traces if trace.is_sure and trace.kind in _NAMING]
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            return f"“{names[0]}”{more} may lead to a person"
        publication = Publication.objects.create(
            review=review,
            revision=1,
            title=ready.snapshot["title"][:200],
            snapshot=ready.snapshot,
            published_at=self.at,
        )
        published_words.keep(publication)
        Review.objects.filter(pk=review.pk).update(
            state=Review.State.PUBLISHED, published_at=self.at
        )
        Lesson.objects.filter(pk__in=[lesson.pk for lesson in lessons]).update(
            state=Lesson.State.PUBLISHED, published_at=self.at
        )
        return ""


def _services(names: list[str]) -> list[Service]:
    """Those that are here. One that is not is made by an administrator, and not by a file."""
    found = (Service.objects.filter(name__iexact=name).first() for name in names)
    return [service for service in found if service]


def _is_link(source: tuple[str, str]) -> bool:
    try:
        _is_address(source[1])
    except ValidationError:
        return False
    return len(source[1]) <= 500
