"""Wake-ups. A task carries ids; what there is to do, and whether, stands in the database."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.services.alert import alert_send
from integrations.services.artifacts import RETENTION
from integrations.services.hosting import HOSTING, hosting_write
from integrations.services.requests import ALERT, DUE, RUN, recurrence_due, relay
from integrations.services.retention import files_forget
from integrations.services.run import connection_run
from integrations.services.silence import TOPIC as SILENCE
from integrations.services.silence import silence_look
from scheduling.services.notice_mail import notices_send
from scheduling.services.notices import NOTICE
from scheduling.services.swap_parts import SWAP
from scheduling.services.swaps import swap_expire
from tenancy.dispatch import claim_due
from tenancy.tenant import tenant_transaction

_CLAIM_LEASE = timedelta(seconds=30)
_MOST_HANDED_OUT = 16  # messages that wait in the broker
_FEW_HANDED_OUT = 8
_AT_ONCE = 2


@shared_task(name="integrations.tick")
def tick(only: int | None = None) -> int:
    """Claim what is due and hand it out; each organisation in its turn.

    No more than workers will soon take: what waits in the broker has its turn behind it, and one organisation's thousand things
    would stand there before another's one. An organisation that was just changed (`only`) gets a little in at once.
    """
    room = max(_MOST_HANDED_OUT - _handed_out(), 0 if only is None else _AT_ONCE)
    due = claim_due(now=timezone.now(), lease=_CLAIM_LEASE, only=only, limit=room) if room > 0 else []
    for one in due:
        handle.apply_async(
            kwargs={"organization_id": one.organization_id, "topic": one.topic, "ref": one.ref},
            expires=_CLAIM_LEASE.total_seconds(),
            retry=False,
        )
    return len(due)


@shared_task(name="integrations.handle")
def handle(organization_id: int, topic: str, ref: int) -> None:
    """Do one thing that is due; when little is left in the broker, hand out what is due next."""
    try:
        _do(organization_id, topic, ref)
    finally:
        if _handed_out() < _FEW_HANDED_OUT:
            tick()


def _handed_out() -> int:
    """How many messages wait for a worker. Unknown counts as none: the tick that follows finds out."""
    with current_app.connection_or_acquire() as broker:
        try:
            queue = broker.default_channel.queue_declare(queue=current_app.conf.task_default_queue, passive=True)
            return int(queue.message_count)
        except (OperationalError, *broker.connection_errors, *broker.channel_errors):
            return 0


def _do(organization_id: int, topic: str, ref: int) -> None:
    if topic == RUN:
        connection_run(organization_id=organization_id, connection_id=ref, clock=timezone.now)
    elif topic == DUE:
        with tenant_transaction(organization_id):
            recurrence_due(connection_id=ref, now=timezone.now())
    elif topic == SILENCE:
        with tenant_transaction(organization_id):
            silence_look(connection_id=ref, now=timezone.now())
    elif topic == ALERT:
        alert_send(organization_id=organization_id, connection_id=ref, clock=timezone.now)
    elif topic == HOSTING:
        hosting_write(organization_id=organization_id, now=timezone.now())
    elif topic == RETENTION:
        files_forget(organization_id=organization_id, connection_id=ref, clock=timezone.now)
    elif topic == NOTICE:
        notices_send(organization_id=organization_id, ref=ref, clock=timezone.now)
    elif topic == SWAP:
        with tenant_transaction(organization_id):
            swap_expire(swap_ref=ref, now=timezone.now())
    else:
        with tenant_transaction(organization_id):
            relay(now=timezone.now())


@shared_task(name="integrations.housekeeping")
def housekeeping() -> None:
    """Nothing is kept waiting by this: it only clears the spool of files that a killed worker left."""
    from integrations.services.artifacts import spool_clear

    spool_clear(older_than=timezone.now() - timedelta(hours=6))
