"""The safety stop: a run that would remove too much of what was delivered stops, and asks a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from integrations.contract import DeliveryError, Operation
from integrations.diff import LedgerEntry, Plan
from integrations.models import LedgerRow
from integrations.services.reading import Reading, Shape
from tenancy.tenant import tenant_transaction

SAFETY_LEAST = 10  # fewer removals than this are no share worth asking for
_GIVEN = ("confirmed", "intended")


class SafetyStop(DeliveryError):
    """The run would remove more than it may without a person's word."""


def safety_check(organization_id: int, reading: Reading, shaped: Shape, todo: Plan) -> None:
    """Stop before removing too much, or everything, without a person's word for exactly these removals.

    Of years of records tomorrow's are few: what lies ahead is weighed on its own as well.
    """
    removals = [one for one in todo.operations if one.kind == "remove"]
    if reading.connection.confirmed_removals == removals_digest(removals):
        return
    if emptied(reading, shaped, todo):
        _stop(len(removals), delivered_of(reading))
    ahead = reading.context.generated_at
    for since in (ahead,) if reading.connector.keeps_past else (None, ahead):
        count = sum(1 for one in removals if since is None or one.ends_at > since)
        if count >= SAFETY_LEAST:
            _weigh(organization_id, reading, count, since)


def emptied(reading: Reading, shaped: Shape, todo: Plan) -> bool:
    """True if nothing is left to send where something was delivered, however little: rolling out of the window is not that.

    The look is at what is desired, never at the differences: those may be empty for a good reason.
    """
    if reading.partial or not (todo.count("remove") or todo.conflicts):
        return False
    clashing = {(one.key, one.recipient) for one in todo.conflicts}
    left = any((one.key, one.recipient) not in clashing for one in shaped.desired)
    return not left and delivered_of(reading) > 0


def delivered_of(reading: Reading) -> int:
    """How many records of the window the destination has or may have, as far as a reading that is not partial holds them."""
    ahead = reading.context.generated_at if reading.connector.keeps_past else None
    return sum(1 for one in reading.ledger if _counts(one, reading, ahead))


def _counts(entry: LedgerEntry, reading: Reading, since: datetime | None) -> bool:
    start = None if reading.connector.keeps_past else reading.window_start
    inside = start is None or entry.starts_at >= start
    return entry.state in _GIVEN and inside and (since is None or entry.ends_at > since)


def _weigh(organization_id: int, reading: Reading, removals: int, since: datetime | None) -> None:
    """Compare with what was delivered. In the database it is counted no further than needed: the cost follows the removals."""
    percent, row = reading.connection.safety_percent, reading.connection
    if not reading.partial:
        delivered = sum(1 for one in reading.ledger if _counts(one, reading, since))
    else:
        start = None if reading.connector.keeps_past else reading.window_start
        among = Q() if start is None else Q(starts_at__gte=start)
        among &= Q() if since is None else Q(ends_at__gt=since)
        enough = 100 * removals // percent + 1  # so many delivered ones make these removals few
        with tenant_transaction(organization_id):
            given = LedgerRow.objects.filter(among, connection_id=row.id, lane=row.lane, state__in=_GIVEN)
            delivered = given.order_by()[:enough].count()
    if 100 * removals > percent * delivered:
        _stop(removals, delivered)


def _stop(removals: int, delivered: int) -> None:
    raise SafetyStop(
        f"The run would remove {removals} of {delivered} delivered records ({100 * removals / max(delivered, 1):.0f} %). "
        "The last good delivery stays. Look at the preview and confirm, or mend the schedule or the mapping.",
        code="safety_stop",
    )


def removals_digest(removals: Sequence[Operation]) -> str:
    """Binds a person's confirmation to exactly these removals."""
    text = "\n".join(sorted(f"{one.key}\t{one.recipient}" for one in removals if one.kind == "remove"))
    return hashlib.sha256(text.encode()).hexdigest()
