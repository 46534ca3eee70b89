"""The web door: `gunicorn config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application
from prometheus_client import values

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    # Figures in a file for each place among the workers, not for each process that ever stood
    # there: see deploy/gunicorn.conf.py.
    values.ValueClass = values.MultiProcessValue(
        lambda: os.environ.get("WEB_PLACE") or str(os.getpid())
    )

application = get_wsgi_application()
