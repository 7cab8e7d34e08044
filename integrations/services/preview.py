"""What would be sent now against what the destination was last given: the same code as a run, and nothing is sent."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from integrations.contract import Mode, Operation, Skipped
from integrations.diff import Plan
from integrations.services.artifacts import spool
from integrations.services.reading import glance, plan_of, read, shape
from integrations.services.run import removals_digest
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
    file: FilePreview | None

    def operations(self, kind: str) -> list[Operation]:
        """The operations of one kind."""
        return [one for one in self.plan.operations if one.kind == kind]


def connection_preview(*, organization_id: int, connection_id: int, now: datetime, with_file: bool = True) -> Preview:
    """Compute the plan of a full run. Opens its own transactions."""
    with tenant_transaction(organization_id, snapshot=True):
        reading = read(glance(connection_id=connection_id, now=now), now=now, full=True, reveal=False)
    shaped = shape(reading)
    todo = plan_of(reading, shaped, now=now)
    file = None
    if with_file and reading.connector.mode is Mode.SNAPSHOT:
        clashing = {(one.key, one.recipient) for one in todo.conflicts}
        wanted = [one for one in shaped.desired if (one.key, one.recipient) not in clashing]
        with tempfile.TemporaryDirectory(dir=spool()) as folder:
            written = reading.connector.write(
                wanted, reading.context, sequence=reading.connection.sequence + 1, spool=Path(folder)
            )
            content = written.path.read_bytes()
        file = FilePreview(written.name, content, written.rows, hashlib.sha256(content).hexdigest())
    return Preview(
        plan=todo,
        skipped=shaped.skipped,
        number=reading.number,
        generated_at=now,
        removals_digest=removals_digest(todo.operations),
        file=file,
    )
