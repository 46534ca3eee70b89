"""Sources that send alerts as their manuals show them."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from alerts.models import AlertRule, AlertSource
from tests.make import make_service, make_user

ALERT = {
    "status": "firing",
    "labels": {
        "alertname": "ProbeFailure",
        "instance": "https://server.example.org",
        "severity": "critical",
    },
    "annotations": {
        "description": "Instance https://server.example.org has been down for over 5m.",
        "summary": "The shop does not answer",
    },
    "startsAt": "2023-02-06T13:08:45.828Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=probe_success",
    "fingerprint": "1a30ba71cca2921f",
}
GROUP = {
    "receiver": "second-story",
    "status": "firing",
    "groupLabels": {"alertname": "ProbeFailure"},
    "commonLabels": {"alertname": "ProbeFailure"},
    "commonAnnotations": {},
    "externalURL": "http://alertmanager.example.org:9093",
    "version": "4",
    "groupKey": '{}:{alertname="ProbeFailure"}',
    "truncatedAlerts": 0,
}
PAGERDUTY = {
    "event": {
        "id": "01CH754SM17TWPE2V2H4VPBRO7",
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": "2023-02-06T13:08:45.828Z",
        "agent": None,
        "client": None,
        "data": {
            "id": "PGR0VU2",
            "type": "incident",
            "self": "https://api.pagerduty.com/incidents/PGR0VU2",
            "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
            "number": 2,
            "status": "triggered",
            "incident_key": "d3640fbd41094207a1c11e58e46b1662",
            "created_at": "2023-02-06T13:08:40Z",
            "title": "A little bump in the road",
            "service": {"id": "PF9KMXH", "summary": "API Service", "type": "service_reference"},
            "priority": {"id": "PSO75BM", "summary": "P1", "type": "priority_reference"},
            "urgency": "high",
            "resolve_reason": None,
        },
    }
}


def firing(fingerprint: str = "f1", *, minutes_ago: int = 20, **changed: Any) -> dict[str, Any]:
    alert = copy.deepcopy(ALERT) | {"fingerprint": fingerprint, "startsAt": at(minutes_ago)}
    return alert | changed


def resolved(fingerprint: str = "f1", *, minutes_ago: int = 5, **changed: Any) -> dict[str, Any]:
    return firing(fingerprint, minutes_ago=60, status="resolved", endsAt=at(minutes_ago)) | changed


def at(minutes_ago: int) -> str:
    moment = (timezone.now() - timedelta(minutes=minutes_ago)).astimezone(UTC)
    return moment.isoformat().replace("+00:00", "123Z")  # nanoseconds, as Go writes them


def make_source(kind: str = "alertmanager", **fields: Any) -> AlertSource:
    fields.setdefault("files_as", make_user())
    fields.setdefault("name", f"Our {kind}")
    return AlertSource.objects.create(kind=kind, **fields)


def make_rule(source: AlertSource, **fields: Any) -> AlertRule:
    if fields.get("deed") != "ignore" and "service" not in fields:
        fields["service"] = make_service()
    return AlertRule.objects.create(source=source, **fields)


def signed(source: AlertSource, body: bytes, *, sent: datetime | None = None) -> dict[str, str]:
    """The headers by which the source shows that it is itself."""
    if source.kind == "alertmanager":
        return {"Authorization": f"Bearer {source.secret}"}
    if source.kind == "pagerduty":
        return {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={_hmac(source, body)}"}
    stamp = str(int((sent or timezone.now()).timestamp()))
    return {
        "X-Grafana-Alerting-Timestamp": stamp,
        "X-Grafana-Alerting-Signature": _hmac(source, f"{stamp}:".encode() + body),
    }


def _hmac(source: AlertSource, body: bytes) -> str:
    return hmac.new(source.secret.encode(), body, hashlib.sha256).hexdigest()


def send(
    source: AlertSource, *alerts: dict[str, Any], headers: dict[str, str] | None = None
) -> HttpResponse:
    said = alerts[0] if source.kind == "pagerduty" else GROUP | {"alerts": list(alerts)}
    return send_body(source, json.dumps(said).encode(), headers=headers)


def send_body(
    source: AlertSource, body: bytes, *, headers: dict[str, str] | None = None
) -> HttpResponse:
    return Client(raise_request_exception=False).generic(
        "POST",
        f"/hooks/alerts/{source.pk}/",
        body,
        content_type="application/json",
        headers=signed(source, body) if headers is None else headers,
    )
