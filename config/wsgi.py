"""The web door: `gunicorn config.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from prometheus_client import values

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    # Figures in a file for each place among the workers, not for each process that ever stood
    # there: see deploy/gunicorn.conf.py.
    values.ValueClass = values.MultiProcessValue(
        lambda: os.environ.get("WEB_PLACE") or str(os.getpid())
    )

# What is read now stays: to look for garbage among it takes a seventh of the start, and later a
# tenth of a second in the middle of a request, again and again.
gc.disable()
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 else whoever asks first waits for it
gc.freeze()
gc.enable()
