"""Every evaluator against a naive version of itself: all pairs, every window, minute by minute where hours count."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import amounts, duty, placing, together
from scheduling.rules.facts import AssignmentFact, Facts, PersonFact, RuleFact, Work
from scheduling.rules.kinds import conflicts_find, standing_rules
from scheduling.rules.types import Conflict, Severity
from tenancy.wall import instant

ZONE = "America/New_York"
SPRING = date(2026, 3, 8)
FIRST = SPRING - timedelta(days=10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = [
    AssignmentFact(n, uuid.UUID(int=n), f"Task {n}", 1, n % 2, uuid.UUID(int=100 + n % 2), n == 3, Decimal(n) / 2)
    for n in range(1, 5)
]
PEOPLE = {1: PersonFact(1, 7), 2: PersonFact(2, 8), 3: PersonFact(3, 7, is_placeholder=True)}


@st.composite
def works(draw: st.DrawFn) -> Work:
    """A shift around the spring night: its hours are those that pass."""
    day = FIRST + draw(st.integers(0, 40)) * DAY
    start = datetime.combine(day, time(draw(st.integers(0, 23))))
    end = start + draw(st.sampled_from([1, 4, 8, 8, 10, 12, 24])) * HOUR
    return Work(
        id=uuid.UUID(int=draw(st.integers(1, 2**64))), person_id=draw(st.sampled_from([1, 1, 2, 3])),
        assignment=draw(st.sampled_from(KINDS)), date=day, start_wall=start, end_wall=end,
        starts_at=instant(start, ZONE), ends_at=instant(end, ZONE), judged=draw(st.booleans()),
    )  # fmt: skip


rosters = st.lists(works(), max_size=25, unique_by=lambda one: one.id)


def facts(work: list[Work], **more: Any) -> Facts:
    return Facts(first=FIRST, last=FIRST + 40 * DAY, work=tuple(work), people=PEOPLE, **more)


def rule(kind: str, parameters: Any, **scope: Any) -> RuleFact:
    return RuleFact(f"{kind}:1", kind, Severity.HARD, parameters, **scope)


def mine(work: list[Work], person: int, off: bool = False) -> list[Work]:
    return sorted(
        (one for one in work if one.person_id == person and (off or not one.assignment.is_off)),
        key=lambda one: (one.starts_at, one.ends_at, one.id),
    )


def found(conflicts: Iterator[Conflict]) -> set[frozenset[uuid.UUID]]:
    return {frozenset(one.members) for one in conflicts}


@given(rosters)
def test_overlap_is_every_pair_at_once_and_absence_any_pair_of_a_day(work: list[Work]) -> None:
    usual = next(one for one in standing_rules() if one.key == "overlap")
    expected = set()
    for one, two in combinations(work, 2):
        if one.person_id != two.person_id or one.person_id == 3 or not (one.judged or two.judged):
            continue
        at_once = one.starts_at < two.ends_at and two.starts_at < one.ends_at
        offs = one.assignment.is_off + two.assignment.is_off
        off, other = (one, two) if one.assignment.is_off else (two, one)
        if offs == 1 and other.date != off.date:
            at_once = off.starts_at <= other.starts_at < off.ends_at
        if offs < 2 and (at_once or (offs == 1 and one.date == two.date)):
            expected.add(frozenset({one.id, two.id}))
    assert found(together.compatibility([usual], facts(work))) == expected


@given(rosters, st.integers(1, 30))
def test_rest_is_short_after_the_shift_that_ended_last(work: list[Work], hours: int) -> None:
    asked = rule("rest", together.Rest(Decimal(hours)))
    expected = set()
    for person in (1, 2):
        shifts = mine(work, person)
        for place, after in enumerate(shifts):
            if not (before := max(shifts[:place], key=lambda one: one.ends_at, default=None)):
                continue
            last = [one for one in shifts[:place] if one.ends_at == before.ends_at][-1]
            gap = after.starts_at - last.ends_at
            touching = last.date == after.date and not gap
            if timedelta(0) <= gap < hours * HOUR and not touching and (last.judged or after.judged):
                expected.add(frozenset({last.id, after.id}))
    assert found(together.rest([asked], facts(work))) == expected


@given(rosters, st.integers(1, 30), st.sampled_from([amounts.COUNT, amounts.HOURS, amounts.WEIGHTED]))
def test_a_maximum_in_a_week_or_month_is_a_sum(work: list[Work], limit: int, measure: str) -> None:
    for period, key in (
        (amounts.WEEK, lambda day: day - timedelta(days=(day.weekday() - 2) % 7)),
        (amounts.MONTH, lambda day: (day.year, day.month)),
    ):
        asked = rule("maximum", amounts.Maximum(Decimal(limit), measure, period))
        sums: dict[Any, list[Work]] = {}
        for person in (1, 2):
            for one in mine(work, person):
                sums.setdefault((person, key(one.date)), []).append(one)
        expected = {
            frozenset(one.id for one in part) for part in sums.values()
            if sum(_measured(one, measure) for one in part) > limit and any(one.judged for one in part)
        }  # fmt: skip
        assert found(amounts.maximum([asked], facts(work, week_start=2))) == expected


def _measured(one: Work, measure: str) -> float:
    hours = (one.ends_at - one.starts_at) / HOUR
    return {amounts.COUNT: 1.0, amounts.HOURS: hours, amounts.WEIGHTED: float(one.assignment.weight)}[measure]


@given(rosters, st.integers(0, 6), st.integers(1, 20))
def test_rolling_maxima_are_found_wherever_some_window_breaks_them(work: list[Work], limit: int, days: int) -> None:
    asked = rule("maximum", amounts.Maximum(Decimal(limit), amounts.COUNT, amounts.ROLLING, days))
    reported = list(amounts.maximum([asked], facts(work)))
    at = {one.id: one for one in work}
    for person in (1, 2):
        shifts = mine(work, person)
        told = [sorted(at[it].date for it in one.members) for one in reported if one.person_id == person]
        for dates in told:
            assert dates[-1] - dates[0] < days * DAY
            assert len(dates) > limit
        for begin in {one.date for one in shifts}:
            window = [one for one in shifts if begin <= one.date < begin + days * DAY]
            if len(window) > limit and any(one.judged for one in window):
                assert any(dates[0] < begin + days * DAY and begin < dates[0] + days * DAY for dates in told)


@given(rosters, st.integers(1, 6))
def test_days_in_a_row_are_counted_one_by_one(work: list[Work], limit: int) -> None:
    asked = rule("consecutive", amounts.Consecutive(limit))
    expected = set()
    for person in (1, 2):
        shifts = mine(work, person)
        days = {one.date for one in shifts}
        for begin in days:
            run = [begin]
            while run[-1] + DAY in days:
                run.append(run[-1] + DAY)
            part = [one for one in shifts if one.date in run]
            if begin - DAY not in days and len(run) > limit and any(one.judged for one in part):
                expected.add(frozenset(one.id for one in part))
    assert found(amounts.consecutive([asked], facts(work))) == expected


@given(rosters)
@settings(max_examples=50)
def test_work_without_a_break_hour_by_hour(work: list[Work]) -> None:
    asked = rule("continuous", duty.Stretch(Decimal(24), Decimal(4)))
    expected: dict[frozenset[uuid.UUID], Severity] = {}
    for person in (1, 2):
        shifts = mine(work, person)
        busy = {one.starts_at + n * HOUR for one in shifts for n in range((one.ends_at - one.starts_at) // HOUR)}
        for begin in (moment for moment in busy if moment - HOUR not in busy):
            end = begin
            while end in busy:
                end += HOUR
            part = [one for one in shifts if begin <= one.starts_at < end]
            if end - begin > 24 * HOUR and any(one.judged for one in part):
                expected[frozenset(one.id for one in part)] = (
                    Severity.HARD if end - begin > 28 * HOUR else Severity.SOFT
                )
    told = {frozenset(one.members): one.severity for one in duty.stretch([asked], facts(work))}
    assert told == expected


@given(rosters)
@settings(max_examples=50)
def test_free_days_are_whole_days_by_the_clock(work: list[Work]) -> None:
    first = SPRING - timedelta(days=SPRING.weekday() + 7)
    shifts = mine(work, 1)
    busy = {one.start_wall + n * HOUR for one in shifts for n in range(int((one.end_wall - one.start_wall) / HOUR))}
    free = longest = 0
    for n in range(4 * 7 * 24):
        if datetime.combine(first, time()) + n * HOUR in busy:
            free, longest = free + longest // 24, 0
        else:
            longest += 1
    assert duty.days_free(shifts, first, 4) == free + longest // 24


@given(rosters)
@settings(max_examples=50)
def test_averages_report_a_block_for_every_block_that_breaks_them(work: list[Work]) -> None:
    asked = rule("average_hours", duty.Average(Decimal(20), 4))
    nights = rule("call_nights", duty.CallNights(every=3, weeks=4))
    for evaluate, one_rule, breaks in (
        (duty.average, asked, lambda part: sum((one.ends_at - one.starts_at) / HOUR for one in part) > 80),
        (duty.call_nights, nights, lambda part: len({one.date for one in part if _overnight(one)}) > 9),
    ):
        told = list(evaluate([one_rule], facts(work)))
        at = {one.id: one for one in work}
        for person in (1, 2):
            shifts = mine(work, person)
            starts = [
                _monday(min((at[it].date for it in one.members), default=FIRST))
                for one in told
                if one.person_id == person
            ]
            any_breaks = False
            begin = _monday(FIRST) - timedelta(weeks=4)
            while begin < FIRST + 50 * DAY:
                part = [one for one in shifts if begin <= one.date < begin + timedelta(weeks=4)]
                any_breaks |= breaks(part) and any(one.judged for one in part)
                begin += timedelta(weeks=1)
            assert bool(starts) == any_breaks
            assert all(breaks([at[it] for it in one.members]) for one in told if one.person_id == person)


def _overnight(one: Work) -> bool:
    return one.end_wall > datetime.combine(one.date + DAY, time())


def _monday(one: date) -> date:
    return one - timedelta(days=one.weekday())


@given(rosters, st.lists(st.integers(0, 2), min_size=7, max_size=7))
def test_cover_counts_cell_by_cell(work: list[Work], cover: list[int]) -> None:
    task = AssignmentFact(9, uuid.UUID(int=9), "Task 9", 1, 1, uuid.UUID(int=101), False, cover=tuple(cover))
    placed = [_as(one, task) for one in work]
    usual = next(one for one in standing_rules() if one.key == "cover")
    told = {(one.date, one.text) for one in amounts.cover([usual], facts(placed, cover=(task,)))}
    expected = set()
    for n in range(41):
        day = FIRST + n * DAY
        here = [one for one in placed if one.date == day and one.judged]
        asked, filled = cover[day.weekday()], len(here)
        if filled < asked:
            expected.add((day, f"{filled} of {asked} filled."))
        if filled > asked:
            expected.add((day, f"{filled} filled, {asked or 'none'} required."))
    assert told == expected


def _as(one: Work, task: AssignmentFact) -> Work:
    return Work(
        one.id, one.person_id, task, one.date, one.start_wall, one.end_wall, one.starts_at, one.ends_at, one.judged
    )


@given(rosters)
def test_a_conflict_always_marks_a_judged_shift_and_never_somebody_elses(work: list[Work]) -> None:
    rules = [
        *standing_rules(),
        rule("rest", together.Rest(Decimal(11)), personnel_type_ids=frozenset({7})),
        rule("consecutive", amounts.Consecutive(2)),
        rule("maximum", amounts.Maximum(Decimal(3)), type_ids=frozenset({1})),
    ]
    at = {one.id: one for one in work}
    for one in conflicts_find(rules, facts(work)):
        assert one.shift_ids
        assert all(at[it].judged and at[it].person_id == one.person_id for it in one.shift_ids)
        assert set(one.shift_ids) <= set(one.members)
        assert one.date == at[one.shift_ids[0]].date
        if one.rule == "rest:1":
            assert one.person_id == 1
        if one.rule == "maximum:1":
            assert all(at[it].assignment.type_id == 1 for it in one.members)


@given(rosters)
def test_without_judged_shifts_there_is_nothing_to_say(work: list[Work]) -> None:
    quiet = [
        Work(
            one.id,
            one.person_id,
            one.assignment,
            one.date,
            one.start_wall,
            one.end_wall,
            one.starts_at,
            one.ends_at,
            False,
        )
        for one in work
    ]
    rules = [
        *standing_rules(),
        rule("rest", together.Rest(Decimal(11))),
        rule("average_hours", duty.Average(Decimal(1))),
    ]
    assert conflicts_find(rules, facts(quiet)) == []


def test_inactive_is_said_with_the_date() -> None:
    person = PersonFact(1, active_from=date(2026, 3, 2), active_to=date(2026, 3, 9))
    assert [placing.inactive(person, date(2026, 3, day)) for day in (1, 2, 9, 10)] == [
        "Active from Mar 2", "", "", "Active until Mar 9",
    ]  # fmt: skip
    assert instant(datetime(2026, 3, 8, 3), ZONE) == datetime(2026, 3, 8, 7, tzinfo=UTC)
