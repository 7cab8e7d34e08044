"""A destination that takes files of differences into a folder, one JSON object a line, and nothing of days that are locked.

A file `break` in the folder makes deliveries fail: "before" loses the file, "after" takes it and gives no answer.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from integrations.contract import (
    CatalogPage,
    Connector,
    Desired,
    FileSent,
    FileWritten,
    MappingField,
    Mode,
    Nature,
    Operation,
    Setting,
    ShapeContext,
    Skipped,
    Step,
    TransientError,
    Trigger,
    Unit,
    Window,
)
from integrations.services import stages
from tenancy.wall import local_date


class Daybook(Connector):
    title = "Daybook"
    nature = Nature.FILE
    mode = Mode.DELTA
    window = Window(None, None)
    keeps_past = False
    triggers = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE, Trigger.MANUAL})
    page = CatalogPage("A daybook.", ("Simple",), ("A folder",), "Files")
    settings = (
        Setting("folder", "Folder", required=True),
        Setting("locked_before", "Locked before"),
        Setting("days_back", "Days back", kind="integer"),
        Setting("days_forward", "Days forward", kind="integer"),
    )
    mapping = (MappingField("page", "Page", required=True),)

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        for row in unit.rows:
            if row.person is None:
                continue
            label = f"{row.assignment.name}, {row.date}, {row.person.name}"
            if not row.person.unique_id:
                yield Skipped(
                    unit.key, "no_person_id", "No unique id.", "person", row.person.public_id, row.person.name, label
                )
                continue
            for values in context.mapping.get(row.assignment.id, ()):
                payload = {
                    "person": row.person.unique_id, "page": values.values["page"], "start": row.starts_at.isoformat(),
                    "note": row.note,
                }  # fmt: skip
                yield Desired(
                    key=f"{row.shift_id}/{values.number}", unit=unit.key, payload=payload, label=label,
                    starts_at=row.starts_at, ends_at=row.ends_at,
                )  # fmt: skip

    def closed(self, payload: Mapping[str, Any], starts_at: datetime, context: ShapeContext) -> str:
        locked = context.settings.get("locked_before")
        if not locked or local_date(starts_at, context.organization_zone).isoformat() >= locked:
            return ""
        return f"Days before {locked} are locked."

    def check(self, doors: Any) -> Iterator[Step]:
        yield Step("Folder", "passed" if Path(doors.settings["folder"]).is_dir() else "failed")

    def write_delta(
        self, operations: Sequence[Operation], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        path = spool / f"daybook_{sequence:06}.jsonl"
        lines = [
            json.dumps({"kind": one.kind, "key": one.key, "uncertain": one.uncertain, "payload": dict(one.payload)})
            for one in operations
        ]
        path.write_text("".join(f"{line}\n" for line in lines))
        return FileWritten(path, path.name, len(lines))

    def send_file(self, written: FileWritten, doors: Any) -> FileSent:
        folder = Path(doors.settings["folder"])
        doors.before_effect(5)
        stages.reached("effect-before")
        breaks = (folder / "break").read_text() if (folder / "break").exists() else ""
        if breaks == "before":
            raise TransientError("Nobody answers.", code="unreachable")
        shutil.copy(written.path, folder / written.name)
        stages.reached("effect-after")
        if breaks == "after":
            raise TransientError("The line went dead.", code="reset", outcome_unknown=True)
        content = written.path.read_bytes()
        return FileSent(written.name, len(content), hashlib.sha256(content).hexdigest())


CONNECTOR = Daybook()
