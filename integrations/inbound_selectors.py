"""Reads of files that came to us. Call them inside one tenant_transaction; they return frozen values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from integrations.models import Artifact, InboundFile, Run
from tenancy.types import NotFoundError


@dataclass(frozen=True)
class InboundFileInfo:
    """A file that came, and what became of it. Public ids lead to the file and its reports, while kept, and to its run."""

    public_id: uuid.UUID
    lane: str
    origin: str
    name: str
    bytes: int
    modified: datetime | None
    sha256: str
    state: str
    code: str
    text: str
    seen_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    rows: int
    matched: int
    changed: int
    unchanged: int
    unmatched: int
    rejected: int
    notes: tuple[str, ...]
    decided_by: str
    archived_as: str
    archived_at: datetime | None
    reports_sent_at: datetime | None
    trouble: str
    content: uuid.UUID | None
    accepted: uuid.UUID | None
    refused: uuid.UUID | None
    run: uuid.UUID | None


def inbound_files(
    *, connection_id: int, first: int = 0, limit: int = 50, run: uuid.UUID | None = None
) -> tuple[list[InboundFileInfo], int]:
    """Files of a connection, or of one of its runs, the newest first, and how many there are."""
    rows = InboundFile.objects.filter(connection_id=connection_id).order_by("-id")
    if run is not None:
        rows = rows.filter(run_id__in=Run.objects.filter(connection_id=connection_id, public_id=run).values("id"))
    return _infos(rows[first : first + limit]), rows.count()


def inbound_file(*, connection_id: int, public_id: uuid.UUID) -> InboundFileInfo:
    """One file. Raises NotFoundError."""
    found = _infos(InboundFile.objects.filter(connection_id=connection_id, public_id=public_id))
    if not found:
        raise NotFoundError("There is no such file.")
    return found[0]


def inbound_file_shown(*, connection_id: int) -> InboundFileInfo | None:
    """The file that a preview is about: the oldest that waits for a decision, else the newest of which a copy is kept."""
    rows = InboundFile.objects.filter(connection_id=connection_id).exclude(artifact_id=None)
    one = rows.filter(state="stopped", origin="server").order_by("id").first() or rows.order_by("-id").first()
    return _infos([one])[0] if one else None


def _infos(rows: Iterable[InboundFile]) -> list[InboundFileInfo]:
    found = list(rows)
    kept = {one for row in found for one in (row.artifact_id, row.accepted_id, row.rejected_id) if one}
    artifacts = dict(Artifact.objects.filter(id__in=kept, removed_at=None).values_list("id", "public_id"))
    runs = dict(Run.objects.filter(id__in={row.run_id for row in found if row.run_id}).values_list("id", "public_id"))
    return [
        InboundFileInfo(
            public_id=row.public_id,
            lane=row.lane,
            origin=row.origin,
            name=row.name,
            bytes=row.bytes,
            modified=row.modified,
            sha256=row.sha256,
            state=row.state,
            code=row.code,
            text=row.text,
            seen_at=row.seen_at,
            claimed_at=row.claimed_at,
            finished_at=row.finished_at,
            rows=row.rows,
            matched=row.matched,
            changed=row.changed,
            unchanged=row.unchanged,
            unmatched=row.unmatched,
            rejected=row.rejected,
            notes=tuple(row.notes),
            decided_by=row.decided_by,
            archived_as=row.archived_as,
            archived_at=row.archived_at,
            reports_sent_at=row.reports_sent_at,
            trouble=row.trouble,
            content=artifacts.get(row.artifact_id or 0),
            accepted=artifacts.get(row.accepted_id or 0),
            refused=artifacts.get(row.rejected_id or 0),
            run=runs.get(row.run_id or 0),
        )
        for row in found
    ]
