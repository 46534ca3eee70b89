"""Figures for Prometheus: requests as they are answered, and how the site is doing when asked.

No label names a person or an object. Pages of confidential notes are counted nowhere: beside the
figures of the minute before, one more would tell that somebody wrote.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

import prometheus_client
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from kombu.exceptions import ChannelError
from prometheus_client.core import GaugeMetricFamily, Metric

from common import whence
from common.confidence import keeps_confidence
from config import readiness
from config.celery import app
from config.models import Backup, TaskTry
from people.models import Delivery, Post, Sending

_PREFIX = "second_story"
#: Seconds. The aim of a page is 0.3.
_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.6, 1, 2, 5, 15)
_METHODS = {"GET", "HEAD", "POST"}
#: Seconds for which what the database counts is kept.
_KEPT_FOR = 15

_answered = prometheus_client.Counter(
    f"{_PREFIX}_requests", "Requests answered.", ["area", "method", "status"]
)
_took = prometheus_client.Histogram(
    f"{_PREFIX}_request_seconds", "Seconds until the answer began.", ["area"], buckets=_BUCKETS
)


class RequestsMiddleware:
    """Counts each request by the part of the product that answered it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        if match and keeps_confidence(match.func):
            return response
        area = (match.app_name.partition(":")[0] or "site") if match else "other"
        method = request.method if request.method in _METHODS else "other"
        _answered.labels(area, method, str(response.status_code)).inc()
        _took.labels(area).observe(time.perf_counter() - began)
        return response


class _Now:
    """What is true at the moment of asking, for the whole site and not for one process."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield from self._sendings(now)
        yield from self._queues(now)
        yield _gauge(
            "tasks_parked",
            "Tasks that are not tried any more, since their workers died.",
            [((), TaskTry.objects.parked().count())],
        )
        backup = Backup.objects.order_by("-made_at").first()
        if backup:
            yield _gauge(
                "last_backup_timestamp_seconds",
                "When the last whole backup was made.",
                [((), backup.made_at.timestamp())],
            )
            yield _gauge("last_backup_bytes", "How large it is.", [((), backup.bytes)])

    @staticmethod
    def _sendings(now: datetime) -> Iterator[Metric]:
        by: list[tuple[str, type[Sending]]] = [("mail", Delivery), ("channels", Post)]
        due = {
            name: model.objects.waiting(now=now).aggregate(n=Count("pk"), oldest=Min("due_at"))
            for name, model in by
        }
        yield _gauge(
            "outbox_due",
            "Messages that could leave now.",
            [((name,), found["n"]) for name, found in due.items()],
            labels=["by"],
        )
        yield _gauge(
            "outbox_age_seconds",
            "For how long the oldest of them could have left; 0 for none.",
            [
                ((name,), (now - found["oldest"]).total_seconds() if found["oldest"] else 0)
                for name, found in due.items()
            ],
            labels=["by"],
        )
        yield _gauge(
            "deliveries",
            "Messages by what became of them.",
            [
                ((name, state), count)
                for name, model in by
                for state, count in model.objects.values_list("state").annotate(Count("pk"))
            ],
            labels=["by", "state"],
        )

    @staticmethod
    def _queues(now: datetime) -> Iterator[Metric]:
        heard = {queue: readiness.last_heard(queue) for queue in settings.QUEUES}
        yield _gauge(
            "heartbeat_age_seconds",
            "Since a worker was heard of; absent for one that never was.",
            [((queue,), (now - at).total_seconds()) for queue, at in heard.items() if at],
            labels=["queue"],
        )
        yield _gauge("queue_length", "Tasks that wait.", list(_lengths()), labels=["queue"])


def _gauge(
    name: str,
    words: str,
    samples: Iterable[tuple[tuple[str, ...], float]],
    *,
    labels: list[str] | None = None,
) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}_{name}", words, labels=labels or [])
    for label_values, value in samples:
        family.add_metric(label_values, value)
    return family


def _lengths() -> Iterator[tuple[tuple[str, ...], float]]:
    """Nothing while the broker is away: that is for readiness to tell."""
    try:
        with app.connection_for_read(connect_timeout=2) as broker:
            channel = broker.default_channel
            for queue in settings.QUEUES:
                yield (queue,), _length(channel, queue)
    except Exception:  # noqa: BLE001 whatever a broker that is away makes its driver raise
        return


def _length(channel: Any, queue: str) -> int:
    try:
        waiting: int = channel.queue_declare(queue, passive=True).message_count
    except ChannelError:  # Redis knows no queue that is empty
        return 0
    return waiting


_site = prometheus_client.CollectorRegistry()
_site.register(_Now())


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token or one of the addresses; nobody else learns that it is there."""
    if not _may_ask(request):
        raise Http404
    response = ExportToDjangoView(request)
    response.content += cache.get_or_set("metrics-of-the-site", _of_the_site, _KEPT_FOR)
    return response


def _of_the_site() -> bytes:
    return prometheus_client.generate_latest(_site)


def _may_ask(request: HttpRequest) -> bool:
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and kind.lower() == "bearer":
        return compare_digest(sent.strip().encode(), settings.METRICS_TOKEN.encode())
    try:
        address = ip_address(whence.address() or "")
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_FROM)
