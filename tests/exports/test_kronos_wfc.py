"""Kronos Workforce Central: the matrix, home and away, schedules that fit their pay period, and the file by SFTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from exports.formats.kronos_wfc.connector import CONNECTOR
from exports.formats.kronos_wfc.layout import DEFAULT, LAYOUTS
from integrations.contract import ConfigError, Desired, Subject
from integrations.models import Connection, SubjectRow
from integrations.services.connections import connection_resume
from scheduling import selectors, services
from scheduling.services.pay import PayCalendarFields, pay_calendar_change, pay_calendar_create
from tests.conftest import NOW, ROBOT
from tests.exports.payroll_case import FIRST, Case, with_type
from tests.exports.test_through_the_engine import Wire, wire
from tests.fakes.openssh import SSHD, WHY_NOT

__all__ = ["wire"]
DAY = timedelta(days=1)


@pytest.fixture
def case() -> Case:
    case = Case(CONNECTOR)
    working, call = case.assignments["ED/D"].type_id, case.assignments["ED/C"].type_id
    non_exempt, exempt = (case.people[key].personnel_type_id or 0 for key in ("ana", "eli"))
    case.about(Subject.TYPE_PAIR, non_exempt, working, pay_code="REG")
    case.about(Subject.TYPE_PAIR, non_exempt, call, pay_code="CALL")
    case.about(Subject.TYPE_PAIR, exempt, working, pay_code="SAL")
    case.about(Subject.DEPARTMENT, case.departments["ED"].id, department_id="0071450", coid="08123")
    case.about(Subject.DEPARTMENT, case.departments["CCU"].id, department_id="0071460", coid="08456")
    case.about(Subject.PERSON, case.people["ana"].id, home_coid="08123", away_coid="08456")
    case.about(Subject.PERSON, case.people["eli"].id, home_coid="08456")
    return case


def test_the_default_layout_has_these_columns() -> None:
    assert ",".join(one.header for one in DEFAULT.columns) == (
        "PersonNumber,EmployeeName,ApplyDate,StartDate,StartTime,EndDate,EndTime,Hours,PayCode,HomeCOID,WorkCOID,COIDFlag,"
        "DepartmentID,Assignment,Comment"
    )
    assert CONNECTOR.layouts == LAYOUTS and LAYOUTS[0] is DEFAULT
    assert [one.columns == DEFAULT.columns for one in LAYOUTS] == [True, True]


def test_the_matrix_decides_what_passes_and_what_it_leaves_out_is_not_listed(case: Case) -> None:
    assert case.one(case.row("ED/C", "2026-03-10", "ana"))["pay_code"] == "CALL"
    assert case.shaped(case.row("ED/C", "2026-03-10", "eli")) == []
    assert case.why_not(case.row("ED/D", "2026-03-10", "eli")).cause == "coid_mismatch"  # Exempt × Working passes
    assert case.shaped(with_type(case.row("ED/D", "2026-03-10", "ana"), None)) == []
    case.about(Subject.TYPE_PAIR, 0, case.assignments["ED/D"].type_id, pay_code="VOL")
    assert case.one(with_type(case.row("ED/D", "2026-03-10", "ana"), None))["pay_code"] == "VOL"


def test_an_open_shift_is_listed_where_the_matrix_pays_anybody_for_it(case: Case) -> None:
    assert case.why_not(case.row("ED/C", "2026-03-10", None)).cause == "open_shift"
    del case.tables[Subject.TYPE_PAIR][case.people["ana"].personnel_type_id or 0, case.assignments["ED/C"].type_id]
    assert case.shaped(case.row("ED/C", "2026-03-10", None)) == []


def test_a_cell_without_a_pay_code_is_listed_with_both_types(case: Case) -> None:
    case.about(Subject.TYPE_PAIR, case.people["ana"].personnel_type_id or 0, case.assignments["ED/D"].type_id)
    left_out = case.why_not(case.row("ED/D", "2026-03-10"))
    assert (left_out.cause, left_out.subject_type) == ("no_pay_code", "assignment")
    assert left_out.text == "Non-Exempt × Working has no pay code. Enter it in the matrix “What is paid”."


def test_paid_at_home_or_away_by_the_department_s_coid(case: Case) -> None:
    home, away = case.one(case.row("ED/D", "2026-03-10")), case.one(case.row("CCU/W", "2026-03-10"))
    coids = ("home_coid", "work_coid", "coid_flag", "department_id")
    assert [home[name] for name in coids] == ["08123", "08123", "H", "0071450"]
    assert [away[name] for name in coids] == ["08123", "08456", "A", "0071460"]
    case.about(Subject.PERSON, case.people["ana"].id, home_coid="08456", away_coid="08456")
    assert case.one(case.row("CCU/W", "2026-03-10"))["coid_flag"] == "H"


@pytest.mark.parametrize(
    ("coids", "paid"),
    [
        ({"home_coid": "8123", "away_coid": "08456 "}, "at 8123 (home) or 08456  (away)"),  # compared letter by letter
        ({"home_coid": "08999"}, "at 08999 (home) only"),
        ({"home_coid": "08999", "away_coid": ""}, "at 08999 (home) only"),
    ],
)
def test_coids_that_match_neither_are_listed_and_never_guessed(case: Case, coids: dict[str, str], paid: str) -> None:
    case.about(Subject.PERSON, case.people["ana"].id, **coids)
    left_out = case.why_not(case.row("ED/D", "2026-03-10"))
    assert (left_out.cause, left_out.subject_type, left_out.subject) == ("coid_mismatch", "person", "Ana")
    assert left_out.text == (
        f"Emergency has the COID 08123, but Ana is paid {paid}. Correct the mapping table “People” or “Departments”."
    )


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (None, "Emergency has no Kronos Department ID and no COID."),
        ({"department_id": "0071450"}, "Emergency has no COID."),
        ({"coid": "08123"}, "Emergency has no Kronos Department ID."),
    ],
)
def test_a_department_that_is_not_complete_is_listed(case: Case, values: dict[str, str] | None, text: str) -> None:
    department = case.departments["ED"]
    del case.tables[Subject.DEPARTMENT][department.id,]
    if values is not None:
        case.about(Subject.DEPARTMENT, department.id, **values)
    left_out = case.why_not(case.row("ED/D", "2026-03-10"))
    assert (left_out.cause, left_out.subject_type) == ("no_department_id", "department")
    assert left_out.subject_id == department.public_id and left_out.text.startswith(text)


@pytest.mark.parametrize("values", [None, {"away_coid": "08123"}])
def test_a_person_without_a_home_coid_is_listed(case: Case, values: dict[str, str] | None) -> None:
    del case.tables[Subject.PERSON][case.people["ana"].id,]
    if values is not None:
        case.about(Subject.PERSON, case.people["ana"].id, **values)
    left_out = case.why_not(case.row("ED/D", "2026-03-10"))
    assert (left_out.cause, left_out.subject) == ("no_home_coid", "Ana")


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-06", "8.00"), ("2026-03-07", "7.00"), ("2026-10-31", "9.00"), ("2026-11-01", "8.00")]
)
def test_hours_are_those_that_pass(case: Case, day: str, hours: str) -> None:
    at = datetime.combine(date.fromisoformat(day), time(12), UTC)
    assert case.one(case.row("ED/N", day), at=at)["hours"] == hours


def test_the_file_holds_the_open_periods_whole_and_nothing_of_a_closed_one(case: Case, tmp_path: Path) -> None:
    rows = [
        case.row("ED/D", day, number=number)
        for number, day in enumerate(("2026-02-28", "2026-03-01", "2026-03-14", "2026-03-15", "2026-03-28"), start=1)
    ]

    def days(at: datetime) -> list[str]:
        return [line.split(",")[2] for line in case.written(case.shaped(*rows, at=at), tmp_path, at)]

    assert days(datetime(2026, 3, 14, 10, tzinfo=UTC)) == ["03/01/2026", "03/14/2026"]
    # On the day of grace the period before is still whole, beside the new one.
    assert days(datetime(2026, 3, 15, 10, tzinfo=UTC)) == ["03/01/2026", "03/14/2026", "03/15/2026", "03/28/2026"]
    assert days(datetime(2026, 3, 16, 10, tzinfo=UTC)) == ["03/15/2026", "03/28/2026"]


def test_a_layout_of_days_cuts_the_hours_and_the_apply_date(case: Case, tmp_path: Path) -> None:
    case.use(
        layout='{"name": "Days", "file_name": "{sequence}.csv", "overnight": "split", "columns": ['
        '{"header": "Apply", "source": "shift_date", "format": "date"}, {"header": "Hours", "source": "hours"}]}'
    )
    lines = case.written(case.shaped(case.row("ED/N", "2026-03-07")), tmp_path)
    assert lines == ["2026-03-07,1.00", "2026-03-08,6.00"]


# -- schedules and pay periods ----------------------------------------------------------------------------------------


def schedule(name: str, first: date, last: date, department: str = "ED") -> dict[str, Any]:
    return {"department": department, "name": name, "first": first.isoformat(), "last": last.isoformat()}


def test_schedules_that_equal_the_pay_period_or_lie_outside_it_pass(case: Case) -> None:
    case.schedules = [
        schedule("Two", FIRST, FIRST + 13 * DAY),
        schedule("Before", FIRST - 30 * DAY, FIRST - DAY),
        schedule("Far ahead", FIRST + 14 * DAY, FIRST + 90 * DAY),
    ]
    CONNECTOR.guard(case.context())


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (FIRST, FIRST + 27 * DAY),
        (FIRST, FIRST + 12 * DAY),
        (FIRST + DAY, FIRST + 13 * DAY),
        (FIRST - 14 * DAY, FIRST),
        (FIRST + 13 * DAY, FIRST + 26 * DAY),
    ],
)
def test_a_schedule_of_other_dates_stops_everything_and_is_named(case: Case, first: date, last: date) -> None:
    case.schedules = [schedule("March", first, last)]
    with pytest.raises(ConfigError) as refused:
        CONNECTOR.guard(case.context())
    assert refused.value.code == "pay_period"
    assert refused.value.text.startswith(
        f"The schedule “March” of Emergency runs from {first} to {last}, but the pay period of Two weeks from "
        "2026-03-01 to 2026-03-14. Nothing is sent until"
    )


def test_in_its_grace_the_period_before_must_fit_as_well(case: Case) -> None:
    case.schedules = [
        schedule("March A", FIRST, FIRST + 12 * DAY),
        schedule("March B", FIRST + 14 * DAY, FIRST + 27 * DAY),
    ]
    with pytest.raises(ConfigError, match="“March A”"):
        CONNECTOR.guard(case.context(datetime(2026, 3, 15, 10, tzinfo=UTC)))
    CONNECTOR.guard(case.context(datetime(2026, 3, 16, 10, tzinfo=UTC)))


def test_many_misfits_are_counted_and_the_text_stays_short(case: Case) -> None:
    case.schedules = [schedule(f"March {days}", FIRST, FIRST + days * DAY) for days in range(5)]
    with pytest.raises(ConfigError, match=r"“March 2” .* So do 2 more schedules"):
        CONNECTOR.guard(case.context())
    case.schedules = [schedule(f"{days}" * 120, FIRST, FIRST + days * DAY) for days in range(5)]
    with pytest.raises(ConfigError, match="So do 4 more schedules") as refused:
        CONNECTOR.guard(case.context())
    assert len(refused.value.text) <= 600 and refused.value.text.endswith("resume the connection.")


def test_a_schedule_that_payroll_does_not_get_need_not_fit(case: Case) -> None:
    case.schedules = [schedule("Quarter", FIRST, FIRST + 90 * DAY, "CCU")]
    del case.tables[Subject.DEPARTMENT][case.departments["CCU"].id,]  # not mapped
    CONNECTOR.guard(case.context())


def test_only_calendars_that_pay_somebody_here_are_compared(case: Case) -> None:
    case.calendars = [
        case.calendar("Biweekly", personnel_types=["Non-Exempt"]),
        case.calendar("Monthly", anchor=FIRST, days=28, personnel_types=["Physician"]),  # not in the matrix
        case.calendar("Weekly", days=7, departments=["CCU"]),
    ]
    case.schedules = [schedule("March A", FIRST, FIRST + 13 * DAY)]
    CONNECTOR.guard(case.context())
    case.about(Subject.TYPE_PAIR, next(iter(case.calendars[1].personnel_type_ids)), 1, pay_code="MD")
    with pytest.raises(ConfigError, match="pay period of Monthly from 2026-03-01 to 2026-03-28"):
        CONNECTOR.guard(case.context())
    case.use(pay_calendars="Biweekly\nWeekly")
    CONNECTOR.guard(case.context())


# -- through the engine -----------------------------------------------------------------------------------------------


def prepare(payroll: Wire) -> None:
    """Map the department and its people, pay Non-Exempt × Working, and pay by four weeks from the schedule's first day."""
    with payroll.tenant.transaction():
        row = Connection.objects.get(id=payroll.connection_id)
        kind = services.personnel_type_named(name="Non-Exempt")
        for person in payroll.people:
            person.personnel_type = kind
            person.save()
            SubjectRow.objects.create(connection=row, subject="person", person=person, values={"home_coid": "08123"})
        SubjectRow.objects.create(
            connection=row, subject="department", department=payroll.department,
            values={"department_id": "0071450", "coid": "08123"},
        )  # fmt: skip
        SubjectRow.objects.create(
            connection=row, subject="type_pair", personnel_type=kind, assignment_type=payroll.day.type,
            values={"pay_code": "REG"},
        )  # fmt: skip
        fields = PayCalendarFields("Payroll", anchor=date(2026, 3, 2), days=28)
        pay_calendar_create(fields=fields, actor=ROBOT, now=NOW)


def pay_by(payroll: Wire, days: int) -> None:
    with payroll.tenant.transaction():
        (calendar,) = selectors.pay_calendars()
        pay_calendar_change(
            pay_calendar_id=calendar.public_id,
            fields=PayCalendarFields("Payroll", anchor=date(2026, 3, 2), days=days),
            actor=ROBOT,
            now=payroll.now,
        )


def content(payroll: Wire, number: int) -> list[str]:
    """The lines of a file, without its header."""
    return (payroll.server.files / payroll.files()[number]).read_bytes().decode().split("\r\n")[1:-1]


def schedule_make(payroll: Wire, name: str, first: date, last: date) -> Any:
    with payroll.tenant.transaction():
        fields = {"name": name, "starts_on": first, "ends_on": last}
        return services.schedule_create(department=payroll.department, actor=ROBOT, now=NOW, **fields)


@pytest.mark.peer("sshd")
@pytest.mark.skipif(SSHD is None, reason=WHY_NOT)
def test_the_period_is_sent_every_day_and_a_closed_one_stays_as_it_is(wire: Callable[..., Wire]) -> None:
    payroll = wire("kronos_wfc")
    prepare(payroll)
    payroll.place(date(2026, 3, 28), payroll.night, payroll.people[1])
    shift = payroll.place(date(2026, 3, 7), payroll.night, payroll.people[2], note="Ring\nthe desk")
    payroll.place(date(2026, 3, 9))
    payroll.publish()
    assert payroll.run() == "nothing_waits"  # a publication alone starts nothing
    assert payroll.run("recurrence") == "done"
    assert payroll.run("recurrence") == "done"  # unchanged, and sent all the same
    assert [name[:15] for name in payroll.files()] == ["kronos_payroll_"] * 2
    assert content(payroll, 0) == [
        '002,"Person2, A",03/07/2026,03/07/2026,21:00,03/08/2026,07:00,9.00,REG,08123,08123,H,0071450,ED Night,Ring the desk',
        '001,"Person1, A",03/28/2026,03/28/2026,21:00,03/29/2026,07:00,10.00,REG,08123,08123,H,0071450,ED Night,',
    ]
    run = payroll.last_run()
    assert (run.rows, run.skipped, run.added, run.unchanged) == (2, 1, 0, 2)

    payroll.now = datetime(2026, 3, 31, 16, tzinfo=UTC)  # the period and its day of grace are over
    april = schedule_make(payroll, "April", date(2026, 3, 30), date(2026, 4, 26))
    payroll.place(date(2026, 4, 1), person=payroll.people[0], schedule=april)
    payroll.publish(schedule=april)
    payroll.change(shift, note="Too late")
    payroll.publish()
    assert payroll.run("recurrence") == "done"
    assert [line[:27] for line in content(payroll, 2)] == ['000,"Person0, A",04/01/2026']
    run = payroll.last_run()
    assert (run.added, run.changed, run.removed, run.unchanged) == (1, 0, 0, 1)  # no shift of March counts as removed
    assert (run.skipped, run.rows) == (1, 1)  # the late note is listed


@pytest.mark.peer("sshd")
@pytest.mark.skipif(SSHD is None, reason=WHY_NOT)
def test_a_schedule_that_does_not_fit_holds_the_connection_until_others_take_its_place(
    wire: Callable[..., Wire],
) -> None:
    payroll = wire("kronos_wfc")
    prepare(payroll)
    pay_by(payroll, 14)
    payroll.place(date(2026, 3, 7), payroll.night, payroll.people[2])
    payroll.place(date(2026, 3, 17), payroll.night, payroll.people[2])
    payroll.publish()
    assert payroll.run("recurrence") == "stopped"
    assert payroll.files() == []
    with payroll.tenant.transaction():
        row = Connection.objects.get(id=payroll.connection_id)
    assert (row.hold, payroll.last_run().code) == ("config", "pay_period")
    assert row.hold_text == (
        "The schedule “March” of Emergency runs from 2026-03-02 to 2026-03-29, but the pay period of Payroll from 2026-03-02 "
        "to 2026-03-15. Nothing is sent until each schedule begins and ends with its pay period: publish schedules of those "
        "dates, or correct the pay calendar, and resume the connection."
    )

    first = schedule_make(payroll, "March A", date(2026, 3, 2), date(2026, 3, 15))
    payroll.place(date(2026, 3, 8), payroll.night, payroll.people[3], schedule=first)
    payroll.publish(schedule=first, replace=True)
    with payroll.tenant.transaction():
        connection_resume(connection_id=row.public_id, actor=ROBOT, now=payroll.now)
    assert payroll.run() == "done"  # the old one has only the dates of the next period left
    assert [line.split(",")[0] for line in content(payroll, 0)] == ["003"]
    payroll.now = datetime(2026, 3, 16, 16, tzinfo=UTC)
    assert payroll.run("recurrence") == "stopped"
    assert len(payroll.files()) == 1


def test_records_say_what_they_are(case: Case) -> None:
    (record,) = case.shaped(case.row("ED/D", "2026-03-10"))
    assert isinstance(record, Desired)
    assert (record.key, record.recipient) == (record.unit, "")
    assert record.label == "ED Day 2026-03-10 07:00–19:00 Ana"
