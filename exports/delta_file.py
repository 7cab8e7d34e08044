"""A file connector that sends what changed: a whole file first, then only the differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
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
        """Render the operations, by start and key, a removal before what takes its place, into the spool.

        What takes its place may begin earlier, so all rows of a key stand where the first of them begins.
        """
        split = self.layout(context.settings).overnight == "split"
        begins: dict[str, datetime] = {}
        for one in operations:
            begins[one.key] = min(one.starts_at, begins.get(one.key, one.starts_at))
        ordered = sorted(operations, key=lambda one: (begins[one.key], one.kind != "remove", one.key, one.recipient))
        payloads = [
            {**payload, "action": self.action(kind, context.settings)}
            for one in ordered
            for kind, payload in _rows_of(one, split)
        ]
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


def _rows_of(operation: Operation, split: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The kinds and payloads that an operation becomes.

    With a row for each day a change may take a day away that nothing would ever remove: what was there goes, what is now comes.
    """
    if split and operation.kind == "update" and operation.before is not None:
        yield "remove", operation.before
        yield "create", operation.payload
    else:
        yield operation.kind, operation.payload
