"""Moves of an incident: its state, its severity, and who can see it.

Each locks the row and keeps the trail in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext, gettext_noop

from common import history, when
from common.languages import english
from incidents import announcing, links, milestones, review_policy
from incidents.models import (
    ImpactAnswers,
    Incident,
    IncidentLink,
    Involvement,
    SeverityChange,
    StateChange,
)
from incidents.workflow import NotReady
from people.models import User

State = Incident.State
CloseReason = Incident.CloseReason

#: Reasons that end an incident nobody has to learn from here.
NOTHING_HAPPENED_HERE = {CloseReason.DUPLICATE, CloseReason.FALSE_ALARM, CloseReason.CANCELLED}
_REVIEW_IS_DONE = {"published", "not_required", "archived"}
_ORDER = list(State.values)
#: The milestone that a state fills in, when it is not known yet.
_FILLS = {
    State.INVESTIGATING: "acknowledged",
    State.MITIGATED: "mitigated",
    State.RESOLVED: "resolved",
}


@transaction.atomic
def change_severity(
    incident: Incident,
    *,
    to: str,
    reason: str,
    by: User,
    now: datetime,
    answers: Mapping[str, str] | None = None,
) -> Incident:
    """`answers` are the columns of ImpactAnswers that led to it. Raises NotReady without a
    reason."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    if incident.severity == to:
        return incident
    if not reason.strip():
        raise NotReady(
            gettext("Not changed. Say in a sentence what is now known about the effect.")
        )
    SeverityChange.objects.create(
        incident=incident, before=incident.severity, after=to, reason=reason.strip(), by=by, at=now
    )
    incident.severity, incident.severity_reason = to, reason.strip()
    incident.save(update_fields=["severity", "severity_reason", "updated_at"])
    if answers:
        ImpactAnswers.objects.update_or_create(incident=incident, defaults=answers)
    history.record(by, "changed severity", incident, f"{incident.get_severity_display()}")
    review_policy.follow(incident, by=by, now=now)
    return incident


# States -----------------------------------------------------------------------------------------
def is_back(incident: Incident, to: str) -> bool:
    """Whether a move goes back, which needs a sentence."""
    return _ORDER.index(to) < _ORDER.index(incident.state)


def needs_review(incident: Incident) -> bool:
    """A review is due by the rules of the organisation, and wherever there is one already: a
    severity that is lowered later drops none."""
    return hasattr(incident, "review") or review_policy.is_due_for(incident)


def reviewed_in(incident: Incident) -> Any:
    """The review that leads with it, or else one that also covers it; None without one."""
    return getattr(incident, "review", None) or incident.also_reviewed_in.order_by("pk").first()


@transaction.atomic
def move(
    incident: Incident,
    *,
    to: str,
    by: User,
    now: datetime,
    reason: str = "",
    at: when.Moment | None = None,
    close_reason: str = "",
    duplicate_of: Incident | None = None,
) -> Incident:
    """Move to another state and fill in its milestone with `at`, or now, when it is not known.

    Locks the row, so two clicks move once. Raises NotReady with what is missing.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    if incident.state == to:
        return incident
    before, back = incident.state, is_back(incident, to)
    reason = reason.strip()
    if back and not reason:
        raise NotReady(gettext("Not reopened. Say in a sentence what came back or was missed."))
    detail = ""
    if to == State.CLOSED:
        reason = _close(incident, close_reason, reason, duplicate_of, by)
    elif back:
        detail = _reopen(incident, to, by)
    if not back and to in _FILLS:
        _fill(incident, _FILLS[State(to)], at, now, by)
    incident.state = to
    incident.version = F("version") + 1
    incident.save()
    incident.refresh_from_db()
    StateChange.objects.create(
        incident=incident, before=before, after=to, reason=reason, by=by, at=now
    )
    history.record(by, "moved", incident, detail)
    review_policy.follow(incident, by=by, now=now)
    announcing.announce_resolved(incident)
    return incident


def _fill(
    incident: Incident, milestone: str, at: when.Moment | None, now: datetime, by: User
) -> None:
    if at is None and getattr(incident, f"{milestone}_at") is not None:
        return
    moment = at or when.Moment(now.replace(second=0, microsecond=0), by.time_zone)
    for name, value in milestones.columns({milestone: moment}).items():
        setattr(incident, name, value)
    wrong = milestones.out_of_order({each.name: each.at for each in incident.milestones})
    if wrong:
        raise NotReady(gettext("Not moved. {why}").format(why=wrong[1]))


def _close(
    incident: Incident, close_reason: str, note: str, duplicate_of: Incident | None, by: User
) -> str:
    """The reason in words, as the history keeps it when the incident itself is opened again."""
    if close_reason not in CloseReason.values:
        raise NotReady(gettext("Not closed. Choose why it is closed."))
    if close_reason == CloseReason.DUPLICATE:
        if duplicate_of is None or duplicate_of.pk == incident.pk:
            raise NotReady(
                gettext("Not closed. Name the other incident by its reference, such as INC-142.")
            )
        links.connect(incident, other=duplicate_of, kind=IncidentLink.Kind.DUPLICATE, by=by)
    elif close_reason != CloseReason.LEARNED and not note:
        raise NotReady(gettext("Not closed. Say in a sentence why, for whoever finds it later."))
    if close_reason not in NOTHING_HAPPENED_HERE and needs_review(incident):
        review = reviewed_in(incident)
        if review is None:
            raise NotReady(
                gettext("Not closed. A review is due and nobody has asked for it yet. Ask now.")
            )
        if review.state not in _REVIEW_IS_DONE:
            raise NotReady(
                gettext(
                    "Not closed. Its review is still under way. Publish it, or record that none is "
                    "needed, and close then."
                )
            )
    incident.close_reason, incident.close_note = close_reason, note
    incident.duplicate_of = duplicate_of if close_reason == CloseReason.DUPLICATE else None
    with english():
        label = str(CloseReason(close_reason).label)
    return f"{label}: {note}" if note else label


def _reopen(incident: Incident, to: str, by: User) -> str:
    """Forget the milestones of the states that no longer hold; the trail keeps them."""
    kept = []
    known = {milestone.name: milestone for milestone in incident.milestones}
    for state, milestone in _FILLS.items():
        if _ORDER.index(state) > _ORDER.index(to) and known[milestone].at:
            kept.append(f"{milestones.NAMES[milestone]} was {milestones.was(known[milestone])}")
            for name, value in milestones.columns({milestone: None}).items():
                setattr(incident, name, value)
    if incident.duplicate_of:
        links.take_back_duplicate(incident, other=incident.duplicate_of, by=by)
    incident.close_reason, incident.close_note, incident.duplicate_of = "", "", None
    return ", ".join(kept)


@transaction.atomic
def set_visibility(incident: Incident, *, to: str, by: User) -> Incident:
    """Close an incident to all but the people named on it, or open it to everyone here."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    if incident.visibility == to:
        return incident
    incident.visibility = to
    incident.version = F("version") + 1
    incident.save(update_fields=["visibility", "version", "updated_at"])
    incident.refresh_from_db()
    if incident.is_restricted:
        _name_owners(incident, seen_by=by)
    verb = gettext_noop("restricted") if incident.is_restricted else gettext_noop("opened")
    history.record(by, verb, incident)
    return incident


def _name_owners(incident: Incident, *, seen_by: User) -> None:
    """Whoever promised an action from it goes on seeing what they promised. Actions that are
    hidden from who restricts it, since they come from elsewhere too, are left alone."""
    promised = incident.actions.visible_to(seen_by).exclude(owner=None)
    Involvement.objects.bulk_create(
        [
            Involvement(incident=incident, user_id=owner, capacity=Involvement.Capacity.OWNER)
            for owner in sorted(set(promised.values_list("owner_id", flat=True)))
        ],
        ignore_conflicts=True,
    )
