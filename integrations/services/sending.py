"""INTEND, SEND, RECORD: for records slice by slice, for a file once, for a replay the bytes of a receipt."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from integrations.contract import (
    ConfigError,
    DeliveryError,
    Desired,
    FileWritten,
    Mode,
    Operation,
    Outcome,
    Trigger,
)
from integrations.diff import Plan
from integrations.doors import Doors
from integrations.models import Artifact, Attempt, Connection, Run
from integrations.services import stages
from integrations.services.artifacts import artifact_chunks, artifact_keep, spool
from integrations.services.claiming import Claimed, lease_let_go, run_end
from integrations.services.facts import facts_merge
from integrations.services.ledger import Tally, file_confirmed, intend, record
from integrations.services.reading import Reading, Shape
from integrations.services.requests import RUN, run_request
from tenancy.dispatch import settle
from tenancy.tenant import tenant_transaction

STILL = frozenset({Trigger.MANUAL.value, Trigger.REPLAY.value})  # a person asked: send even when nothing differs
CONFIRMED = "confirmed"  # the fact that holds, by lane, what goes with the last confirmed file
GONE = "The file is no longer kept. Choose “Send everything now” to send what is published today."
EXTRACT_SECONDS = 1800  # how long the database may take to write its files
_memory: dict[int, dict[str, Any]] = {}


def send_records(
    organization_id: int,
    connection_id: int,
    claimed: Claimed,
    reading: Reading,
    shaped: Shape,
    todo: Plan,
    doors: Doors,
) -> Tally:
    """Slice by slice: intend, send, record."""
    units = {one.key: one.unit for one in shaped.desired}
    tally = Tally(sent=bool(todo.operations))
    size = reading.connector.slice_size
    for start in range(0, len(todo.operations), size):
        part = todo.operations[start : start + size]
        with tenant_transaction(organization_id):
            claimed.lease.keep()
            intend(
                connection_id=connection_id,
                lane=reading.connection.lane,
                operations=part,
                units=units,
                now=claimed.lease.clock(),
            )
        stages.reached("intended")
        results, failure = _deliver(reading, part, doors)
        stages.reached("sent")
        with tenant_transaction(organization_id):
            claimed.lease.keep()
            done = record(
                connection_id=connection_id,
                lane=reading.connection.lane,
                run_id=claimed.run_id,
                results=results,
                now=claimed.lease.clock(),
            )
            tally = tally.plus(done)
        stages.reached("recorded")
        if failure is not None:
            raise failure
    return tally


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


def send_file(
    organization_id: int,
    connection_id: int,
    claimed: Claimed,
    reading: Reading,
    shaped: Shape,
    todo: Plan,
    doors: Doors,
) -> Tally:
    row = reading.connection
    wanted = _without_conflicts(shaped, todo)
    must = row.uncertain or claimed.full or reading.connector.send_unchanged or bool(STILL & set(claimed.triggers))
    quiet = not todo.operations and not must and row.in_step_at is not None
    if quiet and row.fingerprint == reading.fingerprint:
        return Tally(sent=False)
    with tenant_transaction(organization_id):
        claimed.lease.keep(EXTRACT_SECONDS if reading.connector.mode is Mode.EXTRACT else 0)
        Connection.objects.filter(id=connection_id).update(sequence=F("sequence") + 1)
        sequence = Connection.objects.values_list("sequence", flat=True).get(id=connection_id)
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        plain = _written(organization_id, reading, wanted, sequence, Path(folder), full=claimed.full)
        written = reading.connector.for_readers(plain, reading.context)
        stages.reached("written")
        if quiet and _same_as_last(organization_id, connection_id, written):
            return Tally(sent=False)  # a setting changed that shows in no byte
        attempt, artifact = _file_intended(organization_id, connection_id, claimed, written)
        stages.reached("intended")
        sent = reading.connector.send_file(written, doors)
        stages.reached("sent")
    now = claimed.lease.clock()
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        text = "; ".join(sent.warnings)[:600]
        Attempt.objects.filter(id=attempt.id).update(result="confirmed", text=text)
        Artifact.objects.filter(id=artifact.id).update(sent_at=now)
        Run.objects.filter(id=claimed.run_id).update(rows=written.rows, bytes=sent.bytes)
        if written.keep is not None:
            _keep(row, written.keep, doors)
        file_confirmed(
            connection_id=connection_id,
            lane=row.lane,
            plan=todo,
            desired=wanted,
            window_start=reading.window_start,
            now=now,
        )
    stages.reached("recorded")
    return Tally()


def _same_as_last(organization_id: int, connection_id: int, written: FileWritten) -> bool:
    """True if the destination's last file has these very bytes: a new layout, say, would differ though no record does."""
    with tenant_transaction(organization_id):
        last = Artifact.objects.filter(connection_id=connection_id).exclude(sent_at=None).order_by("-id").first()
    if last is None:
        return False
    if written.encrypted_for != last.encrypted_for:
        return False  # other readers, who could not read that one
    if written.encrypted_for:
        return written.plain_sha256 == last.plain_sha256  # the same content never encrypts alike
    with written.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == last.sha256


def _written(
    organization_id: int, reading: Reading, wanted: Sequence[Desired], sequence: int, folder: Path, *, full: bool
) -> FileWritten:
    """The file on the spool: from records, or by the database inside one snapshot (disk, never network)."""
    if reading.connector.mode is not Mode.EXTRACT:
        return reading.connector.write(wanted, reading.context, sequence=sequence, spool=folder)
    row = reading.connection
    confirmed = {} if full else row.facts.get(CONFIRMED, {}).get(row.lane, {})
    with tenant_transaction(organization_id, snapshot=True):
        return reading.connector.extract(replace(reading.context, confirmed=confirmed), sequence=sequence, spool=folder)


def _keep(row: Connection, keep: Mapping[str, Any], doors: Doors) -> None:
    """Remember what goes with the confirmed file, for its lane; whatever the facts hold besides stays."""
    doors.facts[CONFIRMED] = {**row.facts.get(CONFIRMED, {}), row.lane: dict(keep)}
    Connection.objects.filter(id=row.id).update(facts=dict(doors.facts))


def send_again(
    organization_id: int, connection_id: int, claimed: Claimed, reading: Reading, clock: Callable[[], datetime]
) -> str:
    """Send the bytes of a receipt once more. Ledger and baseline stay as they are."""
    with tenant_transaction(organization_id):
        artifact = Artifact.objects.filter(id=claimed.artifact_id or 0, connection_id=connection_id).first()
    if artifact is None or artifact.removed_at is not None:
        raise ConfigError(GONE, code="file_gone")
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        path = Path(folder) / artifact.name
        try:
            with path.open("wb") as bytes_again:
                for chunk in artifact_chunks(
                    organization_id=organization_id, public_id=artifact.public_id, key_id=artifact.key_id
                ):
                    bytes_again.write(chunk)
        except FileNotFoundError as gone:
            raise ConfigError(GONE, code="file_gone") from gone
        written = FileWritten(path, artifact.name, artifact.rows)
        with tenant_transaction(organization_id):
            claimed.lease.keep()
            attempt = _attempt_sending(connection_id, claimed, written, artifact, clock())
        sent = reading.connector.send_file(written, doors_of(reading, claimed, clock))
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        row = lease_let_go(connection_id, claimed)
        row.save(update_fields=["lease_token", "lease_until"])
        Attempt.objects.filter(id=attempt.id).update(result="confirmed", text="; ".join(sent.warnings)[:600])
        run = Run.objects.get(id=claimed.run_id)
        run.rows, run.bytes = artifact.rows, sent.bytes
        run_end(run, "done", clock())
        settle(organization_id=organization_id, topic=RUN, ref=connection_id)
        others = sorted(set(claimed.triggers) - {Trigger.REPLAY.value})
        if others or Run.objects.filter(connection_id=connection_id, state="waiting").exists():
            run_request(connection_id=connection_id, triggers=others, now=clock(), full=claimed.full)
    return "done"


def _attempt_sending(
    connection_id: int, claimed: Claimed, written: FileWritten, artifact: Artifact, now: datetime
) -> Attempt:
    told = {"name": written.name, "bytes": artifact.bytes, "rows": written.rows, "sha256": artifact.sha256}
    return Attempt.objects.create(
        connection_id=connection_id,
        run_id=claimed.run_id,
        at=now,
        kind="file",
        key=written.name,
        label=written.name,
        result="sending",
        artifact_id=artifact.id,
        request=told,
    )


def _file_intended(
    organization_id: int, connection_id: int, claimed: Claimed, written: FileWritten
) -> tuple[Attempt, Artifact]:
    now = claimed.lease.clock()
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        artifact = artifact_keep(connection_id=connection_id, run_id=claimed.run_id, written=written, now=now)
        attempt = _attempt_sending(connection_id, claimed, written, artifact, now)
    return attempt, artifact


def _without_conflicts(shaped: Shape, todo: Plan) -> list[Any]:
    clashing = {(one.key, one.recipient) for one in todo.conflicts}
    return [one for one in shaped.desired if (one.key, one.recipient) not in clashing]


def doors_of(reading: Reading, claimed: Claimed, clock: Callable[[], datetime]) -> Doors:
    memory: MutableMapping[str, Any] = _memory.setdefault(reading.connection.id, {})
    return Doors(
        connection_id=reading.connection.public_id,
        run_token=reading.connection.public_id.hex[:16],
        settings=reading.connection.settings,
        secrets=reading.secrets,
        policy=reading.policy,
        now=clock,
        before_effect=claimed.lease.before_effect,
        organization=reading.organization,
        authority_file=settings.ROTACAST_AUTHORITY_FILE,
        memory=memory,
        facts=dict(reading.connection.facts),
    )


def facts_remember(organization_id: int, connection_id: int, doors: Doors, row: Connection) -> None:
    if doors.facts != row.facts:
        with tenant_transaction(organization_id):
            facts_merge(connection_id=connection_id, before=row.facts, after=doors.facts)
