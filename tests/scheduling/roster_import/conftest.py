"""A department to import into, and small files to import."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scheduling import services
from scheduling.models import Assignment, Person, RosterFormat, Schedule, Shift
from scheduling.roster.codes import parse_shift_codes
from scheduling.roster.read import roster_read
from scheduling.services.roster_import import RosterRequest, roster_apply, roster_preview
from tenancy.models import ChangeEntry
from tests.conftest import NOW, ROBOT, Tenant

FILES = Path(__file__).parents[2] / "data" / "rosters"
GRID, LIST, CODES = (FILES / name for name in ("emergency-grid.csv", "emergency-list.csv", "shift-codes.csv"))
BY = {"actor": ROBOT, "now": NOW}
ZONE = "America/New_York"


def csv_bytes(*rows: list[str]) -> bytes:
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def xlsx_bytes(*rows: list[Any]) -> bytes:
    """An Excel workbook with one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def grid(*rows: tuple[str, str, list[str]], first: date = date(2026, 3, 2)) -> bytes:
    """A grid file: (id, name, codes from the first date on)."""
    width = max(len(codes) for _, _, codes in rows)
    days = [date.fromordinal(first.toordinal() + n).isoformat() for n in range(width)]
    return csv_bytes(["Staff ID", "Name", *days], *([key, name, *codes] for key, name, codes in rows))


class Ward:
    """An emergency department with four assignments and no schedule; people and schedules when asked for."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone=ZONE, **BY)

    def with_codes(self) -> Ward:
        """The four assignments of the shipped roster."""
        sheet = roster_read(CODES.read_bytes(), name=CODES.name)
        with self.tenant.transaction():
            for one in parse_shift_codes(sheet).codes:
                services.assignment_create(
                    department=self.department, type=services.assignment_type_named(name=one.type_name),
                    code=one.code, name=one.name, start_time=one.start, end_time=one.end, **BY,
                )  # fmt: skip
        return self

    def with_schedule(self, first: date = date(2026, 3, 2), last: date = date(2026, 3, 29)) -> Ward:
        """A draft for four weeks."""
        with self.tenant.transaction():
            self.schedule = services.schedule_create(
                department=self.department, name="March", starts_on=first, ends_on=last, **BY
            )
        return self

    def person(self, unique_id: str, last: str, first: str = "Ann", **fields: Any) -> Person:
        """Somebody."""
        names = {"unique_id": unique_id, "last_name": last, "first_name": first, **fields}
        with self.tenant.transaction():
            return services.person_create(fields=names, **BY)

    def request(self, data: bytes | Path, **options: Any) -> RosterRequest:
        """An import of a file: into the schedule if there is one."""
        raw = data.read_bytes() if isinstance(data, Path) else data
        target = {"schedule_id": self.schedule.public_id} if hasattr(self, "schedule") else {}
        return RosterRequest(
            sheet=roster_read(raw), **{"department_id": self.department.public_id, **target, **options}
        )

    def preview(self, data: bytes | Path, **options: Any) -> Any:
        """What it would do."""
        with self.tenant.transaction():
            return roster_preview(request=self.request(data, **options))

    def apply(self, data: bytes | Path, *, digest: str | None = None, **options: Any) -> Any:
        """Do it."""
        with self.tenant.transaction():
            return roster_apply(request=self.request(data, **options), digest=digest, **BY)

    def everything(self, data: bytes | Path = GRID, **options: Any) -> Any:
        """Import into a new schedule and make all that is missing."""
        codes = parse_shift_codes(roster_read(CODES.read_bytes()))
        made = self.apply(
            data, codes=codes, create_people=True, create_assignments=True, new_schedule="March", **options
        )
        with self.tenant.transaction():
            self.schedule = Schedule.objects.get(public_id=made.schedule_id)
        return made

    def shifts(self) -> set[tuple[Any, ...]]:
        """(person's id, date, code, start, end) of every shift of the department."""
        with self.tenant.transaction():
            rows = Shift.objects.select_related("person", "assignment").filter(department=self.department)
            return {
                (
                    row.person.unique_id if row.person else "",
                    row.date,
                    row.assignment.code,
                    row.start_wall,
                    row.end_wall,
                )
                for row in rows
            }

    def versions(self) -> dict[Any, tuple[Any, ...]]:
        """public id → everything that a change would alter."""
        with self.tenant.transaction():
            return {
                row.public_id: (row.version, row.assignment_id, row.start_wall, row.end_wall, row.note, row.changed_at)
                for row in Shift.objects.all()
            }

    def shift(self, unique_id: str, day: date) -> Shift:
        """The one shift of a person on a date."""
        with self.tenant.transaction():
            return Shift.objects.select_related("assignment").get(person__unique_id=unique_id, date=day)

    def edit(self, shift: Shift, **fields: Any) -> None:
        """An edit in the grid."""
        with self.tenant.transaction():
            services.shift_change(shift_id=shift.public_id, version=shift.version, fields=fields, **BY)

    def counts(self) -> dict[str, int]:
        """How many rows each table has that an import may write."""
        models = (Assignment, Person, Schedule, Shift, RosterFormat, ChangeEntry)
        with self.tenant.transaction():
            return {model.__name__: model.objects.count() for model in models}


@pytest.fixture
def ward(tenant: Tenant) -> Ward:
    """An empty department."""
    return Ward(tenant)


@pytest.fixture
def march(ward: Ward) -> Ward:
    """A department with its codes, a draft for March, and two people: 001 Abara and 002 Bakshi."""
    ward.with_codes().with_schedule()
    ward.person("001", "Abara", "Ngozi")
    ward.person("002", "Bakshi", "Rohan")
    return ward
