"""A file connector that sends what changed: a whole file first, then only the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from exports.sftp_destination import FileConnector
from integrations.contract import FileWritten, Mode, Operation, ShapeContext


class DeltaFileConnector(FileConnector):
    """Writes operations. Each row is the record's payload with `action`, the destination's word for what became of it.

    A removal is rendered from the payload as it was sent, never from what the person or the mapping is now.
    """

    mode = Mode.DELTA
    actions: ClassVar[Mapping[str, str]] = {"create": "ADD", "update": "REPLACE", "remove": "DELETE"}

    def write_delta(
        self, operations: Sequence[Operation], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        """Render the operations, by start and key, a removal before what takes its place, into the spool."""
        ordered = sorted(operations, key=lambda one: (one.starts_at, one.kind != "remove", one.key, one.recipient))
        payloads = [{**one.payload, "action": self.actions[one.kind]} for one in ordered]
        return self.render_file(payloads, context, sequence=sequence, spool=spool)
