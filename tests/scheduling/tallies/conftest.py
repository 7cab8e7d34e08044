"""Two departments in two zones, call and clinic and absence, over both nights on which clocks change."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from scheduling import services
from scheduling.services.tallies import TallyFields, tally_create
from scheduling.types import Audience
from tenancy.rights import Role
from tests.conftest import NOW, ROBOT, Tenant

BY: dict[str, Any] = {"actor": ROBOT, "now": NOW}
SPRING = (date(2026, 3, 2), date(2026, 3, 15))  # the clocks jump on the 8th
AUTUMN = (date(2026, 10, 26), date(2026, 11, 8))  # and fall back on the 1st
ANYTHING: dict[str, Any] = {"assignments": [], "types": [], "weekdays": [], "holidays": "alike"}


class Ward:
    """Emergency in New York and Surgery in Chicago, four people, a schedule of each for spring and for autumn."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.emergency = services.department_create(name="Emergency", code="ED", zone="America/New_York", **BY)
            self.surgery = services.department_create(name="Surgery", code="SUR", zone="America/Chicago", **BY)
            self.call = services.assignment_type_named(name="Call", hue="iris")
            self.clinic = services.assignment_type_named(name="Clinic", hue="clay")
            self.off = services.assignment_type_named(name="Off", is_off=True)
            self.night = self.assignment(self.emergency, self.call, "N", time(19), time(7), "1.50")
            self.day = self.assignment(self.emergency, self.clinic, "D", time(8), time(16, 30), "1")
            self.leave = self.assignment(self.emergency, self.off, "V", time(0), time(0), "0.25")
            self.trauma = self.assignment(self.surgery, self.call, "T", time(7), time(7), "2")
            self.assignments = [self.night, self.day, self.leave, self.trauma]
            self.people = [
                services.person_create(
                    fields={"last_name": name, "first_name": "A", **more},
                    department_id=self.emergency.id, personnel_type=kind, **BY,
                )
                for name, kind, more in (
                    ("Osei", "Physician", {}),
                    ("Vance", "Physician", {"active_from": date(2026, 3, 9)}),
                    ("Iyer", "CRNA", {"active_to": date(2026, 3, 10)}),
                    ("Ueda", "CRNA", {}),
                )
            ]  # fmt: skip
            self.schedules = [
                services.schedule_create(department=department, name=name, starts_on=first, ends_on=last, **BY)
                for department in (self.emergency, self.surgery)
                for name, (first, last) in (("Spring", SPRING), ("Autumn", AUTUMN))
            ]

    @staticmethod
    def assignment(department: Any, kind: Any, code: str, start: time, end: time, weight: str) -> Any:
        """An assignment of that weight."""
        made = services.assignment_create(
            department=department, type=kind, code=code, name=f"{department.name} {code}", start_time=start,
            end_time=end, **BY,
        )  # fmt: skip
        return services.assignment_change(assignment_id=made.public_id, fields={"weight": Decimal(weight)}, **BY)

    def place(self, day: date, assignment: Any = None, person: int | None = 0, **more: Any) -> Any:
        """A shift in the draft that spans the day."""
        assignment = assignment or self.night
        schedule = next(
            one for one in self.schedules
            if one.department_id == assignment.department_id and one.starts_on <= day <= one.ends_on
        )  # fmt: skip
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=schedule.public_id, assignment_id=assignment.public_id, day=day,
                person_id=None if person is None else self.people[person].public_id, **more, **BY,
            )  # fmt: skip

    def publish(self, schedule: Any = None, audience: Audience = Audience.EVERYONE) -> None:
        """Publish a whole schedule: that of the spring unless another is named."""
        with self.tenant.transaction():
            services.schedule_publish(schedule_id=(schedule or self.schedules[0]).public_id, audience=audience, **BY)

    def tally(self, name: str = "Call", measure: str = "count", department: Any = "emergency", **selection: Any) -> Any:
        """A tally of the emergency department, unless another or None is named."""
        home = self.emergency if department == "emergency" else department
        fields = TallyFields(name, name[:8], measure, {**ANYTHING, **selection})
        with self.tenant.transaction():
            return tally_create(department=home, fields=fields, **BY)


@pytest.fixture
def ward(tenant: Tenant) -> Ward:
    """The two departments, and a scheduler of the first."""
    made = Ward(tenant)
    with tenant.transaction():
        services.account_grant_department(account=_scheduler(tenant), department=made.emergency, **BY)
    return made


def _scheduler(tenant: Tenant) -> Any:
    from tenancy.services import account_create

    account = account_create(
        email=f"s@{tenant.slug}.example", name="Sabine Brandt", role=Role.SCHEDULER,
        password="correct horse battery", **BY,
    )  # fmt: skip
    tenant._accounts[Role.SCHEDULER] = account
    return account
