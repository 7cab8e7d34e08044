"""The files of the warehouse's zip. Columns are only ever appended within a schema version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exports.layouts import Column, Field, Layout
from scheduling.selectors.bulk import bulk_columns

SCHEMA_VERSION = 1
OP = Column("op", "op")  # stands last in files that can hold changes, when the connection sends such


@dataclass(frozen=True)
class WarehouseFile:
    """One file of the zip: where its rows come from, its default layout, the columns that identify a row, and what they point at.

    `since` is the source of what is new, for files that are not sent whole each time. Keys are names of fields, in the default layout
    also the headers. `foreign`: field → file whose key it is.
    """

    source: str
    layout: Layout
    primary_key: tuple[str, ...]
    foreign: Mapping[str, str] = field(default_factory=dict)
    since: str = ""

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


_UTC = "YYYY-MM-DD[T]HH:mm:ss[Z]"
# Headers that say more than the field: the moment in UTC, and wall times with their date.
_SPECIAL = {
    "timezone": Column("timezone", "zone"),
    "start_local": Column("start_local", "start_local", format="datetime"),
    "end_local": Column("end_local", "end_local", format="datetime"),
    "at_local": Column("at_local", "at_local", format="datetime"),
    **{
        f"{name}_utc": Column(f"{name}_utc", name, format=_UTC)
        for name in ("start", "end", "at", "decided_at", "made_at", "changed_at", "created_at")
    },
}
_SPAN = "start_local end_local timezone start_utc end_utc"
_PEOPLE = {"person_id": "personnel", "department_id": "departments"}
_ASKED = {"assignment_id": "assignments", "assignment_type_id": "assignment_types"}


def _file(
    source: str, columns: str, *, key: str, foreign: Mapping[str, str] | None = None, since: str = ""
) -> WarehouseFile:
    kinds = bulk_columns(source)
    layout = Layout(
        name=source.replace("_", " ").capitalize(),
        columns=tuple(
            Column(name, name) if name in kinds and name not in _SPECIAL else _SPECIAL[name] for name in columns.split()
        ),
        file_name="{kind}",
        replaces=True,
        quoting="all",
        zone="utc",
    )
    return WarehouseFile(source, layout, tuple(key.split()), foreign or {}, since)


FILES = (
    _file(
        "schedules",
        f"shift_id schedule_id shift_date {_SPAN} department_id assignment_id person_id call_order custom_time note publication",
        key="shift_id",
        foreign={
            "schedule_id": "published_schedules",
            "assignment_id": "assignments",
            **_PEOPLE,
            "publication": "publications",
        },
        since="schedules_since",
    ),
    _file(
        "requests",
        f"request_id person_id department_id kind state first_date last_date {_SPAN} assignment_id assignment_type_id avoid strength "
        "has_note decided_by decided_by_rule decided_at_utc source made_by made_at_utc changed_by changed_at_utc",
        key="request_id",
        foreign={**_PEOPLE, **_ASKED},
    ),
    _file(
        "assignments",
        "assignment_id department_id assignment_type_id assignment_code assignment_name start_time end_time end_day_offset "
        "information weight eligible_only_listed ended_on",
        key="assignment_id",
        foreign={"department_id": "departments", "assignment_type_id": "assignment_types"},
    ),
    _file(
        "personnel",
        "person_id unique_id last_name first_name short_name is_placeholder personnel_type_id department_id employee_id npi upn email "
        "cell pager office_phone custom1 custom2 custom3 custom4 active_from active_to",
        key="person_id",
        foreign={"personnel_type_id": "personnel_types", "department_id": "departments"},
    ),
    _file(
        "change_log",
        "change_id at_local timezone at_utc actor source action department_id is_withheld subject_type subject_id subject person_id "
        "on_date before after reason act",
        key="change_id",
        foreign=_PEOPLE,
        since="change_log_since",
    ),
    _file(
        "view_settings",
        "view_id view_name owner layout columns range_kind range_count range_first created_at_utc changed_at_utc",
        key="view_id",
    ),
    _file(
        "view_selections",
        "view_id number part department_id person_id assignment_id assignment_type_id",
        key="view_id number",
        foreign={"view_id": "view_settings", **_PEOPLE, **_ASKED},
    ),
    _file(
        "view_access",
        "view_id number account role department_id",
        key="view_id number",
        foreign={"view_id": "view_settings", "department_id": "departments"},
    ),
    _file(
        "departments",
        "department_id department_code department_name timezone parent_id ended_on",
        key="department_id",
        foreign={"parent_id": "departments"},
    ),
    _file("personnel_types", "personnel_type_id personnel_type", key="personnel_type_id"),
    _file("assignment_types", "assignment_type_id assignment_type is_off", key="assignment_type_id"),
    _file(
        "personnel_departments",
        "person_id department_id is_home is_listed",
        key="person_id department_id",
        foreign=_PEOPLE,
    ),
    _file(
        "eligibility",
        "assignment_id person_id",
        key="assignment_id person_id",
        foreign={"assignment_id": "assignments", "person_id": "personnel"},
    ),
    _file(
        "published_schedules",
        "schedule_id department_id schedule_name starts_on ends_on is_recalled",
        key="schedule_id",
        foreign={"department_id": "departments"},
    ),
    _file(
        "publications",
        "publication kind at_utc schedule_id department_id from_date to_date actor added changed removed",
        key="publication",
        foreign={"schedule_id": "published_schedules", "department_id": "departments"},
    ),
    _file(
        "holidays",
        "holiday_id holiday_date holiday_name department_id",
        key="holiday_id",
        foreign={"department_id": "departments"},
    ),
    _file(
        "tallies",
        "tally_id department_id tally_name short_name measure weekdays holidays ended_on",
        key="tally_id",
        foreign={"department_id": "departments"},
    ),
    _file(
        "tally_assignments",
        "tally_id assignment_id",
        key="tally_id assignment_id",
        foreign={"tally_id": "tallies", "assignment_id": "assignments"},
    ),
    _file(
        "tally_targets",
        "target_id tally_id person_id personnel_type_id value period from_date to_date",
        key="target_id",
        foreign={"tally_id": "tallies", "person_id": "personnel", "personnel_type_id": "personnel_types"},
    ),
    _file(
        "tally_values",
        "tally_id person_id month first_date last_date value",
        key="tally_id person_id month",
        foreign={"tally_id": "tallies", "person_id": "personnel"},
    ),
)
