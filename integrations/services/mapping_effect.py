"""What staged edits of mapping tables would do: the code of a run, over the tables as they would be, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import OperationalError

from integrations.contract import DeliveryError, Mode, Skipped, payload_hash
from integrations.diff import LedgerEntry, Plan
from integrations.models import Connection
from integrations.services.mapping import Edits, edits_write
from integrations.services.reading import Reading, Shape, glance, left_out, plan_of, read, shape
from integrations.services.safety import removals_digest
from tenancy.tenant import tenant_rehearsal
from tenancy.types import RefusedError

_SHAPED = (Mode.SNAPSHOT, Mode.DELTA, Mode.SYNC)


@dataclass(frozen=True)
class Effect:
    """`plan` is what the edits alone add, change and remove; `run` is everything the next run then does.

    `skipped` is what is left out because of them. `problem` says why nothing could be computed.
    """

    plan: Plan | None = None
    run: Plan | None = None
    skipped: tuple[Skipped, ...] = ()
    removals_digest: str = ""
    problem: str = ""

    @property
    def others(self) -> int:
        """How many operations of the next run are not the edits' doing, roughly: what waits anyway."""
        if self.run is None or self.plan is None:
            return 0
        own = {(one.key, one.recipient) for one in self.plan.operations}
        return sum(1 for one in self.run.operations if (one.key, one.recipient) not in own)


def mapping_effect(*, organization_id: int, connection_id: int, edits: Edits, now: datetime) -> Effect:
    """Compute it in a transaction that is rolled back. Opens its own; edits must be clean."""
    try:
        with tenant_rehearsal(organization_id):
            seen = glance(connection_id=connection_id, now=now)
            if seen.connector.mode not in _SHAPED:
                return Effect(problem="This integration compares no records, so there is nothing to count beforehand.")
            before = read(seen, now=now, full=True, reveal=False)
            edits_write(Connection.objects.get(id=connection_id), seen.connector, edits)
            after = read(glance(connection_id=connection_id, now=now), now=now, full=True, reveal=False)
    except OperationalError as error:
        raise RefusedError("Somebody else is saving this mapping at this moment. Look again.", code="stale") from error
    return _compared(before, after, now)


def _compared(before: Reading, after: Reading, now: datetime) -> Effect:
    try:
        wanted = shape(after)
        whole = plan_of(after, wanted, now=now)
    except DeliveryError as error:
        return Effect(problem=error.text)
    try:
        had = shape(before)
    except DeliveryError:
        had = Shape((), ())  # it sends nothing as it is: all there will be is the edits' doing
    todo = plan_of(before, had, now=now)
    ledger = _settled(after.ledger, todo)
    alone = plan_of(replace(after, ledger=ledger), wanted, now=now)
    known = {(one.unit, one.cause, one.subject_id) for one in left_out(before, had, todo)}
    more = [one for one in left_out(after, wanted, whole) if (one.unit, one.cause, one.subject_id) not in known]
    return Effect(alone, whole, tuple(more), removals_digest(whole.operations))


def _settled(ledger: Iterable[LedgerEntry], todo: Plan) -> tuple[LedgerEntry, ...]:
    """The ledger as it would stand, had everything been delivered that waits without the edits."""
    have = {(one.key, one.recipient): one for one in ledger}
    for one in todo.operations:
        identity = (one.key, one.recipient)
        if one.kind == "remove":
            have[identity] = replace(have[identity], state="removed")
            continue
        have[identity] = LedgerEntry(
            key=one.key,
            recipient=one.recipient,
            state="confirmed",
            hash=payload_hash(one.payload),
            payload=one.payload,
            handle=one.handle or "-",
            generation=one.generation,
            label=one.label,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
        )
    return tuple(have.values())
