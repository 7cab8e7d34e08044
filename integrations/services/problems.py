"""Problems and incidents: what was left out and why, what cannot be delivered, and which of it people were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from integrations.contract import Notice, Skipped
from integrations.diff import Plan
from integrations.models import Connection, Incident, LedgerRow, Problem
from integrations.selectors import SILENCE
from integrations.services.requests import ALERT
from tenancy.dispatch import wake
from tenancy.tenant import current_organization_id

_EXAMPLES = 20


@dataclass
class _Found:
    text: str
    subject_id: UUID | None
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, label: str) -> None:
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(label)


def problems_sync(
    *,
    connection: Connection,
    skipped: Sequence[Skipped],
    plan: Plan,
    partial: bool,
    now: datetime,
    notices: Sequence[Notice] = (),
) -> None:
    """Make the open problems of a connection what this run found. A partial run opens and updates, but closes nothing."""
    found = _grouped(skipped, plan)
    for notice in notices:
        identity = (notice.cause, notice.subject_type, notice.subject[:240])
        entry = found.setdefault(identity, _Found(notice.text, notice.subject_id))
        if notice.label:
            entry.add(notice.label)
    _add_rejected(connection, found)
    known = {
        (one.cause, one.subject_type, one.subject): one
        for one in Problem.objects.filter(connection=connection, closed_at=None).exclude(cause=SILENCE)
    }
    fresh = []
    for identity, one in found.items():
        cause, subject_type, subject = identity
        there = known.get(identity)
        if there is None:
            fresh.append(
                Problem(
                    connection=connection,
                    cause=cause,
                    subject_type=subject_type,
                    subject_id=one.subject_id,
                    subject=subject,
                    text=one.text[:600],
                    count=one.count,
                    examples=one.examples,
                    opened_at=now,
                )
            )
        elif (there.count, there.text) != (one.count, one.text[:600]) and not partial:
            Problem.objects.filter(id=there.id).update(count=one.count, text=one.text[:600], examples=one.examples)
    Problem.objects.bulk_create(fresh)
    if not partial:
        gone = [one.id for identity, one in known.items() if identity not in found]
        Problem.objects.filter(id__in=gone).update(closed_at=now)
    if fresh:
        wake(organization_id=current_organization_id(), topic=ALERT, ref=connection.id, due_at=now)


def _grouped(skipped: Sequence[Skipped], plan: Plan) -> dict[tuple[str, str, str], _Found]:
    found: dict[tuple[str, str, str], _Found] = {}
    for one in skipped:
        if not one.silent:
            identity = (one.cause, one.subject_type, one.subject[:240])
            found.setdefault(identity, _Found(one.text, one.subject_id)).add(one.label)
    for conflict in plan.conflicts:
        identity = ("conflict", "record", f"{conflict.key} {conflict.recipient}".strip()[:240])
        text = "Two records claim one place at the destination; none of them is sent. Mend the mapping."
        entry = found.setdefault(identity, _Found(text, None))
        for label in conflict.labels:
            entry.add(label)
    return found


def _add_rejected(connection: Connection, found: dict[tuple[str, str, str], _Found]) -> None:
    for row in LedgerRow.objects.filter(connection_id=connection.id, lane=connection.lane, state="rejected"):
        identity = (
            row.code or "rejected",
            "recipient" if row.recipient else "record",
            (row.recipient or row.label)[:240],
        )
        found.setdefault(identity, _Found(row.text or "The destination refused it.", None)).add(row.label)


def incident_open(*, connection: Connection, code: str, text: str, now: datetime) -> None:
    """The connection cannot deliver. One incident is open at a time; what is known of it is kept up to date."""
    row = Incident.objects.filter(connection=connection, closed_at=None).first()
    if row is None:
        Incident.objects.create(connection=connection, code=code, text=text[:600], opened_at=now)
        wake(organization_id=current_organization_id(), topic=ALERT, ref=connection.id, due_at=now)
    else:
        Incident.objects.filter(id=row.id).update(code=code, text=text[:600])


def incident_close(*, connection: Connection, now: datetime) -> None:
    """It delivers again."""
    if Incident.objects.filter(connection=connection, closed_at=None).update(closed_at=now):
        wake(organization_id=current_organization_id(), topic=ALERT, ref=connection.id, due_at=now)
