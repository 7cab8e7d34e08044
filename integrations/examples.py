"""The examples of a connector: one folder each, at once golden test, demo data and the sample an administrator downloads.

`examples/<name>/` holds:

input.json      the organisation, departments, people, assignments and published shifts, and the moment of the run
mapping.json    rows of the mapping table: {"assignment": "ED/D", "values": {…}}; an assignment may have several
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
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from integrations.contract import Connector, Desired, MappingValues, Mode, ShapeContext, Skipped, Unit
from integrations.diff import plan
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo, PublishedRow
from tenancy.wall import instant

_T = TypeVar("_T")
_NAMESPACE = uuid.UUID("5a0f3c52-8e0a-4f7c-9c0e-2f6b2f4b7a11")
_PERSON_TEXTS = (
    "first_name",
    "unique_id",
    "custom1",
    "custom2",
    "custom3",
    "custom4",
    "employee_id",
    "npi",
    "upn",
    "email",
    "cell",
    "pager",
    "office_phone",
)


@dataclass(frozen=True)
class Example:
    """An example, read and joined."""

    name: str
    folder: Path
    rows: tuple[PublishedRow, ...]
    context: ShapeContext
    sequence: int


@dataclass(frozen=True)
class Rendered:
    """What a connector makes of an example. `content` is the file, or the operations as JSON."""

    file_name: str
    content: bytes
    skipped: bytes


class ExampleError(ValueError):
    """An example that cannot be read, with the file and the entry."""


def example_names(folder: Path) -> list[str]:
    """The examples below a connector's examples folder."""
    return sorted(path.name for path in folder.iterdir() if (path / "input.json").is_file()) if folder.is_dir() else []


def example_load(connector: Connector, folder: Path) -> Example:
    """Read an example of a connector. Raises ExampleError."""
    raw = _read(folder / "input.json")
    given = _read(folder / "settings.json") if (folder / "settings.json").is_file() else {}
    departments = {one["code"]: _department(one, number) for number, one in _numbered(raw["departments"])}
    assignments = {
        f"{one['department']}/{one['code']}": _assignment(one, number, departments)
        for number, one in _numbered(raw["assignments"])
    }
    people = {one["key"]: _person(one, number, departments) for number, one in _numbered(raw["people"])}
    rows = [_shift(one, number, assignments, departments, people) for number, one in _numbered(raw["shifts"])]
    context = ShapeContext(
        connection_id=uuid.uuid5(_NAMESPACE, f"connection {connector.kind}"),
        organization_name=raw["organization"]["name"],
        organization_zone=raw["organization"]["zone"],
        settings=settings_cleaned(connector, given),
        mapping=_mapping(_read(folder / "mapping.json"), assignments),
        generated_at=datetime.fromisoformat(raw["generated_at"]),
    )
    return Example(folder.name, folder, tuple(rows), context, int(raw.get("sequence", 1)))


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
    if connector.mode is Mode.SNAPSHOT:
        with tempfile.TemporaryDirectory() as spool:
            written = connector.write(desired, example.context, sequence=example.sequence, spool=Path(spool))
            name, content = written.name, written.path.read_bytes()
    else:
        name, content = "expected.json", _json(_operations(connector, desired, example.context.generated_at))
    return Rendered(name, content, _json(_left_out(skipped)))


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
    """Name and bytes of the sample that the catalog page offers: the first example's expected content."""
    folder = examples_folder(connector)
    for name in example_names(folder):
        for path in sorted((folder / name).glob("expected.*")):
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


def _numbered(entries: list[dict[str, Any]]) -> Iterable[tuple[int, dict[str, Any]]]:
    return enumerate(entries, start=1)


def _id(what: str, name: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{what} {name}")


def _department(raw: dict[str, Any], number: int) -> DepartmentInfo:
    return DepartmentInfo(
        id=number,
        public_id=_id("department", raw["code"]),
        name=raw["name"],
        code=raw["code"],
        zone=raw["zone"],
        order=number,
        ended_on=None,
    )


def _assignment(raw: dict[str, Any], number: int, departments: dict[str, DepartmentInfo]) -> AssignmentInfo:
    start, end = time.fromisoformat(raw["start"]), time.fromisoformat(raw["end"])
    return AssignmentInfo(
        id=number,
        public_id=_id("assignment", f"{raw['department']}/{raw['code']}"),
        code=raw["code"],
        name=raw["name"],
        department_id=_found(departments, raw["department"], "department").id,
        type_id=1,
        type_name=raw.get("type", "Working"),
        hue="azure",
        is_off=bool(raw.get("is_off", False)),
        start_time=start,
        end_time=end,
        end_day_offset=int(raw.get("end_day_offset", 1 if end <= start else 0)),
        information=raw.get("information", ""),
        eligible_only_listed=False,
        order=number,
        ended_on=None,
    )


def _person(raw: dict[str, Any], number: int, departments: dict[str, DepartmentInfo]) -> PersonInfo:
    texts = {name: str(raw.get(name, "")) for name in _PERSON_TEXTS}
    last, first = raw["last_name"], texts["first_name"]
    home = _found(departments, raw["department"], "department").id if "department" in raw else None
    return PersonInfo(
        id=number,
        public_id=_id("person", raw["key"]),
        name=f"{last}, {first}" if first else last,
        last_name=last,
        short_name=raw.get("short_name", last),
        is_placeholder=bool(raw.get("is_placeholder", False)),
        personnel_type=raw.get("personnel_type", ""),
        department_id=home,
        active_from=None,
        active_to=None,
        **texts,
    )


def _shift(
    raw: dict[str, Any],
    number: int,
    assignments: dict[str, AssignmentInfo],
    departments: dict[str, DepartmentInfo],
    people: dict[str, PersonInfo],
) -> PublishedRow:
    assignment = _found(assignments, raw["assignment"], "assignment")
    department = next(one for one in departments.values() if one.id == assignment.department_id)
    day = date.fromisoformat(raw["date"])
    usual_start = datetime.combine(day, assignment.start_time)
    usual_end = datetime.combine(day + timedelta(days=assignment.end_day_offset), assignment.end_time)
    start = datetime.fromisoformat(raw["start"]) if "start" in raw else usual_start
    end = datetime.fromisoformat(raw["end"]) if "end" in raw else usual_end
    who = raw.get("person")
    return PublishedRow(
        shift_id=uuid.UUID(raw["id"]) if "id" in raw else _id("shift", str(number)),
        department=department,
        assignment=assignment,
        person=None if who is None else _found(people, who, "person"),
        date=day,
        start_wall=start,
        end_wall=end,
        zone=department.zone,
        starts_at=instant(start, department.zone),
        ends_at=instant(end, department.zone),
        custom_time=(start, end) != (usual_start, usual_end),
        note=raw.get("note", ""),
        call_order=raw.get("call_order"),
        recorded_from=int(raw.get("recorded_from", 1)),
    )


def _mapping(raw: list[dict[str, Any]], assignments: dict[str, AssignmentInfo]) -> dict[int, tuple[MappingValues, ...]]:
    rows: dict[int, tuple[MappingValues, ...]] = {}
    for row_id, one in _numbered(raw):
        assignment = _found(assignments, one["assignment"], "assignment")
        before = rows.get(assignment.id, ())
        rows[assignment.id] = (*before, MappingValues(row_id, len(before) + 1, one["values"]))
    return rows


def _found(known: dict[str, _T], key: str, what: str) -> _T:
    if key not in known:
        raise ExampleError(f"There is no {what} {key!r}; there are: {', '.join(sorted(known))}.")
    return known[key]
