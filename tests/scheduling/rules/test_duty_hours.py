"""Duty hours and amounts in exact sentences: exactly at the limit is fine, one more is not, and both nights count what passes."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.services.rules import Scope, pack_apply
from tests.scheduling.rules.conftest import BY, MONDAY, Ward, at, days

SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


def work(ward: Ward, day: date, hours: int, *, start: int = 7, person: Any = None, schedule: Any = None) -> None:
    """So many hours by the clock, from the hour of the start."""
    begin = at(day, start)
    ward.place(ward.day, day, person or ward.elena, schedule=schedule, start=begin, end=begin + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (16, []),
        (17, ["80.25 h a week over the 4 weeks from Nov 2 (321 h). The rule is 80 h."]),
    ],
)
def test_eighty_hours_averaged_over_four_weeks(ward: Ward, last: int, told: list[str]) -> None:
    ward.rule("average_hours", hours=80, weeks=4)
    for n in range(20):
        work(ward, MONDAY + days(n), 16 if n < 19 else last)
    assert [one.text for one in ward.conflicts()] == told


def test_a_heavy_week_is_fine_when_the_average_is(ward: Ward) -> None:
    ward.rule("average_hours", hours=80, weeks=4)
    for n in range(6):
        work(ward, MONDAY + days(n), 16)  # 96 hours in one week
    assert ward.told() == []


@pytest.mark.parametrize(
    ("first", "hours", "told"),
    [
        (SPRING - days(1), 12, []),  # 11 hours pass
        (AUTUMN - days(1), 12, ["13 h in the week of {week}. The rule is 12 a week."]),
        (date(2026, 6, 6), 12, []),
    ],
)
def test_hours_are_those_that_pass_on_both_nights(ward: Ward, first: date, hours: int, told: list[str]) -> None:
    with ward.tenant.transaction():
        plan = ward.plan(first, first + days(1))
    ward.rule("maximum", limit=12, measure="hours")
    work(ward, first, hours, start=19, schedule=plan)
    week = first - days(first.weekday())
    assert [one.text for one in ward.conflicts(schedule=plan)] == [
        text.format(week=f"{week:%b} {week.day}") for text in told
    ]


@pytest.mark.parametrize(
    ("worked", "told"), [(24, []), (25, ["3 free days in the 4 weeks from Nov 2. The rule is 4."])]
)
def test_one_day_in_seven_free(ward: Ward, worked: int, told: list[str]) -> None:
    ward.rule("days_free", days=1, weeks=4)
    for n in range(28):
        if n % 7 != 6 or n // 7 < worked - 24:
            work(ward, MONDAY + days(n), 8)
    assert [one.text for one in ward.conflicts()] == told


def test_a_day_is_free_from_clock_to_clock_on_the_spring_night(ward: Ward) -> None:
    with ward.tenant.transaction():
        plan = ward.plan(SPRING - days(20), SPRING + days(8))
    ward.rule("days_free", days=6, weeks=1)
    monday = SPRING - days(6)
    work(ward, monday, 8, schedule=plan, start=0)
    work(ward, SPRING + days(1), 8, schedule=plan, start=0)
    assert [one.text for one in ward.conflicts(schedule=plan, last=SPRING)] == []


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (24, []),
        (25, [("soft", "25 h without a break.")]),
        (28, [("soft", "28 h without a break.")]),
        (29, [("hard", "29 h without a break.")]),
    ],
)
def test_twenty_four_and_four(ward: Ward, hours: int, told: list[tuple[str, str]]) -> None:
    ward.rule("continuous", hours=24, transition=4)
    ward.place(ward.call2, MONDAY, ward.elena)
    if hours > 24:
        work(ward, MONDAY + days(1), hours - 24)
    rule = " The rule is 24 h, and up to 4 h more for handing over and education."
    assert [(one.severity.value, one.text) for one in ward.conflicts()] == [
        (level, text + rule) for level, text in told
    ]


@pytest.mark.parametrize(
    ("gap", "told"),
    [(14, []), (13, ["13 h after OR Call 2 on Monday (to 07:00). The rule is 14 h after 24 h of work."])],
)
def test_fourteen_hours_after_twenty_four(ward: Ward, gap: int, told: list[str]) -> None:
    ward.rule("rest", hours=14, after_hours=24)
    ward.place(ward.call2, MONDAY, ward.elena)
    work(ward, MONDAY + days(1), 4, start=7 + gap)
    assert [one.text for one in ward.conflicts()] == told
    ward.place(ward.late, MONDAY, ward.adaeze)
    ward.place(ward.day, MONDAY + days(1), ward.adaeze)  # 8 hours after 10: not after 24
    assert [one.text for one in ward.conflicts()] == told


@pytest.mark.parametrize(
    ("nights", "told"),
    [(9, []), (10, ["10 call nights in the 4 weeks from Nov 2. The rule is one night in 3: 9."])],
)
def test_every_third_night_of_in_house_call(ward: Ward, nights: int, told: list[str]) -> None:
    ward.rule("call_nights", every=3, weeks=4, scope=Scope(assignment_types=[ward.call.public_id]))
    for n in range(nights):
        ward.place(ward.call2, MONDAY + days(2 * n), ward.elena)
    assert [one.text for one in ward.conflicts()] == told


@pytest.mark.parametrize(("count", "told"), [(6, []), (7, ["7 days in a row, Nov 2–8. The rule is 6."])])
def test_days_in_a_row(ward: Ward, count: int, told: list[str]) -> None:
    ward.rule("consecutive", limit=6)
    for n in range(count):
        work(ward, MONDAY + days(n), 8)
    assert [one.text for one in ward.conflicts()] == told


@pytest.mark.parametrize(("count", "told"), [(2, []), (3, ["3 weekends in a row, Nov 7–22. The rule is 2."])])
def test_weekends_in_a_row(ward: Ward, count: int, told: list[str]) -> None:
    ward.rule("consecutive", limit=2, unit="weekends")
    for n in range(count):
        work(ward, MONDAY + days(5 + n % 2 + 7 * n), 8)
    assert [one.text for one in ward.conflicts()] == told


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"limit": 3}, []),
        ({"limit": 2}, ["3 shifts in the week of Nov 2. The rule is 2 a week."]),
        ({"limit": 2, "period": "month"}, ["3 shifts in November. The rule is 2 a month."]),
        (
            {"limit": 2, "period": "rolling", "days": 5},
            ["3 shifts in the 5 days Nov 2–6. The rule is 2 in any 5 days."],
        ),
        ({"limit": 2, "period": "rolling", "days": 4}, []),
        ({"limit": "23.5", "measure": "hours"}, ["24 h in the week of Nov 2. The rule is 23.5 a week."]),
        ({"limit": "4.4", "measure": "weighted"}, ["4.5 weighted units in the week of Nov 2. The rule is 4.4 a week."]),
        ({"limit": 0, "weekdays": [4]}, ["1 shift on the days counted in the week of Nov 2. The rule is 0 a week."]),
    ],
)
def test_maxima(ward: Ward, parameters: dict[str, Any], told: list[str]) -> None:
    with ward.tenant.transaction():
        services.assignment_change(assignment_id=ward.day.public_id, fields={"weight": 1.5}, **BY)
    ward.rule("maximum", **parameters)
    for n in (0, 2, 4):
        work(ward, MONDAY + days(n), 8)
    assert [one.text for one in ward.conflicts()] == told


def test_a_pack_judges_only_its_people_and_leaves_call_from_home_out_of_hours(ward: Ward) -> None:
    with ward.tenant.transaction():
        young = ward.person("Young", "Dr", kind="Resident")
        home = ward.task("H", "Home Call", ward.call, time(7), time(7))
        made = pack_apply(
            pack="acgme", personnel_types=[young.personnel_type.public_id], department=ward.department,
            call_assignments=[ward.call2.public_id], home_assignments=[home.public_id], **BY,
        )  # fmt: skip
    assert len(made) == 6
    for n in range(28):
        ward.place(home, MONDAY + days(n), young)
        work(ward, MONDAY + days(n), 8, person=ward.elena)
    (one,) = ward.conflicts()
    assert (one.person_id, one.label, one.text) == (
        young.id, "Day off", "0 free days in the 4 weeks from Nov 2. The rule is 4.",
    )  # fmt: skip
