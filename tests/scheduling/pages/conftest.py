"""A small department with one schedule, and browsers for every role."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Shift
from scheduling.types import ShiftInfo
from tenancy.rights import Role
from tests.conftest import NOW, ROBOT, Tenant

MONDAY = date(2026, 3, 2)
BY: dict[str, Any] = {"actor": ROBOT, "now": NOW}
FRAGMENT = {"HTTP_X_FRAGMENT": "1"}


class World:
    """Emergency in March 2026: two assignments, four people, one placeholder."""

    def __init__(self, tenant: Tenant, zone: str = "America/New_York") -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone=zone, **BY)
            self.elsewhere = services.department_create(name="Radiology", code="RAD", zone=zone, **BY)
            self.type = services.assignment_type_named(name="Working", hue="azure")
            make = {"department": self.department, "type": self.type, **BY}
            self.day = services.assignment_create(
                code="D", name="ED Day", start_time=time(8), end_time=time(16), **make
            )
            self.night = services.assignment_create(
                code="N", name="ED Night", start_time=time(21), end_time=time(7), order=1, **make
            )
            self.people = [self.person(last, first, f"00{n}") for n, (last, first) in enumerate(NAMES)]
            self.phone = services.person_create(
                fields={"last_name": "Charge phone", "is_placeholder": True},
                department_id=self.department.id,
                **BY,
            )
            self.schedule = services.schedule_create(
                department=self.department, name="March", starts_on=MONDAY, ends_on=MONDAY + timedelta(days=27), **BY
            )
            services.account_grant_department(account=tenant.scheduler, department=self.department, **BY)

    def person(self, last: str, first: str, unique_id: str) -> Any:
        """One person at home in the department."""
        return services.person_create(
            fields={
                "last_name": last,
                "first_name": first,
                "unique_id": unique_id,
                "upn": f"{last.lower()}@ed.example",
            },
            department_id=self.department.id,
            **BY,
        )

    def place(self, day: date = MONDAY, assignment: Any = None, person: Any = None, **more: Any) -> ShiftInfo:
        """A shift of the draft."""
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=self.schedule.public_id,
                assignment_id=(assignment or self.day).public_id,
                day=day,
                person_id=person.public_id if person else None,
                **{**BY, **more},
            )

    def shifts(self) -> list[tuple[str, str, str, int]]:
        """(date, assignment code, person or "open", version) of the whole draft."""
        with self.tenant.transaction():
            rows = Shift.objects.filter(schedule=self.schedule).select_related("assignment", "person")
            return sorted(
                (row.date.isoformat(), row.assignment.code, row.person.name if row.person else "open", row.version)
                for row in rows
            )

    def url(self, name: str, *more: Any) -> str:
        """An address of this schedule."""
        return reverse(name, args=[self.schedule.public_id, *more])

    def cell(self, assignment: Any = None, day: date = MONDAY, **more: Any) -> dict[str, Any]:
        """The form fields that name a cell by assignment."""
        row = (assignment or self.day).public_id
        return {"row": str(row), "date": day.isoformat(), "rows": "assignment", **more}


NAMES = (("Osei", "Kofi"), ("Vance", "Roland"), ("Iyer", "Leela"), ("Ueda", "Kenji"))


def soup(response: HttpResponse) -> BeautifulSoup:
    """The page, parsed."""
    return BeautifulSoup(response.content, "html.parser")


def text_of(node: Any) -> str:
    """Its text with single spaces."""
    return re.sub(r"\s+", " ", node.get_text(" ")).strip()


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time."""
    return datetime.combine(day, time(hour, minute))


@pytest.fixture
def world(tenant: Tenant) -> World:
    """The department, in an organisation of its own."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    return World(tenant)


@pytest.fixture
def browser(world: World) -> Client:
    """The department's scheduler."""
    return world.tenant.client(Role.SCHEDULER)
