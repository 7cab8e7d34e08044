"""Going live: a person agrees to numbers that were shown, and to no others."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from integrations.lanes import LIVE
from integrations.registry import connector
from integrations.services.parts import connection_find
from integrations.services.preview import Preview, connection_preview
from integrations.services.states import connection_gaps, connection_state_set
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, RefusedError


class ConfirmationLapsed(RefusedError):
    """What going live would send is no longer what the person saw. `preview` has what it would send now."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(
            "What it would send has changed since you looked, so it did not go live. These are the numbers now.",
            code="confirmation_lapsed",
        )
        self.preview = preview


def connection_go_live(
    *,
    organization_id: int,
    connection_id: uuid.UUID,
    confirmed: str,
    actor: Actor,
    clock: Callable[[], datetime],
) -> None:
    """Go live if `confirmed` is the digest of what the first run would do now. Opens its own transactions.

    The removals among it need no second confirmation. Raises ConfirmationLapsed, RefusedError.
    """
    with tenant_transaction(organization_id, snapshot=True):
        row = connection_find(connection_id)
        gaps = connection_gaps(row, connector(row.kind), LIVE)
    if gaps:
        raise RefusedError("It cannot go live yet. " + " ".join(gaps), code="gaps")
    seen = connection_preview(
        organization_id=organization_id, connection_id=row.id, now=clock(), with_file=False, state=LIVE
    )
    with tenant_transaction(organization_id):
        changed = connection_find(connection_id, lock=True).revision != row.revision
        if not changed and confirmed == seen.digest:
            connection_state_set(
                connection_id=connection_id,
                state=LIVE,
                actor=actor,
                now=clock(),
                removals=seen.removals_digest if seen.operations("remove") else "",
                numbers={
                    "adds": seen.plan.count("create"),
                    "changes": seen.plan.count("update"),
                    "removals": seen.plan.count("remove"),
                    "left_out": len(seen.skipped),
                },
            )
            return
    raise ConfirmationLapsed(seen)
