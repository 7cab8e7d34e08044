"""Where the change log stands, for readers that come back for what is new.

Ids of entries are drawn before their transactions commit, so the highest id seen says nothing about lower ones that are still under
way. What can be relied on are transactions: once the oldest one in progress is W, everything written by transactions before W is
either there or never will be. A reader that takes the entries of transactions from its last W to its present one misses nothing and
reads nothing twice, also where transactions overlap and where parts of them are savepoints (whose numbers are above their own).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from tenancy.models import Installation
from tenancy.tenant import current_organization_id

_LOOK = """
SELECT pg_snapshot_xmin(snapshot)::text::bigint, pg_snapshot_xmax(snapshot)::text::bigint,
    (SELECT system_identifier::text FROM pg_control_system())
FROM pg_current_snapshot() snapshot
"""
_HIGHEST = "SELECT coalesce(max(id), 0) FROM tenancy_changeentry WHERE organization_id = %s"
_SETTLED = """
SELECT id FROM tenancy_changeentry
WHERE organization_id = %s AND ((xmin::text::bigint - %s) & 4294967295) >= %s ORDER BY id DESC LIMIT 1
"""
_RECENT = 1_000_000  # ids; below that much under the highest, a number that comes again after four billion is no doubt


@dataclass(frozen=True)
class ChangePosition:
    """The moment of a snapshot: transactions before `settled` are over; entries of `ahead` numbers from there may be seen or not.

    `highest` is the highest id seen. `database` names the server whose transactions these are, and the restore it lives after.
    """

    settled: int
    ahead: int
    highest: int
    database: str

    @property
    def certain(self) -> int:
        """Entries below this id are surely settled."""
        return max(0, self.highest - _RECENT)


def change_position() -> ChangePosition:
    """Where the log stands in this snapshot. Call inside tenant_transaction(snapshot=True)."""
    epoch = Installation.objects.values_list("epoch", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        settled, following, system = cursor.fetchone()
        cursor.execute(_HIGHEST, [current_organization_id()])
        (highest,) = cursor.fetchone()
    return ChangePosition(settled, max(0, following - settled), highest, f"{system}/{epoch}")


def transactions_bound() -> int:
    """A number above that of every transaction that has begun to write by now. Takes one: call it at a transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (number,) = cursor.fetchone()
        return int(number)


def change_settled_id(position: ChangePosition) -> int:
    """The highest id of an entry that is settled at that position; 0 without any."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, [current_organization_id(), position.settled, position.ahead])
        found = cursor.fetchone()
        return int(found[0]) if found else 0
