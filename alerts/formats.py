"""What Alertmanager, Grafana and PagerDuty send, read as the same few facts.

Formats: prometheus.io/docs/alerting/latest/configuration/#webhook_config (version 4),
grafana.com/docs/grafana/latest/alerting (webhook notifier), and
developer.pagerduty.com/docs/webhooks-overview (version 3). Whatever is not as described there is
refused as a whole. Texts are data: one line, cut, without control characters.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.models import AlertSource
from common import strict_json
from common.text import one_line

#: Alerts of one delivery that are read.
MOST = 5_000
_MOST_LABELS = 64
_LONGEST = 200
#: A clock may be off by so much.
_AHEAD = timedelta(minutes=5)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class NotUnderstood(ValueError):
    """What was sent is not as its kind of source sends it. The message says where."""


@dataclass(frozen=True)
class Told:
    """One alert as it was told: it began, or it is over, at `at`."""

    fingerprint: str
    is_over: bool
    at: datetime
    title: str
    labels: dict[str, str]


def read(source: AlertSource, body: bytes, *, now: datetime) -> list[Told]:
    """The alerts of one delivery; [] for events that are none. Raises NotUnderstood."""
    try:
        said = strict_json.read(body)
    except ValueError as error:
        raise NotUnderstood(f"No JSON object: {error}"[:200]) from None
    said = _object(said, "the body")
    if source.kind == AlertSource.Kind.PAGERDUTY:
        return _pagerduty(said, now)
    return _prometheus(said, now)


# Alertmanager and Grafana -----------------------------------------------------------------------
def _prometheus(said: dict[str, Any], now: datetime) -> list[Told]:
    alerts = said.get("alerts")
    if not isinstance(alerts, list):
        raise NotUnderstood("“alerts” is no list")
    if len(alerts) > MOST:
        raise NotUnderstood(f"more than {MOST:,} alerts at once")
    return [_prometheus_alert(_object(alert, "an alert"), now) for alert in alerts]


def _prometheus_alert(alert: dict[str, Any], now: datetime) -> Told:
    status = alert.get("status")
    if status not in ("firing", "resolved"):
        raise NotUnderstood("“status” is neither firing nor resolved")
    labels = _labels(alert.get("labels"))
    annotations = _object(alert.get("annotations") or {}, "annotations")
    is_over = status == "resolved"
    title = annotations.get("summary") or labels.get("alertname") or "An alert"
    return Told(
        # Older versions give no fingerprint; it stands for the labels.
        fingerprint=_digest(alert.get("fingerprint") or sorted(labels.items())),
        is_over=is_over,
        at=_time(alert.get("endsAt" if is_over else "startsAt"), now),
        title=_words(title),
        labels=labels,
    )


# PagerDuty --------------------------------------------------------------------------------------
_BEGINS = {"incident.triggered", "incident.reopened", "incident.unacknowledged"}


def _pagerduty(said: dict[str, Any], now: datetime) -> list[Told]:
    event = _object(said.get("event"), "event")
    kind = event.get("event_type")
    if not isinstance(kind, str):
        raise NotUnderstood("“event_type” is no text")
    if kind != "incident.resolved" and kind not in _BEGINS:
        return []  # acknowledged, annotated, a ping: nothing began and nothing is over
    data = _object(event.get("data"), "data")
    if not isinstance(data.get("id"), str) or not data["id"]:
        raise NotUnderstood("the incident has no “id”")
    service = _object(data.get("service") or {}, "service")
    priority = _object(data.get("priority") or {}, "priority")
    labels = {
        "service": service.get("summary"),
        "service_id": service.get("id"),
        "urgency": data.get("urgency"),
        "priority": priority.get("summary"),
    }
    return [
        Told(
            fingerprint=_digest(data["id"]),
            is_over=kind == "incident.resolved",
            at=_time(event.get("occurred_at"), now),
            title=_words(data.get("title") or "An incident of PagerDuty"),
            labels={name: _words(value) for name, value in labels.items() if value},
        )
    ]


# Pieces -----------------------------------------------------------------------------------------
def _object(said: Any, name: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise NotUnderstood(f"{name} is no object")
    return said


def _labels(said: Any) -> dict[str, str]:
    labels = _object(said, "labels")
    if len(labels) > _MOST_LABELS:
        raise NotUnderstood("too many labels")
    return {_words(name): _words(value) for name, value in labels.items()}


def _words(said: Any) -> str:
    if not isinstance(said, str | int | float | bool):
        raise NotUnderstood("a text is no text")
    return one_line(str(said))[:_LONGEST].strip() or "?"


def _time(said: Any, now: datetime) -> datetime:
    """Never ahead of our own clock, and never before 1970."""
    found = _RFC3339.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise NotUnderstood("a time is not as in RFC 3339")
    day, fraction, zone = found.groups()
    try:
        at = datetime.fromisoformat(
            f"{day.upper()}{(fraction or '.0')[:7].ljust(7, '0')}{zone.upper()}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotUnderstood("a time that there is not") from None
    if at > now + _AHEAD or at.year < 1970:
        return now
    return min(at, now)


def _digest(said: Any) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()
