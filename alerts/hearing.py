"""What becomes of alerts: incidents are opened, added to and resolved by the rules of the source.

By the clock of the source: what is told twice, or later than something newer, changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When

from alerts.formats import Told
from alerts.models import Alert, AlertRule, AlertSource
from common.when import Moment
from incidents import moves, telling, timeline, workflow
from incidents.models import Incident, TimelineEvent
from incidents.workflow import NotReady

Kind = TimelineEvent.Kind
Deed = AlertRule.Deed
#: As Incident.is_ongoing says of one.
_GOING_ON = (Incident.State.REPORTED, Incident.State.INVESTIGATING, Incident.State.MITIGATED)
#: Events that one delivery adds to one timeline; further ones are counted in a last one.
_MOST_EVENTS = 20
REMEMBERED = timedelta(days=90)


@dataclass
class Outcome:
    """How many alerts were told, and what came of them."""

    told: int
    done: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        parts = [f"{count} {what}" for what, count in sorted(self.done.items())]
        alerts = "1 alert" if self.told == 1 else f"{self.told} alerts"
        return f"{alerts}: {', '.join(parts) or 'nothing new'}"


def count(source: AlertSource, *, now: datetime) -> bool:
    """Count a delivery; False when the minute has had its fill."""
    minute = int(now.timestamp() // 60)
    full = {"minute": minute, "calls__gte": settings.ALERTS_PER_MINUTE}
    counted = (
        AlertSource.objects.filter(pk=source.pk)
        .exclude(**full)
        .update(calls=Case(When(minute=minute, then=F("calls") + 1), default=Value(1)),
                minute=minute)
    )  # fmt: skip
    return bool(counted)


def refuse(source: AlertSource, why: str, *, now: datetime) -> None:
    """Its page says why."""
    AlertSource.objects.filter(pk=source.pk).update(refused_at=now, refused=why[:300])


@transaction.atomic
def hear(source: AlertSource, alerts: Collection[Told], *, now: datetime) -> Outcome:
    """All of a delivery or nothing. The row of the source is locked, so that copies of it that
    arrive together are told apart from the first."""
    source = AlertSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    outcome = Outcome(len(alerts))
    rules = list(source.rules.select_related("service").order_by("pk"))
    began: dict[int, list[tuple[Alert, Told]]] = {}
    ended: dict[int, list[tuple[Alert, Told]]] = {}
    left = []
    for alert, told in _news(source, alerts, now):
        outcome.done["over" if told.is_over else "new"] += 1
        if told.is_over and alert.incident_id:
            ended.setdefault(alert.incident_id, []).append((alert, told))
            continue
        if told.is_over:
            # Perhaps told before its beginning, which then comes too late.
            left.append(alert)
            continue
        rule = next((one for one in rules if one.fits(told.labels)), None)
        alert.incident, alert.rule = None, rule
        if rule is None or rule.deed == Deed.IGNORE:
            outcome.done["left alone"] += 1
            left.append(alert)
        else:
            began.setdefault(rule.pk, []).append((alert, told))
    _save(left)
    for rule in rules:
        if rule.pk in began:
            _begin(source, rule, began[rule.pk], outcome, now)
    for incident, group in ended.items():
        _end(source, incident, group, outcome, now)
    AlertSource.objects.filter(pk=source.pk).update(heard_at=now, heard=str(outcome)[:300])
    return outcome


def forget(*, now: datetime) -> None:
    """Alerts that were over long ago."""
    Alert.objects.filter(is_over=True, heard_at__lt=now - REMEMBERED).delete()


def _news(source: AlertSource, alerts: Collection[Told], now: datetime) -> list[tuple[Alert, Told]]:
    """The alerts that say something else than what is known, as they are from now on. Of one that
    a delivery names twice, what is newest counts."""
    latest: dict[str, Told] = {}
    for told in sorted(alerts, key=lambda told: told.at):
        latest[told.fingerprint] = told
    names = list(latest)
    known: dict[str, Alert] = {}
    for start in range(0, len(names), 500):
        found = Alert.objects.filter(source=source, fingerprint__in=names[start : start + 500])
        known |= {alert.fingerprint: alert for alert in found}
    news = []
    for fingerprint, told in latest.items():
        alert = known.get(fingerprint)
        if alert is not None and (alert.is_over == told.is_over or told.at < alert.changed_at):
            continue
        alert = alert or Alert(source=source, fingerprint=fingerprint)
        alert.is_over, alert.changed_at, alert.heard_at = told.is_over, told.at, now
        news.append((alert, told))
    return news


def _begin(
    source: AlertSource,
    rule: AlertRule,
    group: list[tuple[Alert, Told]],
    outcome: Outcome,
    now: datetime,
) -> None:
    """All that one rule takes of a delivery goes into one incident."""
    incident = _ongoing(source, rule)
    if incident is None and rule.deed == Deed.OPEN:
        incident = _file(source, rule, group, now)
        outcome.done["incident opened"] += 1
    if incident is None:
        outcome.done["without an open incident"] += len(group)
    else:
        _tell(source, incident, group, Kind.DETECTION, now)
    for alert, _ in group:
        alert.incident = incident
    _save([alert for alert, _ in group])


def _save(alerts: list[Alert]) -> None:
    Alert.objects.bulk_create([alert for alert in alerts if alert.pk is None], batch_size=500)
    Alert.objects.bulk_update(
        [alert for alert in alerts if alert.pk is not None],
        ["incident", "rule", "is_over", "changed_at", "heard_at"],
        batch_size=200,
    )


def _ongoing(source: AlertSource, rule: AlertRule) -> Incident | None:
    """What the rule adds to: for one that files, what it has opened; for one that only notes, the
    latest of the service."""
    rows = Incident.objects.filter(state__in=_GOING_ON, resolved_at=None)
    if rule.deed == Deed.OPEN:
        opened = Alert.objects.filter(source=source, rule=rule).exclude(incident=None)
        rows = rows.filter(pk__in=opened.values("incident"))
    else:
        rows = rows.filter(services=rule.service)
    return rows.order_by("-filed_at", "-pk").first()


def _file(
    source: AlertSource, rule: AlertRule, group: list[tuple[Alert, Told]], now: datetime
) -> Incident:
    first = min(group, key=lambda pair: pair[1].at)[1]
    moments = {"started": Moment(first.at, "UTC"), "detected": Moment(now, "UTC")}
    return workflow.file_incident(
        by=source.files_as,
        kind=rule.kind,
        title=first.title,
        severity=rule.severity,
        moments=moments,
        services=[rule.service] if rule.service else [],
        now=now,
    )


def _tell(
    source: AlertSource,
    incident: Incident,
    group: list[tuple[Alert, Told]],
    kind: str,
    now: datetime,
) -> None:
    ordered = sorted((told for _, told in group), key=lambda told: told.at)
    readings = [
        timeline.Reading(Moment(told.at, "UTC"), _sentence(told), kind, source=source.name)
        for told in ordered[:_MOST_EVENTS]
    ]
    if (further := len(ordered) - _MOST_EVENTS) > 0:
        text = f"{further:,} further alerts of the same kind"
        readings.append(timeline.Reading(Moment(now, "UTC"), text, kind, source=source.name))
    telling.add_events(incident, readings, by=source.files_as)


def _sentence(told: Told) -> str:
    return f"Alert over: {told.title}" if told.is_over else f"Alert: {told.title}"


def _end(
    source: AlertSource,
    pk: int,
    group: list[tuple[Alert, Told]],
    outcome: Outcome,
    now: datetime,
) -> None:
    """Tell that they are over; when it was the last one, and its rule says so, resolve it."""
    _save([alert for alert, _ in group])
    incident = Incident.objects.get(pk=pk)
    _tell(source, incident, group, Kind.OBSERVATION, now)
    rule = group[0][0].rule
    if rule is None or not rule.resolves or not incident.is_ongoing:
        return
    if Alert.objects.filter(incident=incident, is_over=False).exists():
        return
    last = max(told.at for _, told in group)
    started = incident.started_at or last
    try:
        with transaction.atomic():
            moves.move(
                incident,
                to=Incident.State.RESOLVED,
                by=source.files_as,
                now=now,
                at=Moment(max(last, started, incident.detected_at or started), "UTC"),
            )
    except NotReady:
        # Somebody has written down times that do not fit: they decide when it was over.
        return
    outcome.done["incident resolved"] += 1
