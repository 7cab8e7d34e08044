"""One run of one connection: read, shape, plan, intend, send, record. Any process may die between any two lines of it."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from integrations.contract import (
    ConfigError,
    DeliveryError,
    FileWritten,
    Mode,
    Operation,
    Outcome,
    TransientError,
    Trigger,
)
from integrations.diff import Plan, plan
from integrations.doors import Doors
from integrations.models import Artifact, Attempt, Connection, Run
from integrations.services.artifacts import artifact_keep, spool
from integrations.services.lease import Lease, LeaseLost, lease_length, new_token
from integrations.services.ledger import file_confirmed, intend, record
from integrations.services.problems import incident_close, incident_open, problems_sync
from integrations.services.reading import Reading, Shape, read, shape
from integrations.services.requests import RUN, run_request
from tenancy.dispatch import settle
from tenancy.selectors import installation_problem
from tenancy.tenant import tenant_transaction

log = logging.getLogger(__name__)

SAFETY_SHARE = 0.30
SAFETY_LEAST = 10
TELL_AFTER_TRIES = 3
_STILL = frozenset({Trigger.MANUAL.value, Trigger.REPLAY.value})
_memory: dict[int, dict[str, Any]] = {}


class SafetyStop(DeliveryError):
    """The run would remove more than it may without a person's word."""


@dataclass(frozen=True)
class Claimed:
    """A run that this worker holds."""

    run_id: int
    triggers: tuple[str, ...]
    full: bool
    tries: int
    lease: Lease


def reached(stage: str) -> None:
    """Trace the stages of a run. Fault tests stop the process here."""
    log.debug("stage %s", stage)


def connection_run(*, organization_id: int, connection_id: int, clock: Callable[[], datetime]) -> str:
    """Take the waiting run of a connection and carry it out. Returns its final state, or why none was taken."""
    claimed = _claim(organization_id, connection_id, clock)
    if isinstance(claimed, str):
        return claimed
    try:
        state = _carry_out(organization_id, connection_id, claimed, clock)
    except LeaseLost:
        log.warning("lease lost on connection %s: the next holder reconciles", connection_id)
        return "lease_lost"
    except SafetyStop as stop:
        state = _stopped(organization_id, connection_id, claimed, stop, "safety", clock())
    except ConfigError as error:
        state = _stopped(organization_id, connection_id, claimed, error, "config", clock())
    except TransientError as error:
        state = _try_later(organization_id, connection_id, claimed, error, clock())
    except Exception as error:
        log.exception("run %s failed", claimed.run_id)
        text = f"Something unexpected happened ({type(error).__name__}). It is tried again; support can read the log."
        state = _try_later(
            organization_id,
            connection_id,
            claimed,
            TransientError(text, code="internal", outcome_unknown=True),
            clock(),
        )
    return state


def _claim(organization_id: int, connection_id: int, clock: Callable[[], datetime]) -> Claimed | str:
    now = clock()
    with tenant_transaction(organization_id):
        row = Connection.objects.select_for_update().filter(id=connection_id).first()
        if row is None:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id)
            return "gone"
        if row.lease_until is not None and row.lease_until > now:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=row.lease_until)
            return "busy"
        _bury_the_dead(row, now)
        waiting = Run.objects.filter(connection_id=connection_id, state="waiting").first()
        if waiting is None:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id)
            return "nothing_waits"
        if waiting.due_at > now:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=waiting.due_at)
            return "not_yet"
        problem = installation_problem(settings.ROTACAST_INSTALLATION_ID)
        if problem or row.state != "live" or row.hold:
            text = problem or f"The connection is {row.hold or row.state}: nothing is sent."
            _end(waiting, "stopped", now, code="silent", text=text)
            settle(organization_id=organization_id, topic=RUN, ref=connection_id)
            return "stopped"
        lease = Lease(organization_id, connection_id, new_token(), clock)
        row.lease_token, row.lease_until = lease.token, now + lease_length()
        row.save(update_fields=["lease_token", "lease_until", "uncertain"])
        waiting.state, waiting.started_at = "running", now
        waiting.save(update_fields=["state", "started_at"])
        # Should this worker die, the wake-up row is due again when the lease has run out.
        settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=row.lease_until)
        return Claimed(waiting.id, tuple(waiting.triggers), waiting.full, waiting.tries, lease)


def _bury_the_dead(row: Connection, now: datetime) -> None:
    """A run that is still running without a lease lost its worker: an effect may have been in flight."""
    for dead in Run.objects.filter(connection_id=row.id, state="running"):
        _end(
            dead,
            "failed",
            now,
            code="worker_died",
            text="The worker stopped in the middle. What it had begun is looked up first.",
        )
        Attempt.objects.filter(run_id=dead.id, result="sending").update(result="unknown")
        row.uncertain = True
        run_request(
            connection_id=row.id, triggers=[*dead.triggers, Trigger.RETRY.value], now=now, publication=dead.publication
        )


def _carry_out(organization_id: int, connection_id: int, claimed: Claimed, clock: Callable[[], datetime]) -> str:
    now = clock()
    with tenant_transaction(organization_id, snapshot=True):
        reading = read(connection_id=connection_id, now=now, full=claimed.full)
    reached("read")
    row = reading.connection
    if _nothing_new(reading, claimed):
        return _finish(organization_id, connection_id, claimed, reading, None, None, "nothing", clock())
    shaped = shape(reading)
    todo = plan(
        shaped.desired,
        reading.ledger,
        now=now,
        keeps_past=reading.connector.keeps_past,
        window_start=None if reading.connector.keeps_past else reading.window_start,
    )
    _safety(reading, shaped, todo, row)
    doors = _doors(reading, claimed, clock)
    if reading.connector.mode is Mode.SYNC:
        again, rejected = _send_records(organization_id, connection_id, claimed, reading, shaped, todo, doors)
    else:
        again, rejected = _send_file(organization_id, connection_id, claimed, reading, shaped, todo, doors)
    _remember(organization_id, connection_id, doors, row)
    state = "done" if todo.operations or reading.connector.mode is Mode.SNAPSHOT else "nothing"
    return _finish(organization_id, connection_id, claimed, reading, shaped, todo, state, clock(), again, rejected)


def _nothing_new(reading: Reading, claimed: Claimed) -> bool:
    """In step already: nothing is rendered and no connection opened."""
    row = reading.connection
    return (
        not claimed.full
        and not row.uncertain
        and not reading.connector.send_unchanged
        and not _STILL & set(claimed.triggers)
        and Trigger.RETRY.value not in claimed.triggers
        and row.fingerprint == reading.fingerprint
        and row.seen_number == reading.number
        and row.in_step_number == reading.number
    )


def _safety(reading: Reading, shaped: Shape, todo: Plan, row: Connection) -> None:
    removals = [one for one in todo.operations if one.kind == "remove"]
    emptied = not reading.partial and not shaped.desired and reading.delivered >= SAFETY_LEAST
    too_many = len(removals) >= SAFETY_LEAST and len(removals) > SAFETY_SHARE * max(reading.delivered, 1)
    if (emptied or too_many) and row.confirmed_removals != removals_digest(removals):
        share = round(100 * len(removals) / max(reading.delivered, 1))
        raise SafetyStop(
            f"The run would remove {len(removals)} of {reading.delivered} delivered records ({share} %). "
            "The last good delivery stays. Look at the preview and confirm, or mend the schedule or the mapping.",
            code="safety_stop",
        )


def removals_digest(removals: Sequence[Operation]) -> str:
    """Binds a person's confirmation to exactly these removals."""
    text = "\n".join(sorted(f"{one.key}\t{one.recipient}" for one in removals if one.kind == "remove"))
    return hashlib.sha256(text.encode()).hexdigest()


def _send_records(
    organization_id: int,
    connection_id: int,
    claimed: Claimed,
    reading: Reading,
    shaped: Shape,
    todo: Plan,
    doors: Doors,
) -> tuple[int, int]:
    """Slice by slice: intend, send, record. Returns (to be tried again, rejected)."""
    units = {one.key: one.unit for one in shaped.desired}
    units |= {one.key: one.key.split("/", 1)[0] for one in todo.operations if one.key not in units}
    again = rejected = 0
    size = reading.connector.slice_size
    for start in range(0, len(todo.operations), size):
        part = todo.operations[start : start + size]
        with tenant_transaction(organization_id):
            claimed.lease.keep()
            intend(connection_id=connection_id, operations=part, units=units, now=claimed.lease.clock())
        reached("intended")
        results, failure = _deliver(reading, part, doors)
        reached("sent")
        with tenant_transaction(organization_id):
            claimed.lease.keep()
            more, refused = record(
                connection_id=connection_id, run_id=claimed.run_id, results=results, now=claimed.lease.clock()
            )
        reached("recorded")
        again, rejected = again + more, rejected + refused
        if failure is not None:
            raise failure
    return again, rejected


def _deliver(
    reading: Reading, part: Sequence[Operation], doors: Doors
) -> tuple[list[tuple[Operation, Outcome]], DeliveryError | None]:
    """Outcomes that are known must be recorded even when the rest fails."""
    by_identity = {(one.key, one.recipient): one for one in part}
    results: list[tuple[Operation, Outcome]] = []
    try:
        for outcome in reading.connector.deliver(part, doors):
            operation = by_identity.pop((outcome.key, outcome.recipient), None)
            if operation is not None:
                results.append((operation, outcome))
    except DeliveryError as error:
        return results, error
    results += [
        (one, Outcome(one.key, one.recipient, "retry", code="no_answer", text="No answer came."))
        for one in by_identity.values()
    ]
    return results, None


def _send_file(
    organization_id: int,
    connection_id: int,
    claimed: Claimed,
    reading: Reading,
    shaped: Shape,
    todo: Plan,
    doors: Doors,
) -> tuple[int, int]:
    row = reading.connection
    wanted = _without_conflicts(shaped, todo)
    must = row.uncertain or claimed.full or reading.connector.send_unchanged or bool(_STILL & set(claimed.triggers))
    if not todo.operations and not must and row.in_step_at is not None:
        return 0, 0
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        Connection.objects.filter(id=connection_id).update(sequence=F("sequence") + 1)
        sequence = Connection.objects.values_list("sequence", flat=True).get(id=connection_id)
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        written = reading.connector.write(wanted, reading.context, sequence=sequence, spool=Path(folder))
        reached("written")
        attempt, artifact = _file_intended(organization_id, connection_id, claimed, written)
        reached("intended")
        sent = reading.connector.send_file(written, doors)
        reached("sent")
    now = claimed.lease.clock()
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        text = "; ".join(sent.warnings)[:600]
        Attempt.objects.filter(id=attempt.id).update(result="confirmed", text=text)
        Artifact.objects.filter(id=artifact.id).update(sent_at=now)
        Run.objects.filter(id=claimed.run_id).update(rows=written.rows, bytes=sent.bytes)
        file_confirmed(
            connection_id=connection_id, plan=todo, desired=wanted, window_start=reading.window_start, now=now
        )
    reached("recorded")
    return 0, 0


def _file_intended(
    organization_id: int, connection_id: int, claimed: Claimed, written: FileWritten
) -> tuple[Attempt, Artifact]:
    now = claimed.lease.clock()
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        artifact = artifact_keep(connection_id=connection_id, run_id=claimed.run_id, written=written, now=now)
        attempt = Attempt.objects.create(
            connection_id=connection_id, run_id=claimed.run_id, at=now, kind="file", key=written.name, label=written.name,
            result="sending", artifact_id=artifact.id,
            request={"name": written.name, "bytes": artifact.bytes, "rows": written.rows, "sha256": artifact.sha256},
        )  # fmt: skip
    return attempt, artifact


def _without_conflicts(shaped: Shape, todo: Plan) -> list[Any]:
    clashing = {(one.key, one.recipient) for one in todo.conflicts}
    return [one for one in shaped.desired if (one.key, one.recipient) not in clashing]


def _doors(reading: Reading, claimed: Claimed, clock: Callable[[], datetime]) -> Doors:
    memory: MutableMapping[str, Any] = _memory.setdefault(reading.connection.id, {})
    return Doors(
        connection_id=reading.connection.public_id,
        run_token=claimed.lease.token,
        settings=reading.connection.settings,
        secrets=reading.secrets,
        policy=reading.policy,
        now=clock,
        before_effect=claimed.lease.before_effect,
        authority_file=settings.ROTACAST_AUTHORITY_FILE,
        memory=memory,
        facts=dict(reading.connection.facts),
    )


def _remember(organization_id: int, connection_id: int, doors: Doors, row: Connection) -> None:
    if doors.facts != row.facts:
        with tenant_transaction(organization_id):
            Connection.objects.filter(id=connection_id).update(facts=doors.facts)


def _finish(
    organization_id: int,
    connection_id: int,
    claimed: Claimed,
    reading: Reading,
    shaped: Shape | None,
    todo: Plan | None,
    state: str,
    now: datetime,
    again: int = 0,
    rejected: int = 0,
) -> str:
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        row = Connection.objects.select_for_update().get(id=connection_id)
        refused = rejected + (todo.waiting + len(todo.conflicts) if todo else 0)
        if shaped is not None and todo is not None:
            problems_sync(connection=row, skipped=shaped.skipped, plan=todo, partial=reading.partial, now=now)
        row.fingerprint, row.seen_number, row.uncertain = reading.fingerprint, reading.number, False
        if not again and not refused:
            row.in_step_number, row.in_step_at = reading.number, now
        row.lease_token, row.lease_until, row.confirmed_removals = "", None, ""
        row.save(
            update_fields=[
                "fingerprint", "seen_number", "uncertain", "in_step_number", "in_step_at", "lease_token", "lease_until",
                "confirmed_removals",
            ]
        )  # fmt: skip
        run = Run.objects.get(id=claimed.run_id)
        run.publication = reading.number
        if todo is not None and shaped is not None:
            run.added, run.changed, run.removed = todo.count("create"), todo.count("update"), todo.count("remove")
            run.unchanged, run.skipped, run.rejected = todo.unchanged, len(shaped.skipped), refused
        _end(run, state, now)
        incident_close(connection=row, now=now)
        settle(organization_id=organization_id, topic=RUN, ref=connection_id)
        if again:
            _request_again(connection_id, claimed, now, backoff(claimed.tries, connection_id))
        elif Run.objects.filter(connection_id=connection_id, state="waiting").exists():
            run_request(connection_id=connection_id, triggers=[], now=now)
    return state


def _stopped(
    organization_id: int, connection_id: int, claimed: Claimed, error: DeliveryError, hold: str, now: datetime
) -> str:
    with tenant_transaction(organization_id):
        row = _let_go(connection_id, claimed)
        row.hold, row.hold_text = hold, error.text[:600]
        row.save(update_fields=["hold", "hold_text", "lease_token", "lease_until"])
        _end(Run.objects.get(id=claimed.run_id), "stopped", now, code=error.code, text=error.text)
        Attempt.objects.filter(run_id=claimed.run_id, result="sending").update(
            result="retry", code=error.code, text=error.text[:600]
        )
        incident_open(connection=row, code=error.code, text=error.text, now=now)
        settle(organization_id=organization_id, topic=RUN, ref=connection_id)
    return "stopped"


def _try_later(organization_id: int, connection_id: int, claimed: Claimed, error: TransientError, now: datetime) -> str:
    wait = backoff(claimed.tries, connection_id)
    if error.retry_after_s is not None:
        wait = max(timedelta(seconds=min(error.retry_after_s, 3600)), timedelta(seconds=1))
    with tenant_transaction(organization_id):
        row = _let_go(connection_id, claimed)
        row.uncertain = row.uncertain or error.outcome_unknown
        row.save(update_fields=["uncertain", "lease_token", "lease_until"])
        _end(Run.objects.get(id=claimed.run_id), "failed", now, code=error.code, text=error.text)
        Attempt.objects.filter(run_id=claimed.run_id, result="sending").update(
            result="unknown" if error.outcome_unknown else "retry", code=error.code, text=error.text[:600]
        )
        if claimed.tries + 1 >= TELL_AFTER_TRIES:
            incident_open(connection=row, code=error.code, text=error.text, now=now)
        settle(organization_id=organization_id, topic=RUN, ref=connection_id)
        _request_again(connection_id, claimed, now, wait)
    return "failed"


def _request_again(connection_id: int, claimed: Claimed, now: datetime, wait: timedelta) -> None:
    triggers = sorted({*claimed.triggers, Trigger.RETRY.value} - {Trigger.MANUAL.value, Trigger.REPLAY.value})
    run_request(
        connection_id=connection_id,
        triggers=triggers,
        now=now,
        due_at=now + wait,
        full=claimed.full,
        tries=claimed.tries + 1,
    )


def _let_go(connection_id: int, claimed: Claimed) -> Connection:
    row = Connection.objects.select_for_update().get(id=connection_id)
    if row.lease_token != claimed.lease.token:
        raise LeaseLost(f"The lease on connection {connection_id} was lost.")
    row.lease_token, row.lease_until = "", None
    return row


def _end(run: Run, state: str, now: datetime, code: str = "", text: str = "") -> None:
    run.state, run.finished_at, run.code, run.text = state, now, code[:40], text[:600]
    run.save()


def backoff(tries: int, connection_id: int) -> timedelta:
    """5 s, 15 s, 45 s … to 15 minutes, spread a little by connection so that not all come back at once."""
    base = min(5 * 3**tries, 900) if tries < 8 else 900
    return timedelta(seconds=base * (1 + (connection_id % 10) / 50))


__all__ = ["SafetyStop", "backoff", "connection_run", "reached", "removals_digest"]
