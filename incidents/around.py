"""An incident for its page, in statements that are put together once in a process: itself, and what
there is around it, so that nothing is asked for that is not there."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from common.counts import CappedCount
from common.keys import signed_in
from common.prepared import Prepared
from incidents.models import (
    Attachment,
    CustomValue,
    Incident,
    IncidentLink,
    SeverityLevel,
    TimelineEvent,
    Update,
)
from incidents.permissions import keep_standing, standing_columns
from incidents.querysets import IncidentQuerySet
from people.models import User


def _itself(reader: int, reference: str) -> IncidentQuerySet:
    user = User(pk=reader)
    found = Incident.objects.visible_to(user).filter(reference=reference)
    return found.select_related("team", "impact_answers").annotate(**_around(user))


def _around(user: User) -> dict[str, Any]:
    """What stands around an incident, as columns of it."""
    here = OuterRef("pk")
    links = IncidentLink.objects.filter(Q(incident=here) | Q(other=here))
    # The rows of these are asked for as far as the reader may know of them.
    actions = _related("actions").each_visible_to(user)
    checks, covering = _related("effect_checks"), _related("also_reviewed_in")
    sources = TimelineEvent.objects.exclude(evidence="").filter(incident=here)
    level = SeverityLevel.objects.filter(severity=OuterRef("severity"))
    return standing_columns(user) | {
        "action_count": CappedCount(actions.filter(incidents=here)),
        "evidence_count": (
            CappedCount(Attachment.objects.filter(incident=here)) + CappedCount(sources)
        ),
        "severity_words": Subquery(level.values("name")[:1]),
        "has_answers": Exists(CustomValue.objects.filter(incident=here)),
        "has_links": Exists(links),
        "has_updates": Exists(Update.objects.filter(incident=here)),
        "has_checks": Exists(checks.filter(incidents=here)),
        "has_covering": Exists(covering.filter(also_covers=here)),
        "has_figures": Exists(_related("figures").filter(incident=here)),
        "has_tags": Exists(Incident.tags.through.objects.filter(incident=here)),
    }


def _review(reader: int, incident: int) -> QuerySet:
    """As far as the reader may know of it."""
    return _related("review").visible_to(User(pk=reader)).filter(incident=incident)


def _related(name: str) -> Any:
    return Incident._meta.get_field(name).related_model.objects


_ITSELF = Prepared(_itself, reader=int, reference=str)
_REVIEW = Prepared(_review, reader=int, incident=int)
_EVENTS = Prepared(lambda incident: _of("events", incident).in_order(), incident=int)
_FILES = Prepared(lambda incident: _of("attachments", incident).order_by("pk"), incident=int)
#: What its page shows all of, by the name of the relation.
_LISTS = {
    "services": Prepared(lambda incident: _of("services", incident), incident=int),
    "tags": Prepared(lambda incident: _of("tags", incident), incident=int),
    "figures": Prepared(lambda incident: _of("figures", incident), incident=int),
    "involvements": Prepared(
        lambda incident: (
            _of("involvements", incident).select_related("user").order_by("since", "pk")
        ),
        incident=int,
    ),
}


def _of(name: str, incident: int) -> Any:
    """The rows of one of its relations."""
    back = Incident._meta.get_field(name).remote_field.name
    return _related(name).filter(**{back: incident})


def find(user: User, reference: str) -> Incident | None:
    """The incident with all of this: what is around it as `around`, and what this person is on it.
    None when there is none that they may know of."""
    if signed_in(user) is None:
        return None
    found = _ITSELF.objects(reader=user.pk, reference=reference)
    if not found:
        return None
    [incident] = found
    incident.around = {name: vars(incident).pop(name) for name in _ITSELF.annotations}
    keep_standing(user, incident, incident.around)
    review = next(iter(_REVIEW.objects(reader=user.pk, incident=incident.pk)), None)
    if review is None:
        Incident._meta.get_field("review").set_cached_value(incident, None)
    else:
        review.incident = incident
    for name, rows in _LISTS.items():
        is_there = incident.around.get(f"has_{name}", True)
        _keep(incident, name, rows.objects(incident=incident.pk) if is_there else [])
    return incident


def events_of(incident: Incident) -> list[TimelineEvent]:
    """Its timeline in order, each event with its files, of an incident that was found here."""
    events = _EVENTS.objects(incident=incident.pk)
    files = _FILES.objects(incident=incident.pk) if incident.around["evidence_count"] else []
    for event in events:
        event.incident = incident
        _keep(event, "attachments", [each for each in files if each.event_id == event.pk])
    return events


def _keep(row: Model, name: str, related: list[Any]) -> None:
    """As if it had been prefetched."""
    rows = getattr(row, name).all()
    rows._result_cache, rows._prefetch_done = related, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


def levels_of(incident: Incident) -> dict[str, SeverityLevel]:
    """The organisation's words for its severity, by the severity; none where there are none."""
    words = incident.around["severity_words"]
    return {incident.severity: SeverityLevel(incident.severity, words)} if words else {}
