"""Wiring: settings, environment, urls, celery, wsgi, and the embedded installation. No other package imports this one."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
