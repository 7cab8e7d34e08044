"""A small hospital without a database, for the rules of payroll files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from exports.payroll import PayrollConnector
from integrations.contract import Desired, MappingValues, ShapeContext, Skipped, Subject, Unit
from integrations.examples import settings_cleaned
from integrations.examples_input import assignment_of, department_of, pay_calendar_of, person_of, schedule_of, shift_of
from scheduling.types import PersonInfo, PublishedRow

ORGANIZATION_ZONE = "America/New_York"
FIRST = date(2026, 3, 1)  # of the pay period in most tests: until March 14, over the night of March 8


class Case:
    """Two departments, assignments of two types, and a pay calendar of two weeks from March 1."""

    def __init__(self, connector: PayrollConnector, **settings: Any) -> None:
        self.connector = connector
        self.settings = settings_cleaned(connector, settings)
        self.at = datetime(2026, 3, 9, 10, tzinfo=UTC)
        self.departments = {
            code: department_of({"code": code, "name": name, "zone": zone}, number)
            for number, (code, name, zone) in enumerate(
                (("ED", "Emergency", ORGANIZATION_ZONE), ("CCU", "Coronary Care", "America/Chicago")), start=1
            )
        }
        given = (
            {"code": "D", "name": "ED Day", "department": "ED", "start": "07:00", "end": "19:00"},
            {"code": "N", "name": "ED Night", "department": "ED", "start": "23:00", "end": "07:00"},
            {"code": "C", "name": "ED Call", "department": "ED", "type": "Call", "start": "19:00", "end": "07:00"},
            {"code": "W", "name": "CCU Watch", "department": "CCU", "start": "08:00", "end": "16:00"},
        )
        self.assignments = {
            f"{one['department']}/{one['code']}": assignment_of(one, number, self.departments)
            for number, one in enumerate(given, start=1)
        }
        self.people: dict[str, PersonInfo] = {}
        self.person("ana", unique_id="0041", personnel_type="Non-Exempt")
        self.person("eli", unique_id="0042", personnel_type="Exempt")
        self.calendars = [self.calendar("Two weeks")]
        self.schedules: list[dict[str, Any]] = []
        self.mapping: dict[int, tuple[MappingValues, ...]] = {}
        self.tables: dict[Subject, dict[tuple[int, ...], Mapping[str, Any]]] = {}

    def calendar(self, name: str, *, anchor: date = FIRST, days: int = 14, **scope: Sequence[str]) -> Any:
        return pay_calendar_of({"name": name, "anchor": anchor.isoformat(), "days": days, **scope}, self.departments)

    def person(self, key: str, **raw: Any) -> PersonInfo:
        raw = {"key": key, "last_name": key.title(), **raw}
        self.people[key] = person_of(raw, len(self.people) + 1, self.departments)
        return self.people[key]

    def about(self, subject: Subject, *key: int, **values: Any) -> None:
        self.tables.setdefault(subject, {})[key] = values

    def map(self, assignment: str, *rows: Mapping[str, Any]) -> None:
        self.mapping[self.assignments[assignment].id] = tuple(
            MappingValues(number, number, values) for number, values in enumerate(rows, start=1)
        )

    def context(self, at: datetime | None = None) -> ShapeContext:
        return ShapeContext(
            connection_id=uuid.UUID(int=1),
            organization_name="Lakeshore Health",
            organization_zone=ORGANIZATION_ZONE,
            settings=self.settings,
            mapping=self.mapping,
            generated_at=at or self.at,
            tables=self.tables,
            pay_calendars=tuple(self.calendars),
            schedules=tuple(schedule_of(one, self.departments) for one in self.schedules),
        )

    def row(self, assignment: str, day: str, person: str | None = "ana", number: int = 1, **raw: Any) -> PublishedRow:
        given = {"assignment": assignment, "date": day, "person": person, **raw}
        return shift_of(given, number, self.assignments, self.departments, self.people)

    def shaped(self, *rows: PublishedRow, at: datetime | None = None) -> list[Desired | Skipped]:
        context = self.context(at)
        return [one for row in rows for one in self.connector.desired(Unit(str(row.shift_id), (row,)), context)]

    def one(self, row: PublishedRow, at: datetime | None = None) -> Mapping[str, Any]:
        """The payload of the one record of a shift."""
        (found,) = self.shaped(row, at=at)
        assert isinstance(found, Desired), found
        return found.payload

    def why_not(self, row: PublishedRow, at: datetime | None = None) -> Skipped:
        """Why a shift is left out."""
        (found,) = self.shaped(row, at=at)
        assert isinstance(found, Skipped), found
        return found

    def written(self, records: Sequence[Desired | Skipped], spool: Path, at: datetime | None = None) -> list[str]:
        """The lines of a whole file, without its header."""
        desired = [one for one in records if isinstance(one, Desired)]
        written = self.connector.write(desired, self.context(at), sequence=1, spool=spool)
        lines = written.path.read_bytes().decode().split("\r\n")
        assert lines.pop() == "" and written.rows == len(lines) - 1
        return lines[1:]

    def use(self, **settings: Any) -> None:
        self.settings = {**self.settings, **settings}


def with_type(row: PublishedRow, type_id: int | None) -> PublishedRow:
    """The row with a person of another personnel type."""
    assert row.person is not None
    return replace(row, person=replace(row.person, personnel_type_id=type_id))
