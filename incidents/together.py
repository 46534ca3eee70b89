"""Change several incidents at once, and take exactly that back.

Only those that this person may edit are changed. What was changed goes back to them signed, so
that taking it back needs no table and nobody else can do it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from common import history
from common.models import Tag
from common.undo import done_by, token_of
from incidents import search_text
from incidents.models import Incident
from incidents.permissions import editable_by
from people.models import Service, User

_KIND = "incidents.together"

#: (incident, tag or service)
Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class Deed:
    """A way to change several: which links it makes or takes away, and its line in the trail."""

    through: type[models.Model]
    column: str
    of: type[models.Model]
    makes: bool
    verb: str
    opposite: str

    def between(self, incidents: Iterable[int], others: Iterable[int]) -> models.QuerySet:
        rows = self.through.objects.filter(incident__in=incidents)
        return rows.filter(**{f"{self.column}__in": others})


DEEDS = {
    "tag": Deed(Incident.tags.through, "tag", Tag, True, gettext_noop("tagged"), "untag"),
    "untag": Deed(Incident.tags.through, "tag", Tag, False, gettext_noop("took tags off"), "tag"),
    "serve": Deed(Incident.services.through, "service", Service, True,
                  gettext_noop("named services"), "unserve"),
    # Only for taking it back: an incident is seldom about one service less.
    "unserve": Deed(Incident.services.through, "service", Service, False,
                    gettext_noop("took services off"), "serve"),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How many were changed, how many there were that others have to change, and what takes it
    back ("" when nothing was changed)."""

    changed: int
    left: int
    undo: str


@transaction.atomic
def change(
    incidents: Collection[Incident],
    deed: str,
    others: Collection[Tag] | Collection[Service],
    *,
    by: User,
) -> Outcome:
    """Do it to those of the incidents that `by` may edit. Each must be visible to them."""
    mine = _locked([incident.pk for incident in incidents], by)
    pairs: Pairs = [(incident, other.pk) for incident in mine for other in others]
    done = _apply(DEEDS[deed], pairs, by=by)
    token = token_of([deed, done], by=by, kind=_KIND) if done else ""
    return Outcome(len({incident for incident, _ in done}), len(incidents) - len(mine), token)


@transaction.atomic
def undo(token: str, *, by: User) -> int:
    """Take a change back where it still stands; how many incidents that was. Raises
    CannotUndo."""
    deed, pairs = done_by(token, by=by, kind=_KIND)
    mine = set(_locked({incident for incident, _ in pairs}, by))
    kept: Pairs = [(incident, other) for incident, other in pairs if incident in mine]
    done = _apply(DEEDS[DEEDS[deed].opposite], kept, by=by)
    return len({incident for incident, _ in done})


def _locked(keys: Collection[int], by: User) -> list[int]:
    visible = Incident.objects.visible_to(by).filter(pk__in=keys)
    mine = visible.filter(pk__in=editable_by(by).values("pk")).order_by("pk")
    return list(mine.select_for_update(of=("self",)).values_list("pk", flat=True))


def _apply(deed: Deed, pairs: Pairs, *, by: User) -> Pairs:
    """Make or take away those of the links that are not, or are, there; which ones these were."""
    incidents, others = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    columns = ("incident_id", f"{deed.column}_id")
    there = deed.between(incidents, others).values_list(*columns, "pk")
    links = {(incident, other): pk for incident, other, pk in there}
    names = dict(deed.of.objects.filter(pk__in=others).values_list("pk", "name"))
    # A tag or a service that is gone meanwhile cannot come back.
    done = [pair for pair in pairs if (pair in links) is not deed.makes and pair[1] in names]
    if deed.makes:
        deed.through.objects.bulk_create(
            deed.through(**dict(zip(columns, pair, strict=True))) for pair in done
        )
    else:
        deed.through.objects.filter(pk__in=[links[pair] for pair in done]).delete()
    _note(deed, done, names, by)
    return done


def _note(deed: Deed, done: Pairs, names: dict[int, str], by: User) -> None:
    changed = {incident for incident, _ in done}
    rows = Incident.objects.filter(pk__in=changed)
    if deed.of is Service:
        # Services stand in the form of the incident too: who has it open is told.
        rows.update(version=F("version") + 1)
    for incident in rows.order_by("pk"):
        words = sorted(names[other] for key, other in done if key == incident.pk)
        history.record(by, deed.verb, incident, ", ".join(words))
        search_text.refresh(incident)
