"""The Celery app: `celery -A config worker`. Its settings are CELERY_* in config/settings.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("second-story")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
