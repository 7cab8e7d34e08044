"""The safety stop: a run that would remove too much of what was delivered stops, and asks a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db.models import Q

from integrations.contract import DeliveryError, Operation
from integrations.diff import Plan
from integrations.models import LedgerRow
from integrations.services.reading import Reading, Shape
from tenancy.tenant import tenant_transaction

SAFETY_SHARE = 0.30
SAFETY_LEAST = 10


class SafetyStop(DeliveryError):
    """The run would remove more than it may without a person's word."""


def safety_check(organization_id: int, reading: Reading, shaped: Shape, todo: Plan) -> None:
    """Raise SafetyStop unless a person agreed to exactly these removals. Counts only where there is something to weigh."""
    removals = [one for one in todo.operations if one.kind == "remove"]
    empty = not reading.partial and not shaped.desired
    if not (empty or len(removals) >= SAFETY_LEAST):
        return
    if reading.connection.confirmed_removals == removals_digest(removals):
        return
    now, start = reading.context.generated_at, reading.window_start
    with tenant_transaction(organization_id):
        if not reading.connector.keeps_past:
            _weigh(reading, len(removals), empty, Q() if start is None else Q(starts_at__gte=start))
        # Of years of records tomorrow's are few: what lies ahead is weighed on its own.
        ahead = sum(1 for one in removals if one.ends_at > now)
        _weigh(reading, ahead, empty and reading.connector.keeps_past, Q(ends_at__gt=now))


def _weigh(reading: Reading, removals: int, empty: bool, among: Q) -> None:
    """Compare with how many the destination has or may have, counted no further than needed: the cost follows the removals."""
    row = reading.connection
    enough = max(SAFETY_LEAST, int(removals / SAFETY_SHARE) + 1)  # so many delivered ones make these removals few
    given = LedgerRow.objects.filter(among, connection_id=row.id, lane=row.lane, state__in=["confirmed", "intended"])
    delivered = given.order_by()[:enough].count()
    emptied = empty and delivered >= SAFETY_LEAST
    if emptied or (removals >= SAFETY_LEAST and removals > SAFETY_SHARE * max(delivered, 1)):
        share = round(100 * removals / max(delivered, 1))
        raise SafetyStop(
            f"The run would remove {removals} of {delivered} delivered records ({share} %). "
            "The last good delivery stays. Look at the preview and confirm, or mend the schedule or the mapping.",
            code="safety_stop",
        )


def removals_digest(removals: Sequence[Operation]) -> str:
    """Binds a person's confirmation to exactly these removals."""
    text = "\n".join(sorted(f"{one.key}\t{one.recipient}" for one in removals if one.kind == "remove"))
    return hashlib.sha256(text.encode()).hexdigest()
