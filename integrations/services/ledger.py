"""INTEND and RECORD: the ledger's two writes around every effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection as database

from integrations.contract import Desired, Operation, Outcome, payload_hash
from integrations.diff import UNSURE, Plan
from integrations.models import Attempt, LedgerRow
from tenancy.tenant import current_organization_id

_DAILY = timedelta(days=1)


_ROWS = 5000  # in one statement

_UPSERT = """
INSERT INTO integrations_ledgerrow AS there (organization_id, connection_id, lane, state, run_id, changed_at, key, recipient, unit,
    payload, hash, handle, generation, label, starts_at, ends_at, retry_at, code, text)
SELECT %s, %s, %s, %s, %s, %s, given.*, NULL, '', ''
FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[], %s::text[], %s::text[], %s::int[], %s::text[], %s::timestamptz[],
    %s::timestamptz[]) AS given
ON CONFLICT (organization_id, connection_id, lane, key, recipient) DO UPDATE SET
    state = EXCLUDED.state, run_id = EXCLUDED.run_id, changed_at = EXCLUDED.changed_at, payload = EXCLUDED.payload,
    hash = EXCLUDED.hash, generation = EXCLUDED.generation, label = EXCLUDED.label, starts_at = EXCLUDED.starts_at,
    ends_at = EXCLUDED.ends_at, retry_at = NULL,
    handle = CASE WHEN EXCLUDED.state = 'confirmed' THEN EXCLUDED.handle ELSE there.handle END
"""

_RECORD = """
UPDATE integrations_ledgerrow AS there SET
    changed_at = %s,
    state = COALESCE(given.state, there.state),
    hash = CASE WHEN given.keeps_hash THEN there.hash ELSE '' END,
    handle = COALESCE(given.handle, there.handle),
    generation = there.generation + given.later,
    code = given.code, text = given.text, retry_at = given.retry_at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[], %s::int[], %s::text[], %s::text[], %s::timestamptz[])
    AS given (key, recipient, state, keeps_hash, handle, later, code, text, retry_at)
WHERE there.organization_id = %s AND there.connection_id = %s AND there.lane = %s
    AND there.key = given.key AND there.recipient = given.recipient
"""

_DELTA_CONFIRMED = """
UPDATE integrations_ledgerrow SET
    changed_at = %s,
    state = CASE WHEN hash = '' THEN 'removed' ELSE 'confirmed' END,
    handle = CASE WHEN hash = '' THEN '' ELSE 'file' END
WHERE organization_id = %s AND connection_id = %s AND lane = %s AND state = 'intended' AND run_id = %s
"""

_DELETE = """
DELETE FROM integrations_ledgerrow AS there
USING unnest(%s::text[], %s::text[]) AS given (key, recipient)
WHERE there.organization_id = %s AND there.connection_id = %s AND there.lane = %s
    AND there.key = given.key AND there.recipient = given.recipient
"""


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
    *,
    connection_id: int,
    lane: str,
    run_id: int,
    operations: Sequence[Operation],
    units: Mapping[tuple[str, str], str],
    now: datetime,
) -> None:
    """Write down what is about to be sent. Until its outcome is known it counts as possibly delivered.

    `units` names the unit of what is desired; a removal's row is there already and keeps its own. The hash of what would be
    confirmed is written along, none for a removal.
    """
    rows = [
        (
            one.key, one.recipient, units.get((one.key, one.recipient), one.key), orjson.dumps(one.payload).decode(),
            payload_hash(one.payload) if one.kind != "remove" else "", one.handle, one.generation, one.label[:240],
            one.starts_at, one.ends_at,
        )
        for one in operations
    ]  # fmt: skip
    _upsert(connection_id, lane, "intended", run_id, rows, now)


def record(
    *, connection_id: int, lane: str, run_id: int, results: Sequence[tuple[Operation, Outcome]], now: datetime
) -> Tally:
    """Write down what became of operations: one statement for the ledger, one for the attempts."""
    if not results:
        return Tally()
    answers = [_answer(operation, outcome, now + _DAILY) for operation, outcome in results]
    with database.cursor() as cursor:
        cursor.execute(
            _RECORD,
            [now, *map(list, zip(*answers, strict=True)), current_organization_id(), connection_id, lane],
        )
    attempts = [
        Attempt(
            connection_id=connection_id,
            run_id=run_id,
            at=now,
            kind=operation.kind,
            key=operation.key,
            recipient=operation.recipient,
            label=operation.label[:240],
            request=dict(operation.payload),
            result=outcome.result,
            status=outcome.status,
            code=outcome.code,
            text=outcome.text[:600],
        )
        for operation, outcome in results
    ]
    Attempt.objects.bulk_create(attempts, batch_size=500)
    outcomes = [outcome for _, outcome in results]
    rejected = sum(1 for one in outcomes if one.result == "rejected")
    settled = sum(1 for operation, one in results if _settled(operation, one))
    return Tally(len(results) - rejected - settled, rejected, max(one.retry_after_s or 0.0 for one in outcomes))


def _settled(operation: Operation, outcome: Outcome) -> bool:
    return outcome.result == "confirmed" or (operation.kind == "remove" and outcome.result == "gone")


_Answer = tuple[str, str, str | None, bool, str | None, int, str, str, datetime | None]


def _answer(operation: Operation, outcome: Outcome, tomorrow: datetime) -> _Answer:
    """Key, recipient; the new state (None: as it was), whether the hash stands, the handle (None: as it was), how many
    generations on, code, text, when to try again."""
    one, code, text = (operation.key, operation.recipient), outcome.code, outcome.text[:600]
    if _settled(operation, outcome):
        if operation.kind == "remove":
            return *one, "removed", False, "", 0, "", "", None
        return *one, "confirmed", True, outcome.handle or operation.handle, 0, "", "", None
    if outcome.result == "gone":  # somebody removed it there: it comes back as a new one
        return *one, "intended", False, "", 1, "", "", None
    if outcome.result == "rejected":
        doubtful = operation.uncertain and not operation.handle
        return *one, "rejected", True, UNSURE if doubtful else None, 0, code, text, tomorrow
    return *one, None, True, None, 0, code, text, None


def delta_confirmed(*, connection_id: int, lane: str, run_id: int, now: datetime) -> None:
    """The destination has the file: what the run intended is there, and what it intended to remove is gone."""
    with database.cursor() as cursor:
        cursor.execute(_DELTA_CONFIRMED, [now, current_organization_id(), connection_id, lane, run_id])


def doubt_later(*, connection_id: int, lane: str, run_id: int, now: datetime) -> int:
    """What runs after that one wrote is no longer known to stand: it counts as intended. Returns how many records."""
    later = LedgerRow.objects.filter(connection_id=connection_id, lane=lane, run_id__gt=run_id)
    return later.filter(state__in=["confirmed", "removed"]).update(state="intended", changed_at=now)


def file_confirmed(
    *,
    connection_id: int,
    lane: str,
    run_id: int,
    plan: Plan,
    desired: Sequence[Desired],
    window_start: datetime | None,
    now: datetime,
) -> None:
    """The destination has the whole file: the ledger becomes the desired set; only what differs is written."""
    changed = {(one.key, one.recipient) for one in plan.operations if one.kind != "remove"}
    rows = [
        (
            one.key, one.recipient, one.unit, orjson.dumps(one.payload).decode(), one.hash(), "file", 1, one.label[:240],
            one.starts_at, one.ends_at,
        )
        for one in desired
        if (one.key, one.recipient) in changed
    ]  # fmt: skip
    _upsert(connection_id, lane, "confirmed", run_id, rows, now)
    removed = [one for one in plan.operations if one.kind == "remove"]
    if removed:
        with database.cursor() as cursor:
            cursor.execute(
                _DELETE,
                [[one.key for one in removed], [one.recipient for one in removed],
                 current_organization_id(), connection_id, lane],
            )  # fmt: skip
    if window_start is not None:
        given = LedgerRow.objects.filter(connection_id=connection_id, lane=lane)
        given.filter(starts_at__lt=window_start).delete()


def _upsert(
    connection_id: int, lane: str, state: str, run_id: int, rows: Sequence[tuple[Any, ...]], now: datetime
) -> None:
    """Ledger rows of one state, new or in place of what was there; a handle that is known stays while nothing is confirmed."""
    for start in range(0, len(rows), _ROWS):
        columns = [list(column) for column in zip(*rows[start : start + _ROWS], strict=True)]
        with database.cursor() as cursor:
            cursor.execute(_UPSERT, [current_organization_id(), connection_id, lane, state, run_id, now, *columns])
