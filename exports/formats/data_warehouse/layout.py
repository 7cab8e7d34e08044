"""The files of the warehouse's zip. Columns are only ever appended within a schema version."""

from __future__ import annotations

from dataclasses import dataclass

from exports.layouts import Column, Field, Layout
from scheduling.selectors.bulk import bulk_columns

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class WarehouseFile:
    """One file of the zip: where its rows come from, its default layout, and the columns that identify a row."""

    source: str
    layout: Layout
    primary_key: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name in the zip."""
        return f"{self.source}.csv"

    @property
    def fields(self) -> tuple[Field, ...]:
        """What its layout may name."""
        return tuple(
            Field(name, name.replace("_", " ").capitalize(), kind) for name, kind in bulk_columns(self.source).items()
        )


def _layout(name: str, columns: tuple[Column, ...]) -> Layout:
    return Layout(
        name=name,
        columns=columns,
        file_name="{kind}",
        replaces=True,
        quoting="all",
        zone="utc",
        datetime_pattern="YYYY-MM-DD[T]HH:mm:ss",
    )


def _same(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, name) for name in names)


_UTC = "YYYY-MM-DD[T]HH:mm:ss[Z]"

FILES = (
    WarehouseFile(
        "schedules",
        _layout(
            "Schedules",
            (
                *_same("shift_id", "shift_date"),
                Column("start_local", "start_local", format="datetime"),
                Column("end_local", "end_local", format="datetime"),
                Column("timezone", "zone"),
                Column("start_utc", "start", format=_UTC),
                Column("end_utc", "end", format=_UTC),
                *_same("department_code", "assignment_code", "person_id", "unique_id", "person_name"),
                *_same("call_order", "note"),
            ),
        ),
        ("shift_id",),
    ),
    WarehouseFile(
        "personnel",
        _layout(
            "Personnel",
            _same(
                "person_id",
                "unique_id",
                "last_name",
                "first_name",
                "short_name",
                "is_placeholder",
                "personnel_type",
                "department_code",
                "employee_id",
                "npi",
                "upn",
                "email",
                "cell",
                "pager",
                "office_phone",
                "custom1",
                "custom2",
                "custom3",
                "custom4",
                "active_from",
                "active_to",
            ),
        ),
        ("person_id",),
    ),
    WarehouseFile(
        "assignments",
        _layout(
            "Assignments",
            _same(
                "department_code",
                "assignment_code",
                "assignment_id",
                "assignment_name",
                "assignment_type",
                "is_off",
                "start_time",
                "end_time",
                "end_day_offset",
                "information",
                "weight",
                "ended_on",
            ),
        ),
        ("department_code", "assignment_code"),
    ),
    WarehouseFile(
        "departments",
        _layout(
            "Departments",
            (
                *_same("department_code", "department_id", "department_name"),
                Column("timezone", "zone"),
                *_same("parent_id", "ended_on"),
            ),
        ),
        ("department_code",),
    ),
)
