"""What would be sent now against what the destination was last given: the same code as a run, and nothing is sent."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from integrations.contract import Mode, Operation, Skipped, payload_hash
from integrations.diff import Plan
from integrations.lanes import SHADOW, TEST, sends_unchanged
from integrations.services.artifacts import spool
from integrations.services.reading import Reading, Shape, glance, left_out, plan_of, read, shape
from integrations.services.safety import delivered_of, emptied, removals_digest
from tenancy.tenant import tenant_transaction


@dataclass(frozen=True)
class FilePreview:
    """The exact file a run would write, but for its sequence number."""

    name: str
    content: bytes
    rows: int
    sha256: str


@dataclass(frozen=True)
class Preview:
    """If it ran now."""

    plan: Plan
    skipped: tuple[Skipped, ...]
    number: int
    generated_at: datetime
    removals_digest: str
    digest: str = (
        ""  # of everything that a person would agree to: the differences, what is left out, settings and mapping
    )
    desired: int = 0
    delivered: int = 0
    emptied: bool = False  # nothing is left to send where something was delivered
    file: FilePreview | None = None

    def operations(self, kind: str) -> list[Operation]:
        """The operations of one kind."""
        return [one for one in self.plan.operations if one.kind == kind]


def connection_preview(
    *, organization_id: int, connection_id: int, now: datetime, with_file: bool = True, state: str = ""
) -> Preview:
    """Compute the plan of a full run; with `state`, of the first one after it was switched there. Opens its own transactions."""
    with tenant_transaction(organization_id, snapshot=True):
        reading = read(glance(connection_id=connection_id, now=now, state=state), now=now, full=True, reveal=False)
    if state in (SHADOW, TEST):
        reading = replace(reading, ledger=())
    shaped = shape(reading)
    todo = plan_of(reading, shaped, now=now)
    file = _file(reading, shaped, todo) if with_file else None
    return Preview(
        plan=todo,
        skipped=left_out(reading, shaped, todo),
        number=reading.number,
        generated_at=now,
        removals_digest=removals_digest(todo.operations),
        digest=_digest(reading.connection.revision, shaped, todo),
        desired=len(shaped.desired),
        delivered=delivered_of(reading),
        emptied=emptied(reading, shaped, todo),
        file=file,
    )


def _file(reading: Reading, shaped: Shape, todo: Plan) -> FilePreview | None:
    """The file a run would write, in a folder that is gone again. None: it would write none."""
    declared, context, sequence = reading.connector, reading.context, reading.connection.sequence + 1
    delta = declared.mode is Mode.DELTA
    if not delta and declared.mode is not Mode.SNAPSHOT:
        return None
    if delta and not todo.operations and not sends_unchanged(declared, context.settings):
        return None
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        if delta:
            written = declared.write_delta(todo.operations, context, sequence=sequence, spool=Path(folder))
        else:
            clashing = {(one.key, one.recipient) for one in todo.conflicts}
            wanted = [one for one in shaped.desired if (one.key, one.recipient) not in clashing]
            written = declared.write(wanted, context, sequence=sequence, spool=Path(folder))
        content = written.path.read_bytes()
    return FilePreview(written.name, content, written.rows, hashlib.sha256(content).hexdigest())


def _digest(revision: int, shaped: Shape, todo: Plan) -> str:
    parts = sorted((one.kind, one.key, one.recipient, payload_hash(one.payload)) for one in todo.operations)
    text = json.dumps([revision, parts, len(shaped.skipped), len(todo.conflicts), todo.unchanged])
    return hashlib.sha256(text.encode()).hexdigest()
