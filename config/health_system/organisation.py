"""Organisation, accounts, departments, people and assignments of the demo."""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from config.health_system import rosters
from scheduling import services
from scheduling.models import Assignment, Department, Person
from scheduling.naming import search_key
from scheduling.types import Audience
from tenancy.rights import Role
from tenancy.services import account_create, organization_create, organization_domain_add
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor

ACTOR = Actor(label="Demo", source="demo")
ZONE = "America/New_York"
_HUES = {"Working": "azure", "Call": "iris"}
_ANESTHESIOLOGISTS = (
    ("Thackeray", "Hugh"), ("Lindqvist", "Maja"), ("Okafor", "Adaeze"), ("Quintero", "Elena"), ("Nakamura", "Emi"),
    ("Marchetti", "Paolo"), ("Banerjee", "Rohan"), ("Vance", "Roland"), ("Rasmussen", "Kirsten"), ("Ferreira", "Lúcia"),
)  # fmt: skip
_ANESTHESIA = (
    ("C1", "OR Call 1", "Call", time(7), time(7)),
    ("C2", "OR Call 2", "Call", time(7), time(7)),
    ("LEAD", "Floor Lead", "Working", time(6), time(15)),
    ("POD", "OR Pod A", "Working", time(7), time(16)),
)


@dataclass
class DemoOrganisation:
    """What the seeding made."""

    id: int
    slug: str
    name: str
    users: list[dict[str, str]] = field(default_factory=list)
    upns: list[str] = field(default_factory=list)


def alder_bay(*, now: datetime, today: date) -> DemoOrganisation:
    """The health system a visitor works in: an empty schedule for Emergency, a published one for Anesthesiology."""
    made = _organisation("alderbay", "Alder Bay Health", now)
    with tenant_transaction(made.id):
        _accounts(made, now, "alderbay.example")
        emergency = services.department_create(
            name="Emergency Medicine", code="ED", zone=ZONE, order=1, actor=ACTOR, now=now
        )
        anesthesia = services.department_create(
            name="Anesthesiology", code="ANES", zone=ZONE, order=2, actor=ACTOR, now=now
        )
        _scheduler_of(made, [emergency, anesthesia], now)
        _emergency(made, emergency, now)
        people, assignments = _anesthesiology(made, anesthesia, now)
        schedule = _anesthesia_schedule(anesthesia, people, assignments, today, now)
        monday = rosters.next_monday(today)
        services.schedule_create(
            department=emergency, name="Emergency, four weeks", starts_on=monday, ends_on=monday + timedelta(days=27),
            actor=ACTOR, now=now,
        )  # fmt: skip
        services.schedule_publish(schedule_id=schedule, audience=Audience.EVERYONE, actor=ACTOR, now=now)
    return made


def cedar_ridge(*, now: datetime) -> DemoOrganisation:
    """Another hospital, which must see nothing of the first."""
    made = _organisation("cedarridge", "Cedar Ridge Clinic", now)
    with tenant_transaction(made.id):
        _accounts(made, now, "cedarridge.example", roles=(Role.ADMINISTRATOR,))
        services.department_create(name="Family Medicine", code="FM", zone="America/Denver", actor=ACTOR, now=now)
    return made


def _organisation(slug: str, name: str, now: datetime) -> DemoOrganisation:
    return DemoOrganisation(organization_create(slug=slug, name=name, zone=ZONE, now=now), slug, name)


def _accounts(made: DemoOrganisation, now: datetime, domain: str, roles: tuple[Role, ...] = tuple(Role)) -> None:
    organization_domain_add(domain=domain, actor=ACTOR, now=now)
    names = {
        Role.ADMINISTRATOR: "Thandi Mbeki",
        Role.SCHEDULER: "Sabine Brandt",
        Role.IT: "Ivan Torres",
        Role.PROVIDER: "Ngozi Abara",
        Role.VIEWER: "Unit Clerk",
    }
    for role in sorted(roles, key=list(names).index):
        email, password = f"{role.value}@{domain}", secrets.token_urlsafe(12)
        account_create(email=email, name=names[role], role=role, password=password, actor=ACTOR, now=now)
        made.users.append({"organisation": made.slug, "role": role.value, "email": email, "password": password})


def _scheduler_of(made: DemoOrganisation, departments: list[Department], now: datetime) -> None:
    from tenancy.models import Account

    account = Account.objects.get(role=Role.SCHEDULER)
    for department in departments:
        services.account_grant_department(account=account, department=department, actor=ACTOR, now=now)


def _emergency(made: DemoOrganisation, department: Department, now: datetime) -> None:
    for staff_id, last, first in rosters.people():
        _person(made, department, staff_id, last, first, "Physician", now)
    for order, row in enumerate(rosters.codes()):
        _assignment(
            department, row["Code"], row["Name"], row["Type"], _clock(row["Start"]), _clock(row["End"]), order, now
        )


def _anesthesiology(
    made: DemoOrganisation, department: Department, now: datetime
) -> tuple[list[Person], list[Assignment]]:
    people = [
        _person(made, department, f"0071{number:02d}", last, first, "Physician", now)
        for number, (last, first) in enumerate(_ANESTHESIOLOGISTS)
    ]
    phone = services.person_create(
        fields={"last_name": "Anesthesia call phone", "is_placeholder": True, "cell": "555-0140"},
        department_id=department.id, actor=ACTOR, now=now,
    )  # fmt: skip
    assignments = [
        _assignment(department, code, name, kind, start, end, order, now)
        for order, (code, name, kind, start, end) in enumerate(_ANESTHESIA)
    ]
    return [*people, phone], assignments


def _anesthesia_schedule(
    department: Department, people: list[Person], assignments: list[Assignment], today: date, now: datetime
) -> uuid.UUID:
    """Six weeks from last Monday: a plain rotation; the phone holds second call on Sundays; working days have leads."""
    first = today - timedelta(days=today.weekday() + 7)
    schedule = services.schedule_create(
        department=department, name="Anesthesiology, six weeks", starts_on=first, ends_on=first + timedelta(days=41),
        actor=ACTOR, now=now,
    )  # fmt: skip
    doctors, phone = people[:-1], people[-1]
    for day_number in range(42):
        day = first + timedelta(days=day_number)
        for place, assignment in enumerate(assignments):
            if place >= 2 and day.weekday() >= 5:
                continue
            person = doctors[(day_number + 3 * place) % len(doctors)]
            if place == 1 and day.weekday() == 6:
                person = phone
            services.shift_place(
                schedule_id=schedule.public_id, assignment_id=assignment.public_id, person_id=person.public_id, day=day,
                call_order=place + 1 if place < 2 else None, source="template", actor=ACTOR, now=now,
            )  # fmt: skip
    return schedule.public_id


def _person(
    made: DemoOrganisation, department: Department, staff_id: str, last: str, first: str, kind: str, now: datetime
) -> Person:
    login = re.sub("[^a-z]+", ".", search_key(first, last)).strip(".")
    upn = f"{login}@alderbay.example"
    made.upns.append(upn)
    fields = {
        "last_name": last, "first_name": first, "unique_id": staff_id, "custom1": f"E{staff_id}", "upn": upn, "email": upn,
        "employee_id": staff_id, "cell": f"555-{int(staff_id) % 10000:04d}",
    }  # fmt: skip
    return services.person_create(fields=fields, personnel_type=kind, department_id=department.id, actor=ACTOR, now=now)


def _assignment(
    department: Department, code: str, name: str, kind: str, start: time, end: time, order: int, now: datetime
) -> Assignment:
    return services.assignment_create(
        department=department, type=services.assignment_type_named(name=kind, hue=_HUES[kind]), code=code, name=name,
        start_time=start, end_time=end, order=order, actor=ACTOR, now=now,
    )  # fmt: skip


def _clock(text: str) -> time:
    return time.fromisoformat(text)
