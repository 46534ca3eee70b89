"""Loading the Celery app with Django makes every @shared_task belong to it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
