"""Whether a delivery comes from its source: in constant time, and before it is read.

Alertmanager shows the secret (`authorization` of its http_config), Grafana signs the time and the
body, PagerDuty the body alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from alerts.models import AlertSource

#: As they are set in the contact point: the first is Grafana's own, the second is for one to set.
GRAFANA_SIGNATURE = "X-Grafana-Alerting-Signature"
GRAFANA_TIME = "X-Grafana-Alerting-Timestamp"
PAGERDUTY_SIGNATURE = "X-PagerDuty-Signature"
#: How old what is signed may be, where the time is signed along.
WINDOW = timedelta(minutes=5)
#: How long the old secret is good after another one was made.
OVERLAP = timedelta(days=1)
_MOST_SIGNATURES = 10


class NotSigned(Exception):
    """It is not from its source, or too old. The message is for its administrators."""


def check(source: AlertSource, body: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
    """Raise NotSigned unless it is signed with the secret, or the one before for a while."""
    known = [source.secret]
    if source.old_secret and source.old_until and now < source.old_until:
        known.append(source.old_secret)
    _WAYS[AlertSource.Kind(source.kind)](known, body, headers, now)


def _shown(known: list[str], body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    scheme, _, shown = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not shown:
        raise NotSigned("It shows no secret: set “authorization” in its http_config.")
    if not _any(shown.strip(), known):
        raise NotSigned("It shows another secret.")


def _grafana(known: list[str], body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    sent = headers.get(GRAFANA_TIME, "")
    signature = headers.get(GRAFANA_SIGNATURE, "")
    if not signature:
        raise NotSigned("It is not signed: set the HMAC secret of the contact point.")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 12):
        raise NotSigned(f"It says no time: set its timestamp header to {GRAFANA_TIME}.")
    signed = f"{sent}:".encode() + body
    if not _any(signature, (_hmac(secret, signed) for secret in known)):
        raise NotSigned("The signature is not of our secret.")
    if abs(now.timestamp() - int(sent)) > WINDOW.total_seconds():
        raise NotSigned("It is older than five minutes, or its clock is off by that.")


def _pagerduty(known: list[str], body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    sent = headers.get(PAGERDUTY_SIGNATURE, "").split(",")[:_MOST_SIGNATURES]
    signatures = [one.strip().removeprefix("v1=") for one in sent if one.strip()[:3] == "v1="]
    if not signatures:
        raise NotSigned("It is not signed.")
    wanted = [_hmac(secret, body) for secret in known]
    if not any([_any(signature, wanted) for signature in signatures]):  # noqa: C419 in constant time
        raise NotSigned("The signature is not of our secret.")


_WAYS: dict[AlertSource.Kind, Callable[..., None]] = {
    AlertSource.Kind.ALERTMANAGER: _shown,
    AlertSource.Kind.GRAFANA: _grafana,
    AlertSource.Kind.PAGERDUTY: _pagerduty,
}


def _hmac(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _any(shown: str, known: Iterable[str]) -> bool:
    """Whether it is one of these. All are compared, each in constant time."""
    held = shown.encode(errors="replace")
    return any([hmac.compare_digest(held, each.encode()) for each in known])  # noqa: C419
