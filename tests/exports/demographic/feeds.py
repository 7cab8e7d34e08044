"""People, departments and a feed, without a database: what the pure tests of the demographic import are made of."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

from exports.formats.demographic_import.connector import CONNECTOR
from exports.formats.demographic_import.planning import People
from integrations.contract import FilePlan, InboundContext
from scheduling.selectors.records import RECORD_FIELDS
from scheduling.types import DepartmentInfo, PersonRecord

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def person(number: int, last_name: str, **values: Any) -> PersonRecord:
    """A person; `department_id` and `personnel_type_id` besides the texts."""
    refs = {name: values.pop(name, None) for name in ("department_id", "personnel_type_id")}
    texts = {**dict.fromkeys(RECORD_FIELDS, ""), "last_name": last_name, **values}
    name = f"{last_name}, {texts['first_name']}" if texts["first_name"] else last_name
    return PersonRecord(number, uuid.UUID(int=number), name, 1, texts, **refs)


def department(number: int, code: str, name: str, ended_on: date | None = None) -> DepartmentInfo:
    return DepartmentInfo(number, uuid.UUID(int=number), name, code, "America/New_York", number, ended_on)


PEOPLE = (
    person(1, "Ames", first_name="Ana", unique_id="007", cell="312 555 0101", npi="1234567893", department_id=1),
    person(2, "Boyd", first_name="José", unique_id="008", custom1="C-8", email="boyd@example.org"),
    person(3, "Çelik", first_name="Zoë", unique_id=" 9 ", employee_id="0042"),
    person(4, "Dietz", unique_id="010", custom2="same"),
    person(5, "Ek", unique_id="011", custom2="same", personnel_type_id=1),
)
DEPARTMENTS = (
    department(1, "ED", "Emergency"),
    department(2, "CARD", "Cardiology"),
    department(3, "OLD", "Closed ward", date(2026, 1, 1)),
    department(4, "X1", "Pool"),
    department(5, "X2", "Pool"),
)
TYPES = {1: "Physician", 2: "Résident"}


def planned(
    content: bytes | str,
    *,
    people: tuple[PersonRecord, ...] = PEOPLE,
    used: dict[str, tuple[str, ...]] | None = None,
    **settings: Any,
) -> FilePlan:
    """What a feed would change. Limits are off unless they are given."""
    data = content.encode() if isinstance(content, str) else content
    limits = {"identifier_percent": 100, "rejected_percent": 100}
    context = InboundContext("Feed", {**limits, **settings}, "America/New_York", "people.csv", NOW, used or {})
    return CONNECTOR.plan(data, People(people, DEPARTMENTS, TYPES), context)


def changes(plan: FilePlan) -> dict[int, dict[str, tuple[str, str]]]:
    """Row → field → (was, now)."""
    return {one.row: {field.name: (field.was, field.now) for field in one.fields} for one in plan.changes}


def causes(plan: FilePlan) -> dict[int, str]:
    """Row → why it is not taken."""
    return {one.row: one.cause for one in plan.rejected}
