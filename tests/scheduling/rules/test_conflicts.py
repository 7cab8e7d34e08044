"""What the rules find in a draft, through the selector: exact sentences, limits, other departments, both nights."""

from __future__ import annotations

from datetime import date, time

import pytest

from scheduling import services
from scheduling.models import Request
from scheduling.rules.types import Severity
from scheduling.services.rules import Scope
from tenancy.types import RefusedError
from tenancy.wall import instant
from tests.conftest import NOW
from tests.scheduling.rules.conftest import BY, MONDAY, Ward, at, days


def test_a_draft_without_anything_wrong_has_no_conflicts(ward: Ward) -> None:
    ward.place(ward.day, MONDAY, ward.elena)
    ward.place(ward.late, MONDAY, ward.adaeze)
    assert ward.told() == []


def test_two_shifts_at_once_overlap_and_touching_ones_do_not(ward: Ward) -> None:
    day = ward.place(ward.day, MONDAY, ward.elena)
    late = ward.place(ward.late, MONDAY, ward.elena)
    assert ward.told() == [
        ("hard", "Overlap", "Nov 2", "Late 1 (13:00–23:00) overlaps OR Day (07:00–15:00) by 2 h."),
    ]
    (one,) = ward.conflicts()
    assert (one.rule, one.shift_ids, one.other, one.person_id) == (
        "overlap", (late.public_id, day.public_id), day.public_id, ward.elena.id,
    )  # fmt: skip
    touching = MONDAY + days(1)
    ward.place(ward.day, touching, ward.elena)
    ward.place(ward.late, touching, ward.elena, start=at(touching, 15), end=at(touching, 23))
    assert len(ward.conflicts()) == 1


def test_nobody_works_while_off(ward: Ward) -> None:
    ward.place(ward.post, MONDAY, ward.elena)
    ward.place(ward.late, MONDAY, ward.elena, start=at(MONDAY, 18), end=at(MONDAY, 23))
    assert ward.told() == [("hard", "Off", "Nov 2", "Post-call and Late 1 are on the same day.")]


def test_a_night_may_run_into_a_day_off_and_work_may_not_start_in_one(ward: Ward) -> None:
    vacation = {"start": at(MONDAY, 0), "end": at(MONDAY + days(3), 0)}
    ward.place(ward.call2, MONDAY, ward.adaeze)
    ward.place(ward.post, MONDAY + days(1), ward.adaeze, start=at(MONDAY + days(1), 0), end=at(MONDAY + days(2), 0))
    assert ward.told() == []
    ward.place(ward.post, MONDAY, ward.elena, **vacation)
    ward.place(ward.late, MONDAY + days(2), ward.elena)
    assert ward.told() == [
        ("hard", "Overlap", "Nov 4", "Late 1 (13:00–23:00) overlaps Post-call (00:00–00:00 Thu) by 10 h."),
    ]


def test_a_placeholder_is_in_several_places(ward: Ward) -> None:
    with ward.tenant.transaction():
        phone = ward.person("Charge phone", "", is_placeholder=True)
    ward.place(ward.day, MONDAY, phone)
    ward.place(ward.late, MONDAY, phone)
    assert ward.told() == []


def test_rest_as_the_scheduler_reads_it(ward: Ward) -> None:
    rule = ward.rule("rest", hours=10)
    friday = date(2026, 11, 27)
    late = ward.place(ward.late, friday, ward.elena)
    call = ward.place(ward.call2, friday + days(1), ward.elena)
    assert ward.told() == [
        ("hard", "Rest", "Nov 28", "8 h after Late 1 on Friday (to 23:00). The rule is 10 h."),
    ]
    (one,) = ward.conflicts()
    assert (one.rule, one.shift_ids, one.other) == (f"rest:{rule.public_id}", (call.public_id,), late.public_id)


@pytest.mark.parametrize(("hours", "found"), [(8, 0), (9, 1)])
def test_exactly_the_rest_asked_for_is_enough(ward: Ward, hours: int, found: int) -> None:
    ward.rule("rest", hours=hours)
    ward.place(ward.late, MONDAY, ward.elena)
    ward.place(ward.day, MONDAY + days(1), ward.elena)
    assert len(ward.conflicts()) == found


@pytest.mark.parametrize(
    ("night", "told"),
    [
        (date(2026, 3, 7), ["7 h after Late 1 on Saturday (to 23:00). The rule is 8 h."]),  # an hour is skipped
        (date(2026, 10, 31), []),  # an hour comes twice: 9 h
    ],
)
def test_rest_is_counted_in_hours_that_pass_on_both_nights(ward: Ward, night: date, told: list[str]) -> None:
    with ward.tenant.transaction():
        plan = ward.plan(night, night + days(1))
    ward.rule("rest", hours=8)
    ward.place(ward.late, night, ward.elena, schedule=plan)
    ward.place(ward.day, night + days(1), ward.elena, schedule=plan)
    assert [one.text for one in ward.conflicts(schedule=plan)] == told


def test_a_shift_inside_the_skipped_hour_has_no_length(ward: Ward) -> None:
    spring = date(2026, 3, 8)
    with ward.tenant.transaction():
        plan = ward.plan(spring, spring)
    ward.place(ward.day, spring, ward.elena, schedule=plan, start=at(spring, 2), end=at(spring, 3))
    assert ward.told(schedule=plan) == [
        ("hard", "Length", "Mar 8", "02:00–03:00 lies in the hour that clocks skip: no length."),
    ]


def test_people_are_checked_against_what_other_departments_have_published(ward: Ward) -> None:
    ward.elsewhere(ward.read, MONDAY, ward.elena)
    here = ward.place(ward.day, MONDAY, ward.elena)
    assert ward.told() == [
        ("hard", "Overlap", "Nov 2", "Read (Radiology) (12:00–20:00) overlaps OR Day (07:00–15:00) by 3 h."),
    ]
    assert ward.conflicts()[0].shift_ids == (here.public_id,)
    ward.rule("rest", hours=12)
    ward.place(ward.day, MONDAY + days(1), ward.elena)
    assert [one.text for one in ward.conflicts(first=MONDAY + days(1))] == [
        "11 h after Read (Radiology) on Monday (to 20:00). The rule is 12 h."
    ]


def test_an_unpublished_draft_elsewhere_is_nobodys_business(ward: Ward) -> None:
    with ward.tenant.transaction():
        other = ward.plan(MONDAY, MONDAY, ward.radiology)
    ward.place(ward.read, MONDAY, ward.elena, schedule=other)
    ward.place(ward.day, MONDAY, ward.elena)
    assert ward.told() == []


def test_the_draft_replaces_what_its_own_dates_have_published(ward: Ward) -> None:
    shift = ward.place(ward.late, MONDAY, ward.elena)
    ward.publish()
    with ward.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"person_id": ward.adaeze.public_id}, **BY)
    ward.place(ward.day, MONDAY, ward.elena)
    assert ward.told() == []


def test_the_block_before_counts_as_published(ward: Ward) -> None:
    ward.rule("rest", hours=10)
    with ward.tenant.transaction():
        before = ward.plan(MONDAY - days(7), MONDAY - days(1))
    ward.place(ward.late, MONDAY - days(1), ward.elena, schedule=before)
    ward.place(ward.day, MONDAY, ward.elena)
    assert ward.told() == []
    ward.publish(before)
    assert [one.text for one in ward.conflicts()] == ["8 h after Late 1 on Sunday (to 23:00). The rule is 10 h."]


def test_cover_too_few_too_many_and_open(ward: Ward) -> None:
    with ward.tenant.transaction():
        services.assignment_change(assignment_id=ward.day.public_id, fields={"cover": [1, 1, 0, 0, 0, 0, 0]}, **BY)
    open_ = ward.place(ward.day, MONDAY)
    ward.place(ward.day, MONDAY + days(2), ward.elena)
    ward.place(ward.late, MONDAY)
    assert ward.told(last=MONDAY + days(2)) == [
        ("soft", "Cover", "Nov 2", "0 of 1 filled."),
        ("soft", "Open", "Nov 2", "1 open: nobody is placed yet."),
        ("soft", "Cover", "Nov 3", "0 of 1 filled."),
        ("soft", "Cover", "Nov 4", "1 filled, none required."),
    ]
    assert ward.conflicts(last=MONDAY)[0].shift_ids == (open_.public_id,)
    ward.rule("cover", severity="hard", scope=Scope(assignments=[ward.day.public_id]))
    assert [(one.severity.value, one.text) for one in ward.conflicts(last=MONDAY)] == [
        ("hard", "0 of 1 filled."),
        ("soft", "1 open: nobody is placed yet."),
    ]
    assert ward.conflicts(people=[ward.elena]) == []  # cover is nobody's


def test_who_has_left_and_who_is_not_on_the_list(ward: Ward) -> None:
    ward.place(ward.day, MONDAY + days(5), ward.elena)
    ward.place(ward.late, MONDAY, ward.adaeze)
    with ward.tenant.transaction():
        services.person_change(person_id=ward.elena.public_id, fields={"active_to": MONDAY + days(4)}, **BY)
        services.assignment_eligible_set(assignment=ward.late, people=[ward.elena], **BY)
        services.assignment_change(assignment_id=ward.day.public_id, fields={"ended_on": MONDAY + days(1)}, **BY)
    assert ward.told() == [
        ("hard", "Eligibility", "Nov 2", "Not eligible for Late 1."),
        ("hard", "Ended", "Nov 7", "OR Day ended on Nov 3."),
        ("hard", "Inactive", "Nov 7", "Active until Nov 6."),
    ]


@pytest.fixture
def on_leave(ward: Ward) -> None:
    """Elena is on leave from Nov 23 to 29. How leave is granted is the business of another room."""
    first, last = date(2026, 11, 23), date(2026, 11, 29)
    zone = ward.department.zone
    with ward.tenant.transaction():
        Request.objects.create(
            person=ward.elena, department=ward.department, kind="time_off", state="approved", first=first, last=last,
            zone=zone, starts_at=instant(at(first, 0), zone), ends_at=instant(at(last + days(1), 0), zone),
            source="test", made_by="Test", made_at=NOW, changed_by="Test", changed_at=NOW,
        )  # fmt: skip


def test_leave_blocks_placing_unless_somebody_says_why(ward: Ward, on_leave: None) -> None:
    day = date(2026, 11, 25)
    with pytest.raises(RefusedError) as refused:
        ward.place(ward.day, day, ward.elena)
    assert refused.value.code == "on_leave"
    assert refused.value.text == ("Quintero, Elena is on approved leave, Nov 23–29. Nobody is placed while on leave.")
    assert ward.told() == []
    ward.place(ward.post, day, ward.elena)  # absence goes with absence
    ward.place(ward.day, day + days(1), ward.elena, override="She offered to come in")
    (one,) = ward.conflicts()
    assert (one.text, one.override, one.override_by) == (
        "On approved leave, Nov 23–29.", "She offered to come in", "Test",
    )  # fmt: skip


def test_a_night_before_leave_is_worth_a_look(ward: Ward, on_leave: None) -> None:
    ward.place(ward.call2, date(2026, 11, 22), ward.elena)
    assert ward.told() == [
        ("soft", "Leave", "Nov 22", "Runs to 07:00 on the first day of approved leave, Nov 23–29."),
    ]
    with ward.tenant.transaction():
        services.assignment_change(
            assignment_id=ward.late.public_id, fields={"end_time": time(0), "end_day_offset": 1}, **BY
        )
    ward.place(ward.late, date(2026, 11, 22), ward.adaeze)
    assert len(ward.conflicts()) == 1


def test_conflicts_come_hard_first_and_then_by_date(ward: Ward) -> None:
    ward.rule("rest", severity="soft", hours=10)
    ward.place(ward.late, MONDAY, ward.elena)
    ward.place(ward.day, MONDAY + days(1), ward.elena)
    ward.place(ward.late, MONDAY + days(1), ward.elena)
    found = ward.conflicts()
    assert [one.severity for one in found] == [Severity.HARD, Severity.SOFT]
