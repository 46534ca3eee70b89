"""Accounts become incidents with reviews, actions and lessons, each once and in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, transaction
from django.utils.translation import gettext

from config.importing.account import Account, Problem, not_taken
from config.importing.rows import Taken, Writer
from incidents.models import Incident
from lessons.models import Lesson
from people.models import Team, User
from postmortems import published_words, publishing
from postmortems.directory import Directory
from postmortems.models import Publication, Review

#: Postmortems of one transaction.
BATCH = 500
#: What leads to a person when it stands in a published text.
_NAMING = {"name", "initials", "handle", "email", "phone"}


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
        found: dict[str, Incident] = {}
        for batch in _batches(accounts):
            found |= _here(self._kept_as(batch))
        return found

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
        outcome = Outcome()
        for batch in _batches(accounts):
            kept_as = self._kept_as(batch)
            known = _here(kept_as)
            outcome.known += [known[one.key] for one in batch if one.key in known]
            new = [(one, kept_as[one.key]) for one in batch if one.key not in known]
            if new:
                self._write(new, outcome)
        return outcome

    def _write(self, batch: Sequence[tuple[Account, str]], outcome: Outcome) -> None:
        """All of it or nothing, in one transaction. Where something breaks a rule, each half is
        tried by itself, down to the account that does."""
        try:
            with transaction.atomic():
                taken = Writer(self.team, self.by, self.at, self.file_name).write(batch)
                waiting = self._publish_finished(taken)
        except DatabaseError as error:
            if len(batch) == 1:
                [(account, _)] = batch
                reason = str(error).partition("\n")[0]
                outcome.problems.append(Problem(account.line, not_taken(reason)))
                return
            half = len(batch) // 2
            self._write(batch[:half], outcome)
            self._write(batch[half:], outcome)
            return
        made = {one.incident: _incident(one) for one in taken}
        outcome.made += made.values()
        outcome.waiting += [(made[pk], why) for pk, why in waiting]

    def _publish_finished(self, taken: list[Taken]) -> list[tuple[int, str]]:
        """Publish what the sources call finished. Key and reason of incidents that wait."""
        finished = [one for one in taken if one.account.is_published]
        if not finished:
            return []
        reviews = Review.objects.select_related("incident__team").in_bulk(
            [one.review for one in finished]
        )
        # Nobody is named on any of them yet, so that who could be meant is the same for all.
        directory = Directory.around(reviews[finished[0].review])
        told = (
            (one.incident, self._publish(reviews[one.review], one.lessons, directory))
            for one in finished
        )
        return [(pk, why) for pk, why in told if why]

    def _publish(self, review: Review, lessons: list[Lesson], directory: Directory) -> str:
        """Publish what the source calls finished. A text that names people waits for somebody to
        sign it, as any other does."""
        ready = publishing.edition(review, [], directory=directory)
        names = [trace.found for trace in ready.traces if trace.is_sure and trace.kind in _NAMING]
        if names:
            if len(names) == 1:
                return gettext("“{name}” may lead to a person").format(name=names[0])
            return gettext("“{name}” and {more} more may lead to a person").format(
                name=names[0], more=len(names) - 1
            )
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
        Lesson.objects.filter(pk__in=[lesson.pk for lesson in lessons]).publish_drafts(at=self.at)
        return ""


def _batches(accounts: Sequence[Account]) -> Iterator[Sequence[Account]]:
    for start in range(0, len(accounts), BATCH):
        yield accounts[start : start + BATCH]


def _here(kept_as: Mapping[str, str]) -> dict[str, Incident]:
    """Of the keys of accounts those whose import key an incident has."""
    rows = Incident.objects.filter(import_key__in=kept_as.values())
    found = {row.import_key: row for row in rows}
    return {key: found[as_key] for key, as_key in kept_as.items() if as_key in found}


def _incident(one: Taken) -> Incident:
    """As far as it is told of."""
    told = [one.incident, one.reference, one.account.title]
    return Incident.from_db("default", ["id", "reference", "title"], told)
