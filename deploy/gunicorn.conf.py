"""gunicorn behind the proxy. Sizes come from the environment; see .env.example."""

import itertools
import json
import logging
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
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
# The same as in config/logs.py, which cannot be imported from here.
_confidential = re.compile(r"^/reviews/[^/]+/(?:notes?|pulse)/")
_secret = re.compile(r"^(/(?:a|welcome|unsubscribe|account/password/reset/key)/)[^/]+")


class _Line(logging.Formatter):
    """One JSON object, like the lines of config/logs.py."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"event": record.getMessage(), "level": record.levelname.lower()}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(_told_at() | {"logger": record.name} | told, ensure_ascii=False)


def _told_at() -> dict[str, Any]:
    return {"at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


class LeaveOutConfidence(Logger):
    """A line for each request, without one for pages of confidential notes: beside the lines
    before and after it, its time would tell who was at work."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(_Line())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """Without the query, which may hold what was searched, without who it was, and without
        keys that stand in an address."""
        path = environ["PATH_INFO"]
        if not self.cfg.accesslog or _confidential.match(path):
            return
        ids = [value for name, value in resp.headers if name.lower() == "x-request-id"]
        line = _told_at() | {
            "event": "request",
            "method": environ["REQUEST_METHOD"],
            "path": _secret.sub(r"\1...", path),
            "status": resp.status_code,
            "bytes": resp.sent or 0,
            "ms": request_time.seconds * 1000 + request_time.microseconds // 1000,
            "request_id": ids[0] if ids else "",
        }
        self.access_log.info(json.dumps(line, ensure_ascii=False))


logger_class = LeaveOutConfidence

# Figures for /metrics are counted by each worker in a file of its own, and added up by the one that
# is asked (config/metrics.py). A worker that replaces another goes on with a file that is free, so
# that they never grow in number and a counter never falls.
_figures = Path(f"{worker_tmp_dir}/figures-{os.getpid()}")


def on_starting(server: Any) -> None:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_figures)
    _figures.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in _figures.glob("*.db"):
        left.unlink()


def on_exit(server: Any) -> None:
    shutil.rmtree(_figures, ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    taken = {getattr(other, "place", None) for other in server.WORKERS.values()}
    worker.place = next(number for number in itertools.count() if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    os.environ["WEB_PLACE"] = str(worker.place)
