"""A department with day, call and absence, another department beside it, and the questions that tests ask of rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.rules.types import Conflict
from scheduling.selectors import conflicts
from scheduling.selectors.rows import schedule_info
from scheduling.services.rules import rule_create
from scheduling.types import Audience
from tests.conftest import NOW, ROBOT, Tenant

MONDAY = date(2026, 11, 2)
BY: dict[str, Any] = {"actor": ROBOT, "now": NOW}


class Ward:
    """Anesthesia in November 2026 with Late 1, OR Day, OR Call 2 (24 hours) and Post-call; Radiology beside it."""

    def __init__(self, tenant: Tenant, zone: str = "America/Chicago") -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.department = services.department_create(name="Anesthesia", code="AN", zone=zone, **BY)
            self.radiology = services.department_create(name="Radiology", code="RAD", zone=zone, **BY)
            self.working = services.assignment_type_named(name="Working", hue="azure")
            self.call = services.assignment_type_named(name="Call", hue="iris")
            self.off = services.assignment_type_named(name="Off", is_off=True)
            self.day = self.task("D", "OR Day", self.working, time(7), time(15))
            self.late = self.task("L1", "Late 1", self.working, time(13), time(23))
            self.call2 = self.task("C2", "OR Call 2", self.call, time(7), time(7))
            self.post = self.task("PC", "Post-call", self.off, time(7), time(17))
            self.read = self.task("R", "Read", self.working, time(12), time(20), self.radiology)
            self.elena = self.person("Quintero", "Elena")
            self.adaeze = self.person("Okafor", "Adaeze")
            self.schedule = self.plan(MONDAY, MONDAY + timedelta(days=27))

    def task(self, code: str, name: str, kind: Any, start: time, end: time, department: Any = None) -> Any:
        """An assignment; inside a transaction."""
        return services.assignment_create(
            department=department or self.department,
            type=kind,
            code=code,
            name=name,
            start_time=start,
            end_time=end,
            **BY,
        )

    def person(self, last: str, first: str, *, kind: str = "Physician", **fields: Any) -> Any:
        """Somebody at home in the department; inside a transaction."""
        return services.person_create(
            fields={"last_name": last, "first_name": first, **fields}, personnel_type=kind,
            department_id=self.department.id, **BY,
        )  # fmt: skip

    def plan(self, first: date, last: date, department: Any = None) -> Any:
        """A draft; inside a transaction."""
        return services.schedule_create(
            department=department or self.department, name=f"Plan {first}", starts_on=first, ends_on=last, **BY
        )

    def place(self, task: Any, day: date, person: Any = None, *, schedule: Any = None, **more: Any) -> Any:
        """A shift."""
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=(schedule or self.schedule).public_id, assignment_id=task.public_id, day=day,
                person_id=person.public_id if person else None, **more, **BY,
            )  # fmt: skip

    def publish(self, schedule: Any = None) -> None:
        """To everyone."""
        with self.tenant.transaction():
            services.schedule_publish(
                schedule_id=(schedule or self.schedule).public_id, audience=Audience.EVERYONE, **BY
            )

    def elsewhere(self, task: Any, day: date, person: Any, **more: Any) -> None:
        """A published shift of the other department."""
        with self.tenant.transaction():
            schedule = self.plan(day, day, self.radiology)
        self.place(task, day, person, schedule=schedule, **more)
        self.publish(schedule)

    def rule(
        self, kind: str, name: str = "Rule", severity: str = "hard", *, scope: Any = None, **parameters: Any
    ) -> Any:
        """A rule of the department."""
        with self.tenant.transaction():
            return rule_create(
                kind=kind,
                name=name,
                severity=severity,
                parameters=parameters,
                department=self.department,
                scope=scope,
                **BY,
            )

    def rule_in(self, department: Any) -> Any:
        """A rest rule of a department or (None) of all; inside a transaction."""
        return rule_create(
            kind="rest", name="Rest", severity="hard", parameters={"hours": 8}, department=department, **BY
        )

    def today(self) -> date:
        """The real date: what runs or lies ahead is asked of the clock by pages."""
        return datetime.now(UTC).date()

    def conflicts(
        self, first: date | None = None, last: date | None = None, people: Any = None, schedule: Any = None
    ) -> list[Conflict]:
        """Of the whole schedule, or of some dates and people."""
        with self.tenant.transaction():
            info = schedule_info(schedule or self.schedule)
            return conflicts.conflicts_of(
                info,
                first=first or info.starts_on,
                last=last or info.ends_on,
                person_ids=None if people is None else [one.id for one in people],
            )

    def told(self, **more: Any) -> list[tuple[str, str, str, str]]:
        """(severity, label, date, text) of the conflicts."""
        return [(one.severity.value, one.label, f"{one.date:%b %-d}", one.text) for one in self.conflicts(**more)]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time."""
    return datetime.combine(day, time(hour, minute))


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


@pytest.fixture
def ward(tenant: Tenant) -> Ward:
    """In an organisation of its own."""
    return Ward(tenant)
