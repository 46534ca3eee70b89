"""The Celery app: `celery -A config worker`. Its settings are CELERY_* in config/settings.py."""

import gc
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init
from django.conf import settings
from django.urls import get_resolver
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("second-story", task_cls="config.tries:CountedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def log_like_the_web_server(loglevel: int | str | None = None, **given: Any) -> None:
    """Else Celery would bring lines of its own."""
    logging.config.dictConfig(settings.LOGGING)
    if loglevel:
        logging.getLogger().setLevel(loglevel)


@worker_init.connect
def read_the_addresses(**given: Any) -> None:
    """Once, before the worker forks: else each of its processes takes seconds for its first mail,
    and memory of its own; and once more when it looks for garbage in what they share."""
    get_resolver().url_patterns  # noqa: B018
    gc.freeze()
