"""Synthetic rows to measure with: as many as one likes, the same ones for the same seed.

They look like an organisation that has used the product for five years. Nothing in them is true.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import models, transaction

from actions.models import Action
from common.models import ReferenceCounter
from common.text import RENDERER_VERSION
from config import bulk
from config.bulk import Row
from config.seeding import people
from config.seeding.people import Impossible
from config.seeding.texts import Writer
from incidents.models import Incident, Involvement, TimelineEvent
from lessons.models import Lesson
from people.models import User
from postmortems import published_words, snapshot
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Finding,
    Goal,
    Publication,
    PublishedWords,
    Review,
    Section,
)

TEAMS = 20
SERVICES = 100
TAGS = 200
FEWEST_PEOPLE = 60
DUE_ACTIONS_EACH = 20
YEARS = 5
MOST = 20_000_000
#: One incident in so many can be seen only by the people named on it.
RESTRICTED_EVERY = 997
#: One review in so many is still under way.
UNDER_WAY_EVERY = 10
_TABLES = (Incident, Action, Lesson, PublishedWords)


@dataclass(frozen=True)
class Sizes:
    incidents: int = 0
    reviews: int = 0
    actions: int = 0
    lessons: int = 0
    due: int = 0
    people: int = 0
    events_per_incident: int = 3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= MOST:
                raise Impossible(f"--{name.replace('_', '-')} is {value}; 0 to {MOST:,} work.")
        if self.reviews > self.incidents:
            raise Impossible("Each review needs an incident of its own: --reviews <= --incidents.")
        if self.due > self.actions:
            raise Impossible("Actions that are due are among all actions: --due <= --actions.")
        if self.events_per_incident > 100:
            raise Impossible("--events-per-incident goes up to 100.")


@dataclass(frozen=True)
class Span:
    """Primary keys and reference numbers of the rows of one table."""

    id: int
    number: int
    count: int

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """(place from 0, primary key, reference number) of each row."""
        return ((n, self.id + n, self.number + n) for n in range(self.count))


class Seeder:
    def __init__(
        self, sizes: Sizes, *, seed: int, now: datetime, say: Callable[[str], None]
    ) -> None:
        self.sizes = sizes
        self.now = now
        self.say = say
        self.rng = random.Random(seed)  # noqa: S311 texts to measure with, no secrets
        self.text = Writer(self.rng)

    @transaction.atomic
    def run(self, email: str, password: str) -> User:
        """Write everything, or nothing. Returns the person who may see it."""
        sizes = self.sizes
        fewest = max(FEWEST_PEOPLE, sizes.due // DUE_ACTIONS_EACH)
        self.people = people.staff(max(fewest, sizes.people))
        self.teams = people.teams(self.people, TEAMS)
        self.services = people.services(self.teams, SERVICES)
        self.tags, self.rare_tag = people.tags(self.text.common(TAGS)), people.rare_tag()
        reader = people.reader(email, password, self.teams)
        with bulk.pouring_into(*_TABLES):
            self.incidents = self._span(Incident, "INC", sizes.incidents)
            self._write(Incident, self._incident_rows())
            self._link(Incident.services, "incident_id", "service_id", self.incidents, 2)
            self._link(Incident.tags, "incident_id", "tag_id", self.incidents, 2)
            self._write(TimelineEvent, self._event_rows())
            self.reviews = self._span(Review, "", sizes.reviews)
            self._write(Review, self._review_rows())
            self._write(Involvement, self._facilitator_rows())
            self._write(Section, self._section_rows())
            self._write(Finding, self._finding_rows())
            self._write(ContributingFactor, self._factor_rows())
            self.actions = self._span(Action, "A", sizes.actions)
            self._write(Action, self._action_rows())
            self._write(Action.incidents.through, self._sources("incident_id", self.incidents))
            self._write(Action.reviews.through, self._sources("review_id", self.reviews))
            self.lessons = self._span(Lesson, "L", sizes.lessons)
            self._write(Lesson, self._lesson_rows())
            self._link(Lesson.services, "lesson_id", "service_id", self.lessons, 1)
            self._link(Lesson.tags, "lesson_id", "tag_id", self.lessons, 3)
            self._write(Publication, self._publication_rows())
            self._write_published_words()
            self.say("Building the search indexes")
        return reader

    def _span(self, model: type[models.Model], prefix: str, count: int) -> Span:
        number = ReferenceCounter.next(prefix, count=count) if prefix and count else 0
        return Span(bulk.reserve_ids(model, count), number, count)

    def _write(self, model: type[models.Model], rows: Iterator[Row]) -> None:
        count = bulk.write(model, rows, say=self.say)
        self.say(f"{count:,} {model._meta.verbose_name_plural}")

    def _row(self, model: type[models.Model], **values: Any) -> Row:
        return {**bulk.defaults(model, now=self.now), **values}

    # Incidents ------------------------------------------------------------------------------
    def _filed_at(self, place: int) -> datetime:
        """Evenly over the years, the newest last and an hour ago."""
        step = timedelta(days=365 * YEARS) / max(self.sizes.incidents, 1)
        return self.now - timedelta(hours=1) - (self.sizes.incidents - 1 - place) * step

    def _incident_rows(self) -> Iterator[Row]:
        base = self._row(Incident)
        severities = ["sev1", "sev2", "sev2", "sev3", "sev3", "sev3", "sev3", "sev4", "sev4"]
        ongoing = {self.sizes.incidents - 2, self.sizes.incidents - 4}
        for place, pk, number in self.incidents:
            filed_at = self._filed_at(place)
            started_at = filed_at - timedelta(minutes=self.rng.randint(2, 90))
            detected_at = started_at + timedelta(minutes=self.rng.randint(0, 30))
            minutes = int(self.rng.lognormvariate(4, 1)) + 1
            team = place % TEAMS
            is_over = place not in ongoing
            restricted = place % RESTRICTED_EVERY == RESTRICTED_EVERY // 2 and team > 1
            summary = self.text.text(2)
            yield {
                **base,
                "id": pk,
                "reference": f"INC-{number}",
                "title": self.text.title()[:200],
                "summary": summary,
                "summary_html": f"<p>{summary}</p>",
                "severity": self.rng.choice(severities),
                "impact": self.text.sentence(),
                "state": "closed" if is_over else "investigating",
                "close_reason": "learned" if is_over else "",
                "visibility": "restricted" if restricted else "open",
                "team_id": self.teams[team],
                "reporter_id": self._person(place),
                "started_at": started_at,
                "detected_at": detected_at,
                "mitigated_at": detected_at + timedelta(minutes=minutes) if is_over else None,
                "resolved_at": detected_at + timedelta(minutes=2 * minutes) if is_over else None,
                "filed_at": filed_at,
                "search_text": f"{summary} {self.text.text(2)}",
            }

    def _event_rows(self) -> Iterator[Row]:
        base = self._row(TimelineEvent)
        kinds = ["detection", "diagnosis", "action", "mitigation", "communication", "resolution"]
        for place, pk, _ in self.incidents:
            filed_at = self._filed_at(place)
            for position in range(self.sizes.events_per_incident):
                at = filed_at + timedelta(minutes=7 * position)
                yield {
                    **base,
                    "incident_id": pk,
                    "at": at,
                    "sort_at": at,
                    "position": position,
                    "kind": kinds[position % len(kinds)],
                    "text": self.text.sentence(),
                    "author_id": self._person(place + position),
                    "author_role": "on-call engineer",
                    "is_key": position == 0,
                }

    def _person(self, place: int) -> int:
        return self.people[place % len(self.people)]

    # Reviews --------------------------------------------------------------------------------
    def _reviewed(self, place: int) -> int:
        """The incident a review is about, as a place: spread evenly over all of them."""
        return place * self.sizes.incidents // self.sizes.reviews

    def _is_published(self, place: int) -> bool:
        return place % UNDER_WAY_EVERY != 0

    def _review_rows(self) -> Iterator[Row]:
        base = self._row(Review)
        under_way = ["requested", "gathering", "analysis", "drafting"]
        for place, pk, _ in self.reviews:
            incident = self._reviewed(place)
            asked_at = self._filed_at(incident) + timedelta(minutes=20)
            published = self._is_published(place)
            state = "published" if published else under_way[place // UNDER_WAY_EVERY % 4]
            yield {
                **base,
                "id": pk,
                "incident_id": self.incidents.id + incident,
                "state": state,
                "requested_at": asked_at,
                "due_on": (asked_at + timedelta(days=7)).date(),
                "facilitator_id": None if state == "requested" else self._person(place * 6),
                "trigger": self.text.sentence(),
                "published_at": asked_at + timedelta(days=9) if published else None,
            }

    def _facilitator_rows(self) -> Iterator[Row]:
        base = self._row(Involvement, capacity=Involvement.Capacity.FACILITATOR)
        for place, _, _ in self.reviews:
            incident_id = self.incidents.id + self._reviewed(place)
            yield {**base, "incident_id": incident_id, "user_id": self._person(place * 6)}

    def _section_rows(self) -> Iterator[Row]:
        base = self._row(Section, kind=Section.Kind.SUMMARY, renderer=RENDERER_VERSION)
        for _, pk, _ in self.reviews:
            text = self.text.text(6)
            yield {**base, "review_id": pk, "text": text, "html": f"<p>{text}</p>"}

    def _finding_rows(self) -> Iterator[Row]:
        base = self._row(Finding)
        for place, pk, _ in self.reviews:
            for goal in Goal.values:
                yield {
                    **base,
                    "review_id": pk,
                    "goal": goal,
                    "text": self.text.sentence(),
                    "safer": self.text.sentence() if goal == Goal.WRONG else "",
                    "author_id": self._person(place),
                }

    def _factor_rows(self) -> Iterator[Row]:
        base = self._row(ContributingFactor)
        categories = list(FactorCategory.objects.order_by("pk").values_list("pk", flat=True))
        for place, pk, _ in self.reviews:
            for position in range(2):
                category_id = categories[(place + 5 * position) % len(categories)]
                yield {
                    **base,
                    "review_id": pk,
                    "category_id": category_id,
                    "position": position,
                    "text": self.text.sentence(),
                }

    def _publication_rows(self) -> Iterator[Row]:
        """Snapshots in the form of snapshot.build, made from the first review's."""
        base = self._row(Publication, revision=1)
        if not self.sizes.reviews:
            return
        sample = snapshot.build(Review.objects.get(pk=self.reviews.id))
        for place, pk, _ in self.reviews:
            if not self._is_published(place):
                continue
            title, text = self.text.title()[:200], self.text.text(6)
            incident = self._reviewed(place)
            yield {
                **base,
                "review_id": pk,
                "title": title,
                "published_at": self._filed_at(incident) + timedelta(days=9, minutes=20),
                "snapshot": sample
                | {
                    "reference": f"INC-{self.incidents.number + incident}",
                    "title": title,
                    "sections": [
                        section | {"text": text, "html": f"<p>{text}</p>"}
                        for section in sample["sections"]
                    ],
                },
            }

    def _write_published_words(self) -> None:
        """As they are kept when something is published: read back what was just written, for
        nothing can be read while rows pour in."""
        base = self._row(PublishedWords)
        written = Publication.objects.filter(review_id__gte=self.reviews.id).order_by("pk")
        last = 0
        while batch := list(written.filter(pk__gt=last)[: bulk.BATCH]):
            rows = (
                {**base, "review_id": one.review_id, **published_words.columns(one.snapshot)}
                for one in batch
            )
            bulk.write(PublishedWords, rows)
            last = batch[-1].pk

    # Actions and lessons --------------------------------------------------------------------
    def _action_rows(self) -> Iterator[Row]:
        base = self._row(Action)
        today = self.now.date()
        noon = datetime.combine(today, time(12), tzinfo=UTC)
        states = ["accepted", "accepted", "in_progress", "blocked", *["verified"] * 14, "parked"]
        kinds, measures = list(Action.Kind.values), list(Action.Measure.values)
        for place, pk, number in self.actions:
            is_due = place < self.sizes.due
            state = "accepted" if is_due else self.rng.choice(states)
            finished = state == "verified"
            days = self.rng.randint(40, 400)
            due_on = today + timedelta(days=0 if is_due else -days if finished else days)
            done_at = noon - timedelta(days=days + 2) if finished else None
            detail = self.text.text(2)
            yield {
                **base,
                "id": pk,
                "reference": f"A-{number}",
                "title": self.text.title()[:200],
                "detail": detail,
                "kind": self.rng.choice(kinds),
                "measure": self.rng.choice(measures),
                "state": state,
                "owner_id": None if state == "parked" else self._person(place),
                "team_id": self.teams[place % TEAMS],
                "due_on": None if state == "parked" else due_on,
                "done_test": "" if state == "parked" else self.text.sentence(),
                "blocked_on": "a delivery" if state == "blocked" else "",
                "done_at": done_at,
                "done_by_id": self._person(place) if finished else None,
                "verified_at": done_at + timedelta(days=1) if done_at else None,
                "verified_by_id": self._person(place + 1) if finished else None,
                "search_text": detail,
            }

    def _sources(self, attribute: str, sources: Span) -> Iterator[Row]:
        """One incident or review for each action, in turn."""
        if sources.count:
            for place, pk, _ in self.actions:
                yield {"action_id": pk, attribute: sources.id + place % sources.count}

    def _lesson_rows(self) -> Iterator[Row]:
        base = self._row(Lesson, state=Lesson.State.PUBLISHED)
        step = timedelta(days=365 * YEARS) / max(self.sizes.lessons, 1)
        for place, pk, number in self.lessons:
            published_at = self.now - timedelta(hours=1) - (self.sizes.lessons - 1 - place) * step
            insight, situation = self.text.text(4), self.text.text(4)
            source = self.reviews.id + place % self.reviews.count if self.reviews.count else None
            yield {
                **base,
                "id": pk,
                "reference": f"L-{number}",
                "title": self.text.title()[:200],
                "situation": situation,
                "insight": insight,
                "team_id": self.teams[place % TEAMS],
                "source_review_id": source,
                "happened_on": (published_at - timedelta(days=30)).date(),
                "created_at": published_at,
                "published_at": published_at,
                "search_text": f"{insight} {situation} {self.text.text(4)}",
            }

    def _link(self, relation: Any, ours: str, theirs: str, rows: Span, most: int) -> None:
        """Connect each row with one to `most` others, and the first one with the rare tag."""
        others = self.services if theirs == "service_id" else self.tags

        def links() -> Iterator[Row]:
            for place, pk, _ in rows:
                for turn in range(1 + place % most):
                    yield {ours: pk, theirs: others[(place * 7 + turn) % len(others)]}
                if place == 0 and others is self.tags:
                    yield {ours: pk, theirs: self.rare_tag}

        self._write(relation.through, links())
