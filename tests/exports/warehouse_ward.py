"""A department with awkward people, notes and hours, and of everything that a warehouse is sent, at least one."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from exports.formats.data_warehouse.connector import DataWarehouse
from integrations.contract import FileWritten, ShapeContext
from integrations.registry import connector
from scheduling import services
from scheduling.services.eligibility import eligibility_change
from scheduling.services.holidays import holiday_create
from scheduling.services.requests import Terms, request_make
from scheduling.services.tallies import TallyFields, TargetFields, tally_create, tally_target_set
from scheduling.services.views import ViewFields, view_access_set, view_create
from scheduling.types import Audience
from tenancy.tenant import tenant_transaction
from tests.conftest import NOW, ROBOT, Tenant

BY = {"actor": ROBOT, "now": NOW}
AT = datetime(2026, 3, 7, 11, 5, tzinfo=UTC)
Table = list[dict[str, str | None]]


@dataclass(frozen=True)
class Zip:
    """A zip, opened: its manifest, each file's bytes and rows; and what is kept when it is confirmed."""

    manifest: dict[str, Any]
    content: dict[str, bytes]
    tables: dict[str, Table]
    keep: dict[str, Any]
    written: FileWritten

    def about(self, name: str) -> dict[str, Any]:
        """What the manifest says of a file."""
        return next(one for one in self.manifest["files"] if one["name"] == f"{name}.csv")


def warehouse() -> DataWarehouse:
    """The connector."""
    found = connector("data_warehouse")
    assert isinstance(found, DataWarehouse)
    return found


def context_of(at: datetime = AT, confirmed: Mapping[str, Any] | None = None, **settings: Any) -> ShapeContext:
    """What the engine would give it."""
    return ShapeContext(
        connection_id=uuid.UUID(int=9),
        organization_name="Lakeshore Health",
        organization_zone="America/Chicago",
        settings={"days_back": 30, "days_forward": 365, **settings},
        mapping={},
        generated_at=at,
        confirmed=dict(confirmed or {}),
    )


def zip_of(tenant: Tenant, at: datetime = AT, confirmed: Mapping[str, Any] | None = None, **settings: Any) -> Zip:
    """Write a zip and read it with the standard library's csv, an empty cell without quotes being null."""
    with tempfile.TemporaryDirectory() as folder:
        with tenant_transaction(tenant.id, snapshot=True):
            written = warehouse().extract(context_of(at, confirmed, **settings), sequence=7, spool=Path(folder))
        assert [one.name for one in Path(folder).iterdir()] == [written.name]
        with zipfile.ZipFile(written.path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content["manifest.json"])
    assert written.keep is not None
    tables = {name.removesuffix(".csv"): read(text) for name, text in content.items() if name.endswith(".csv")}
    return Zip(manifest, content, tables, json.loads(json.dumps(written.keep)), written)


def read(content: bytes) -> Table:
    """The rows of a file. Everything but null is quoted, so an empty cell is null."""
    return [
        {name: cell or None for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    ]


class Ward:
    """See the module. Published: five shifts, on both nights of the clocks; in the draft: a sixth, and an edit of the first."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        account = tenant.account()
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="E,D", zone="America/New_York", **BY)
            kind = services.assignment_type_named(name="Working", hue="azure")
            self.night = services.assignment_create(
                department=self.department,
                type=kind,
                code="N",
                name='"Night"',
                start_time=time(21),
                end_time=time(7),
                **BY,
            )
            self.early = services.assignment_create(
                department=self.department,
                type=kind,
                code="E",
                name="Early",
                start_time=time(2, 30),
                end_time=time(9),
                **BY,
            )
            self.people = [
                services.person_create(fields=fields, **more, **BY)
                for fields, more in (
                    (
                        {"last_name": "Núñez", "first_name": "José", "unique_id": "000417"},
                        {"personnel_type": "Physician"},
                    ),
                    (
                        {"last_name": 'O"Connor', "first_name": "Siân", "custom1": " 7 "},
                        {"department_id": self.department.id},
                    ),
                    ({"last_name": "Call phone", "is_placeholder": True, "cell": "312-555-0199"}, {}),
                )
            ]
            self.schedule = services.schedule_create(
                department=self.department, name="All", starts_on=date(2026, 3, 1), ends_on=date(2026, 11, 30), **BY
            )
            self.shifts = [
                self._place(day, assignment, person, note)
                for day, assignment, person, note in (
                    (date(2026, 3, 2), self.night, self.people[0], 'two\nlines, "quoted"\r\nand \\N \\.'),
                    (date(2026, 3, 7), self.night, self.people[1], "=1+1"),
                    (date(2026, 3, 8), self.early, self.people[2], ""),
                    (date(2026, 10, 31), self.night, self.people[0], 'Łucja — ☎,"."\n,"."\n'),
                    (date(2026, 11, 1), self.early, None, "\\."),
                )
            ]
        self.publish()
        self._more(account.id)

    def _more(self, account_id: int) -> None:
        with self.tenant.transaction():
            eligibility_change(
                assignment_id=self.night.public_id, add=[one.id for one in self.people[:2]], only_listed=False, **BY
            )
            holiday_create(day=date(2026, 3, 8), name="Founders' Day", department=self.department, **BY)
            chosen = {"assignments": [], "types": [], "weekdays": [5, 6], "holidays": "include"}
            self.tally = tally_create(
                department=self.department, fields=TallyFields("Weekends", "Wkd", "hours", chosen), **BY
            )
            aim = TargetFields(Decimal("12.50"), "month", person_id=self.people[1].public_id)
            tally_target_set(tally_id=self.tally.public_id, fields=aim, **BY)
            shown = {"departments": [self.department.id], "people": [self.people[0].id]}
            self.view = view_create(
                owner_id=account_id, fields=ViewFields("Nights", shown, columns=["times", "notes"]), **BY
            )
            view_access_set(
                view_id=self.view.public_id,
                accounts=[],
                roles=["viewer"],
                departments=[self.department.public_id],
                **BY,
            )
            days = date(2026, 3, 20), date(2026, 3, 21)
            request_make(
                person_id=self.people[0].public_id, department_id=self.department.public_id,
                terms=Terms("work", *days, assignment_id=self.night.public_id, note="Because of Zebrafinch"), own=False, **BY,
            )  # fmt: skip

    def _place(self, day: date, assignment: Any, person: Any, note: str = "", **more: Any) -> Any:
        return services.shift_place(
            schedule_id=self.schedule.public_id,
            assignment_id=assignment.public_id,
            person_id=person.public_id if person else None,
            day=day,
            note=note,
            **more,
            **BY,
        )

    def place(self, day: date, assignment: Any = None, person: Any = None, note: str = "", **more: Any) -> Any:
        """A shift of the draft."""
        with self.tenant.transaction():
            return self._place(day, assignment or self.night, person, note, **more)

    def publish(self, audience: Audience = Audience.EVERYONE, **more: Any) -> Any:
        """Publish what the draft has."""
        with self.tenant.transaction():
            return services.schedule_publish(schedule_id=self.schedule.public_id, audience=audience, **more, **BY)
