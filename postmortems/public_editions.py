"""The public edition of a review: written apart, approved by somebody else, never copied by itself.

    draft → public → withdrawn → public …

What goes out is a version that never changes; a later one takes its place, and withdrawing takes
all of them away from outsiders. While an administrator has not switched public editions on, and
for anything restricted, nothing goes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_noop

from common.access import require
from common.history import EditConflict, keep_texts, record, save_edit
from common.models import Revision
from people.models import Service, Team, User
from postmortems import deidentification, permissions
from postmortems.deidentification import Trace
from postmortems.directory import Directory
from postmortems.models import PublicEdition, PublicEditionSwitch, PublicVersion, Review
from postmortems.workflow import NotReady, Refused, locked

State = PublicEdition.State
_SWITCHED = {
    True: gettext_noop("switched public editions on"),
    False: gettext_noop("switched public editions off"),
}

_REFERENCE = re.compile(r"(?<![\w-])[A-Z]{1,4}-\d{1,9}(?![\w-])")
_LINK = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
_INSIDE_HOST = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+(?:internal|intern|local|lan|corp|intra|intranet|private|svc|home)"
    r"(?![\w-]|\.\w)",
    re.IGNORECASE,
)
# "web-42", "prod-db-03", "db1.cluster.example.org": machines as a rule, but not only.
_HOST = re.compile(
    r"(?<![\w./@-])(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*-?\d{1,4}(?:\.[\w-]+)*|"
    r"(?:[a-z0-9-]+\.){2,}[a-z]{2,})(?![\w@-]|\.\w)"
)
_NO_HOST = re.compile(r"(?:utf|iso|http|ipv|sha|md|covid|top|phase|step|version|v|level)-?\d+$")


@dataclass(frozen=True)
class Look:
    """What was found in the text as it is: what has to go, and what somebody has to look at."""

    has_to_go: list[Trace]
    to_look_at: list[Trace]


def is_on() -> bool:
    return PublicEditionSwitch.objects.filter(is_on=True).exists()


@transaction.atomic
def switch(on: bool, *, by: User) -> None:
    """For administrators. Switched off, nothing is public; nothing is lost either."""
    PublicEditionSwitch.objects.get_or_create(pk=1)
    row = PublicEditionSwitch.objects.select_for_update().get(pk=1)
    if row.is_on == on:
        return
    row.is_on = on
    row.save(update_fields=["is_on"])
    record(by, _SWITCHED[row.is_on], row)


def of(review: Review) -> PublicEdition | None:
    return PublicEdition.objects.filter(review=review).first()


@transaction.atomic
def save(review: Review, *, by: User, seen: int, changes: Mapping[str, str]) -> PublicEdition:
    """Keep what was written (`seen` 0: nothing was there). Readers outside notice nothing.

    Raises Refused for what may never be public, EditConflict when somebody saved meanwhile.
    """
    review = locked(review)
    _require_allowed(review, gettext("Nothing was saved."))
    edition = PublicEdition.objects.select_for_update().filter(review=review).first()
    if edition is None:
        edition = PublicEdition.objects.create(review=review, **changes)
        keep_texts(edition, author=by, fields=PublicEdition.TEXTS)
    elif edition.version != seen:
        raise EditConflict(edition)
    else:
        edition = save_edit(
            edition, seen=seen, author=by, changes=changes, texts=PublicEdition.TEXTS
        )
    record(by, "wrote the public edition", review)
    return edition


def look_over(edition: PublicEdition) -> Look:
    """People, and what has a name only inside. Constant statements."""
    directory = Directory.around(edition.review)
    labels = {name: str(PublicEdition._meta.get_field(name).verbose_name) for name in edition.TEXTS}
    places = [
        (gettext(labels[name]).capitalize(), getattr(edition, name)) for name in edition.TEXTS
    ]
    found = {trace.found: trace for trace in deidentification.find(places, directory)}
    services = [re.escape(name) for name in Service.objects.values_list("name", flat=True)]
    teams = [re.escape(name) for name in Team.objects.values_list("name", flat=True)]
    for label, text in places:
        for trace in _inside_names(text, services, teams):
            known = found.setdefault(trace.found, trace)
            if label not in known.places:
                known.places.append(label)
    traces = list(found.values())
    return Look(
        has_to_go=[trace for trace in traces if trace.is_sure],
        to_look_at=[trace for trace in traces if not trace.is_sure],
    )


def _inside_names(text: str, services: list[str], teams: list[str]) -> Iterator[Trace]:
    for kind, pattern, is_sure in (
        ("link", _LINK, True),
        ("machine", _INSIDE_HOST, True),
        ("reference", _REFERENCE, True),
        ("machine", _HOST, False),
        ("service", _any_of(services), False),
        ("team", _any_of(teams), False),
    ):
        if pattern is None:
            continue
        for match in pattern.finditer(text):
            if kind == "machine" and not is_sure and _NO_HOST.match(match.group()):
                continue
            yield Trace(match.group(), kind, "", is_sure)


def _any_of(names: list[str]) -> re.Pattern[str] | None:
    names = sorted((name for name in names if name), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE) if names else None


def have_written(user: User, edition: PublicEdition) -> bool:
    return Revision.objects.about(edition).filter(author=user).exists()


@transaction.atomic
def approve(
    edition: PublicEdition, *, by: User, seen: int, has_looked: bool, now: datetime
) -> PublicVersion:
    """Make the text public as it is at version `seen`. Two clicks make one version.

    Raises Refused while it may not be public, NotReady naming what has to be done first, and
    EditConflict when the text is not the one that was read.
    """
    review = locked(edition.review)
    edition = PublicEdition.objects.select_for_update().get(pk=edition.pk)
    edition.review = review
    require(permissions.can_put_public(by, review))
    _require_allowed(review, gettext("Nothing was made public."))
    if not is_on():
        raise Refused(
            gettext(
                "Nothing was made public. Public editions are switched off; an administrator "
                "switches them on under Settings."
            )
        )
    last = edition.versions.order_by("-number").first()
    if edition.state == State.PUBLIC and last and last.made_from == edition.version:
        return last
    if edition.version != seen:
        raise EditConflict(edition)
    if have_written(by, edition):
        raise NotReady(
            gettext(
                "Nothing was made public. You have written in it yourself: another manager of "
                "the team reads it and makes it public."
            )
        )
    found = look_over(edition)
    if found.has_to_go:
        spellings = ", ".join(f"“{trace.found}”" for trace in found.has_to_go[:5])
        raise NotReady(
            gettext("Nothing was made public. Say it without {spellings}.").format(
                spellings=spellings
            )
        )
    if found.to_look_at and not has_looked:
        raise NotReady(
            gettext("Nothing was made public. Look at each of the words that were found first.")
        )
    version = PublicVersion.objects.create(
        edition=edition,
        number=last.number + 1 if last else 1,
        made_from=edition.version,
        day_words=day_words(edition),
        approved_by=by,
        public_at=now,
        **{name: getattr(edition, name) for name in PublicEdition.TEXTS},
    )
    edition.slug = edition.slug or _free_slug(edition.title)
    edition.state = State.PUBLIC
    edition.save(update_fields=["slug", "state", "updated_at"])
    record(by, "made the public edition public", review, f"Version {version.number}")
    return version


@transaction.atomic
def withdraw(edition: PublicEdition, *, by: User, reason: str, now: datetime) -> PublicEdition:
    """Take it away from outsiders: for them it is as if it had never been. The versions stay."""
    review = locked(edition.review)
    edition = PublicEdition.objects.select_for_update().get(pk=edition.pk)
    require(permissions.can_put_public(by, review))
    if edition.state == State.WITHDRAWN:
        return edition
    if edition.state != State.PUBLIC:
        raise Refused(gettext("Nothing was withdrawn. It is not public."))
    if not reason.strip():
        raise NotReady(gettext("Nothing was withdrawn. Say in a sentence why."))
    edition.state = State.WITHDRAWN
    edition.withdrawn_at, edition.withdrawn_reason = now, reason.strip()
    edition.save(update_fields=["state", "withdrawn_at", "withdrawn_reason", "updated_at"])
    record(by, "withdrew the public edition", review)
    return edition


def read(slug: str) -> PublicVersion | None:
    """What anybody may read at this address; None for all else, whatever the reason."""
    if not is_on():
        return None
    return (
        PublicVersion.objects.filter(edition__in=PublicEdition.objects.out().filter(slug=slug))
        .order_by("-number")
        .first()
    )


def day_words(edition: PublicEdition) -> str:
    """When it was, as roughly as the writer chose; in UTC, as outsiders may live anywhere."""
    started = edition.review.incident.started_at
    if started is None or edition.dates == PublicEdition.Dates.NONE:
        return ""
    day = started.astimezone(UTC)
    month = f"{day:%B %Y}"
    return month if edition.dates == PublicEdition.Dates.MONTH else f"{day.day} {month}"


def _free_slug(title: str) -> str:
    """From the title alone: an address says nothing about who we are inside."""
    base = slugify(title)[:60].strip("-") or "incident"
    taken = set(PublicEdition.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _require_allowed(review: Review, sentence: str) -> None:
    covers_hidden = review.also_covers.filter(visibility="restricted").exists()
    if review.incident.is_restricted or covers_hidden:
        raise Refused(
            gettext("{sentence} What is restricted never has a public edition.").format(
                sentence=sentence
            )
        )
    if not review.publications.exists():
        raise Refused(
            gettext("{sentence} A public edition is written once the review is published.").format(
                sentence=sentence
            )
        )
