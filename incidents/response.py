"""While it goes on: who has taken on what, what everybody was told, and whether the page changed.

Each deed locks the incident, so that two clicks do it once, and keeps the trail in the same
transaction.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from django.db import models, transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext

from common import dates, drafts, history, kept_words, when
from common.languages import english, in_language_of
from incidents import telling, timeline
from incidents.models import (
    Duty,
    Incident,
    IncidentLink,
    Involvement,
    TimelineEvent,
    Update,
)
from incidents.workflow import NotReady, name_person
from people.models import User
from people.notifications import Telling, tell


# Duties -----------------------------------------------------------------------------------------
@transaction.atomic
def take_on(incident: Incident, *, kind: str, by: User, now: datetime) -> Duty:
    """ "I will". Whoever takes something on took part. Raises NotReady when it is taken."""
    incident = _locked(incident)
    duty, added = Duty.objects.select_related("user").get_or_create(
        incident=incident, kind=kind, defaults={"user": by, "since": now}
    )
    if duty.user_id != by.pk:
        raise NotReady(
            gettext("{user} was faster. It can be handed over to you.").format(user=duty.user)
        )
    if added:
        _took_part(incident, by, by=by, now=now)
        history.record(by, "took on", incident, _name(duty.kind))
    return duty


@transaction.atomic
def hand_over(incident: Incident, *, kind: str, to: User, by: User, now: datetime) -> None:
    """Give a duty to somebody named, and tell them. Raises NotReady when they may not see it, or
    nobody has it any more."""
    incident = _locked(incident)
    duty = Duty.objects.filter(incident=incident, kind=kind).first()
    if duty is None:
        raise NotReady(
            gettext("Not handed over. Nobody has it any more; it can be taken on again.")
        )
    if duty.user_id == to.pk:
        return
    if not Incident.objects.visible_to(to).filter(pk=incident.pk).exists():
        raise NotReady(
            gettext("Not handed over. {to} cannot see {reference}. Name them on it first.").format(
                to=to, reference=incident.reference
            )
        )
    duty.user, duty.since = to, now
    duty.save(update_fields=["user", "since"])
    _took_part(incident, to, by=by, now=now)
    history.record(by, "handed over", incident, f"{_name(kind)}, to {to}")
    if to.pk != by.pk:
        tell(
            [
                Telling(
                    to,
                    "incident_duty",
                    incident,
                    f"duty-{duty.pk}-{now.isoformat()}",
                    {"from": by.pk, "duty": _label(kind)},
                )
            ]
        )


@transaction.atomic
def give_back(incident: Incident, *, kind: str, by: User) -> bool:
    """Nobody has it then. Whether somebody had."""
    incident = _locked(incident)
    given_back, _ = Duty.objects.filter(incident=incident, kind=kind).delete()
    if given_back:
        history.record(by, "gave back", incident, _name(kind))
    return bool(given_back)


def duties(incident: Incident) -> list[tuple[Duty.Kind, Duty | None]]:
    """Each duty with who has it."""
    taken = {duty.kind: duty for duty in incident.duties.select_related("user")}
    return [(kind, taken.get(kind)) for kind in Duty.Kind]


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update().get(pk=incident.pk)


def _name(kind: str) -> str:
    return f"“{_label(kind)}”"


@kept_words.shape(r"“(?P<duty>[^”]+)”(?:, to (?P<to>.+))?")
def _name_for_reader(duty: str, to: str | None) -> str:
    said = kept_words.label(Duty.Kind.choices, duty)
    if to:
        return gettext("“{duty}”, to {person}").format(duty=said, person=to)
    return gettext("“{duty}”").format(duty=said)


def _label(kind: str) -> str:
    """As it is kept; the mail says it in the language of its reader."""
    with english():
        return str(Duty.Kind(kind).label)


def _took_part(incident: Incident, user: User, *, by: User, now: datetime) -> None:
    capacity = Involvement.Capacity.PARTICIPANT
    if not incident.involvements.filter(user=user, capacity=capacity).exists():
        name_person(incident, user=user, capacity=capacity, by=by, now=now)


# Telling everyone -------------------------------------------------------------------------------
@transaction.atomic
def tell_everyone(
    incident: Incident,
    *,
    text: str,
    next_at: datetime | None,
    by: User,
    now: datetime,
    form_token: str = "",
) -> Update | None:
    """Post what is known. It stands on the page and in the timeline, and goes to the owning team
    and to everybody named. None when this showing of the form was sent before."""
    if form_token and not drafts.mark_sent(form_token, by, incident.get_absolute_url()):
        return None
    incident = _locked(incident)
    update = Update.objects.create(incident=incident, text=text, next_at=next_at, by=by, at=now)
    said = timeline.Reading(
        when.read("now", now=now, zone=by.zone),
        text,
        TimelineEvent.Kind.COMMUNICATION,
        source="update to everyone",
    )
    telling.add_events(incident, [said], by=by)
    history.record(by, "told everyone", incident)
    tell(
        Telling(
            user,
            "incident_update",
            incident,
            f"update-{update.pk}",
            {"from": by.pk, "words": text, "next": _promise(next_at, user)},
        )
        for user in concerned(incident).exclude(pk=by.pk)
    )
    drafts.discard(by, draft_of(incident))
    return update


def _promise(at: datetime | None, reader: User) -> str:
    """ "21 Nov 22:15 CET (21:15 UTC)", where the reader is."""
    if at is None:
        return ""
    with in_language_of(reader):
        local = dates.say(at.astimezone(reader.zone), "j M H:i T")
    return f"{local} ({at.astimezone(UTC):%H:%M} UTC)"


def concerned(incident: Incident) -> models.QuerySet[User]:
    """The owning team, and everybody named. Who may not see it is told nothing: see mails.py."""
    rule = Q(memberships__team=incident.team_id) | Q(involvements__incident=incident)
    return User.objects.active().filter(rule).distinct().order_by("pk")


def draft_of(incident: Incident) -> str:
    """The name under which the words of an update are kept while they are typed."""
    return f"update-{incident.reference}"


# The page that refreshes itself -----------------------------------------------------------------
def page_version(incident: Incident, *, user: User, now: datetime) -> str:
    """Changes whenever this person's page of an ongoing incident would, and costs one statement."""
    late = Update.objects.filter(incident=OuterRef("pk"), next_at__lte=now)
    known_links = IncidentLink.objects.exclude(Incident.objects.hides(user, "other"))
    found = Incident.objects.filter(pk=incident.pk).values_list(
        "version",
        "state",
        "updated_at",
        *_of(TimelineEvent.objects, Count("pk"), Max("pk"), Sum("version")),
        *_of(Duty.objects, Count("pk"), Max("pk"), Max("since")),
        *_of(Update.objects, Max("pk")),
        *_of(Involvement.objects, Count("pk"), Max("pk")),
        *_of(known_links, Count("pk"), Max("pk")),
        Subquery(late.order_by("-pk").values("pk")[:1]),
    )
    return hashlib.sha256(repr(found.get()).encode()).hexdigest()[:16]


def _of(rows: models.Manager | models.QuerySet, *what: models.Aggregate) -> list[Subquery]:
    mine = rows.filter(incident=OuterRef("pk")).order_by().values("incident")
    return [Subquery(mine.annotate(found=each).values("found")) for each in what]
