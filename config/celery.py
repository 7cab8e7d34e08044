"""Celery carries wake-ups only: state, retry times and leases are rows in PostgreSQL.

Beat runs a handful of ticks written here; customers' recurrences are rows, never beat entries. A lost or doubled message is
harmless, so results are off, nothing is prefetched and no message waits for more than minutes.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("rotacast")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    worker_prefetch_multiplier=1,
    task_default_queue="default",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"visibility_timeout": 600, "socket_timeout": 10, "socket_connect_timeout": 3},
    task_publish_retry=False,
    beat_schedule={
        "dispatch": {"task": "integrations.tick", "schedule": 2.0, "options": {"expires": 10}},
        "housekeeping": {"task": "integrations.housekeeping", "schedule": 300.0, "options": {"expires": 240}},
    },
    timezone="UTC",
)
app.autodiscover_tasks()
