"""What people do with files that came: bring one by hand, look at what it would change, confirm exactly that, or refuse it."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from integrations.contract import FileWritten, Trigger
from integrations.inbound import DataMoved, FileUnreadable
from integrations.models import Connection, InboundFile, Run
from integrations.services.artifacts import artifact_keep, spool
from integrations.services.inbound_files import HAND, SERVER, file_finished
from integrations.services.inbound_finish import NOTHING, Taken, figures, skipped_of
from integrations.services.inbound_plan import Planned, content_of, known_read, planned, receiving
from integrations.services.parts import connection_find, connection_log
from integrations.services.problems import incident_close, problems_sync
from integrations.services.requests import run_request
from integrations.services.silence import silence_break
from integrations.services.states import connection_resume
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, NotFoundError, RefusedError


@dataclass(frozen=True)
class FileLook:
    """What a file would do now; `problem` says why that cannot be told."""

    planned: Planned | None
    problem: str = ""


def inbound_file_bring(
    *, connection_id: uuid.UUID, name: str, content: bytes, actor: Actor, now: datetime
) -> InboundFile:
    """Keep a file that a person brings. Nothing of it is applied before somebody confirms what it would change."""
    row = connection_find(connection_id, lock=True)
    declared = receiving(row.kind)
    name = Path(name.replace("\\", "/")).name.strip()[:200]
    if not name or not name.isprintable():
        raise RefusedError("The file has no name that can be kept.", field="file")
    if len(content) > declared.largest_bytes:
        limit = declared.largest_bytes // 1024 // 1024
        raise RefusedError(f"The file is longer than {limit} MB. Split it.", field="file")
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        path = Path(folder) / "brought"
        path.write_bytes(content)
        artifact = artifact_keep(connection_id=row.id, run_id=0, written=FileWritten(path, name, 0), now=now)
    file = InboundFile.objects.create(
        connection=row, origin=HAND, name=name, bytes=len(content), sha256=artifact.sha256, state="stopped", code="by_hand",
        text=f"Brought by {actor.label}.", seen_at=now, claimed_at=now, artifact_id=artifact.id,
    )  # fmt: skip
    connection_log(row, actor, now, "connection.file_brought", None, {"file": name, "sha256": artifact.sha256})
    return file


def inbound_file_look(*, organization_id: int, connection_id: uuid.UUID, file_id: uuid.UUID, now: datetime) -> FileLook:
    """What a file that is kept would change if it were applied now. Changes nothing; opens its own transaction."""
    with tenant_transaction(organization_id, snapshot=True):
        row = connection_find(connection_id)
        file = file_find(row, file_id)
        try:
            known, content = (
                known_read(row=row, settings=row.settings, file_name=file.name, now=now),
                content_of(file.artifact_id),
            )
        except RefusedError as refused:
            return FileLook(None, refused.text)
    try:
        return FileLook(planned(known, content, file.sha256))
    except FileUnreadable as error:
        return FileLook(None, error.text)


def inbound_file_confirm(
    *, connection_id: uuid.UUID, file_id: uuid.UUID, digest: str, actor: Actor, now: datetime
) -> InboundFile:
    """Apply a file that waits, if it would still do exactly what was shown: the same bytes, the same changes."""
    row = connection_find(connection_id, lock=True)
    file = file_find(row, file_id, lock=True)
    if file.state != "stopped":
        raise RefusedError(f"{file.name} no longer waits for a decision.", code="decided")
    known, content = (
        known_read(row=row, settings=row.settings, file_name=file.name, now=now),
        content_of(file.artifact_id),
    )
    try:
        ready = planned(known, content, file.sha256)
    except FileUnreadable as error:
        raise RefusedError(error.text, code=error.code) from error
    if ready.digest != digest:
        raise RefusedError(
            "What the file would change is no longer what you were shown, because people or settings were changed since. "
            "Look again, then confirm.",
            code="moved",
        )
    try:
        by = replace(actor, source="import", correlation=str(file.public_id))
        known.connector.apply(ready.plan, actor=by, now=now, reason=file.name)
    except DataMoved as moved:
        raise RefusedError(
            "People were changed at this very moment. Look again, then confirm.", code="moved"
        ) from moved
    run = _run_of(row, file, ready, actor, now)
    file.decided_by, file.code, file.text = actor.label, "", ""
    file_finished(file, ready, state="applied", run_id=run.id, now=now)
    problems_sync(connection=row, skipped=list(skipped_of(ready.plan.refused)), plan=NOTHING, partial=False, now=now)
    if file.origin == SERVER:
        row.in_step_at = now
        row.save(update_fields=["in_step_at"])
        silence_break(connection=row, now=now)
    told = {"file": file.name, "sha256": file.sha256, "changed": file.changed, "rejected": file.rejected}
    connection_log(row, actor, now, "connection.file_confirmed", None, told)
    _go_on(row, actor, now)
    return file


def inbound_file_refuse(*, connection_id: uuid.UUID, file_id: uuid.UUID, actor: Actor, now: datetime) -> InboundFile:
    """Nothing of this file is ever applied; the connection goes on."""
    row = connection_find(connection_id, lock=True)
    file = file_find(row, file_id, lock=True)
    if file.state != "stopped":
        raise RefusedError(f"{file.name} no longer waits for a decision.", code="decided")
    file.state, file.finished_at, file.decided_by = "failed", now, actor.label
    file.text = f"Refused by {actor.label}. {file.text}"[:600]
    file.save()
    connection_log(row, actor, now, "connection.file_refused", None, {"file": file.name, "sha256": file.sha256})
    _go_on(row, actor, now)
    return file


def file_find(row: Connection, file_id: uuid.UUID, *, lock: bool = False) -> InboundFile:
    """A file of a connection. Raises NotFoundError."""
    rows = InboundFile.objects.select_for_update() if lock else InboundFile.objects.all()
    file = rows.filter(connection=row, public_id=file_id).first()
    if file is None:
        raise NotFoundError("There is no such file.")
    return file


def _run_of(row: Connection, file: InboundFile, ready: Planned, actor: Actor, now: datetime) -> Run:
    """The receipt of a file that a person applied."""
    run = Run(
        connection_id=row.id, state="done", triggers=[Trigger.MANUAL.value], due_at=now, created_at=now, started_at=now,
        finished_at=now, actor=actor.label,
    )  # fmt: skip
    plan = ready.plan
    taken = Taken(
        file.name, plan.rows, len(plan.changes), plan.unchanged, plan.unmatched, len(plan.refused), file.bytes, ()
    )
    figures(run, [taken])
    run.save()
    return run


def _go_on(row: Connection, actor: Actor, now: datetime) -> None:
    """When nothing waits for a decision any more, what was held goes on: the file is archived, and the next one taken in."""
    waiting = InboundFile.objects.filter(connection=row, origin=SERVER, state="stopped")
    if not waiting.exists():
        incident_close(connection=row, now=now)
    if row.hold == "safety" and not waiting.filter(code="safety").exists():
        connection_resume(connection_id=row.public_id, actor=actor, now=now)
    elif row.running:
        run_request(connection_id=row.id, triggers=[Trigger.RETRY.value], now=now, actor=actor.label)
