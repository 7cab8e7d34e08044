"""The shipped roster, both ways round."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import pytest

from scheduling.models import Assignment, RosterFormat, Shift
from tenancy.models import ChangeEntry
from tests.conftest import Tenant
from tests.scheduling.roster_import.conftest import GRID, LIST, Ward


def test_the_grid_gives_405_shifts_with_people_and_assignments_made(ward: Ward) -> None:
    made = ward.everything(GRID)
    assert (made.added, made.changed, made.removed, made.unchanged) == (405, 0, 0, 0)
    assert (made.people_created, made.assignments_created, made.schedule_created) == (36, 4, True)
    assert len(ward.shifts()) == 405
    assert Counter(shift[2] for shift in ward.shifts()) == {"L": 121, "D": 112, "E": 104, "N": 68}
    assert (ward.schedule.starts_on, ward.schedule.ends_on) == (date(2026, 3, 2), date(2026, 3, 29))
    with ward.tenant.transaction():
        rows = Assignment.objects.select_related("type").order_by("order")
        assert [(row.code, row.name, row.type.name, row.end_day_offset) for row in rows] == [
            ("E", "ED Early", "Working", 0),
            ("D", "ED Day", "Working", 0),
            ("L", "ED Late", "Working", 0),
            ("N", "ED Night", "Call", 1),
        ]
        assert not Shift.objects.filter(custom_time=True).exists()
        assert set(Shift.objects.values_list("source", flat=True)) == {"import"}


def test_grid_then_list_changes_only_the_notes_that_the_list_has(ward: Ward) -> None:
    ward.everything(GRID)
    before = ward.shifts()
    made = ward.apply(LIST)
    assert (made.added, made.changed, made.removed, made.unchanged) == (0, 4, 0, 401)
    assert ward.shifts() == before
    with ward.tenant.transaction():
        assert Counter(Shift.objects.values_list("note", flat=True)) == {"": 401, "Trauma backup, pager 2211": 4}


def test_list_then_grid_changes_nothing_and_logs_nothing(ward: Ward) -> None:
    made = ward.everything(LIST)
    assert made.added == 405
    before, counts = ward.versions(), ward.counts()
    made = ward.apply(GRID)
    assert (made.added, made.changed, made.removed, made.unchanged, made.is_empty) == (0, 0, 0, 405, True)
    assert ward.versions() == before
    assert ward.counts() == counts


def test_both_files_give_equal_sets_in_two_organisations(ward: Ward, new_tenant) -> None:
    other = Ward(new_tenant())
    ward.everything(GRID)
    other.everything(LIST)
    assert ward.shifts() == other.shifts()


def test_the_list_alone_has_times_enough_to_make_its_assignments(ward: Ward) -> None:
    made = ward.apply(LIST, create_people=True, create_assignments=True, new_schedule="")
    assert (made.added, made.assignments_created, made.schedule_name) == (405, 4, "Emergency 2026-03-02")
    with ward.tenant.transaction():
        night = Assignment.objects.select_related("type").get(code="N")
        assert (str(night.start_time), str(night.end_time), night.end_day_offset) == ("21:00:00", "07:00:00", 1)
        assert night.type.name == "Working"  # the list does not say what kind of work it is


def test_the_night_of_the_clock_change_is_nine_hours_long(ward: Ward) -> None:
    ward.everything(GRID)
    with ward.tenant.transaction():
        nights = Shift.objects.filter(assignment__code="N", date=date(2026, 3, 7))
        assert nights.count() > 0
        for night in nights:
            assert night.starts_at == datetime(2026, 3, 8, 2, tzinfo=UTC)
            assert night.ends_at == datetime(2026, 3, 8, 11, tzinfo=UTC)
            assert night.ends_at - night.starts_at == timedelta(hours=9)
        others = Shift.objects.filter(assignment__code="N").exclude(date=date(2026, 3, 7))
        assert {one.ends_at - one.starts_at for one in others} == {timedelta(hours=10)}


def test_the_change_log_has_one_entry_for_each_shift_and_one_for_the_import(ward: Ward) -> None:
    ward.everything(GRID)
    with ward.tenant.transaction():
        entries = Counter(ChangeEntry.objects.values_list("action", flat=True))
        summary = ChangeEntry.objects.get(action="roster.import")
    assert entries["shift.add"] == 405
    assert entries["person.create"] == 36
    assert (summary.after["added"], summary.after["people"], summary.subject) == (405, 36, "March")


def test_the_mapping_is_remembered_once(ward: Ward) -> None:
    ward.everything(GRID)
    with ward.tenant.transaction():
        held = RosterFormat.objects.get(department=ward.department)
        assert held.mapping["person_match"] == "unique_id"
    ward.apply(GRID)
    with ward.tenant.transaction():
        assert ChangeEntry.objects.filter(action="roster.format").count() == 1


@pytest.mark.slow
def test_a_large_list_is_imported_within_fifteen_seconds(tenant: Tenant) -> None:
    ward = Ward(tenant).with_codes()
    rows = ["Date,Shift,Staff ID,Name"]
    first = date(2026, 1, 1)
    for day in range(200):
        rows += [f'{first + timedelta(days=day)},{"DELN"[n % 4]},{n:06},"Person{n}, A"' for n in range(99)]
    data = "\n".join(rows).encode()
    began = perf_counter()
    made = ward.apply(data, create_people=True, new_schedule="Large")
    assert made.added == 19_800
    assert perf_counter() - began < 15
