"""The examples of a connector that receives: people and a file in, the two reports and the plan's figures out.

`examples/<name>/` holds:

input.json             the organisation, departments, people, personnel types, the moment, and `identifiers_used`
settings.json          settings that differ from their defaults
inbound.*              the file as it comes, byte for byte; also the sample that an administrator downloads
expected.accepted.csv  the two reports
expected.rejected.csv
expected.json          figures, notes, and why the file would be stopped; or why it cannot be read

Nothing here needs a database or a network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from integrations.examples import settings_cleaned
from integrations.examples_input import ExampleError, department_of, numbered, person_of
from integrations.inbound import FileUnreadable, InboundContext
from integrations.receiving import InboundConnector


@dataclass(frozen=True)
class InboundExample:
    """An example, read and joined."""

    name: str
    folder: Path
    content: bytes
    background: Any
    context: InboundContext


def inbound_load(connector: InboundConnector, folder: Path) -> InboundExample:
    """Read an example of a connector that receives. Raises ExampleError."""
    raw = _read(folder / "input.json")
    given = _read(folder / "settings.json") if (folder / "settings.json").is_file() else {}
    departments = {one["code"]: department_of(one, number) for number, one in numbered(raw["departments"])}
    people = [person_of(one, number, departments) for number, one in numbered(raw["people"])]
    files = sorted(folder.glob("inbound.*"))
    if len(files) != 1:
        raise ExampleError(f"{folder} needs exactly one file inbound.*")
    return InboundExample(
        name=folder.name,
        folder=folder,
        content=files[0].read_bytes(),
        background=connector.background_of(people, list(departments.values()), raw.get("personnel_types", [])),
        context=InboundContext(
            connection_name=connector.title,
            settings=settings_cleaned(connector, given),
            organization_zone=raw["organization"]["zone"],
            file_name=raw.get("file_name", files[0].name),
            now=datetime.fromisoformat(raw["generated_at"]),
            identifiers_used={name: tuple(used) for name, used in raw.get("identifiers_used", {}).items()},
        ),
    )


def inbound_render(connector: InboundConnector, example: InboundExample) -> dict[str, bytes]:
    """Expected file → what the connector makes of it now."""
    try:
        plan = connector.plan(example.content, example.background, example.context)
    except FileUnreadable as error:
        return {"expected.json": _json({"unreadable": error.code, "text": error.text})}
    reports = connector.reports(plan, example.context)
    told = {
        "rows": plan.rows,
        "matched": plan.matched,
        "changed": len(plan.changes),
        "unchanged": plan.unchanged,
        "rejected": len(plan.refused),
        "unmatched": plan.unmatched,
        "notes": list(plan.notes),
        "stops": list(plan.stops),
        "reports": [one.name for one in reports.both()],
        "digest": plan.digest(hashlib.sha256(example.content).hexdigest()),
    }
    return {
        "expected.accepted.csv": reports.accepted.content,
        "expected.rejected.csv": reports.rejected.content,
        "expected.json": _json(told),
    }


def inbound_write(connector: InboundConnector, example: InboundExample) -> None:
    """Write down what the connector makes of the example now. A person reads the difference before it is kept."""
    for name, content in inbound_render(connector, example).items():
        (example.folder / name).write_bytes(content)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExampleError(f"{path} cannot be read: {error}") from error
