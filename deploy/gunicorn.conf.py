"""gunicorn behind the proxy. Sizes come from the environment; see .env.example."""

import os
import re
from typing import Any

from gunicorn.glogging import Logger

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
# A worker's heartbeat file: on a disk it would stall when the disk does.
worker_tmp_dir = "/dev/shm"  # noqa: S108 every container has its own
control_socket_disable = True
graceful_timeout = 20
timeout = 60
# Replace workers now and then, at different times, so that a slow leak never grows old.
max_requests = 5000
max_requests_jitter = 500
accesslog = "-"
access_log_format = (
    "%(t)s %(m)s %(U)s %(s)s %(B)s %(M)sms"  # no query: it may hold what was searched
)
# The same as in config/logs.py, which cannot be imported from here.
_confidential = re.compile(r"^/reviews/[^/]+/(?:notes?|pulse)/")
_secret = re.compile(r"^(/(?:a|welcome|unsubscribe|account/password/reset/key)/)[^/]+")


class LeaveOutConfidence(Logger):
    """A line for each request, without one for pages of confidential notes: beside the lines
    before and after it, its time would tell who was at work."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        if not _confidential.match(environ["PATH_INFO"]):
            super().access(resp, req, environ, request_time)

    def atoms(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any
    ) -> dict[str, Any]:
        """Keys that stand in an address are left out of it."""
        found = super().atoms(resp, req, environ, request_time)
        return found | {"U": _secret.sub(r"\1...", found["U"] or "")}


logger_class = LeaveOutConfidence
