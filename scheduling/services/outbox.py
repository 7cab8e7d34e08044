"""Work left behind for the delivery engine, in the transaction of the change that caused it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F

from scheduling.models import Counter, Outbox
from tenancy.dispatch import wake
from tenancy.tenant import current_organization_id

RELAY = "relay"


def outbox_leave(
    *,
    topic: str,
    now: datetime,
    publication: int | None = None,
    subject_type: str = "",
    subject_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Leave work behind. After the commit the broker gets a nudge; should it be lost, the tick finds the wake-up row."""
    organization_id = current_organization_id()
    Outbox.objects.create(
        topic=topic,
        publication=publication,
        subject_type=subject_type,
        subject_id=subject_id,
        detail=detail or {},
        created_at=now,
    )
    wake(organization_id=organization_id, topic=RELAY, due_at=now)
    transaction.on_commit(lambda: nudge(organization_id), robust=True)


def data_changed(*, kind: str, now: datetime, subject_id: int | None = None) -> None:
    """People, departments or assignments changed in a way that destinations may see: bump the revision, leave work."""
    counter, _ = Counter.objects.get_or_create(name=kind)
    Counter.objects.filter(id=counter.id).update(number=F("number") + 1)
    outbox_leave(topic="data_change", now=now, subject_type=kind, subject_id=subject_id)


def outbox_done(*, ids: Sequence[int]) -> None:
    """The delivery engine has taken this work over."""
    Outbox.objects.filter(id__in=ids).delete()


def nudge(organization_id: int) -> None:
    """Tell a worker at once. Failing is harmless and must never fail the request that published."""
    current_app.send_task("integrations.tick", kwargs={"only": organization_id}, expires=30, retry=False)
