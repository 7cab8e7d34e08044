"""INTEND and RECORD: the ledger's two writes around every effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from integrations.contract import Desired, Operation, Outcome, payload_hash
from integrations.diff import UNSURE, Plan
from integrations.models import Attempt, LedgerRow

_DAILY = timedelta(days=1)


@dataclass(frozen=True)
class Tally:
    """What is left of a run: operations to try again, those refused, how long the destination asked us to wait (s).

    `sent` is False when nothing had to leave the building.
    """

    again: int = 0
    rejected: int = 0
    wait_s: float = 0.0
    sent: bool = True

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        waits = max(self.wait_s, other.wait_s)
        return Tally(self.again + other.again, self.rejected + other.rejected, waits, self.sent or other.sent)


def intend(
    *, connection_id: int, lane: str, operations: Sequence[Operation], units: dict[str, str], now: datetime
) -> None:
    """Write down what is about to be sent. Until its outcome is known it counts as possibly delivered.

    `units` names the unit of what is desired; a removal's row is there already and keeps its own.
    """
    rows = [
        LedgerRow(
            connection_id=connection_id,
            lane=lane,
            key=one.key,
            unit=units.get(one.key, one.key),
            recipient=one.recipient,
            state="intended",
            hash="",
            payload=dict(one.payload),
            handle=one.handle,
            generation=one.generation,
            label=one.label[:240],
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            changed_at=now,
        )
        for one in operations
    ]
    LedgerRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organization_id", "connection_id", "lane", "key", "recipient"],
        update_fields=[
            "state",
            "hash",
            "payload",
            "generation",
            "label",
            "starts_at",
            "ends_at",
            "retry_at",
            "changed_at",
        ],
        batch_size=500,
    )


def record(
    *, connection_id: int, lane: str, run_id: int, results: Sequence[tuple[Operation, Outcome]], now: datetime
) -> Tally:
    """Write down what became of operations."""
    again = rejected = 0
    wait_s = 0.0
    attempts = []
    given = LedgerRow.objects.filter(connection_id=connection_id, lane=lane)
    for operation, outcome in results:
        result = outcome.result
        wait_s = max(wait_s, outcome.retry_after_s or 0)
        rows = given.filter(key=operation.key, recipient=operation.recipient)
        if operation.kind == "remove" and result in ("confirmed", "gone"):
            rows.update(state="removed", hash="", handle="", code="", text="", retry_at=None, changed_at=now)
        elif result == "confirmed":
            rows.update(
                state="confirmed", hash=payload_hash(operation.payload), handle=outcome.handle or operation.handle,
                code="", text="", retry_at=None, changed_at=now,
            )  # fmt: skip
        elif result == "gone":  # somebody removed it there: it comes back as a new one
            rows.update(state="intended", hash="", handle="", generation=F("generation") + 1, changed_at=now)
            again += 1
        elif result == "rejected":
            rejected += 1
            if operation.uncertain and not operation.handle:
                rows.update(handle=UNSURE)
            rows.update(
                state="rejected", hash=payload_hash(operation.payload), code=outcome.code, text=outcome.text[:600],
                retry_at=now + _DAILY, changed_at=now,
            )  # fmt: skip
        else:
            again += 1
            rows.update(code=outcome.code, text=outcome.text[:600], changed_at=now)
        attempts.append(
            Attempt(
                connection_id=connection_id,
                run_id=run_id,
                at=now,
                kind=operation.kind,
                key=operation.key,
                recipient=operation.recipient,
                label=operation.label[:240],
                request=dict(operation.payload),
                result=result,
                status=outcome.status,
                code=outcome.code,
                text=outcome.text[:600],
            )
        )
    Attempt.objects.bulk_create(attempts, batch_size=500)
    return Tally(again, rejected, wait_s)


def file_confirmed(
    *,
    connection_id: int,
    lane: str,
    plan: Plan,
    desired: Sequence[Desired],
    window_start: datetime | None,
    now: datetime,
) -> None:
    """The destination has the whole file: the ledger becomes the desired set; only what differs is written."""
    changed = {(one.key, one.recipient) for one in plan.operations if one.kind != "remove"}
    rows = [
        LedgerRow(
            connection_id=connection_id,
            lane=lane,
            key=one.key,
            unit=one.unit,
            recipient=one.recipient,
            state="confirmed",
            hash=one.hash(),
            payload=dict(one.payload),
            handle="file",
            label=one.label[:240],
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            changed_at=now,
        )
        for one in desired
        if (one.key, one.recipient) in changed
    ]
    LedgerRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organization_id", "connection_id", "lane", "key", "recipient"],
        update_fields=["state", "hash", "payload", "handle", "label", "starts_at", "ends_at", "changed_at"],
        batch_size=500,
    )
    removed = [one.key for one in plan.operations if one.kind == "remove"]
    given = LedgerRow.objects.filter(connection_id=connection_id, lane=lane)
    given.filter(key__in=removed).delete()
    if window_start is not None:
        given.filter(starts_at__lt=window_start).delete()
