"""The Celery app: the bell of the background work, and its beat. No work and no state live here.

A message may be lost or doubled: rows say what is due, and beat rings every 5 s anyway (reliability.md 4.2).
"""

import os
from typing import Any

import django
from celery import Celery, signals
from django.apps import apps
from django.conf import settings

from tasktracker.core import request_id

JOB_SECONDS_MOST = 60  # a drain's turn ends within 20
VISIBILITY_SECONDS = 120  # longer than any job, or a running one would be started again (reliability.md M4)
_SWEEP_SECONDS = 60.0
_DRAIN_SECONDS = 5.0

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tasktracker.settings")
if not apps.apps_ready:  # a worker or beat starts here; web processes come by way of AppConfig.ready()
    django.setup()

from tasktracker.sweeps import sweep_names  # noqa: E402  # its sweeps need the models

app = Celery("tasktracker")
app.set_default()  # for every thread of a web process, not only for the one that imports this
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_SECONDS,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        # A broker that is away or frozen must not hold up whoever rings.
        "socket_connect_timeout": 0.5,
        "socket_timeout": 0.5,
    },
    accept_content=["json"],
    task_serializer="json",
    result_serializer="json",
    event_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=JOB_SECONDS_MOST,
    task_default_queue="tasktracker",
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=20.0,
    worker_hijack_root_logger=False,
    enable_utc=True,
    timezone="UTC",
    # Each ring is worthless once the next one comes.
    beat_schedule={
        "drain": {"task": "outbox.drain", "schedule": _DRAIN_SECONDS, "options": {"expires": _DRAIN_SECONDS}},
        **{
            name: {
                "task": "sweep",
                "schedule": _SWEEP_SECONDS,
                "kwargs": {"name": name},
                "options": {"expires": _SWEEP_SECONDS},
            }
            for name in sweep_names()
        },
    },
)


@signals.celeryd_init.connect
def _wait_for_the_broker(conf: Any = None, **_more: Any) -> None:
    """Let a worker wait for messages for longer than whoever rings may wait."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": 10}


@signals.task_prerun.connect
def _take_over_request_id(task: Any = None, **_more: Any) -> None:
    """Let a job's log lines carry the id of the request that rang for it."""
    headers = getattr(task.request, "headers", None) or {}
    request_id.enter(getattr(task.request, "request_id", None) or headers.get("request_id", ""))
