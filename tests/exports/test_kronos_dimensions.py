"""Kronos Workforce Dimensions: segments and pay-code edits, what the settings allow, and files of what changed by SFTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exports.formats.kronos_dimensions.connector import CONNECTOR, MAPPING
from exports.formats.kronos_dimensions.layout import DEFAULT
from exports.layouts import layout_to_json
from integrations.contract import ConfigError, Desired, MappingField, Operation, Subject
from integrations.diff import LedgerEntry, plan
from integrations.models import Connection, MappingRow, Problem
from integrations.recurrence import recurrence_problem
from integrations.services.connections import connection_resume
from scheduling import services
from scheduling.services.pay import PayCalendarFields, pay_calendar_create
from tests.conftest import NOW, ROBOT
from tests.exports.payroll_case import Case
from tests.exports.test_through_the_engine import Wire, wire
from tests.fakes.openssh import SSHD, WHY_NOT

__all__ = ["wire"]
DAY = timedelta(days=1)
COMMENTS = "Schedule\nOut of office"
REGULAR = {"segment_type": "REGULAR", "comment": "Schedule"}
PAID_LEAVE = {"segment_type": "REGULAR", "comment": "Out of office", "pay_code": "PTO"}


@pytest.fixture
def case() -> Case:
    case = Case(CONNECTOR, valid_comments=COMMENTS)
    case.map("ED/D", REGULAR)
    case.map("ED/N", REGULAR, PAID_LEAVE, {**REGULAR, "segment_type": "TRANSFER", "work_rule": "Night"})
    return case


def field(name: str, **settings: Any) -> MappingField:
    return next(one for one in MAPPING if one.name == name).within({"valid_comments": COMMENTS, **settings})


def payloads(case: Case, assignment: str, day: str = "2026-03-10", **raw: Any) -> list[Mapping[str, Any]]:
    found = case.shaped(case.row(assignment, day, **raw))
    assert all(isinstance(one, Desired) for one in found)
    return [one.payload for one in found if isinstance(one, Desired)]


def test_the_default_layout_has_these_columns() -> None:
    assert ",".join(one.header for one in DEFAULT.columns) == (
        "RecordType,PersonNumber,ShiftDate,SegmentSequence,SegmentStart,SegmentEnd,SegmentType,WorkRuleTransfer,PayCode,"
        "PayCodeAmount,BusinessStructure,CostCenterTransfer,LaborCategories,OpenShift,Comment,Note,Action,SourceRecordID"
    )


def test_segments_are_numbered_and_a_pay_code_edit_is_none(case: Case) -> None:
    rows = payloads(case, "ED/N", "2026-03-07")
    names = ("record_type", "segment_sequence", "segment_type", "pay_code", "pay_code_amount", "work_rule")
    assert [[row[name] for name in names] for row in rows] == [
        ["SHIFT", 1, "REGULAR", "", "", ""],
        ["PCE", "", "", "PTO", "07:00", ""],  # the night of 23 hours
        ["SHIFT", 2, "TRANSFER", "", "", "Night"],
    ]
    assert [row["source_record_id"].rpartition("/")[2] for row in rows] == ["1", "2", "3"]
    assert len({row["shift_id"] for row in rows}) == 1
    case.at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert payloads(case, "ED/N", "2026-10-31")[1]["pay_code_amount"] == "09:00"


def test_an_unmapped_assignment_is_not_sent_and_not_listed(case: Case) -> None:
    assert case.shaped(case.row("CCU/W", "2026-03-10"), case.row("CCU/W", "2026-03-10", None)) == []


def test_open_shift_is_a_box(case: Case) -> None:
    case.map("ED/D", {**REGULAR, "open_shift": True}, {**REGULAR, "open_shift": False}, REGULAR)
    assert [row["open_shift"] for row in payloads(case, "ED/D")] == ["Y", "N", "N"]


def test_nothing_of_a_person_but_the_number_is_compared(case: Case) -> None:
    """A name that changes must not make a row of the next file."""
    row = case.row("ED/D", "2026-03-10")
    assert row.person is not None
    married = replace(row, person=replace(row.person, name="Ana Weiß", last_name="Weiß", cell="1"))
    assert case.one(married) == case.one(row)


# -- what the settings allow ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Regular", "REGULAR"),
        ("regular", "REGULAR"),
        ("Required", "REGULAR"),
        ("TRANSFER", "TRANSFER"),
        ("Break", "BREAK"),
    ],
)
def test_segment_types_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert field("segment_type").clean(typed) == kept
    assert field("segment_type").problem(kept) is None


@pytest.mark.parametrize(
    ("values", "about", "text"),
    [
        ({"comment": "Schedule"}, "segment_type", "Segment Type is required."),
        (
            {"segment_type": "OVERTIME", "comment": "Schedule"},
            "segment_type",
            "must be one of Regular, Transfer, Break",
        ),
        ({"segment_type": "REGULAR"}, "comment", "Comment is required."),
        ({**REGULAR, "comment": "schedule"}, "comment", "must be one of Schedule, Out of office, not 'schedule'"),
        ({**PAID_LEAVE, "segment_type": ""}, "segment_type", "required"),  # also of a pay-code edit
        ({**REGULAR, "labor_categories": list("ABCDEFG")}, "labor_categories", "at most 6 values, not 7"),
        ({**REGULAR, "labor_categories": ["A|B"]}, "labor_categories", "'A|B' holds the delimiter '|'"),
    ],
)
def test_a_row_that_the_settings_do_not_allow_stops_the_run_and_is_named(
    case: Case, values: dict[str, Any], about: str, text: str
) -> None:
    assert text in CONNECTOR.row_problems(Subject.ASSIGNMENT, values, case.settings)[about]
    case.map("ED/D", REGULAR, values)
    with pytest.raises(ConfigError) as refused:
        case.shaped(case.row("ED/D", "2026-03-10"))
    assert refused.value.code == "mapping"
    assert refused.value.text.startswith("The mapping of ED Day (Emergency), row 2, is not valid. ")
    assert text in refused.value.text


def test_without_a_list_no_comment_is_valid(case: Case) -> None:
    case.use(valid_comments="")
    with pytest.raises(ConfigError, match="there is no valid value yet"):
        case.shaped(case.row("ED/D", "2026-03-10"))
    with pytest.raises(ValueError, match="Valid comments is needed"):
        next(one for one in CONNECTOR.settings if one.name == "valid_comments").clean(" \n ")


def test_six_labor_categories_are_joined_by_the_delimiter_of_the_connection(case: Case) -> None:
    case.map("ED/D", {**REGULAR, "labor_categories": ["A|B", "C", "D", "E", "F", "G"]})
    case.use(labor_delimiter=";")
    assert payloads(case, "ED/D")[0]["labor_categories"] == "A|B;C;D;E;F;G"
    assert field("labor_categories", labor_delimiter=";").clean(" A|B ; C;; ") == ["A|B", "C"]


@pytest.mark.parametrize("text", ["||", "a", "7", '"', "é", "\u2028", ""])
def test_a_delimiter_is_one_character_that_is_in_no_name(text: str) -> None:
    setting = next(one for one in CONNECTOR.settings if one.name == "labor_delimiter")
    with pytest.raises(ValueError, match="Delimiter of labor categories"):
        setting.clean(text)
    assert [setting.clean(one) for one in "|;/,^"] == list("|;/,^")


def test_a_file_that_cannot_quote_refuses_a_value_with_its_delimiter(case: Case, tmp_path: Path) -> None:
    case.map("ED/D", {**REGULAR, "labor_categories": ["A", "B"]})
    case.use(
        layout='{"name": "Bare", "file_name": "{sequence}.txt", "delimiter": "|", "quoting": "none", "columns": ['
        '{"header": "Who", "source": "person_number"}, {"header": "Labor", "source": "labor_categories"}]}'
    )
    desired = [one for one in case.shaped(case.row("ED/D", "2026-03-10")) if isinstance(one, Desired)]
    operations = plan(desired, [], now=case.at, keeps_past=False).operations
    with pytest.raises(ConfigError, match=r"Labor: .*'A\|B'"):
        CONNECTOR.write_delta(operations, case.context(), sequence=1, spool=tmp_path)


# -- differences ------------------------------------------------------------------------------------------------------


def lines_of(case: Case, operations: tuple[Operation, ...], spool: Path) -> list[dict[str, str]]:
    written = CONNECTOR.write_delta(operations, case.context(), sequence=7, spool=spool)
    lines = list(csv.DictReader(io.StringIO(written.path.read_bytes().decode(), newline="")))
    assert written.rows == len(lines)
    return lines


def given(one: Desired) -> LedgerEntry:
    return LedgerEntry(
        one.key, one.recipient, "confirmed", one.hash(), one.payload, "file", 1, one.label, one.starts_at, one.ends_at
    )


def test_a_shift_that_passes_to_somebody_else_is_deleted_first_with_the_number_that_was_sent(
    case: Case, tmp_path: Path
) -> None:
    """Also where it begins sooner now: what takes its place has the same SourceRecordID."""
    before = case.shaped(case.row("ED/D", "2026-03-10"))
    after = case.shaped(case.row("ED/D", "2026-03-10", "eli", start="2026-03-10T05:00:00"))
    todo = plan(
        [one for one in after if isinstance(one, Desired)],
        [given(one) for one in before if isinstance(one, Desired)],
        now=case.at,
        keeps_past=False,
    )
    lines = lines_of(case, todo.operations, tmp_path)
    assert [(one["Action"], one["PersonNumber"], one["SegmentStart"][11:]) for one in lines] == [
        ("DELETE", "0041", "07:00:00"),
        ("ADD", "0042", "05:00:00"),
    ]
    assert len({one["SourceRecordID"] for one in lines}) == 1


def test_a_layout_of_days_deletes_what_was_sent_before_it_adds_what_changed(case: Case, tmp_path: Path) -> None:
    """A shift that no longer passes midnight has one row less, and a REPLACE would leave the second one there."""
    case.use(layout=layout_to_json(replace(DEFAULT, overnight="split")))
    case.map("ED/N", PAID_LEAVE)
    before = case.shaped(case.row("ED/N", "2026-03-10"))
    after = case.shaped(case.row("ED/N", "2026-03-10", end="2026-03-10T23:30:00"))
    todo = plan(
        [one for one in after if isinstance(one, Desired)],
        [given(one) for one in before if isinstance(one, Desired)],
        now=case.at,
        keeps_past=False,
    )
    lines = lines_of(case, todo.operations, tmp_path)
    assert [
        (one["Action"], one["ShiftDate"], one["PayCodeAmount"], one["SourceRecordID"].rpartition("/")[2])
        for one in lines
    ] == [
        ("DELETE", "2026-03-10", "01:00", "2026-03-10"),
        ("DELETE", "2026-03-11", "07:00", "2026-03-11"),
        ("ADD", "2026-03-10", "00:30", "1"),
    ]


def test_nothing_changed_is_a_header(case: Case, tmp_path: Path) -> None:
    written = CONNECTOR.write_delta((), case.context(), sequence=7, spool=tmp_path)
    assert (written.rows, written.name) == (0, "wfm_schedule_20260309_060000_000007.csv")
    assert written.path.read_bytes().endswith(b",Action,SourceRecordID\r\n")
    assert written.path.read_bytes().count(b"\r\n") == 1


def test_every_two_weeks_from_a_date_is_a_recurrence_of_the_editor() -> None:
    assert CONNECTOR.recurrence == {"daily": ["05:00"]}
    assert recurrence_problem({"every_two_weeks_from": "2026-03-15", "at": ["05:00"]}) is None


# -- through the engine -----------------------------------------------------------------------------------------------


def prepare(payroll: Wire) -> None:
    """A mapping row for days and two for nights, and a pay calendar of two weeks over a schedule of four."""
    payroll.map(payroll.day, **REGULAR)
    payroll.map(payroll.night, **REGULAR)
    with payroll.tenant.transaction():
        row = Connection.objects.get(id=payroll.connection_id)
        MappingRow.objects.create(connection=row, assignment=payroll.night, number=2, values=PAID_LEAVE)
        fields = PayCalendarFields("Two weeks", anchor=date(2026, 3, 2), days=14)
        pay_calendar_create(fields=fields, actor=ROBOT, now=NOW)


def sent(payroll: Wire) -> list[tuple[str, str, str, str]]:
    """The rows of the newest file: action, number, start, and the number of the mapping row."""
    content = (payroll.server.files / payroll.files()[-1]).read_bytes().decode()
    return [
        (one["Action"], one["PersonNumber"], one["SegmentStart"][5:16], one["SourceRecordID"][-1])
        for one in csv.DictReader(io.StringIO(content, newline=""))
    ]


def comments(payroll: Wire, text: str, revision: int) -> None:
    """Write down the valid comments, as the settings page does."""
    with payroll.tenant.transaction():
        row = Connection.objects.get(id=payroll.connection_id)
        row.settings, row.revision = {**row.settings, "valid_comments": text}, revision
        row.save()


@pytest.mark.peer("sshd")
@pytest.mark.skipif(SSHD is None, reason=WHY_NOT)
def test_a_period_is_sent_whole_then_what_changed_and_nothing_after_it_closed(wire: Callable[..., Wire]) -> None:
    payroll = wire("kronos_dimensions", valid_comments=COMMENTS)
    prepare(payroll)
    ana, eli, ida, _ = payroll.people
    changed = payroll.place(date(2026, 3, 2), person=ana)
    swapped = payroll.place(date(2026, 3, 7), payroll.night, eli)
    removed = payroll.place(date(2026, 3, 9), person=ida)
    payroll.place(date(2026, 3, 16), person=ana)  # the next period
    payroll.place(date(2026, 3, 4))  # open
    payroll.publish()
    assert payroll.run() == "nothing_waits"
    assert payroll.run("recurrence") == "done"
    assert sent(payroll) == [
        ("ADD", "000", "03-02T08:00", "1"),
        ("ADD", "001", "03-07T21:00", "1"),
        ("ADD", "001", "03-07T21:00", "2"),
        ("ADD", "002", "03-09T08:00", "1"),
    ]
    assert payroll.last_run().skipped == 1

    payroll.now += DAY
    changed = payroll.change(changed, note="Late")
    payroll.change(swapped, person_id=ana.public_id)
    with payroll.tenant.transaction():
        services.shift_remove(shift_id=removed.public_id, version=removed.version, actor=ROBOT, now=NOW)
    payroll.publish()
    assert payroll.run("recurrence") == "done"
    assert sent(payroll) == [
        ("DELETE", "001", "03-07T21:00", "1"),
        ("DELETE", "001", "03-07T21:00", "2"),
        ("DELETE", "002", "03-09T08:00", "1"),
        ("REPLACE", "000", "03-02T08:00", "1"),
        ("ADD", "000", "03-07T21:00", "1"),
        ("ADD", "000", "03-07T21:00", "2"),
    ]
    assert payroll.run("recurrence") == "done"
    assert sent(payroll) == []  # the header only: a file a day
    assert len(payroll.files()) == 3

    # A comment that is struck off the list holds the connection; nothing is deleted because of it.
    comments(payroll, "Schedule", 9)
    assert payroll.run("recurrence") == "stopped"
    with payroll.tenant.transaction():
        row = Connection.objects.get(id=payroll.connection_id)
    assert row.hold == "config" and row.hold_text == (
        "The mapping of ED Night (Emergency), row 2, is not valid. Comment must be one of Schedule, not 'Out of office'. "
        "Mend the row or the settings, and resume the connection."
    )
    assert (len(payroll.files()), payroll.last_run().code) == (3, "mapping")
    comments(payroll, COMMENTS, 10)
    with payroll.tenant.transaction():
        connection_resume(connection_id=row.public_id, actor=ROBOT, now=payroll.now)

    # The next period begins; the first is over and closed but for a change, which is listed and not sent.
    payroll.now = datetime(2026, 3, 17, 16, tzinfo=UTC)
    payroll.change(changed, note="Too late")
    payroll.publish()
    assert payroll.run("recurrence") == "done"
    assert sent(payroll) == [("ADD", "000", "03-16T08:00", "1")]
    run = payroll.last_run()
    assert (run.added, run.changed, run.removed) == (1, 0, 0)
    assert run.skipped == 1  # the late note; the open shift of a closed period is nobody's concern any more
    with payroll.tenant.transaction():
        problems = [(one.cause, one.text) for one in Problem.objects.filter(connection=row, closed_at=None)]
    assert problems == [
        (
            "closed_period",
            "The pay period 2026-03-02 to 2026-03-15 of Two weeks closed after 2026-03-16. Correct it in payroll by hand.",
        )
    ]
