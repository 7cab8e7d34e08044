"""What cannot be imported is said with its row and column, and nothing is changed."""

from __future__ import annotations

from datetime import date, time

import pytest

from scheduling import services
from scheduling.services.roster_import import NewAssignment, RosterRefused, roster_preview
from tenancy.types import NotFoundError, RefusedError
from tests.scheduling.roster_import.conftest import BY, GRID, LIST, Ward, csv_bytes, grid, xlsx_bytes

MONDAY = date(2026, 3, 2)


def refused(ward: Ward, data, **options) -> list[str]:
    """The errors of an import that must change nothing."""
    before = ward.counts(), ward.versions()
    with pytest.raises(RosterRefused) as caught:
        ward.apply(data, **options)
    assert (ward.counts(), ward.versions()) == before
    return [str(issue) for issue in caught.value.preview.errors]


def test_one_bad_line_among_405_stops_all(ward: Ward) -> None:
    bad = LIST.read_bytes().replace(b"03/15/2026", b"02/30/2026", 1)
    row = bad.split(b"\n").index(next(line for line in bad.split(b"\n") if b"02/30/2026" in line)) + 1
    assert refused(ward, bad, create_people=True, create_assignments=True, new_schedule="March") == [
        f"Row {row}, column A (Date): “02/30/2026” is not a date that exists. Correct the date."
    ]


def test_unknown_people_and_codes_are_refused_unless_ticked(march: Ward) -> None:
    data = grid(("001", "Abara, Ngozi", ["D", "X9"]), ("077", "Nobody, Known", ["L", ""]))
    assert refused(march, data) == [
        "Row 2, column D (2026-03-03): The department has no assignment “X9”; the file uses it 1 time. "
        "Map it to an assignment, ignore it, or tick that missing assignments are made.",
        "Row 3, column A (Staff ID): “Nobody, Known” with the id “077” is not among the people. "
        "Correct the file, or tick that missing people are made.",
    ]
    assert refused(march, data, create_people=True, create_assignments=True) == [
        "Row 2, column D (2026-03-03): The assignment “X9” cannot be made, because its times are not known. "
        "Type its start and end, or add a shift-codes file."
    ]
    typed = NewAssignment(
        code="X9", name="Extra", type_name="Clinic", start=time.fromisoformat("10:00"), end=time.fromisoformat("02:00")
    )
    made = march.apply(data, create_people=True, create_assignments=True, assignments=(typed,))
    assert (made.added, made.people_created, made.assignments_created) == (3, 1, 1)


def test_two_people_with_one_id(march: Ward) -> None:
    data = grid(("001", "Abara, Ngozi", ["D"]), ("001", "Zhang, Wei", ["L"]))
    assert refused(march, data) == [
        "Row 3, column A (Staff ID): Two people have the staff id “001”: “Abara, Ngozi” in row 2 and “Zhang, Wei” in "
        "row 3. Correct the id or the name in one of the two."
    ]


def test_two_ids_of_one_person(march: Ward) -> None:
    march.person("009", "Gupta", "Anil", employee_id="E9")
    data = grid(("009", "Gupta, Anil", ["D"]), ("E9", "Gupta, A", ["L"]))
    assert "“E9” and “009” (row 2) are the same person here: Gupta, Anil." in refused(march, data)[-1]


def test_two_people_of_one_name(march: Ward) -> None:
    march.person("010", "Lopez", "Ana")
    march.person("011", "Lopez", "Ana")
    data = csv_bytes(["Name", "2026-03-02", "2026-03-03"], ["Lopez, Ana", "D", ""])
    assert refused(march, data) == [
        "Row 2, column A (Name): 2 people are called “Lopez, Ana” here. Add a column with their unique ids to the file."
    ]


def test_lost_leading_zeros_do_not_make_a_second_person(march: Ward) -> None:
    lost = xlsx_bytes(["Staff ID", "Name", "2026-03-02", "2026-03-03"], [1, "Abara, Ngozi", "D", "D"])
    assert refused(march, lost, create_people=True) == [
        "Row 2, column A (Staff ID): “1” differs only in leading zeros from “001”, whose name is the same: "
        "Abara, Ngozi. Spreadsheets drop leading zeros: format the column as text and type the ids again."
    ]
    kept = xlsx_bytes(["Staff ID", "Name", "2026-03-02", "2026-03-03"], ["001", "Abara, Ngozi", "D", "D"])
    assert march.apply(kept, create_people=True).people_created == 0


def test_an_id_with_another_name_is_a_doubt(march: Ward) -> None:
    preview = march.preview(grid(("001", "Zhang, Wei", ["D"])))
    assert [str(one) for one in preview.warnings] == [
        "Row 2, column A (Staff ID): The unique id “001” is “Zhang, Wei” in the file and “Abara, Ngozi” here; "
        "the identifier counts. Check that it is the same person."
    ]


def test_dates_outside_the_schedule(march: Ward) -> None:
    data = grid(
        ("001", "Abara, Ngozi", ["D", "D", "D"]), ("002", "Bakshi, Rohan", ["", "", "L"]), first=date(2026, 3, 28)
    )
    assert refused(march, data) == [
        "Row 2, column E (2026-03-30): 2026-03-30 is outside “March”, which runs from 2026-03-02 to 2026-03-29; "
        "the file has 2 shifts on it. Choose the schedule of these dates, make one for them, or leave them out of the "
        "file."
    ]


def test_people_who_are_not_active_or_not_eligible(march: Ward) -> None:
    left = march.person("020", "Quintero", "Ana", active_to=date(2026, 3, 2))
    with march.tenant.transaction():
        night = services.assignment_create(
            department=march.department, type=services.assignment_type_named(name="Call"), code="NX", name="Extra night",
            start_time=time.fromisoformat("20:00"), end_time=time.fromisoformat("06:00"), **BY,
        )  # fmt: skip
        services.assignment_eligible_set(assignment=night, people=[left], **BY)
    data = grid(("020", "Quintero, Ana", ["NX", "D"]), ("001", "Abara, Ngozi", ["NX", ""]))
    assert refused(march, data) == [
        "Row 2, column D (2026-03-03): Quintero, Ana is not active on 2026-03-03. "
        "Correct the person's active dates, or the file.",
        "Row 3, column C (2026-03-02): Abara, Ngozi is not eligible for Extra night. "
        "Add them to its list, or correct the file.",
    ]


def test_without_a_schedule_for_the_dates(ward: Ward) -> None:
    ward.with_codes()
    ward.person("001", "Abara", "Ngozi")
    data = grid(("001", "Abara, Ngozi", ["D", "D"]))
    assert refused(ward, data) == [
        "No schedule covers 2026-03-02 to 2026-03-03. Make one for the file's dates, or choose a schedule."
    ]
    ward.with_schedule()
    made = ward.apply(data, schedule_id=None)
    assert (made.schedule_name, made.added) == ("March", 2)


def test_a_confirmation_lapses_when_a_shift_it_showed_changes(march: Ward) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["D", "D"])))
    data = grid(("001", "Abara, Ngozi", ["D", "N"]))
    seen = march.preview(data)
    march.edit(march.shift("001", date(2026, 3, 3)), note="changed meanwhile")
    before = march.versions()
    with pytest.raises(RosterRefused, match="changed after you looked") as caught:
        march.apply(data, digest=seen.digest)
    assert caught.value.code == "stale"
    assert march.versions() == before
    again = march.preview(data)
    assert march.apply(data, digest=again.digest).changed == 1


def test_ticking_does_not_lapse_the_confirmation(ward: Ward) -> None:
    seen = ward.preview(LIST, new_schedule="March")
    made = ward.apply(LIST, new_schedule="March", create_people=True, create_assignments=True, digest=seen.digest)
    assert made.added == 405


def test_another_organisation_has_no_such_schedule(march: Ward, new_tenant) -> None:
    other = Ward(new_tenant())
    with pytest.raises(NotFoundError), other.tenant.transaction():
        roster_preview(request=march.request(GRID))
    with pytest.raises(RefusedError):
        other.preview(GRID, schedule_id=march.schedule.public_id)
