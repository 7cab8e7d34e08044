"""Kronos Workforce Central payroll: the whole pay period in one file, every day through the period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from exports.formats.kronos_wfc.layout import FIELDS, LAYOUTS
from exports.payroll import (
    WINDOW_WORDS,
    PayPeriod,
    PayrollConnector,
    department_skipped,
    open_periods,
    payroll_settings,
    range_text,
    served,
)
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    layout_setting,
    note_settings,
    person_setting,
    placeholder_setting,
)
from exports.shaping import (
    assignment_payload,
    assignment_skipped,
    department_payload,
    elapsed_hours,
    identifier_of,
    mapped_text,
    name_payload,
    person_skipped,
    row_label,
    staff_payload,
    time_payload,
)
from integrations.contract import (
    CatalogPage,
    ConfigError,
    Desired,
    FileWritten,
    MappingField,
    MappingTable,
    ShapeContext,
    Skipped,
    Subject,
    Unit,
)
from scheduling.types import PayCalendarInfo, PersonInfo, PublishedRow, ScheduleSpan

HOME, AWAY = "H", "A"
_LONGEST = 600  # characters of a reason to hold a connection

PAID = MappingTable(
    Subject.TYPE_PAIR,
    "What is paid",
    (MappingField("pay_code", "Pay Code", required=True, limit=80),),
    help="Which types of people are paid through this connection for which types of assignments, and with which pay code.",
    optional=False,
)
DEPARTMENTS = MappingTable(
    Subject.DEPARTMENT,
    "Departments",
    (
        MappingField("department_id", "Kronos Department ID", required=True, limit=80, help="The cost centre."),
        MappingField("coid", "COID", required=True, limit=80),
    ),
    help="The cost centre and the COID of the department that a shift is scheduled in.",
    optional=False,
)
PEOPLE = MappingTable(
    Subject.PERSON,
    "People",
    (
        MappingField("home_coid", "Home COID", required=True, limit=80),
        MappingField("away_coid", "Away COID", limit=80, help="Empty: never paid away."),
    ),
    help="Where each person is paid: at home where the department has the home COID, away where it has the away COID.",
    optional=False,
)


class KronosWfc(PayrollConnector):
    """A snapshot of the open pay periods each day, sent whether it changed or not."""

    title = "Kronos Workforce Central"
    version = 1
    identifier = "the Kronos person number"
    page = CatalogPage(
        overview=(
            "Sends the shifts of a pay period to Kronos Workforce Central, every day through the period. A matrix of personnel "
            "type and assignment type says what is paid and with which pay code; the COIDs of the department and of the person "
            "decide whether a shift is paid at home or away."
        ),
        benefits=(
            "Payroll gets what was worked as it was published, with no timesheets typed from the schedule.",
            "Hours are the time that really passes: a night is an hour shorter or longer when clocks change.",
            "A cost centre nobody can tell is listed with the person and the department, and never guessed.",
        ),
        requirements=(
            "An SFTP server that the Kronos load reads from, with a user of ours.",
            "The Kronos person number of each person, in Unique ID or Custom 1 to 4.",
            "The Kronos Department ID and COID of each department, and the home and away COID of each person.",
            "A pay calendar whose periods are the dates of the published schedules.",
        ),
        protocol="CSV file over SFTP, every day: the whole pay period each time.",
        sample_note="Columns, patterns and names are our default, because every Kronos load is made for its site; all can be changed.",
        window=WINDOW_WORDS,
    )
    settings = (
        *DESTINATION_SETTINGS,
        person_setting("Kronos person number is in"),
        placeholder_setting("omit"),
        *note_settings(),
        *payroll_settings(),
        layout_setting(LAYOUTS, FIELDS),
    )
    tables = (PAID, DEPARTMENTS, PEOPLE)
    all_assignments = True
    layouts = LAYOUTS
    fields = FIELDS

    def guard(self, context: ShapeContext) -> None:
        """Refuse while a published schedule of the open periods has other dates than its group's pay period."""
        super().guard(context)
        wrong = list(self._misfits(context))
        if wrong:
            texts = (_refusal(wrong, named) for named in (3, 2, 1))
            raise ConfigError(
                next((one for one in texts if len(one) <= _LONGEST), _refusal(wrong, 1)), code="pay_period"
            )

    def _misfits(self, context: ShapeContext) -> Iterator[str]:
        """The schedules that do not fit, each with both ranges in a sentence. What is not mapped is not sent, and need not fit."""
        grace = self.grace(context.settings)
        calendars = [one for one in served(context.settings, context.pay_calendars) if _pays(one, context)]
        for span in context.schedules:
            if not context.about(Subject.DEPARTMENT, span.department_id):
                continue
            for calendar in calendars:
                periods = open_periods(calendar, context.today, grace) if _covers(calendar, span) else []
                wrong = next((one for one in periods if span.meets(one.first, one.last) and not _fits(span, one)), None)
                if wrong is not None:
                    yield (
                        f"The schedule “{span.name}” of {span.department_name} runs from {range_text(span.first, span.last)}, "
                        f"but the pay period of {calendar.name} from {wrong.text}."
                    )

    def passes(self, row: PublishedRow, context: ShapeContext) -> bool:
        """True if the matrix includes the shift's pair of types; an open shift's, if it includes anybody."""
        if row.person is not None:
            return _cell(row, row.person, context) is not None
        pairs = context.tables.get(Subject.TYPE_PAIR, {})
        return any(assignment_type == row.assignment.type_id for _, assignment_type in pairs)

    def records(
        self, unit: Unit, row: PublishedRow, period: PayPeriod, context: ShapeContext
    ) -> Iterable[Desired | Skipped]:
        """One row for each shift, or what is missing to pay it."""
        person = row.person
        assert person is not None
        if not mapped_text(_cell(row, person, context) or {}, "pay_code"):
            kind = person.personnel_type or "People without a personnel type"
            text = f"{kind} × {row.assignment.type_name} has no pay code. Enter it in the matrix “{PAID.title}”."
            return [assignment_skipped(unit, row, cause="no_pay_code", text=text)]
        department = context.about(Subject.DEPARTMENT, row.department.id) or {}
        missing = [one.label for one in DEPARTMENTS.fields if not mapped_text(department, one.name)]
        if missing:
            text = f"{row.department.name} has no {' and no '.join(missing)}. Enter it in the mapping table “{DEPARTMENTS.title}”."
            return [department_skipped(unit, row, cause="no_department_id", text=text)]
        coids = context.about(Subject.PERSON, person.id) or {}
        home, away, coid = mapped_text(coids, "home_coid"), mapped_text(coids, "away_coid"), str(department["coid"])
        if not home:
            text = f"{person.name} has no Home COID. Enter it in the mapping table “{PEOPLE.title}”."
            return [person_skipped(unit, row, person, cause="no_home_coid", text=text)]
        if coid not in (home, away):
            paid = f"{home} (home) or {away} (away)" if away else f"{home} (home) only"
            text = (
                f"{row.department.name} has the COID {coid}, but {person.name} is paid at {paid}. Correct the mapping table "
                f"“{PEOPLE.title}” or “{DEPARTMENTS.title}”."
            )
            return [person_skipped(unit, row, person, cause="coid_mismatch", text=text)]
        payload = self._payload(row, person, period, context) | {
            "home_coid": home,
            "away_coid": away,
            "work_coid": coid,
            "coid_flag": HOME if coid == home else AWAY,
            "department_id": str(department["department_id"]),
        }
        return [
            Desired(
                key=str(row.shift_id),
                unit=unit.key,
                payload=payload,
                label=row_label(row),
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
        ]

    def write(self, desired: Sequence[Desired], context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Render the shifts of the open periods; those of a closed one are there to be compared only."""
        still_open = [one for one in desired if not self.closed(one.payload, one.starts_at, context)]
        return super().write(still_open, context, sequence=sequence, spool=spool)

    def _payload(
        self, row: PublishedRow, person: PersonInfo, period: PayPeriod, context: ShapeContext
    ) -> dict[str, Any]:
        settings = context.settings
        information = row.assignment.information if self.value(settings, "include_information") else ""
        note = row.note if self.value(settings, "include_note") else ""
        return {
            "person_number": identifier_of(person, str(self.value(settings, "person_field"))),
            "employee_name": person.name,
            **name_payload(person),
            **staff_payload(person),
            **time_payload(row),
            "hours": elapsed_hours(row.starts_at, row.ends_at),
            "pay_code": mapped_text(_cell(row, person, context) or {}, "pay_code"),
            **department_payload(row.department),
            **assignment_payload(row.assignment),
            "comment": " ".join(part for part in (information, note) if part.strip()),
            "assignment_information": information,
            "note": note,
            "period_start": period.first.isoformat(),
            "period_end": period.last.isoformat(),
            "source_record_id": str(row.shift_id),
            "pay_calendar": str(period.calendar.public_id),
        }


def _cell(row: PublishedRow, person: PersonInfo, context: ShapeContext) -> Mapping[str, Any] | None:
    """The cell of the matrix that a shift of a person falls into; None where it is not included."""
    return context.about(Subject.TYPE_PAIR, person.personnel_type_id or 0, row.assignment.type_id)


def _refusal(wrong: Sequence[str], named: int) -> str:
    """Why nothing is sent: so many misfits in full, the others counted."""
    more = len(wrong) - named
    counted = f" So {'does' if more == 1 else 'do'} {more} more schedule{'' if more == 1 else 's'}." if more > 0 else ""
    return (
        f"{' '.join(wrong[:named])}{counted} Nothing is sent until each schedule begins and ends with its pay period: publish "
        "schedules of those dates, or correct the pay calendar, and resume the connection."
    )


def _covers(calendar: PayCalendarInfo, span: ScheduleSpan) -> bool:
    """True if the calendar governs work in the schedule's department."""
    return not calendar.department_ids or span.department_id in calendar.department_ids


def _fits(span: ScheduleSpan, period: PayPeriod) -> bool:
    """True if they begin and end together."""
    return (span.first, span.last) == (period.first, period.last)


def _pays(calendar: PayCalendarInfo, context: ShapeContext) -> bool:
    """True if the matrix includes anybody whom the calendar governs."""
    pairs = context.tables.get(Subject.TYPE_PAIR, {})
    return any(not calendar.personnel_type_ids or kind in calendar.personnel_type_ids for kind, _ in pairs)


CONNECTOR = KronosWfc()
