"""INTEND, SEND, RECORD: for records slice by slice, for a file once, for a replay the bytes of a receipt."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from egress.guard import AddressPolicy
from integrations.contract import (
    ConfigError,
    DeliveryError,
    Desired,
    FileSent,
    FileWritten,
    Mode,
    Operation,
    Outcome,
    Trigger,
)
from integrations.diff import Plan
from integrations.doors import Doors
from integrations.lanes import BASELINES, confirmed_word, facts_in, facts_with, sends_unchanged
from integrations.models import Artifact, Attempt, Connection, Run
from integrations.services import stages
from integrations.services.artifacts import artifact_chunks, artifact_keep, spool
from integrations.services.claiming import Claimed, lease_let_go, run_end
from integrations.services.collecting import collector_resting
from integrations.services.facts import facts_merged
from integrations.services.ledger import Tally, doubt_later, file_confirmed, intend, record
from integrations.services.reading import Glance, Reading, Shape
from integrations.services.requests import RUN, run_request
from tenancy.dispatch import settle
from tenancy.tenant import tenant_transaction

STILL = frozenset({Trigger.MANUAL.value, Trigger.REPLAY.value})  # a person asked: send even when nothing differs
GONE = "The file is no longer kept. Choose “Send everything now” to send what is published today."
EXTRACT_SECONDS = 1800  # how long the database may take to write its files
_memory: dict[tuple[int, str], dict[str, Any]] = {}  # by connection and lane: a sign-in of test is not one of live


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
    units = {(one.key, one.recipient): one.unit for one in shaped.desired}
    tally = Tally(sent=bool(todo.operations))
    size = reading.connector.slice_size
    for start in range(0, len(todo.operations), size):
        part = todo.operations[start : start + size]
        with tenant_transaction(organization_id):
            claimed.lease.keep()
            intend(
                connection_id=connection_id,
                lane=reading.connection.lane,
                run_id=claimed.run_id,
                operations=part,
                units=units,
                now=claimed.lease.clock(),
            )
        stages.reached("intended")
        results, failure = _deliver(claimed, reading, part, doors)
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
            if claimed.shadow:
                Attempt.objects.filter(run_id=claimed.run_id, result="confirmed").update(
                    result=confirmed_word(claimed.lane)
                )
            tally = tally.plus(done)
        stages.reached("recorded")
        if failure is not None:
            raise failure
    return tally


def _deliver(
    claimed: Claimed, reading: Reading, part: Sequence[Operation], doors: Doors
) -> tuple[list[tuple[Operation, Outcome]], DeliveryError | None]:
    """Outcomes that are known must be recorded even when the rest fails. In shadow nothing is asked of the connector."""
    if claimed.shadow:
        return [
            (one, Outcome(one.key, one.recipient, "confirmed", handle=one.handle or "shadow")) for one in part
        ], None
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
    always = reading.beat or sends_unchanged(reading.connector, reading.context.settings)
    must = row.uncertain or claimed.full or always or bool(STILL & set(claimed.triggers))
    quiet = not todo.operations and not must and row.in_step_at is not None
    if quiet and row.fingerprint == reading.fingerprint:
        return Tally(sent=False)
    seconds = EXTRACT_SECONDS if reading.connector.mode is Mode.EXTRACT else 0
    sequence = next_sequence(organization_id, connection_id, claimed, seconds)
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        written = _for_readers(reading, _written(claimed, reading, wanted, sequence, Path(folder)))
        stages.reached("written")
        if quiet and _same_as_last(claimed, written):
            return Tally(sent=False)  # a setting changed that shows in no byte
        files = (written, *written.also)
        with tenant_transaction(organization_id):
            intended = [file_intended(connection_id, claimed, one, claimed.lease.clock()) for one in files]
        stages.reached("intended")
        sent = [file_effect(claimed, reading, one, doors) for one in files]
        stages.reached("sent")
    now = claimed.lease.clock()
    with tenant_transaction(organization_id):
        claimed.lease.keep()
        for (attempt, artifact), one in zip(intended, sent, strict=True):
            file_recorded(claimed, attempt, artifact, one, now)
        Run.objects.filter(id=claimed.run_id).update(rows=written.rows, bytes=sum(one.bytes for one in sent))
        if written.keep is not None:
            _keep(claimed, written.keep, doors)
        file_confirmed(
            connection_id=connection_id,
            lane=row.lane,
            run_id=claimed.run_id,
            plan=todo,
            desired=wanted,
            window_start=reading.window_start,
            now=now,
        )
    stages.reached("recorded")
    return Tally()


def next_sequence(organization_id: int, connection_id: int, claimed: Claimed, seconds: float = 0) -> int:
    """A number for a file name that no other file ever has, also when this one is never sent."""
    with tenant_transaction(organization_id):
        claimed.lease.keep(seconds)
        Connection.objects.filter(id=connection_id).update(sequence=F("sequence") + 1)
        return Connection.objects.values_list("sequence", flat=True).get(id=connection_id)


def file_effect(claimed: Claimed, reading: Reading, written: FileWritten, doors: Doors) -> FileSent:
    """Send a rendered file; in shadow open no connection, and say what would have been sent."""
    if not claimed.shadow:
        return reading.connector.send_file(written, doors)
    with written.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileSent(written.name, written.path.stat().st_size, digest, written.warnings)


def file_recorded(claimed: Claimed, attempt: Attempt, artifact: Artifact, sent: FileSent, now: datetime) -> None:
    """Write down that the destination has the file, or that shadow did as if."""
    result = confirmed_word(claimed.lane)
    Attempt.objects.filter(id=attempt.id).update(result=result, text="; ".join(sent.warnings)[:600])
    if not claimed.shadow:
        Artifact.objects.filter(id=artifact.id).update(sent_at=now)


def _same_as_last(claimed: Claimed, written: FileWritten) -> bool:
    """True if this lane's last file has these very bytes: a new layout, say, would differ though no record does."""
    with tenant_transaction(claimed.organization_id):
        runs = Run.objects.filter(connection_id=claimed.connection_id, lane=claimed.lane, state="done").values("id")
        rows = Artifact.objects.filter(connection_id=claimed.connection_id, run_id__in=runs).order_by("-id")
        last = (rows if claimed.shadow else rows.exclude(sent_at=None)).first()
    if last is None:
        return False
    if written.encrypted_for != last.encrypted_for:
        return False  # other readers, who could not read that one
    if written.encrypted_for:
        return written.plain_sha256 == last.plain_sha256  # the same content never encrypts alike
    with written.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == last.sha256


def _written(claimed: Claimed, reading: Reading, wanted: Sequence[Desired], sequence: int, folder: Path) -> FileWritten:
    """The file on the spool: from records, or by the database inside one snapshot (disk, never network)."""
    if reading.connector.mode is not Mode.EXTRACT:
        with collector_resting():
            return reading.connector.write(wanted, reading.context, sequence=sequence, spool=folder)
    row = reading.connection
    confirmed = {} if claimed.full else facts_in(claimed.lane, row.facts).get(BASELINES, {}).get(claimed.lane, {})
    with tenant_transaction(claimed.organization_id, snapshot=True):
        return reading.connector.extract(replace(reading.context, confirmed=confirmed), sequence=sequence, spool=folder)


def _for_readers(reading: Reading, written: FileWritten) -> FileWritten:
    """The file, and those that go with it, as they are kept and sent."""
    also = tuple(reading.connector.for_readers(one, reading.context) for one in written.also)
    return replace(reading.connector.for_readers(written, reading.context), also=also)


def _keep(claimed: Claimed, keep: Mapping[str, Any], doors: Doors) -> None:
    """Remember what goes with the confirmed file, for its lane; whatever the facts hold besides stays."""
    doors.facts[BASELINES] = {**doors.facts.get(BASELINES, {}), claimed.lane: dict(keep)}
    facts = Connection.objects.values_list("facts", flat=True).get(id=claimed.connection_id)
    Connection.objects.filter(id=claimed.connection_id).update(facts=facts_with(claimed.lane, facts, doors.facts))


def send_again(
    organization_id: int, connection_id: int, claimed: Claimed, reading: Reading, clock: Callable[[], datetime]
) -> str:
    """Send the bytes of a receipt once more. The baseline stays as it is, and of a whole file the ledger too.

    An old delta turns back what later files changed: all that they wrote counts as possibly delivered again, and follows.
    """
    with tenant_transaction(organization_id):
        runs = Run.objects.filter(connection_id=connection_id, lane=claimed.lane).values("id")
        artifact = Artifact.objects.filter(id=claimed.artifact_id or 0, run_id__in=runs).first()
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
            turned_back = 0
            if reading.connector.mode is Mode.DELTA:
                turned_back = doubt_later(
                    connection_id=connection_id, lane=reading.connection.lane, run_id=artifact.run_id, now=clock()
                )
            attempt = _attempt_sending(connection_id, claimed, written, artifact, clock())
        sent = file_effect(claimed, reading, written, doors_of(reading, claimed, clock))
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
        if turned_back:
            others = sorted({*others, Trigger.RETRY.value})
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


def file_intended(
    connection_id: int, claimed: Claimed, written: FileWritten, now: datetime
) -> tuple[Attempt, Artifact]:
    claimed.lease.keep()
    artifact = artifact_keep(connection_id=connection_id, run_id=claimed.run_id, written=written, now=now)
    return _attempt_sending(connection_id, claimed, written, artifact, now), artifact


def _without_conflicts(shaped: Shape, todo: Plan) -> list[Any]:
    clashing = {(one.key, one.recipient) for one in todo.conflicts}
    return [one for one in shaped.desired if (one.key, one.recipient) not in clashing]


def doors_of(reading: Reading, claimed: Claimed, clock: Callable[[], datetime]) -> Doors:
    """The way out of a run that has read everything."""
    way = Way(reading.connection, reading.context.settings, reading.secrets, reading.policy, reading.organization)
    return doors_for(way, claimed, clock)


@dataclass(frozen=True)
class Way:
    """What a run must have read before anything leaves: the settings and secrets in force, and where it may go."""

    connection: Connection
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    policy: AddressPolicy
    organization: str


def doors_for(way: Way, claimed: Claimed, clock: Callable[[], datetime]) -> Doors:
    """The doors of a run, with the destination, secrets, memory and facts of its lane."""
    memory: MutableMapping[str, Any] = _memory.setdefault((way.connection.id, claimed.lane), {})
    return Doors(
        connection_id=way.connection.public_id,
        run_token=way.connection.public_id.hex[:16],
        settings=way.settings,
        secrets=way.secrets,
        policy=way.policy,
        now=clock,
        before_effect=claimed.lease.before_effect,
        organization=way.organization,
        lane=claimed.lane,
        authority_file=settings.ROTACAST_AUTHORITY_FILE,
        memory=memory,
        facts=facts_in(claimed.lane, way.connection.facts),
    )


def facts_remember(claimed: Claimed, reading: Reading | Glance, doors: Doors) -> None:
    """Keep what the connector found out at this lane's destination, beside what a test found out meanwhile."""
    before = facts_in(claimed.lane, reading.connection.facts)
    if doors.facts == before:
        return
    with tenant_transaction(claimed.organization_id):
        row = Connection.objects.select_for_update().get(id=claimed.connection_id)
        own = facts_merged(facts_in(claimed.lane, row.facts), before=before, after=doors.facts)
        facts = facts_with(claimed.lane, row.facts, own)
        Connection.objects.filter(id=claimed.connection_id).update(facts=facts)
