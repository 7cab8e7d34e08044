"""A published department, and programs that ask about it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from api.services import api_client_create
from api.types import IssuedClient
from scheduling import services
from scheduling.types import Audience
from tests.conftest import NOW, ROBOT, Tenant

DAY = date(2026, 3, 2)
BY = {"actor": ROBOT, "now": NOW}
NOON = "2026-03-02T12:00:00-05:00"


@dataclass
class Program:
    """A program with credentials, as an IT team would write it."""

    tenant: Tenant
    issued: IssuedClient

    @property
    def http(self) -> Client:
        return Client(headers={"host": "localhost"})

    def ask_token(self, secret: str | None = None, **fields: str):
        fields = {"client_id": self.issued.client_id, "client_secret": secret or self.issued.client_secret, **fields}
        return form(self.http, "/api/oauth/token", {"grant_type": "client_credentials", **fields})

    def token(self, **fields: str) -> str:
        answer = self.ask_token(**fields)
        assert answer.status_code == 200, answer.content
        return answer.json()["access_token"]

    def get(self, path: str, query: dict[str, str] | None = None, token: str | None = None):
        return self.http.get(path, query or {}, headers={"authorization": f"Bearer {token or self.token()}"})


def form(http: Client, path: str, fields: dict[str, str], **headers: str):
    """POST a form, as OAuth clients do."""
    return http.post(path, urlencode(fields), content_type="application/x-www-form-urlencoded", headers=headers)


def basic(name: str, secret: str) -> str:
    """An Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@pytest.fixture
def program_of():
    """Make programs."""

    def make(tenant: Tenant, *scopes: str) -> Program:
        with tenant.transaction():
            issued = api_client_create(
                name="Paging bridge",
                scopes=scopes or ("on-call:read", "contacts"),
                actor=ROBOT,
                now=datetime.now(UTC),
            )
        return Program(tenant, issued)

    return make


@pytest.fixture
def program(tenant: Tenant, program_of) -> Program:
    return program_of(tenant)


class Published:
    """An emergency department with a day and a night team on 2 March 2026, published to everyone."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone="America/New_York", **BY)
            working = services.assignment_type_named(name="Working", hue="azure")
            off = services.assignment_type_named(name="Off", is_off=True)
            make = {"department": self.department, **BY}
            self.day = services.assignment_create(
                type=working, code="D", name="ED Day", start_time=time(8), end_time=time(16), **make
            )
            self.night = services.assignment_create(
                type=working, code="N", name="ED Night", start_time=time(20), end_time=time(8), **make
            )
            self.off = services.assignment_create(
                type=off, code="V", name="Vacation", start_time=time(0), end_time=time(23, 59), **make
            )
            self.ada, self.ben = (
                services.person_create(
                    fields={
                        "last_name": last,
                        "first_name": first,
                        "cell": cell,
                        "pager": "7123",
                        "email": f"{first}@x.example",
                    },
                    **BY,
                )
                for last, first, cell in (("Ames", "Ada", "+13125550100"), ("Boyd", "Ben", ""))
            )
            self.schedule = services.schedule_create(
                department=self.department, name="March", starts_on=DAY - timedelta(days=1), ends_on=DAY, **BY
            )

    def place(self, assignment, person=None, day: date = DAY, **more):
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=self.schedule.public_id,
                assignment_id=assignment.public_id,
                person_id=person.public_id if person else None,
                day=day,
                **more,
                **BY,
            )

    def change(self, shift, **fields):
        with self.tenant.transaction():
            return services.shift_change(shift_id=shift.public_id, version=shift.version, fields=fields, **BY)

    def publish(self, audience: Audience = Audience.EVERYONE):
        with self.tenant.transaction():
            return services.schedule_publish(schedule_id=self.schedule.public_id, audience=audience, **BY)


@pytest.fixture
def published(tenant: Tenant) -> Published:
    made = Published(tenant)
    made.shift = made.place(made.day, made.ada, note="Charge")
    made.place(made.night, made.ben, day=DAY - timedelta(days=1))
    made.place(made.night)
    made.place(made.off, made.ben)
    made.publish()
    return made
