"""The demo's file connections: one of every kind, live, in directories of their own on the demo's SFTP server.

The backup goes to the directory that Rotacast hosts itself; the demo's key opens both servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from config.health_system.organisation import DemoOrganisation
from config.health_system.seasons import PAID_BY_PERIOD, PAY_DAYS
from config.health_system.staff import ACTOR
from integrations.contract import Subject
from integrations.registry import connector
from integrations.services import connections, mapping
from integrations.services.hosting import hosted_key_add
from integrations.services.mapping import MappingInput, SubjectInput
from scheduling import selectors
from scheduling.models import AssignmentType, Person, PersonnelType
from scheduling.services.pay import PayCalendarFields, pay_calendar_create
from scheduling.types import AssignmentInfo
from tenancy.tenant import tenant_transaction

_COMMENTS = ("Scheduled", "Called in", "Leave")
_COID = "0417"
_AWAY = {"home_coid": "0093", "away_coid": _COID}


def payroll_keeps(made: DemoOrganisation, monday: date, now: datetime) -> None:
    """The pay calendar of everybody: two weeks, counted from this week's Monday."""
    with tenant_transaction(made.id):
        fields = PayCalendarFields("Every two weeks", anchor=monday, days=PAY_DAYS)
        pay_calendar_create(fields=fields, actor=ACTOR, now=now)


def files_send(made: DemoOrganisation, sftp: Mapping[str, Any], now: datetime) -> None:
    """Connect the file destinations that say who works; each delivers at once."""
    with tenant_transaction(made.id):
        _optime(sftp, now)
        _workforce_central(sftp, now)
        _dimensions(sftp, now)
        _new_innovations(sftp, now)
        _switched_on("data_warehouse", "Enterprise data warehouse", sftp, now, {"days_back": 120, "days_forward": 120})
        reader = Path(str(sftp["key"])).with_suffix(".pub").read_text(encoding="utf-8")
        hosted_key_add(text=reader, name="Ward computers", actor=ACTOR, now=now)
        _switched_on("schedule_backup", "Schedule backup", {}, now, {"where": "hosted"})
        _personnel_writes(Path(str(sftp["folder"])) / "demographic_import" / "people.csv")
        settings = {"settle_seconds": 10, "report_directory": "reports"}
        _switched_on("demographic_import", "Personnel system", sftp, now, settings)


def _optime(sftp: Mapping[str, Any], now: datetime) -> None:
    def room(one: AssignmentInfo) -> dict[str, Any] | None:
        if one.department_id not in _departments("ANES", "SURG", "ORTHO"):
            return None
        return {"import_group": "MAIN OR", "resource_type": "4" if one.department_id in _departments("ANES") else "1"}

    _switched_on("epic_optime", "Epic OpTime", sftp, now, {"person_field": "custom1"}, room)


def _workforce_central(sftp: Mapping[str, Any], now: datetime) -> None:
    """One department, whose schedules are as long as its pay periods; on call pays everybody but physicians, who are exempt."""
    row = _connected("kronos_wfc", "Kronos payroll", sftp, now, {"grace_days": 0})
    paid = next(one for one in selectors.departments_by_id().values() if one.code == PAID_BY_PERIOD)
    people = Person.objects.filter(department_id=paid.id, is_placeholder=False).order_by("id")
    ranks = PersonnelType.objects.filter(id__in=people.values("personnel_type_id"))
    kinds = AssignmentType.objects.filter(is_off=False)
    tables = {
        Subject.TYPE_PAIR: [
            SubjectInput((rank.public_id, kind.public_id), {"pay_code": "ONCALL" if kind.name == "Call" else "REG"})
            for rank in ranks
            for kind in kinds
            if (rank.name, kind.name) != ("Physician", "Call")
        ],
        Subject.DEPARTMENT: [SubjectInput((paid.public_id,), {"department_id": "60210", "coid": _COID})],
        Subject.PERSON: [
            SubjectInput((one.public_id,), _AWAY if number % 5 == 4 else {"home_coid": _COID})
            for number, one in enumerate(people)
        ],
    }
    for subject, rows in tables.items():
        mapping.subject_mapping_save(connection_id=row, subject=subject, rows=rows, actor=ACTOR, now=now)
    connections.connection_state_set(connection_id=row, state="live", actor=ACTOR, now=now)


def _dimensions(sftp: Mapping[str, Any], now: datetime) -> None:
    def segment(one: AssignmentInfo) -> dict[str, Any] | None:
        if one.department_id not in _departments("HM"):
            return None
        if one.is_off:
            return {"segment_type": "REGULAR", "comment": "Leave", "pay_code": "PTO"}
        return {"segment_type": "REGULAR", "comment": "Scheduled", "labor_categories": ["HM", "Inpatient"]}

    settings = {"valid_comments": "\n".join(_COMMENTS)}
    _switched_on("kronos_dimensions", "UKG payroll", sftp, now, settings, segment)


def _new_innovations(sftp: Mapping[str, Any], now: datetime) -> None:
    def duty(one: AssignmentInfo) -> dict[str, Any] | None:
        if one.is_off or one.department_id not in _departments("SURG", "ICU"):
            return None
        return {"duty_hour_name": "Call" if one.type_name == "Call" else "Regular", "location": "Alder Bay Main"}

    _switched_on("new_innovations", "New Innovations", sftp, now, {}, duty)


def _personnel_writes(path: Path) -> None:
    """A file as a personnel system would leave it: new pagers for one department, and two rows that cannot be right."""
    lines = ["Employee ID,Unique ID,Last Name,Pager,NPI"]
    people = Person.objects.filter(department_id__in=_departments("HM"), is_placeholder=False).order_by("id")
    for number, one in enumerate(people):
        lines.append(f"{one.employee_id},{one.unique_id},{one.last_name},{7100 + number},")
    lines += ["000000,000000,Nobody,7999,", f"{people[0].employee_id},{people[0].unique_id},Twice,7998,1234567890"]
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")


def _switched_on(
    kind: str,
    name: str,
    sftp: Mapping[str, Any],
    now: datetime,
    settings: Mapping[str, Any],
    values_of: Callable[[AssignmentInfo], Mapping[str, Any] | None] | None = None,
) -> None:
    """Connect, map the assignments that `values_of` has values for, and go live."""
    row = _connected(kind, name, sftp, now, settings)
    if values_of is not None:
        rows = [
            MappingInput(one.public_id, 1, values)
            for one in selectors.assignments_by_id().values()
            if (values := values_of(one)) is not None
        ]
        mapping.mapping_save(connection_id=row, rows=rows, actor=ACTOR, now=now)
    connections.connection_state_set(connection_id=row, state="live", actor=ACTOR, now=now)


def _connected(kind: str, name: str, sftp: Mapping[str, Any], now: datetime, settings: Mapping[str, Any]) -> UUID:
    row = connections.connection_create(kind=kind, name=name, actor=ACTOR, now=now)
    where = sftp and {
        "host": sftp["host"],
        "port": sftp["port"],
        "username": sftp["user"],
        "host_key": sftp["host_key"],
        "directory": f"/{kind}",
        "create_directory": True,
    }
    known = {one.name for one in connector(kind).settings}
    connections.connection_change(
        connection_id=row.public_id,
        settings={**{name: value for name, value in where.items() if name in known}, **settings},
        secrets={"password": sftp["password"]} if sftp else {},
        actor=ACTOR,
        now=now,
    )
    return row.public_id


def _departments(*codes: str) -> set[int]:
    return {one.id for one in selectors.departments_by_id().values() if one.code in codes}
