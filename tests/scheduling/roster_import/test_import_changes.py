"""What a later import does to a draft that people have worked on."""

from __future__ import annotations

from datetime import date, datetime

from scheduling import services
from scheduling.models import RosterFormat, Shift
from scheduling.roster.mapping import RosterMapping
from tenancy.models import ChangeEntry
from tests.scheduling.roster_import.conftest import BY, Ward, csv_bytes, grid

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def test_a_later_grid_keeps_notes_own_times_call_order_and_ids(march: Ward) -> None:
    data = grid(("001", "Abara, Ngozi", ["D", "N"]))
    march.apply(data)
    shift = march.shift("001", MONDAY)
    march.edit(
        shift, note="Bring the pager", private_note="asked for it", call_order=2,
        start=datetime.fromisoformat("2026-03-02T09:00"), end=datetime.fromisoformat("2026-03-02T17:00"),
    )  # fmt: skip
    before = march.versions()
    made = march.apply(data)
    assert (made.unchanged, made.is_empty) == (2, True)
    assert march.versions() == before


def test_a_changed_code_changes_the_shift_and_keeps_its_id_and_note(march: Ward) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["D"])))
    first = march.shift("001", MONDAY)
    march.edit(first, note="Bring the pager", call_order=1)
    made = march.apply(grid(("001", "Abara, Ngozi", ["N"])))
    assert (made.added, made.changed, made.removed) == (0, 1, 0)
    now = march.shift("001", MONDAY)
    assert (now.public_id, now.assignment.code, now.note, now.call_order, now.version) == (
        first.public_id, "N", "Bring the pager", 1, 3,
    )  # fmt: skip
    assert (now.end_wall, now.custom_time) == (datetime.fromisoformat("2026-03-03T07:00"), False)
    with march.tenant.transaction():
        entry = ChangeEntry.objects.filter(action="shift.change", subject_id=first.public_id).latest("id")
        assert (entry.before["assignment"], entry.after["assignment"], entry.source) == ("D", "N", "test")
        assert "note" not in entry.after


def test_an_empty_cell_removes_and_everybody_else_is_left_alone(march: Ward) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["D", "D"]), ("002", "Bakshi, Rohan", ["L", "L"])))
    preview = march.preview(grid(("001", "Abara, Ngozi", ["D", ""])))
    assert [(one.kind, one.date, one.person_name, one.code) for one in preview.changes] == [
        ("removed", TUESDAY, "Abara, Ngozi", "D")
    ]
    made = march.apply(grid(("001", "Abara, Ngozi", ["D", ""])))
    assert (made.removed, made.unchanged) == (1, 1)
    assert {(who, day, code) for who, day, code, _, _ in march.shifts()} == {
        ("001", MONDAY, "D"), ("002", MONDAY, "L"), ("002", TUESDAY, "L"),
    }  # fmt: skip


def test_only_adding_changes_and_removes_nothing_and_says_what_it_left(march: Ward) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["D", "D", ""])))
    data = grid(("001", "Abara, Ngozi", ["N", "", "L"]))
    preview = march.preview(data, only_add=True)
    assert [str(one) for one in preview.warnings] == [
        "Row 2, column C (2026-03-02): The draft has D of Abara, Ngozi on 2026-03-02: the file's “N” is not applied, "
        "because only additions were asked for."
    ]
    made = march.apply(data, only_add=True)
    assert (made.added, made.changed, made.removed) == (1, 0, 0)
    assert sorted(code for _, _, code, _, _ in march.shifts()) == ["D", "D", "L"]


def test_a_locked_shift_is_kept_and_reported(march: Ward) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["D", "D"])))
    for day in (MONDAY, TUESDAY):
        march.edit(march.shift("001", day), locked=True)
    before = march.versions()
    data = grid(("001", "Abara, Ngozi", ["N", ""]))
    preview = march.preview(data)
    assert (preview.count("locked"), preview.count("changed"), preview.count("removed")) == (2, 0, 0)
    assert [str(one) for one in preview.warnings] == [
        "D of Abara, Ngozi on 2026-03-03 is locked: it is not removed. "
        "Unlock it in the schedule and import again, if the file is right.",
        "Row 2, column C (2026-03-02): D of Abara, Ngozi on 2026-03-02 is locked: the file's “N” is not applied. "
        "Unlock it in the schedule and import again, if the file is right.",
    ]
    assert march.apply(data).locked == 2
    assert march.versions() == before


def test_two_shifts_on_one_day_are_told_apart(march: Ward) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["E / L"])))
    early = {code: id for id, code in _codes(march).items()}["E"]
    made = march.apply(grid(("001", "Abara, Ngozi", ["N / E"])))
    assert (made.added, made.changed, made.removed, made.unchanged) == (0, 1, 0, 1)
    assert sorted(_codes(march).values()) == ["E", "N"]
    assert _codes(march)[early] == "E"
    made = march.apply(grid(("001", "Abara, Ngozi", ["D / L"])))
    assert (made.added, made.changed, made.removed) == (2, 0, 2)  # which became which cannot be known


def test_a_list_states_times_and_notes(march: Ward) -> None:
    head = ["Date", "Shift", "Start", "End", "Staff ID", "Name", "Note"]
    march.apply(csv_bytes(head, ["2026-03-02", "D", "09:00", "17:00", "001", "Abara, Ngozi", "late start"]))
    shift = march.shift("001", MONDAY)
    assert (shift.start_wall, shift.custom_time, shift.note) == (
        datetime.fromisoformat("2026-03-02T09:00"),
        True,
        "late start",
    )
    march.apply(csv_bytes(head, ["2026-03-02", "D", "08:00", "16:00", "001", "Abara, Ngozi", ""]))
    now = march.shift("001", MONDAY)
    assert (now.public_id, now.custom_time, now.note) == (shift.public_id, False, "")


def test_open_shifts_are_compared_only_when_the_file_has_some(march: Ward) -> None:
    march.apply(grid(("OPEN", "", ["D", "N"]), ("001", "Abara, Ngozi", ["E", ""])))
    assert sum(1 for shift in march.shifts() if not shift[0]) == 2
    assert march.apply(grid(("001", "Abara, Ngozi", ["E", ""]))).is_empty
    made = march.apply(grid(("OPEN", "", ["D", ""]), ("001", "Abara, Ngozi", ["E", ""])))
    assert (made.removed, made.unchanged) == (1, 2)


def test_codes_are_mapped_ignored_and_remembered(march: Ward) -> None:
    mapping = RosterMapping(codes={"Day shift": "D"}, ignored_codes=("VAC",))
    made = march.apply(grid(("001", "Abara, Ngozi", ["Day shift", "VAC"])), mapping=mapping)
    assert made.added == 1
    with march.tenant.transaction():
        held = RosterFormat.objects.get(department=march.department)
        assert RosterMapping.from_json(held.mapping) == mapping


def test_people_are_matched_by_employee_id_and_by_name(march: Ward) -> None:
    march.person("", "Cohen", "Miriam", employee_id="E77")
    march.person("", "Diallo", "Aminata")
    data = grid(("E77", "Cohen, Miriam", ["D"]), ("X1", "Aminata Diallo", ["L"]), ("002", "Bakshi, Rohan", ["E"]))
    preview = march.preview(data)
    assert preview.matched_by == {"employee_id": 1, "name": 1, "unique_id": 1}
    assert preview.errors == ()
    by_name = csv_bytes(["Name", "2026-03-02", "2026-03-03"], ["Rohan Bakshi", "D", "D"])
    assert march.preview(by_name).matched_by == {"name": 1}


def test_another_schedule_of_the_department_is_not_touched(march: Ward) -> None:
    with march.tenant.transaction():
        other = services.schedule_create(
            department=march.department, name="Draft B", starts_on=MONDAY, ends_on=TUESDAY, **BY
        )
    march.apply(grid(("001", "Abara, Ngozi", ["D", "D"])), schedule_id=other.public_id)
    march.apply(grid(("001", "Abara, Ngozi", ["N", ""])))
    with march.tenant.transaction():
        assert Shift.objects.filter(schedule=other, assignment__code="D").count() == 2
        assert Shift.objects.filter(schedule=march.schedule).count() == 1


def _codes(march: Ward) -> dict:
    with march.tenant.transaction():
        rows = Shift.objects.select_related("assignment").filter(date=MONDAY)
        return {row.public_id: row.assignment.code for row in rows}
