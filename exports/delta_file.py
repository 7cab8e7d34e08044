"""A file connector that sends what changed: a whole file first, then only the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from exports.layout_slots import LayoutSlot
from exports.sftp_destination import FileConnector
from integrations.contract import Desired, FileWritten, Mode, Operation, Setting, ShapeContext

_ACTION_LABELS = {"create": "a new record", "update": "a changed record", "remove": "a removed record"}


def action_settings(actions: Mapping[str, str]) -> tuple[Setting, ...]:
    """The destination's words for what became of a record, for a connector whose destination may want others."""
    return tuple(
        Setting(f"action_{kind}", f"Action of {_ACTION_LABELS[kind]}", default=word, help=f"Empty: {word}.")
        for kind, word in actions.items()
    )


class DeltaFileConnector(FileConnector):
    """Writes operations. Each row is the record's payload with `action`, the destination's word for what became of it.

    A removal is rendered from the payload as it was sent, never from what the person or the mapping is now.
    """

    mode = Mode.DELTA
    actions: ClassVar[Mapping[str, str]] = {"create": "ADD", "update": "REPLACE", "remove": "DELETE"}

    def write_delta(
        self, operations: Sequence[Operation], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        """Render the operations, by start and key, all removals first, into the spool.

        What takes the place of something has its identifier or its hours, wherever it begins: a destination that reads line by line
        must have let go of the old before it meets the new.
        """
        split = self.layout(context.settings).overnight == "split"
        pieces = [piece for one in operations for piece in (_replaced(one) if split else (one,))]
        pieces.sort(key=lambda one: (one.kind != "remove", one.starts_at, one.key, one.recipient))
        payloads = [{**one.payload, "action": self.action(one.kind, context.settings)} for one in pieces]
        return self.render_file(payloads, context, sequence=sequence, spool=spool)

    def sample(
        self,
        slot: LayoutSlot,
        records: Sequence[Desired],
        operations: Sequence[Operation],
        context: ShapeContext,
        *,
        sequence: int,
        spool: Path,
    ) -> FileWritten:
        """A first file has every record as a new one."""
        return self.write_delta(operations, context, sequence=sequence, spool=spool)

    def action(self, kind: str, settings: Mapping[str, Any]) -> str:
        """The destination's word: the setting's, where the connector has one and it is filled, else the connector's."""
        return str(settings.get(f"action_{kind}") or self.actions[kind])


def _replaced(operation: Operation) -> tuple[Operation, ...]:
    """A change as the removal of what was sent and the addition of what is; anything else as it is.

    With a row for each day a change may take a day away that nothing would ever remove.
    """
    if operation.kind != "update" or operation.before is None:
        return (operation,)
    return replace(operation, kind="remove", payload=operation.before), replace(operation, kind="create")
