"""Months after an action was verified: did the same kind of thing happen again?

A dated question for those who guide the action, 30 and 90 days after it was verified. Beside it
stand the incidents since with the same service or factor, as far as the reader may know of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from actions import permissions, search_text
from actions.models import Action, EffectCheck
from actions.workflow import NotReady
from common.dates import say
from common.history import record
from incidents.models import Incident
from incidents.permissions import READING, where
from incidents.querysets import IncidentQuerySet
from people.models import Membership, User
from people.notifications import Telling, tell
from postmortems.models import ContributingFactor

Answer = EffectCheck.Answer

#: So many incidents stand beside the question; the list of incidents has the rest.
MOST_SHOWN = 20
DAY = timedelta(days=1)
STALE = timedelta(days=60)


@dataclass(frozen=True)
class Since:
    """An incident since then, and what it has in common with those the action answers."""

    incident: Incident
    services: Sequence[str]
    factors: Sequence[str]
    #: Those who read the action may know of it.
    may_be_named: bool

    @property
    def reason(self) -> str:
        """ "same service: Card gateway; same factor: Monitoring"."""
        parts = [
            (gettext("same service: {names}"), self.services),
            (gettext("same factor: {names}"), self.factors),
        ]
        return "; ".join(said.format(names=", ".join(names)) for said, names in parts if names)


def since(action: Action, user: User) -> tuple[list[Since], bool]:
    """The newest incidents after the day of verification that share a service or a category of
    factor with those the action answers, and whether there are more. Five statements at most."""
    if action.verified_at is None:
        return [], False
    sources = [incident.pk for incident in permissions.sources(action)]
    services = dict(
        Incident.services.through.objects.filter(incident__in=sources).values_list(
            "service", "service__name"
        )
    )
    factors = dict(
        _readable_factors(user)
        .filter(review__incident__in=sources)
        .values_list("category", "category__name")
    )
    found = list(
        _after(action, user)
        .exclude(pk__in=sources)
        .filter(
            Q(pk__in=Incident.services.through.objects.filter(service__in=services).values(
                "incident"
            ))
            | Q(pk__in=_readable_factors(user).filter(category__in=factors).values(
                "review__incident"
            ))
        )
        .order_by("-began", "-pk")[: MOST_SHOWN + 1]
    )  # fmt: skip
    shown = found[:MOST_SHOWN]
    shared_services = _names(
        Incident.services.through.objects.filter(incident__in=shown, service__in=services),
        "incident", "service", services,
    )  # fmt: skip
    shared_factors = _names(
        _readable_factors(user).filter(review__incident__in=shown, category__in=factors),
        "review__incident", "category", factors,
    )  # fmt: skip
    is_closed = any(incident.is_restricted for incident in permissions.sources(action))
    rows = [
        Since(
            incident,
            shared_services.get(incident.pk, []),
            shared_factors.get(incident.pk, []),
            may_be_named=is_closed or not incident.is_restricted,
        )
        for incident in shown
    ]
    return rows, len(found) > MOST_SHOWN


def _after(action: Action, user: User) -> IncidentQuerySet:
    """What began after it was verified, rehearsals left out."""
    return (
        Incident.objects.visible_to(user)
        .exclude(kind__in=[Incident.Kind.GAME_DAY, Incident.Kind.TEST])
        .annotate(began=Coalesce(F("started_at"), F("filed_at")))
        .filter(began__gt=action.verified_at)
    )


def _readable_factors(user: User) -> QuerySet[ContributingFactor]:
    """Until they are published, factors belong to the working text: only its readers compare."""
    mine = where(user, READING)
    return ContributingFactor.objects.filter(
        Q(review__published_at__isnull=False) | Q(review__incident__in=mine.values("pk"))
    )


def _names(
    rows: QuerySet, incident: str, thing: str, names: dict[int, str]
) -> dict[int, list[str]]:
    """{incident: what it shares}, by name."""
    found: dict[int, list[str]] = {}
    for incident_pk, thing_pk in rows.values_list(incident, thing).distinct():
        found.setdefault(incident_pk, []).append(names[thing_pk])
    return {pk: sorted(each) for pk, each in found.items()}


@dataclass(frozen=True)
class Told:
    """One check as this reader may see it. `sentence` is None where it speaks of what is hidden."""

    check: EffectCheck
    sentence: str | None
    incidents: Sequence[Incident]
    #: Without an answer, and a later one has its own.
    is_overtaken: bool


def history(action: Action, user: User) -> list[Told]:
    """Its checks in their order. Three statements."""
    checks = list(
        action.effect_checks.select_related("answered_by")
        .prefetch_related("incidents")
        .order_by("days")
    )
    last_answered = max((check.days for check in checks if check.answer), default=0)
    named = {incident.pk for check in checks for incident in check.incidents.all()}
    visible = (
        set(Incident.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True))
        if named
        else set()
    )
    return [
        Told(
            check,
            check.sentence
            if all(incident.pk in visible for incident in check.incidents.all())
            else None,
            [incident for incident in check.incidents.all() if incident.pk in visible],
            is_overtaken=not check.answer and check.days < last_answered,
        )
        for check in checks
    ]


def follow_up_address(action: Action, told: Sequence[Told]) -> str:
    """Where a new action begins that follows one that did not hold; "" when it needs none."""
    again = [one for one in told if one.check.answer == Answer.RECURRED]
    if not again or action.state != Action.State.RECURRED:
        return ""
    named = again[-1].incidents
    incident = f"&incident={named[0].reference}" if named else ""
    return f"{reverse('actions:new')}?follows={action.reference}{incident}"


def question(action: Action, *, today: date) -> EffectCheck | None:
    """The check that can be answered now: the one that is due, else the next one, in which it can
    only be said that it happened again."""
    open_ones = list(action.effect_checks.filter(answer="").order_by("days"))
    answered = [check.days for check in action.effect_checks.answered()]
    waiting = [check for check in open_ones if check.days > max(answered, default=0)]
    due = [check for check in waiting if check.due_on <= today]
    return due[-1] if due else (waiting[0] if waiting else None)


@transaction.atomic
def answer(
    check: EffectCheck,
    *,
    by: User,
    answer: str,
    sentence: str,
    incidents: Iterable[Incident] = (),
) -> EffectCheck:
    """Say what came of it; the action says the same from now on.

    `incidents` are those in which it happened again. Raises NotReady when it is answered already,
    before its day for anything but "recurred", and for a recurrence that names nothing.
    """
    action = Action.objects.select_for_update(of=("self",)).get(pk=check.action_id)
    check = EffectCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    incidents = list(incidents)
    if check.answer:
        raise NotReady(
            gettext("Somebody else has answered it meanwhile. Its page shows their sentence.")
        )
    if check.due_on > timezone.localdate() and answer != Answer.RECURRED:
        raise NotReady(
            gettext("Whether it holds is asked on {day}.").format(day=say(check.due_on, "j M Y"))
        )
    if answer == Answer.RECURRED and not incidents:
        raise NotReady(gettext("Name at least one incident in which it happened again."))
    check.answer, check.sentence = answer, sentence
    check.answered_at, check.answered_by = timezone.now(), by
    check.save(update_fields=["answer", "sentence", "answered_at", "answered_by"])
    if answer == Answer.RECURRED:
        check.incidents.set(incidents)
    Action.objects.filter(pk=action.pk).update(
        state=answer, version=F("version") + 1, updated_at=timezone.now()
    )
    action.refresh_from_db()
    search_text.refresh(action)
    record(by, _VERBS[Answer(answer)], action, str(check))
    is_open = not any(source.is_restricted for source in permissions.sources(action))
    for incident in incidents if answer == Answer.RECURRED else ():
        record(by, "happened before", incident, action.reference if is_open else "")
    return check


_VERBS = {
    Answer.HELD: gettext_noop("looked again: it held"),
    Answer.RECURRED: gettext_noop("looked again: it happened again"),
    Answer.CANNOT_TELL: gettext_noop("looked again: cannot tell"),
}


# Asking -----------------------------------------------------------------------------------------
def remind(*, now: datetime) -> int:
    """Write down who is to be asked, once for each check and person. How many were new.

    What has been waiting for two months is not brought up again: its page still asks.
    """
    return len(tell(list(_tellings(now=now))))


def _tellings(*, now: datetime) -> Iterator[Telling]:
    """To the managers of its team and the facilitators of the reviews it comes from, on the day by
    their own calendar."""
    checks = list(
        EffectCheck.objects.asked(on=timezone.localdate(now) + DAY)
        .filter(due_on__gte=timezone.localdate(now) - STALE)
        .select_related("action")
        .order_by("pk")
    )
    asked = _asked([check.action for check in checks])
    for check in checks:
        for person in asked.get(check.action_id, []):
            if check.due_on <= timezone.localdate(now, person.zone):
                yield Telling(
                    recipient=person,
                    kind="effect_check",
                    about=check.action,
                    occasion=f"action-{check.action_id}-effect-{check.days}",
                    data={"days": check.days},
                )


def _asked(actions: Sequence[Action]) -> dict[int, list[User]]:
    """{action: whom to ask}, in two statements."""
    managers: dict[int, list[User]] = {}
    for membership in Membership.objects.filter(
        team__in={action.team_id for action in actions if action.team_id},
        is_manager=True, user__is_active=True,
    ).select_related("user"):  # fmt: skip
        managers.setdefault(membership.team_id, []).append(membership.user)
    found = {action.pk: {user.pk: user for user in managers.get(action.team_id or 0, [])}
             for action in actions}  # fmt: skip
    links = Action.reviews.through.objects.filter(
        action__in=list(found), review__facilitator__is_active=True
    ).select_related("review__facilitator")
    for link in links:
        facilitator = link.review.facilitator
        if facilitator is not None:
            found[link.action_id][facilitator.pk] = facilitator
    return {pk: list(people.values()) for pk, people in found.items()}
