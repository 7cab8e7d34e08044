"""One run of one connection: read, shape, plan, intend, send, record. Any process may die between any two lines of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from integrations.contract import ConfigError, Mode, TransientError, Trigger
from integrations.services import stages
from integrations.services.claiming import Claimed, Ending, run_claim, run_finish, run_stopped, run_try_later
from integrations.services.collecting import collector_resting
from integrations.services.inbound import inbound_run, way_in_read
from integrations.services.lease import LeaseLost
from integrations.services.reading import Glance, glance, plan_of, read, shape
from integrations.services.safety import SafetyStop, safety_check
from integrations.services.sending import (
    STILL,
    doors_of,
    facts_remember,
    send_again,
    send_file,
    send_records,
)
from integrations.services.sending_delta import send_delta
from tenancy.tenant import tenant_transaction

log = logging.getLogger(__name__)


def connection_run(*, organization_id: int, connection_id: int, clock: Callable[[], datetime]) -> str:
    """Take the waiting run of a connection and carry it out. Returns its final state, or why none was taken."""
    claimed = run_claim(organization_id, connection_id, clock)
    if isinstance(claimed, str):
        return claimed
    try:
        return _to_its_end(claimed, clock)
    except LeaseLost:
        log.warning("lease lost on connection %s: the next holder reconciles", connection_id)
        return "lease_lost"


def _to_its_end(claimed: Claimed, clock: Callable[[], datetime]) -> str:
    """Carry out the run; whatever goes wrong is put down as what it is: a person is needed, or try again later."""
    try:
        return _carry_out(claimed, clock)
    except LeaseLost:
        raise
    except SafetyStop as stop:
        return run_stopped(claimed, stop, "safety", clock())
    except ConfigError as error:
        return run_stopped(claimed, error, "config", clock())
    except TransientError as error:
        return run_try_later(claimed, error, clock())
    except Exception as error:
        log.exception("run %s failed", claimed.run_id)
        text = f"Something unexpected happened ({type(error).__name__}). It is tried again; support can read the log."
        failure = TransientError(text, code="internal", outcome_unknown=True)
        return run_try_later(claimed, failure, clock())


def _carry_out(claimed: Claimed, clock: Callable[[], datetime]) -> str:
    now = clock()
    organization_id, connection_id = claimed.organization_id, claimed.connection_id
    with collector_resting(), tenant_transaction(organization_id, snapshot=True):
        seen = glance(connection_id=connection_id, now=now)
        way_in = way_in_read(seen) if seen.connector.mode is Mode.INBOUND else None
        idle = way_in is not None or _nothing_new(seen, claimed)
        reading = None if idle else read(seen, now=now, full=claimed.full, everything=claimed.full)
    stages.reached("read")
    if way_in is not None:
        return inbound_run(claimed, seen, way_in, clock)
    if reading is None:
        return run_finish(claimed, Ending("nothing", seen), clock())
    if claimed.artifact_id is not None:
        return send_again(organization_id, connection_id, claimed, reading, clock)
    with collector_resting():
        shaped = shape(reading)
        todo = plan_of(reading, shaped, now=now)
    safety_check(organization_id, reading, shaped, todo)
    doors = doors_of(reading, claimed, clock)
    send = {Mode.SYNC: send_records, Mode.DELTA: send_delta}.get(reading.connector.mode, send_file)
    tally = send(organization_id, connection_id, claimed, reading, shaped, todo, doors)
    facts_remember(claimed, reading, doors)
    state = "done" if tally.sent else "nothing"
    return run_finish(claimed, Ending(state, reading, shaped, todo, tally), clock())


def _nothing_new(seen: Glance, claimed: Claimed) -> bool:
    """In step already: nothing is read or rendered, and no connection opened."""
    return (
        claimed.artifact_id is None
        and not claimed.full
        and not STILL & set(claimed.triggers)
        and Trigger.RETRY.value not in claimed.triggers
        and seen.as_it_was
    )
