"""A department that takes requests: an absence to name, a provider who asks, a scheduler who decides."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse

from scheduling import services
from scheduling.models import PublishedShift, Request, RequestPolicy, Shift
from scheduling.requesting.types import RequestInfo
from scheduling.selectors.requests import request_infos
from scheduling.services.request_decisions import Answer, Decided, request_decide
from scheduling.services.request_rules import RuleTerms, WindowTerms, rule_create, window_create
from scheduling.services.requests import Terms, request_make, request_withdraw
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tenancy.types import Actor
from tests.conftest import NOW, ROBOT, Tenant
from tests.scheduling.pages.conftest import BY, MONDAY, World

__all__ = ["BY", "MONDAY", "NOW", "ROBOT", "Desk", "day"]

PROVIDER = Actor(label="Kofi Osei", source="editor")


def day(n: int) -> date:
    """The n-th day of March 2026, counted from 1; Monday is the second."""
    return date(2026, 3, 1) + timedelta(days=n - 1)


class Desk(World):
    """Emergency with Vacation; its first person has an account."""

    def __init__(self, tenant: Tenant, zone: str = "America/New_York") -> None:
        super().__init__(tenant, zone)
        provider = tenant.account(Role.PROVIDER)
        with tenant.transaction():
            off = services.assignment_type_named(name="Off", is_off=True)
            self.vacation = services.assignment_create(
                department=self.department, type=off, code="VAC", name="Vacation", start_time=time(0),
                end_time=time(0), end_day_offset=1, order=9, **BY,
            )  # fmt: skip
            services.account_link_person(account=provider, person=self.people[0], **BY)

    def ask(self, first: date = MONDAY, last: date | None = None, *, who: int = 0, **more: Any) -> RequestInfo:
        """A request of a person, by themself unless `own` says otherwise."""
        own, now = more.pop("own", True), more.pop("now", NOW)
        department = more.pop("department", self.department)
        terms = Terms(**{"kind": "time_off", "first": first, "last": last or first, **more})
        with self.tenant.transaction():
            return request_make(
                person_id=self.people[who].public_id, department_id=department.public_id, terms=terms, own=own,
                actor=PROVIDER, now=now,
            )  # fmt: skip

    def decide(self, request: RequestInfo, state: str = "approved", reason: str = "", **more: Any) -> Decided:
        """A scheduler's decision."""
        with self.tenant.transaction():
            return request_decide(
                request_id=request.public_id, version=more.pop("version", request.version), state=state,
                reason=reason, **{**BY, **more},
            )  # fmt: skip

    def withdraw(self, request: RequestInfo, *, own: bool = True, **more: Any) -> RequestInfo:
        """Taken back."""
        with self.tenant.transaction():
            return request_withdraw(
                request_id=request.public_id, version=more.pop("version", request.version), own=own, **{**BY, **more}
            )

    def rule(self, condition: str, effect: str, *, everywhere: bool = False, **more: Any) -> Any:
        """A rule of the department, for time off unless told otherwise."""
        kinds, reason = more.pop("kinds", ["time_off"]), more.pop("reason", "")
        terms = RuleTerms(condition, effect, kinds, {name: str(value) for name, value in more.items()}, reason)
        with self.tenant.transaction():
            return rule_create(department_id=None if everywhere else self.department.id, terms=terms, **BY)

    def window(self, name: str = "Spring", **more: Any) -> Any:
        """A window of the department."""
        with self.tenant.transaction():
            terms = WindowTerms(more.pop("kind", "time_off"), name, **more)
            return window_create(department_id=self.department.id, terms=terms, **BY)

    def policy(self, **values: bool) -> None:
        """The department's policy."""
        with self.tenant.transaction():
            RequestPolicy.objects.update_or_create(department=self.department, defaults=values)

    def publish(self, first: date | None = None, last: date | None = None) -> None:
        """Publish the schedule, or some of its dates, to everyone."""
        with self.tenant.transaction():
            services.schedule_publish(
                schedule_id=self.schedule.public_id, audience=Audience.EVERYONE, first=first, last=last, **BY
            )

    def published(self) -> list[tuple[str, str, str]]:
        """(date, assignment, person or "open") that everyone relies on."""
        with self.tenant.transaction():
            rows = PublishedShift.objects.filter(audience="everyone", recorded_to=None)
            return sorted(
                (row.date.isoformat(), row.assignment.code, row.person.name if row.person else "open")
                for row in rows.select_related("assignment", "person")
            )

    def draft(self) -> list[tuple[str, str, str]]:
        """The same of the draft."""
        return [one[:3] for one in self.shifts()]

    def now(self, request: RequestInfo) -> RequestInfo:
        """The request as it is."""
        with self.tenant.transaction():
            return request_infos([Request.objects.get(public_id=request.public_id)])[0]

    def state(self) -> dict[str, Any]:
        """Everything that a refused act must leave alone."""
        with self.tenant.transaction():
            return {
                "requests": sorted(Request.objects.values_list("public_id", "state", "version", "note")),
                "shifts": sorted(Shift.objects.values_list("public_id", "person_id", "version")),
                "published": sorted(PublishedShift.objects.values_list("id", "person_id", "recorded_to")),
                "log": ChangeEntry.objects.count(),
            }

    def log(self, action: str) -> list[ChangeEntry]:
        """Entries of an action, oldest first."""
        with self.tenant.transaction():
            return list(ChangeEntry.objects.filter(action=action).order_by("id"))

    def page(self, name: str, request: RequestInfo) -> str:
        """The address of a request's page."""
        return reverse(name, args=[request.public_id])


def replace(shift: Any, person: Any) -> Answer:
    """Give a shift to somebody."""
    return Answer(shift.public_id, "replace", person.public_id)


@pytest.fixture
def desk(tenant: Tenant) -> Desk:
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    return Desk(tenant)


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time."""
    return datetime.combine(day, time(hour, minute))
