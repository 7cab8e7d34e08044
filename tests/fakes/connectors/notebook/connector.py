"""A vendor in a folder: it keeps one JSON file per record, gives ids of its own, and writes down every request.

Like the real ones it makes a second record when asked to create twice, unless the caller looks first. A file `refuse` in the folder
names recipients that it refuses; `break` makes it answer nothing after it accepted (the first so many requests).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from integrations.contract import (
    CatalogPage,
    Connector,
    Desired,
    MappingField,
    Mode,
    Nature,
    Operation,
    Outcome,
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


class Notebook(Connector):
    title = "Notebook"
    nature = Nature.API
    mode = Mode.SYNC
    window = Window(0, None)
    slice_size = 3
    triggers = frozenset({Trigger.PUBLISH, Trigger.DATA_CHANGE, Trigger.MANUAL})
    page = CatalogPage("A notebook.", ("Simple",), ("A folder",), "Files")
    settings = (Setting("folder", "Folder", required=True, destination=True),)
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
                    "page": values.values["page"], "start": row.starts_at.isoformat(), "note": row.note,
                    "name": row.person.name,
                }  # fmt: skip
                yield Desired(
                    key=f"{row.shift_id}/{values.number}", unit=unit.key, payload=payload, label=label,
                    starts_at=row.starts_at, ends_at=row.ends_at, recipient=row.person.unique_id,
                )  # fmt: skip

    def check(self, doors: Any) -> Iterator[Step]:
        yield Step("Folder", "passed" if Path(doors.settings["folder"]).is_dir() else "failed")

    def deliver(self, operations: Sequence[Operation], doors: Any) -> Iterator[Outcome]:
        folder = Path(doors.settings["folder"])
        refused = json.loads((folder / "refuse").read_text()) if (folder / "refuse").exists() else []
        for one in operations:
            doors.before_effect(5)
            stages.reached("effect-before")
            if one.recipient in refused:
                yield Outcome(
                    one.key, one.recipient, "rejected", code="unknown_person", text=f"{one.recipient} is unknown."
                )
                continue
            outcome = self._carry_out(folder, one)
            stages.reached("effect-after")
            left = int((folder / "break").read_text()) if (folder / "break").exists() else 0
            if left:
                (folder / "break").write_text(str(left - 1))
                raise TransientError("The line went dead.", code="reset", outcome_unknown=True)
            yield outcome

    def _carry_out(self, folder: Path, one: Operation) -> Outcome:
        with (folder / "requests.log").open("a") as log:
            log.write(f"{one.kind} {one.key} {one.recipient} g{one.generation}\n")
        handle = one.handle
        if one.uncertain and not handle:
            handle = self._find(folder, one) or ""
        if one.kind == "create":
            handle = handle or uuid.uuid4().hex
        path = folder / f"{handle}.json"
        if one.kind != "create" and not path.exists():
            return Outcome(one.key, one.recipient, "gone", status=404)
        if one.kind == "remove":
            path.unlink()
        else:
            path.write_text(json.dumps({"key": one.key, "recipient": one.recipient, **one.payload}))
        return Outcome(one.key, one.recipient, "confirmed", handle=handle, status=200)

    def _find(self, folder: Path, one: Operation) -> str | None:
        for path in folder.glob("*.json"):
            record = json.loads(path.read_text())
            if (record["key"], record["recipient"]) == (one.key, one.recipient):
                return path.stem
        return None


CONNECTOR = Notebook()
