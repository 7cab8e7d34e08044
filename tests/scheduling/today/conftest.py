"""A health system around the clock of the machine: two departments in two zones, with somebody on in each."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from scheduling import services
from scheduling.models import Shift
from scheduling.types import Audience, PublicationInfo, ShiftInfo
from tenancy.rights import Role
from tenancy.wall import wall
from tests.conftest import ROBOT, Tenant

CHICAGO, DENVER = "America/Chicago", "America/Denver"
CELL, PAGER, OFFICE, EMAIL = "+1 312 555 0142", "312-555-0177", "312 555 0100 x12", "ann.osei@ed.example"


class System:
    """Emergency in Chicago (the organisation's zone) and Clinic in Denver. `now` is when everything is made and published."""

    def __init__(self, tenant: Tenant, now: datetime, *, around: date | None = None) -> None:
        self.tenant, self.now = tenant, now
        self.by: dict[str, Any] = {"actor": ROBOT, "now": now}
        self.today = around or wall(now, CHICAGO).date()
        with tenant.transaction():
            self.emergency = services.department_create(name="Emergency", code="ED", zone=CHICAGO, **self.by)
            self.clinic = services.department_create(name="Clinic", code="CL", zone=DENVER, order=1, **self.by)
            self.working = services.assignment_type_named(name="Working", hue="azure")
            self.call = services.assignment_type_named(name="Call", hue="iris")
            self.all_day = self.assignment("A", "Attending", time(0), time(0))
            self.off = services.assignment_type_named(name="Off", hue="")
            type(self.off).objects.filter(id=self.off.id).update(is_off=True)
            self.ann, self.ben, self.cleo = (
                services.person_create(fields=fields, department_id=self.emergency.id, **self.by)
                for fields in (
                    {"last_name": "Osei", "first_name": "Ann", "cell": CELL, "pager": PAGER, "office_phone": OFFICE, "email": EMAIL},
                    {"last_name": "Vance", "first_name": "Ben"},
                    {"last_name": "Iyer", "first_name": "Cleo"},
                )
            )  # fmt: skip
            self.schedule = self.schedule_of(self.emergency)
            services.account_grant_department(
                account=tenant.scheduler, department=self.emergency, **self.by  # type: ignore[attr-defined]
            )  # fmt: skip

    def schedule_of(self, department: Any) -> Any:
        """Three weeks around the day."""
        return services.schedule_create(
            department=department, name=f"Around {department.code}", starts_on=self.today - timedelta(days=10),
            ends_on=self.today + timedelta(days=10), **self.by,
        )  # fmt: skip

    def assignment(
        self, code: str, name: str, start: time, end: time, department: Any = None, type: Any = None, **more: Any
    ) -> Any:
        """An assignment; inside a transaction."""
        return services.assignment_create(
            department=department or self.emergency, type=type or self.working, code=code, name=name, start_time=start,
            end_time=end, **more, **self.by,
        )  # fmt: skip

    def place(self, day: date, assignment: Any = None, person: Any = None, **more: Any) -> ShiftInfo:
        """A shift of the draft."""
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=more.pop("schedule", self.schedule).public_id,
                assignment_id=(assignment or self.all_day).public_id,
                day=day,
                person_id=person.public_id if person else None,
                **{**self.by, **more},
            )

    def change(self, shift: ShiftInfo, now: datetime | None = None, **fields: Any) -> None:
        """Change the draft."""
        with self.tenant.transaction():
            version = Shift.objects.values_list("version", flat=True).get(public_id=shift.public_id)
            services.shift_change(
                shift_id=shift.public_id, version=version, fields=fields, actor=ROBOT, now=now or self.now
            )

    def publish(self, now: datetime | None = None, schedule: Any = None) -> PublicationInfo:
        """Publish to everyone."""
        with self.tenant.transaction():
            made = services.schedule_publish(
                schedule_id=(schedule or self.schedule).public_id, audience=Audience.EVERYONE, actor=ROBOT, now=now or self.now
            )  # fmt: skip
        assert made is not None
        return made

    def get(self, name: str = "today", role: Role = Role.VIEWER, args: Any = (), **query: Any) -> BeautifulSoup:
        """A page, parsed; it must be there."""
        response = self.tenant.client(role).get(reverse(name, args=args), query)
        assert response.status_code == 200, response.status_code
        return BeautifulSoup(response.content, "html.parser")


@pytest.fixture
def system(tenant: Tenant) -> System:
    """Made at the real time of day, because the pages ask the clock."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    return System(tenant, datetime.now(UTC) - timedelta(minutes=1))


def rows(page: BeautifulSoup, *, unit: str = "") -> list[str]:
    """The lines of the board (or of one department): role | name | time, single-spaced."""
    found = []
    for section in page.select("section.unit"):
        if unit and section.h2.get_text() != unit:
            continue
        for row in section.select("tbody tr"):
            cells = [" ".join(cell.get_text(" ").split()) for cell in row.select("td")[:3]]
            found.append(" | ".join(cells).rstrip())
    return found
