"""How many incidents each choice of a filter would show, under all the other filters.

The newest SAMPLE that fit are looked at, so that the price does not grow with the list. When there
are more, a number is the least there is and has a plus behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext

from common import dates
from common.keys import naming_rules
from common.models import Tag
from incidents import review_policy
from incidents.listing import custom, wishes
from incidents.listing.filters import Filters
from incidents.listing.page import COUNT_LIMIT, in_words
from incidents.models import CustomValue, Incident
from incidents.querysets import IncidentQuerySet
from people.models import Service, Team

SAMPLE = 5_000
#: Services, teams and tags with a number beside them, the most frequent first.
MOST_SHOWN = 30


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    count: str
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """One filter of the panel. `others` can be chosen too, without a number."""

    name: str
    label: str
    choices: list[Choice]
    others: list[tuple[str, str]] = field(default_factory=list)


#: What is looked at of each incident.
_COLUMNS = {"key": "pk", "severity": "severity", "kind": "kind", "state": "state",
            "team": "team_id"}  # fmt: skip


class _Sample:
    """The newest incidents that fit all filters but one."""

    def __init__(self, rows: IncidentQuerySet, *, is_least: bool) -> None:
        self._newest = rows.order_by("-filed_at", "-pk")
        self._is_least = is_least

    @cached_property
    def columns(self) -> dict[str, tuple[Any, ...]]:
        """Column by column: thousands of rows are counted without a line of Python for each."""
        found = list(self._newest.values_list(*_COLUMNS.values())[: SAMPLE + 1])
        columns = zip(*found, strict=True) if found else ((),) * len(_COLUMNS)
        return dict(zip(_COLUMNS, columns, strict=True))

    def behind(self, rows: QuerySet) -> QuerySet:
        """Those of the rows, of whatever has an `incident`, that belong to one looked at."""
        # The first key lets PostgreSQL begin there: else it reads every row there is.
        first = min(self.columns["key"], default=0)
        # For a subquery: nothing is sent back and forth.
        keys = self._newest.values("pk")[: SAMPLE + 1]
        return rows.filter(incident__in=keys, incident__gte=first)

    def in_words(self, number: int) -> str:
        is_least = self._is_least or len(self.columns["key"]) > SAMPLE
        return (
            f"{dates.number(number)}+"
            if is_least and 0 < number <= COUNT_LIMIT
            else in_words(number)
        )


class Facets:
    """The panel of filters, in as many statements whatever the number of incidents."""

    def __init__(self, filters: Filters) -> None:
        self.filters = filters
        self._samples: dict[str, _Sample] = {}

    def all(self) -> list[Facet]:
        return [
            self._of_column("severity", gettext("Severity"), wishes.SEVERITIES),
            self._of_column("kind", gettext("Kind"), wishes.KINDS),
            self._of_column("state", gettext("State"), wishes.STATES),
            self._reviews(),
            self._services(),
            self._teams(),
            self._tags(),
        ]

    def questions(self) -> list[tuple[custom.Question, Facet | None]]:
        """The organisation's own fields; those with a handful of answers with counted choices."""
        return [
            (question, self._answers(question) if question.ask == "choices" else None)
            for question in self.filters.questions
        ]

    def _sample(self, name: str) -> _Sample:
        """Without this filter; the same one for all that are not in force."""
        besides = name if name in self.filters.wishes else ""
        if besides not in self._samples:
            self._samples[besides] = _Sample(
                self.filters.rows_without(besides), is_least=self.filters.words_are_common
            )
        return self._samples[besides]

    def _chosen(self, name: str) -> frozenset[str]:
        wish = self.filters.wishes.get(name)
        return wish.chosen if wish else frozenset()

    def _facet(
        self, name: str, label: str, choices: Iterable[tuple[str, str]], counted: Counter[str]
    ) -> Facet:
        in_words, chosen = self._sample(name).in_words, self._chosen(name)
        return Facet(
            name,
            label,
            [
                Choice(value, words, in_words(counted[value]), value in chosen)
                for value, words in choices
            ],
        )

    def _of_column(self, name: str, label: str, choices: list[tuple[str, str]]) -> Facet:
        return self._facet(name, label, choices, Counter(self._sample(name).columns[name]))

    def _reviews(self) -> Facet:
        sample = self._sample("review")
        columns = sample.columns
        seen = sample.behind(wishes.reviews_seen_by(self.filters.user))
        state_of = dict(naming_rules(seen).values_list("incident_id", "state"))
        reviews = map(state_of.get, columns["key"])
        alike = Counter(
            zip(reviews, columns["severity"], columns["kind"], columns["state"], strict=True)
        )
        counted: Counter[str] = Counter()
        pairs = review_policy.pairs()
        for (review, severity, kind, state), number in alike.items():
            for value, (_, states) in wishes.REVIEWS.items():
                counted[value] += number * (review in states)
            if review is None:
                would_wait = wishes.would_wait(severity, kind, state, pairs=pairs)
                counted["none"] += number
                counted["waiting"] += number * would_wait
        choices = [(value, str(words).capitalize()) for value, (words, _) in wishes.REVIEWS.items()]
        return self._facet("review", gettext("Review"), choices, counted)

    def _services(self) -> Facet:
        counted = self._linked("service", Incident.services.through)
        known = Service.objects.visible_to(self.filters.user).by_name()
        return self._named("service", gettext("Service"), known, counted)

    def _teams(self) -> Facet:
        counted = Counter(self._sample("team").columns["team"])
        known = Team.objects.visible_to(self.filters.user).by_name()
        return self._named("team", gettext("Team"), known, counted)

    def _tags(self) -> Facet:
        """Only tags that the rows have: what is not found here need not exist."""
        counted = self._linked("tag", Incident.tags.through)
        keys = [key for key, _ in counted.most_common(MOST_SHOWN)]
        chosen = wishes.tags_seen_by(self.filters.user).filter(slug__in=self._chosen("tag"))
        known = Tag.objects.filter(pk__in=keys) | Tag.objects.filter(pk__in=chosen)
        return self._named("tag", gettext("Tag"), known.order_by("name", "pk"), counted)

    def _linked(self, name: str, through: type) -> Counter[int]:
        links = self._sample(name).behind(through.objects.all())
        return Counter(dict(links.values_list(name).annotate(Count("pk")).order_by()))

    def _named(self, name: str, label: str, known: QuerySet, counted: Counter[int]) -> Facet:
        rows, chosen = list(known), self._chosen(name)
        first = {row.pk for row in rows if row.slug in chosen}
        frequent = sorted((row.pk for row in rows if counted[row.pk]), key=lambda pk: -counted[pk])
        first |= set(frequent[:MOST_SHOWN])
        facet = self._facet(
            name,
            label,
            [(row.slug, row.name) for row in rows if row.pk in first],
            Counter({row.slug: counted[row.pk] for row in rows}),
        )
        others = [(row.slug, row.name) for row in rows if row.pk not in first]
        return Facet(facet.name, facet.label, facet.choices, others)

    def _answers(self, question: custom.Question) -> Facet:
        counted = Counter(self._answer_counts(question.name)[question.field.pk])
        by_value = {value: counted[custom.start_of(value)] for value, _ in question.choices}
        return self._facet(question.name, question.field.label, question.choices, Counter(by_value))

    def _answer_counts(self, name: str) -> dict[int, dict[str, int]]:
        """{field: {answer: how many}}, in one statement for all fields that share a sample."""
        besides = name if name in self.filters.wishes else ""
        if besides not in self._answered:
            fields = [q.field.pk for q in self.filters.questions if q.ask == "choices"]
            values = self._sample(name).behind(CustomValue.objects.filter(field__in=fields))
            found: dict[int, dict[str, int]] = {key: {} for key in fields}
            for key, start, count in (
                values.values_list("field_id", "start").annotate(Count("pk")).order_by()
            ):
                found[key][start] = count
            self._answered[besides] = found
        return self._answered[besides]

    @cached_property
    def _answered(self) -> dict[str, dict[int, dict[str, int]]]:
        return {}
