"""Asking for a run: one waiting run per connection, which gathers every reason to run until a worker takes it."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from functools import partial

from celery import current_app
from django.db import connection as database
from django.db import transaction

from integrations.contract import Trigger
from integrations.lanes import RUNNING
from integrations.models import Connection
from integrations.recurrence import next_due
from integrations.registry import connectors
from integrations.services.idle import recurrence_answered
from scheduling import selectors, services
from tenancy.dispatch import settle, wake
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id

RUN, DUE, ALERT = "run", "due", "alert"
NIGHTLY = {"daily": ["03:10"]}

_WAITING = """
INSERT INTO integrations_run (organization_id, public_id, connection_id, lane, state, triggers, "full", artifact_id,
    publication, due_at, tries, created_at, stage, added, changed, removed, unchanged, skipped, rejected, rows, bytes, code,
    text, actor)
VALUES (%(org)s, %(public)s, %(connection)s, 'live', 'waiting', %(triggers)s::jsonb, %(full)s, %(artifact)s,
    %(publication)s, %(due)s, %(tries)s, %(now)s, '', 0, 0, 0, 0, 0, 0, 0, 0, '', '', %(actor)s)
ON CONFLICT (organization_id, connection_id) WHERE state = 'waiting' DO UPDATE SET
    triggers = (SELECT jsonb_agg(DISTINCT one) FROM jsonb_array_elements(integrations_run.triggers || EXCLUDED.triggers) one),
    "full" = integrations_run."full" OR EXCLUDED."full",
    artifact_id = COALESCE(EXCLUDED.artifact_id, integrations_run.artifact_id),
    publication = GREATEST(integrations_run.publication, EXCLUDED.publication),
    due_at = LEAST(integrations_run.due_at, EXCLUDED.due_at),
    actor = CASE WHEN EXCLUDED.actor = '' THEN integrations_run.actor ELSE EXCLUDED.actor END
"""


def run_request(
    *,
    connection_id: int,
    triggers: list[str],
    now: datetime,
    due_at: datetime | None = None,
    full: bool = False,
    publication: int | None = None,
    tries: int = 0,
    actor: str = "",
    artifact_id: int | None = None,
    confirmed_removals: str = "",
) -> None:
    """Ask for a run of a connection; a run that waits already takes the reason in and comes no later than before.

    `confirmed_removals`: `removals_digest` of the removals that a person has seen and agreed to. It travels with the run, which then
    carries out exactly these without stopping; should others be due by then, it stops and asks all the same.
    """
    organization_id = current_organization_id()
    if confirmed_removals:  # before the wake-up row: the order in which a claim takes them
        Connection.objects.filter(id=connection_id).update(confirmed_removals=confirmed_removals)
    # The wake-up row first, then the run: the order in which a claim takes them, so that neither waits for the other.
    wake(organization_id=organization_id, topic=RUN, ref=connection_id, due_at=due_at or now)
    with database.cursor() as cursor:
        cursor.execute(
            _WAITING,
            {
                "org": organization_id,
                "public": str(uuid.uuid4()),
                "connection": connection_id,
                "triggers": json.dumps(sorted(triggers)),
                "full": full,
                "artifact": artifact_id,
                "publication": publication,
                "due": due_at or now,
                "tries": tries,
                "now": now,
                "actor": actor,
            },
        )
    if due_at is None or due_at <= now:
        _nudge_once(organization_id)


def relay(*, now: datetime) -> int:
    """Turn what changes left behind into waiting runs of the running connections that listen. Returns how many items.

    The wake-up row goes first: whoever leaves work meanwhile waits for this commit and then writes a new one.
    """
    settle(organization_id=current_organization_id(), topic="relay")
    items = selectors.outbox_waiting()
    if not items:
        return 0
    running = list(Connection.objects.filter(state__in=RUNNING, hold="").order_by("id"))
    numbers = [item.publication for item in items if item.publication is not None]
    reasons = {Trigger(item.topic) for item in items}
    for row in running:
        declared = connectors().get(row.kind)  # None: its folder is gone; the others must not wait for it
        heard = sorted(reason.value for reason in reasons & declared.triggers) if declared else []
        if heard:
            run_request(connection_id=row.id, triggers=heard, now=now, publication=max(numbers, default=None))
    services.outbox_done(ids=[item.id for item in items])
    if len(items) >= 500:
        wake(organization_id=current_organization_id(), topic="relay", due_at=now)
    return len(items)


def recurrence_due(*, connection_id: int, now: datetime) -> None:
    """A recurrence has come: ask for a run unless there is nothing new, and say when the next one is due. Missed ones coalesce.

    A connection without a recurrence is compared every night all the same: refused records get their daily try, and whatever was
    missed is found.
    """
    organization_id = current_organization_id()
    row = next(iter(Connection.objects.select_for_update().filter(id=connection_id)), None)
    if row is None or not row.running:
        settle(organization_id=organization_id, topic=DUE, ref=connection_id)
        if row is not None and row.next_due_at is not None:
            Connection.objects.filter(id=connection_id).update(next_due_at=None)
        return
    if not row.recurrence:
        run_request(connection_id=row.id, triggers=[Trigger.RECURRENCE.value], now=now)
        settle(organization_id=organization_id, topic=DUE, ref=connection_id, next_due_at=nightly(now))
        return
    if row.next_due_at is None or row.next_due_at <= now:
        organization = organization_info()
        following = next_due(row.recurrence, organization.zone, now, spread=row.id)
        if row.next_due_at is None or not recurrence_answered(row, organization, following=following, now=now):
            if row.next_due_at is not None:
                run_request(connection_id=row.id, triggers=[Trigger.RECURRENCE.value], now=now)
            Connection.objects.filter(id=row.id).update(next_due_at=following)
        row.next_due_at = following
    settle(organization_id=organization_id, topic=DUE, ref=connection_id, next_due_at=row.next_due_at)


def nightly(now: datetime) -> datetime:
    """When a connection without a recurrence is compared next. Call inside tenant_transaction."""
    return next_due(NIGHTLY, organization_info().zone, now)


def _nudge_once(organization_id: int) -> None:
    """After the commit, once however many runs a transaction asks for."""
    told = (getattr(entry[1], "args", ()) for entry in database.run_on_commit)
    if (organization_id,) not in told:
        transaction.on_commit(partial(nudge, organization_id), robust=True)


def nudge(organization_id: int) -> None:
    """Tell a worker at once; a lost nudge is found by the tick."""
    current_app.send_task("integrations.tick", kwargs={"only": organization_id}, expires=30, retry=False)
