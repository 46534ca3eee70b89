"""Use cases that change an incident: file, edit, name and connect. The moves between states are
in moves.py, its timeline is told in telling.py.

Each keeps the trail and the search text in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from common import drafts, history, languages
from common.inserting import insert, insert_one
from common.models import ReferenceCounter, Revision
from common.prepared import Prepared
from common.text import one_line, render
from incidents import announcing, custom, milestones, review_policy, search_text
from incidents import figures as figures_of
from incidents.models import (
    MILESTONES,
    CustomField,
    ImpactAnswers,
    Incident,
    Involvement,
    StateChange,
    TimelineEvent,
)
from people.models import Service, Team, User
from people.posts import who_listens

State = Incident.State

TEXTS = ("title", "summary", "impact")


class NotReady(Exception):
    """Something is missing. The message says what, and what to do next."""


class AlreadyFiled(Exception):
    """This showing of the form was sent before; `address` is where it led."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


# Filing and editing -----------------------------------------------------------------------------
@transaction.atomic
def file_incident(
    *,
    by: User,
    kind: str,
    title: str,
    severity: str,
    moments: Mapping[str, milestones.Answer],
    now: datetime,
    services: Collection[Service] = (),
    summary: str = "",
    impact: str = "",
    visibility: str = Incident.Visibility.OPEN,
    impact_answers: Mapping[str, str] | None = None,
    figures: Sequence[figures_of.Figure] = (),
    answers: Mapping[CustomField, custom.Value] | None = None,
    form_token: str = "",
) -> Incident:
    """Give the incident its reference and its first state; its reporter is named on it.

    `moments` holds the milestones that are known, `impact_answers` the columns of that model.
    Raises AlreadyFiled when a form with this token
    was sent before, NotReady when there is no team to look after it.
    """
    team = _team_for(by, services)
    prefix = Incident.PREFIXES[Incident.Kind(kind)]
    known = {name: moments.get(name) for name in MILESTONES}
    state = State.RESOLVED if known["resolved"] else State.REPORTED
    incident = Incident(
        kind=kind,
        title=one_line(title),
        severity=severity,
        summary=summary,
        summary_html=render(summary),
        impact=impact,
        state=state,
        visibility=visibility,
        team=team,
        reporter=by,
        filed_at=now,
        **milestones.columns(known),
    )
    listening = who_listens()
    # From here on whoever files another of this kind waits: what can be looked up before is.
    incident.reference = f"{prefix}-{ReferenceCounter.next(prefix)}"
    incident.search_text = search_text.of_new(
        incident, services=services, answers=custom.as_kept(answers or {}).values()
    )
    if form_token and not drafts.mark_sent(form_token, by, incident.get_absolute_url()):
        raise AlreadyFiled(drafts.first_address(form_token) or "")
    insert_one(incident)
    insert(
        *(Incident.services.through(incident=incident, service=each) for each in services),
        Involvement(incident=incident, user=by, capacity=Involvement.Capacity.REPORTER, since=now),
        StateChange(incident=incident, before="", after=state, by=by, at=now),
        *history.texts_of(incident, author=by, fields=TEXTS),
        history.line_of(by, "filed", incident),
        *custom.rows_of_new(incident, answers or {}),
    )
    if impact_answers:
        ImpactAnswers.objects.create(incident=incident, **impact_answers)
    if figures:
        figures_of.save(incident, figures)
    review_policy.follow(incident, by=by, now=now)
    announcing.announce_filed(incident, to=listening)
    return incident


_FIRST_TEAM = Prepared(lambda member: Team.objects.of(member).by_name()[:1], member=int)


def _team_for(by: User, services: Collection[Service]) -> Team:
    """That of the first service, or else the reporter's first, or the first of all."""
    first = next(iter(services), None)
    if first:
        return first.team
    team = next(iter(_FIRST_TEAM.objects(member=by.pk)), None) or Team.objects.by_name().first()
    if team is None:
        raise NotReady(
            gettext(
                "Not filed. There is no team yet to look after it. Ask an administrator to add "
                "one; what you typed is kept."
            )
        )
    return team


@transaction.atomic
def edit_incident(
    incident: Incident,
    *,
    seen: int,
    by: User,
    changes: Mapping[str, Any],
    services: Collection[Service] | None = None,
    figures: Sequence[figures_of.Figure] | None = None,
    answers: Mapping[CustomField, custom.Value] | None = None,
) -> Incident:
    """Save what changed; None leaves as it is.

    Raises history.EditConflict when somebody saved after `seen`.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    keep_first_version(incident, TEXTS)
    changed = {name: value for name, value in changes.items() if getattr(incident, name) != value}
    if "summary" in changed:
        changed["summary_html"] = render(str(changed["summary"]))
    current = history.save_edit(incident, seen=seen, author=by, changes=changed, texts=TEXTS)
    beside = _save_beside(current, services, figures, answers)
    if current.is_resolved_in_all_but_state:
        _resolve(current, by)
    if changed or beside:
        history.record(by, "edited", current, ", ".join(_what_changed(incident, changed) + beside))
        search_text.refresh(current)
        review_policy.follow(current, by=by, now=timezone.now())
    return current


def _save_beside(
    incident: Incident,
    services: Collection[Service] | None,
    figures: Sequence[figures_of.Figure] | None,
    answers: Mapping[CustomField, custom.Value] | None,
) -> list[str]:
    """What belongs to an incident in tables of its own. Returns what changed, in words."""
    changed = []
    if services is not None and set(incident.services.all()) != set(services):
        incident.services.set(services)
        changed.append("services")
    if figures is not None and (before := figures_of.save(incident, figures)) is not None:
        changed.append(f"figures (was {before.replace(chr(10), '; ') or 'none'})")
    for field, before in custom.save(incident, answers or {}):
        changed.append(f"“{field.label}” (was {before or 'not answered'})")
    return changed


def _resolve(incident: Incident, by: User) -> None:
    """Whoever writes down when it was resolved has said that it is."""
    StateChange.objects.create(
        incident=incident, before=incident.state, after=State.RESOLVED, by=by
    )
    incident.state = State.RESOLVED
    incident.save(update_fields=["state", "updated_at"])
    announcing.announce_resolved(incident)


def keep_first_version(obj: Incident | TimelineEvent, texts: tuple[str, ...]) -> None:
    """Rows that came by import have no revision yet; keep theirs before the first edit."""
    kept = set(Revision.objects.about(obj).values_list("field", flat=True))
    missing = tuple(name for name in texts if name not in kept and getattr(obj, name))
    author = getattr(obj, "reporter", None) or getattr(obj, "author", None)
    history.keep_texts(obj, author=author, fields=missing)


def _what_changed(incident: Incident, changed: Mapping[str, Any]) -> list[str]:
    parts = [name for name in TEXTS if name in changed]
    for milestone in incident.milestones:
        name = milestone.name
        if f"{name}_at" in changed or f"{name}_precision" in changed:
            parts.append(f"{milestones.NAMES[name]} (was {milestones.was(milestone)})")
    return parts


# People -------------------------------------------------------------------------------
@transaction.atomic
def name_person(
    incident: Incident, *, user: User, capacity: str, by: User, now: datetime, role_words: str = ""
) -> Involvement:
    """Name somebody in one capacity; naming them again updates their role in words."""
    involvement, added = Involvement.objects.update_or_create(
        incident=incident,
        user=user,
        capacity=capacity,
        defaults={"role_words": one_line(role_words)},
        create_defaults={"role_words": one_line(role_words), "since": now},
    )
    if added:
        verb = gettext_noop("joined") if user.pk == by.pk else gettext_noop("named")
        history.record(by, verb, incident, "" if verb == "joined" else _kept_name(user))
    return involvement


def _kept_name(user: User) -> str:
    """As the trail keeps it, whoever's language the page is in."""
    with languages.english():
        return str(user)


@transaction.atomic
def unname_person(involvement: Involvement, *, by: User) -> None:
    """Take one naming back. Who is named no more gives back what they had taken on. Whoever filed
    it, and who guides the review, stay named."""
    if involvement.capacity not in {
        Involvement.Capacity.PARTICIPANT,
        Involvement.Capacity.LEARNER,
    }:
        raise NotReady(gettext("Not removed. Who filed it and who guides its review stay named."))
    incident, name = involvement.incident, _kept_name(involvement.user)
    involvement.delete()
    if not incident.involvements.filter(user=involvement.user).exists():
        incident.duties.filter(user=involvement.user).delete()
    history.record(by, "took back naming", incident, name)
