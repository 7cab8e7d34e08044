"""Departments, people, placeholders and assignments of the demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time

from config.health_system import names, rosters
from config.health_system.wards import EASTERN, KINDS, WARDS, Task, Ward
from scheduling import services
from scheduling.models import Assignment, Department, Person
from scheduling.naming import search_key
from tenancy.types import Actor

ACTOR = Actor(label="Demo", source="demo")
OFF_TASKS = (("VAC", "Vacation", time(0)), ("CME", "Conference", time(0)), ("POST", "Post-call", time(7)))
# Which departments know which absences besides vacation.
_OFF_OF = {"ANES": ("CME", "POST"), "OBGYN": ("POST",), "CARD": ("CME",), "NEURO": ("CME",), "ICU": ("CME",)}


@dataclass
class Crew:
    """A department with its people and assignments."""

    ward: Ward | None
    department: Department
    people: list[Person] = field(default_factory=list)
    kinds: dict[str, list[int]] = field(default_factory=dict)  # personnel type → places in `people`
    placeholders: list[Person] = field(default_factory=list)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    eligible: dict[str, list[int]] = field(default_factory=dict)  # task → places in `people`


def crews_make(now: datetime) -> dict[str, Crew]:
    """Emergency Medicine with the people of its roster file, then the others."""
    for kind, hue in KINDS.items():
        services.assignment_type_named(name=kind, hue=hue, is_off=kind == "Off")
    made = {"ED": _emergency(now)}
    named = names.people()
    for order, ward in enumerate(WARDS, start=2):
        made[ward.code] = _ward(ward, order, named, now)
    return made


def upn_of(last: str, first: str) -> str:
    """The sign-in name that everybody's mailbox has."""
    login = re.sub("[^a-z]+", ".", search_key(first, last)).strip(".")
    return f"{login}@alderbay.example"


def _emergency(now: datetime) -> Crew:
    department = services.department_create(
        name="Emergency Medicine", code="ED", zone=EASTERN, order=1, actor=ACTOR, now=now
    )
    crew = Crew(None, department)
    for staff_id, last, first in rosters.people():
        crew.people.append(_person(department, staff_id, last, first, "Physician", now))
    for order, row in enumerate(rosters.codes()):
        hours = time.fromisoformat(row["Start"]), time.fromisoformat(row["End"])
        crew.assignments[row["Code"]] = _assignment(
            department, row["Code"], row["Name"], row["Type"], hours, order, now
        )
    _offs(crew, now)
    return crew


def _ward(ward: Ward, order: int, named: Iterator[tuple[str, str]], now: datetime) -> Crew:
    department = services.department_create(
        name=ward.name, code=ward.code, zone=ward.zone, order=order, actor=ACTOR, now=now
    )
    crew = Crew(ward, department)
    for kind, count in ward.staff.items():
        crew.kinds[kind] = list(range(len(crew.people), len(crew.people) + count))
        for _ in range(count):
            staff_id = f"00{7000 + order * 130 + len(crew.people)}"
            crew.people.append(_person(department, staff_id, *next(named), kind, now))
    for label, number in ward.placeholders:
        fields = {"last_name": label, "is_placeholder": True, "cell": number}
        crew.placeholders.append(
            services.person_create(fields=fields, department_id=department.id, actor=ACTOR, now=now)
        )
    for place, task in enumerate(ward.tasks):
        crew.assignments[task.code] = _assignment(
            department, task.code, task.name, task.kind, (task.start, task.end), place, now, cover=list(task.need)
        )
        crew.eligible[task.code] = _eligible(crew, task, place)
        if task.part != (1, 1):
            listed = [crew.people[one] for one in crew.eligible[task.code]] + crew.placeholders
            services.assignment_eligible_set(
                assignment=crew.assignments[task.code], people=listed, actor=ACTOR, now=now
            )
    _offs(crew, now)
    return crew


def _eligible(crew: Crew, task: Task, place: int) -> list[int]:
    part, of = task.part
    return [person for number, person in enumerate(crew.kinds[task.who]) if (number + place) % of < part]


def _offs(crew: Crew, now: datetime) -> None:
    for code, name, start in OFF_TASKS:
        if code == "VAC" or code in _OFF_OF.get(crew.department.code, ()):
            crew.assignments[code] = _assignment(
                crew.department, code, name, "Off", (start, start), 90 + len(crew.assignments), now
            )


def _person(department: Department, staff_id: str, last: str, first: str, kind: str, now: datetime) -> Person:
    upn = upn_of(last, first)
    fields = {
        "last_name": last, "first_name": first, "unique_id": staff_id, "custom1": f"E{staff_id}", "upn": upn,
        "email": upn, "employee_id": staff_id, "cell": f"555-{int(staff_id) % 10000:04d}",
        "pager": f"555-{(int(staff_id) * 7) % 10000:04d}" if int(staff_id) % 4 == 0 else "",
    }  # fmt: skip
    return services.person_create(fields=fields, personnel_type=kind, department_id=department.id, actor=ACTOR, now=now)


def _assignment(
    department: Department,
    code: str,
    name: str,
    kind: str,
    hours: tuple[time, time],
    order: int,
    now: datetime,
    cover: list[int] | None = None,
) -> Assignment:
    made = services.assignment_create(
        department=department, type=services.assignment_type_named(name=kind, hue=KINDS[kind]), code=code, name=name,
        start_time=hours[0], end_time=hours[1], order=order, actor=ACTOR, now=now,
    )  # fmt: skip
    if cover:
        services.assignment_change(assignment_id=made.public_id, fields={"cover": cover}, actor=ACTOR, now=now)
    return made
