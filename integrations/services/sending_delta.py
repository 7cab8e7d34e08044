"""INTEND, SEND, RECORD of differences: one file, whose operations count as possibly delivered until it was confirmed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from integrations.diff import Plan
from integrations.doors import Doors
from integrations.lanes import sends_unchanged
from integrations.models import Run
from integrations.services import stages
from integrations.services.artifacts import spool
from integrations.services.claiming import Claimed
from integrations.services.collecting import collector_resting
from integrations.services.ledger import Tally, delta_confirmed, intend
from integrations.services.reading import Reading, Shape
from integrations.services.sending import file_effect, file_intended, file_recorded, next_sequence
from tenancy.tenant import tenant_transaction


def send_delta(
    organization_id: int,
    connection_id: int,
    claimed: Claimed,
    reading: Reading,
    shaped: Shape,
    todo: Plan,
    doors: Doors,
) -> Tally:
    """One file of the operations. They are in the ledger as intended before it leaves, and confirmed after it arrived:

    whatever happens between, the next file contains them again.
    """
    row = reading.connection
    always = reading.beat or sends_unchanged(reading.connector, reading.context.settings)
    if not todo.operations and not always:
        return Tally(sent=False)
    sequence = next_sequence(organization_id, connection_id, claimed)
    units = {(one.key, one.recipient): one.unit for one in shaped.desired}
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        with collector_resting():
            written = reading.connector.write_delta(
                todo.operations, reading.context, sequence=sequence, spool=Path(folder)
            )
        stages.reached("written")
        with tenant_transaction(organization_id):
            now = claimed.lease.clock()
            attempt, artifact = file_intended(connection_id, claimed, written, now)
            intend(
                connection_id=connection_id,
                lane=row.lane,
                run_id=claimed.run_id,
                operations=todo.operations,
                units=units,
                now=now,
            )
        stages.reached("intended")
        sent = file_effect(claimed, reading, written, doors)
        stages.reached("sent")
    with tenant_transaction(organization_id):
        now = claimed.lease.clock()
        claimed.lease.keep()
        file_recorded(claimed, attempt, artifact, sent, now)
        Run.objects.filter(id=claimed.run_id).update(rows=written.rows, bytes=sent.bytes)
        delta_confirmed(connection_id=connection_id, lane=row.lane, run_id=claimed.run_id, now=now)
    stages.reached("recorded")
    return Tally()
