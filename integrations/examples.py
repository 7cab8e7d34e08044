"""The examples of a connector: one folder each, at once golden test, demo data and the sample an administrator downloads.

`examples/<name>/` holds:

input.json      the organisation, departments, people, assignments and published shifts, and the moment of the run
mapping.json    rows of the mapping tables: {"assignment": "ED/D", "values": {…}}, of which an assignment may have several; or
                {"person": "ada", …}, {"department": "ED", …}, {"personnel_type": "Non-Exempt", "assignment_type": "Call", …}
before.json     for connectors that send differences: the shifts as they were when the last file was confirmed, in place of those of
                input.json; without it the example is a first file
settings.json   settings that differ from their defaults
expected.*      the bytes of the file, for connectors that write one
expected.json   the operations of a first delivery, for connectors that deliver records
skipped.json    what is left out and why

Nothing here needs a database or a network. Identifiers that input.json leaves out are derived from names, so they never change.
"""

from __future__ import annotations

import json
import sys
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from integrations.closed import held_listed
from integrations.contract import (
    Connector,
    Desired,
    Mode,
    ShapeContext,
    Skipped,
    Unit,
)
from integrations.diff import Bounds, LedgerEntry, Plan, plan, plan_within
from integrations.examples_input import (
    NAMESPACE,
    assignment_of,
    department_of,
    mapping_of,
    numbered,
    pay_calendar_of,
    person_of,
    schedule_of,
    shift_of,
    tables_of,
)
from integrations.examples_input import (
    ExampleError as ExampleError,
)
from scheduling.types import (
    PublishedRow,
)


@dataclass(frozen=True)
class Example:
    """An example, read and joined."""

    name: str
    folder: Path
    rows: tuple[PublishedRow, ...]
    before: tuple[PublishedRow, ...]
    context: ShapeContext
    sequence: int


@dataclass(frozen=True)
class Rendered:
    """What a connector makes of an example. `content` is the file, or the operations as JSON."""

    file_name: str
    content: bytes
    skipped: bytes


def example_names(folder: Path) -> list[str]:
    """The examples below a connector's examples folder."""
    return sorted(path.name for path in folder.iterdir() if (path / "input.json").is_file()) if folder.is_dir() else []


def example_load(connector: Connector, folder: Path) -> Example:
    """Read an example of a connector. Raises ExampleError."""
    raw = _read(folder / "input.json")
    given = _read(folder / "settings.json") if (folder / "settings.json").is_file() else {}
    departments = {one["code"]: department_of(one, number) for number, one in numbered(raw["departments"])}
    assignments = {
        f"{one['department']}/{one['code']}": assignment_of(one, number, departments)
        for number, one in numbered(raw["assignments"])
    }
    people = {one["key"]: person_of(one, number, departments) for number, one in numbered(raw["people"])}
    rows = [shift_of(one, number, assignments, departments, people) for number, one in numbered(raw["shifts"])]
    before = _read(folder / "before.json") if (folder / "before.json").is_file() else []
    mapped = _read(folder / "mapping.json")
    context = ShapeContext(
        connection_id=uuid.uuid5(NAMESPACE, f"connection {connector.kind}"),
        organization_name=raw["organization"]["name"],
        organization_zone=raw["organization"]["zone"],
        settings=settings_cleaned(connector, given),
        mapping=mapping_of([one for one in mapped if "assignment" in one], assignments),
        generated_at=datetime.fromisoformat(raw["generated_at"]),
        publication=int(raw.get("publication", 1)),
        tables=tables_of(mapped, departments, people),
        pay_calendars=tuple(pay_calendar_of(one, departments) for one in raw.get("pay_calendars", [])),
        schedules=tuple(schedule_of(one, departments) for one in raw.get("schedules", [])),
    )
    return Example(
        name=folder.name,
        folder=folder,
        rows=tuple(rows),
        before=tuple(shift_of(one, number, assignments, departments, people) for number, one in numbered(before)),
        context=context,
        sequence=int(raw.get("sequence", 1)),
    )


def settings_cleaned(connector: Connector, given: dict[str, Any]) -> dict[str, Any]:
    """The settings as the form would store them. Raises ExampleError naming the setting."""
    unknown = set(given) - {one.name for one in connector.settings}
    if unknown:
        raise ExampleError(f"{connector.kind} has no setting {', '.join(sorted(unknown))}.")
    cleaned: dict[str, Any] = {}
    for setting in connector.settings:
        raw = given.get(setting.name, setting.default)
        if setting.required and raw in ("", None):
            raw = "example.org"  # a destination is nowhere in an example
        try:
            cleaned[setting.name] = setting.clean(raw)
        except ValueError as error:
            raise ExampleError(f"settings.json, {setting.name}: {error}") from error
    return cleaned


def units_of(connector: Connector, rows: Iterable[PublishedRow]) -> list[Unit]:
    """Rows gathered into the units they belong to, by key."""
    gathered: dict[str, list[PublishedRow]] = {}
    for row in rows:
        for key in connector.units(row):
            gathered.setdefault(key, []).append(row)
    return [Unit(key, tuple(gathered[key])) for key in sorted(gathered)]


def shape(connector: Connector, rows: Iterable[PublishedRow], context: ShapeContext) -> list[Desired | Skipped]:
    """Everything `desired` says about the rows, unit by unit."""
    return [one for unit in units_of(connector, rows) for one in connector.desired(unit, context)]


def example_render(connector: Connector, example: Example, *, rows: Sequence[PublishedRow] | None = None) -> Rendered:
    """The file or the operations of a first delivery, and what is left out. `rows` replaces the example's own."""
    shaped = shape(connector, example.rows if rows is None else rows, example.context)
    desired = [one for one in shaped if isinstance(one, Desired)]
    skipped = [one for one in shaped if isinstance(one, Skipped)]
    if connector.mode is Mode.DELTA:
        todo = _differences(connector, desired, example)
        operations = todo.operations
        skipped += held_listed(todo.held, desired, units_of(connector, example.rows if rows is None else rows))
        with tempfile.TemporaryDirectory() as spool:
            written = connector.write_delta(operations, example.context, sequence=example.sequence, spool=Path(spool))
            name, content = written.name, written.path.read_bytes()
    elif connector.mode is Mode.SNAPSHOT:
        with tempfile.TemporaryDirectory() as spool:
            written = connector.write(desired, example.context, sequence=example.sequence, spool=Path(spool))
            name, content = written.name, written.path.read_bytes()
    else:
        name, content = "expected.json", _json(_operations(connector, desired, example.context.generated_at))
    return Rendered(name, content, _json(_left_out(skipped)))


def _differences(connector: Connector, desired: Sequence[Desired], example: Example) -> Plan:
    """What changed since `before.json` was confirmed; closed records are listed, and without `before.json` not even that."""
    earlier = [one for one in shape(connector, example.before, example.context) if isinstance(one, Desired)]
    bounds = Bounds(
        now=example.context.generated_at,
        keeps_past=connector.keeps_past,
        closed=lambda payload, starts_at: connector.closed(payload, starts_at, example.context),
        listed_from=None if earlier else example.context.generated_at,
    )
    return plan_within(desired, [_delivered(one) for one in earlier], bounds)


def _delivered(record: Desired) -> LedgerEntry:
    return LedgerEntry(
        key=record.key,
        recipient=record.recipient,
        state="confirmed",
        hash=record.hash(),
        payload=record.payload,
        handle="file",
        generation=1,
        label=record.label,
        starts_at=record.starts_at,
        ends_at=record.ends_at,
    )


def expected_path(example: Example, rendered: Rendered) -> Path:
    """Where the expected content of an example stands."""
    return example.folder / f"expected{Path(rendered.file_name).suffix}"


def example_write(connector: Connector, example: Example) -> None:
    """Write down what the connector makes of the example now. A person reads the difference before it is kept."""
    rendered = example_render(connector, example)
    expected_path(example, rendered).write_bytes(rendered.content)
    (example.folder / "skipped.json").write_bytes(rendered.skipped)


def examples_folder(connector: Connector) -> Path:
    """The examples beside a connector's connector.py."""
    return _module_folder(type(connector).__module__) / "examples"


def readme_path(connector: Connector) -> Path:
    """The README beside a connector's connector.py."""
    return _module_folder(type(connector).__module__) / "README.md"


def sample(connector: Connector) -> tuple[str, bytes] | None:
    """Name and bytes of the sample that the catalog page offers: the first example's expected content, or the file that comes."""
    folder = examples_folder(connector)
    for name in example_names(folder):
        for path in sorted((folder / name).glob("inbound.*")) or sorted((folder / name).glob("expected.*")):
            return f"{connector.kind}_sample{path.suffix}", path.read_bytes()
    return None


@lru_cache(maxsize=64)
def _module_folder(module: str) -> Path:
    return Path(str(sys.modules[module].__file__)).parent


def _operations(connector: Connector, desired: list[Desired], now: datetime) -> list[dict[str, Any]]:
    made = plan(desired, [], now=now, keeps_past=connector.keeps_past)
    return [
        {
            "kind": one.kind,
            "key": one.key,
            "recipient": one.recipient,
            "label": one.label,
            "starts_at": one.starts_at.isoformat(),
            "ends_at": one.ends_at.isoformat(),
            "payload": dict(one.payload),
        }
        for one in made.operations
    ]


def _left_out(skipped: Iterable[Skipped]) -> list[dict[str, Any]]:
    found = [
        {
            "cause": one.cause,
            "subject_type": one.subject_type,
            "subject": one.subject,
            "label": one.label,
            "text": one.text,
        }
        | ({"silent": True} if one.silent else {})
        for one in skipped
    ]
    return sorted(found, key=lambda one: (str(one["label"]), str(one["cause"]), str(one["subject"])))


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExampleError(f"{path} cannot be read: {error}") from error
