"""People and what they may refer to, as an import of their details compares them with a file."""

from __future__ import annotations

from scheduling.models import Person, PersonnelType
from scheduling.types import PersonRecord

RECORD_FIELDS = (
    "unique_id", "custom1", "custom2", "custom3", "custom4", "employee_id", "npi", "upn", "last_name", "first_name",
    "short_name", "email", "cell", "pager", "office_phone",
)  # fmt: skip


def person_records() -> tuple[PersonRecord, ...]:
    """Everybody, placeholders too, by name."""
    columns = ("id", "public_id", "revision", "department_id", "personnel_type_id", *RECORD_FIELDS)
    rows = Person.objects.order_by("search_key", "id").values_list(*columns)
    found = []
    for id_, public_id, revision, department_id, type_id, *texts in rows.iterator(chunk_size=5000):
        values = dict(zip(RECORD_FIELDS, texts, strict=True))
        last, first = values["last_name"], values["first_name"]
        name = f"{last}, {first}" if first else last
        found.append(PersonRecord(id_, public_id, name, revision, values, department_id, type_id))
    return tuple(found)


def personnel_types_by_id() -> dict[int, str]:
    """The personnel types that exist."""
    return dict(PersonnelType.objects.order_by("name").values_list("id", "name"))
