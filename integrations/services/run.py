"""One run of one connection: read, shape, plan, intend, send, record. Any process may die between any two lines of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from integrations.contract import ConfigError, DeliveryError, Mode, Operation, TransientError, Trigger
from integrations.diff import Plan
from integrations.lanes import sends_unchanged
from integrations.services import stages
from integrations.services.claiming import Claimed, Ending, run_claim, run_finish, run_stopped, run_try_later
from integrations.services.lease import LeaseLost
from integrations.services.reading import Glance, Reading, Shape, glance, plan_of, read, shape
from integrations.services.sending import STILL, doors_of, facts_remember, send_again, send_file, send_records
from tenancy.tenant import tenant_transaction

log = logging.getLogger(__name__)

SAFETY_LEAST = 10  # fewer removals than this are no share worth asking for


class SafetyStop(DeliveryError):
    """The run would remove more than it may without a person's word."""


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
    with tenant_transaction(organization_id, snapshot=True):
        seen = glance(connection_id=connection_id, now=now)
        reading = None if _nothing_new(seen, claimed) else read(seen, now=now, full=claimed.full)
    stages.reached("read")
    if reading is None:
        return run_finish(claimed, Ending("nothing", seen), clock())
    if claimed.artifact_id is not None:
        return send_again(organization_id, connection_id, claimed, reading, clock)
    shaped = shape(reading)
    todo = plan_of(reading, shaped, now=now)
    _safety(reading, shaped, todo)
    doors = doors_of(reading, claimed, clock)
    if reading.connector.mode is Mode.SYNC:
        tally = send_records(organization_id, connection_id, claimed, reading, shaped, todo, doors)
    else:
        tally = send_file(organization_id, connection_id, claimed, reading, shaped, todo, doors)
    facts_remember(claimed, reading, doors)
    state = "done" if tally.sent else "nothing"
    return run_finish(claimed, Ending(state, reading, shaped, todo, tally), clock())


def _nothing_new(seen: Glance, claimed: Claimed) -> bool:
    """In step already: nothing is read or rendered, and no connection opened."""
    row = seen.connection
    return (
        claimed.artifact_id is None
        and not claimed.full
        and not row.uncertain
        and not sends_unchanged(seen.connector, seen.settings)
        and not STILL & set(claimed.triggers)
        and Trigger.RETRY.value not in claimed.triggers
        and row.fingerprint == seen.fingerprint
        and row.seen_number == seen.number
        and row.in_step_number == seen.number
    )


def _safety(reading: Reading, shaped: Shape, todo: Plan) -> None:
    """Stop before removing too much, or everything, without a person's word for exactly these removals."""
    removals = [one for one in todo.operations if one.kind == "remove"]
    row = reading.connection
    share = 100 * len(removals) / max(reading.delivered, 1)
    too_many = len(removals) >= SAFETY_LEAST and share > row.safety_percent
    if not (too_many or emptied(reading, shaped, todo)) or row.confirmed_removals == removals_digest(removals):
        return
    raise SafetyStop(
        f"The run would remove {len(removals)} of {reading.delivered} delivered records ({share:.0f} %). "
        "The last good delivery stays. Look at the preview and confirm, or mend the schedule or the mapping.",
        code="safety_stop",
    )


def emptied(reading: Reading, shaped: Shape, todo: Plan) -> bool:
    """True if nothing is left to send where something was delivered, however little: rolling out of the window is not that.

    The look is at what is desired, never at the differences: those may be empty for a good reason.
    """
    clashing = {(one.key, one.recipient) for one in todo.conflicts}
    left = any((one.key, one.recipient) not in clashing for one in shaped.desired)
    lost = todo.count("remove") > 0 or bool(todo.conflicts)
    return not reading.partial and not left and reading.delivered > 0 and lost


def removals_digest(removals: Sequence[Operation]) -> str:
    """Binds a person's confirmation to exactly these removals."""
    text = "\n".join(sorted(f"{one.key}\t{one.recipient}" for one in removals if one.kind == "remove"))
    return hashlib.sha256(text.encode()).hexdigest()
