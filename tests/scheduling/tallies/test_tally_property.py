"""Tallies in SQL against a naive count in Python: random shifts on both nights, any selection, drafts and what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scheduling.selectors.rows import person_info, schedule_info
from scheduling.selectors.tallies import values_of
from scheduling.selectors.tally_sql import Span
from scheduling.services.holidays import holiday_create
from scheduling.tallying.targets import Aimed, Target, aims
from scheduling.tallying.types import Selection
from tests.conftest import tenant_new
from tests.scheduling.tallies.conftest import AUTUMN, BY, SPRING, Ward

HOLIDAYS = [date(2026, 3, 7), date(2026, 11, 1)]  # the whole organisation's
LOCAL = date(2026, 3, 9)  # Surgery's alone
DAYS = [first + timedelta(days=n) for first, last in (SPRING, AUTUMN) for n in range((last - first).days + 1)]
LONG: dict[str, Any] = {
    "max_examples": 30,
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}

# Half of the shifts fall where clocks change: on the night of the 7th of March or on that of the 31st of October.
dates = st.sampled_from([date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1)]) | st.sampled_from(
    DAYS
)
places = st.tuples(dates, st.integers(0, 3), st.none() | st.integers(0, 3), st.sampled_from([None, 1, 5, 26]))


@dataclass(frozen=True)
class Row:
    """A shift as the naive count knows it."""

    schedule: int
    department: int
    assignment: Any
    person: int
    date: date
    hours: Decimal


@st.composite
def selections(draw: Any) -> dict[str, Any]:
    return {
        "assignments": draw(st.sets(st.integers(0, 3), max_size=2)),
        "types": draw(st.sets(st.integers(0, 2), max_size=2)),
        "weekdays": tuple(sorted(draw(st.sets(st.integers(0, 6), max_size=4)))),
        "holidays": draw(st.sampled_from(["alike", "include", "only", "exclude"])),
        "measure": draw(st.sampled_from(["count", "hours", "weighted"])),
        "department": draw(st.sampled_from([None, 0, 1])),
    }


def _place(ward: Ward, wanted: Sequence[tuple[date, int, int | None, int | None]]) -> list[Row]:
    rows = []
    for day, assignment, person, hours in wanted:
        task = ward.assignments[assignment]
        if person is not None and not person_info(ward.people[person]).active_on(day):
            continue
        start = datetime.combine(day, task.start_time)
        times = {} if hours is None else {"start": start, "end": start + timedelta(hours=hours)}
        shift = ward.place(day, task, person, **times)
        if person is None:
            continue
        zone = ZoneInfo(shift.zone)
        elapsed = shift.end_wall.replace(tzinfo=zone).astimezone(UTC) - shift.start_wall.replace(
            tzinfo=zone
        ).astimezone(UTC)
        rows.append(
            Row(
                shift.schedule_id, task.department_id, task, ward.people[person].id, day,
                Decimal(int(elapsed.total_seconds())) / 3600,
            )
        )  # fmt: skip
    return rows


def _naive(rows: Sequence[Row], tally: Any, first: date, last: date) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    chosen = tally.selection
    for row in rows:
        named = row.assignment.id in chosen.assignments or row.assignment.type_id in chosen.types
        if not chosen.assignments and not chosen.types:
            named = row.assignment.code != "V"
        if (
            named
            and first <= row.date <= last
            and tally.department_id in (None, row.department)
            and chosen.counts_on(row.date, [*HOLIDAYS, *([LOCAL] if row.assignment.code == "T" else [])])
        ):
            worth = {"count": Decimal(1), "hours": row.hours, "weighted": row.assignment.weight}[tally.measure]
            found[row.person] = found.get(row.person, Decimal(0)) + worth
    return {person: value.quantize(Decimal("0.01"), ROUND_HALF_UP) for person, value in found.items()}


def _definition(ward: Ward, drawn: dict[str, Any]) -> Any:
    from scheduling.selectors.tallies import TallyDefinition

    kinds, homes = [ward.call, ward.clinic, ward.off], [ward.emergency, ward.surgery]
    home = drawn["department"]
    return TallyDefinition(
        public_id=ward.night.public_id, name="", short="", measure=drawn["measure"], id=0,
        department_id=None if home is None else homes[home].id,
        selection=Selection(
            tuple(sorted(ward.assignments[n].id for n in drawn["assignments"])),
            tuple(sorted(kinds[n].id for n in drawn["types"])), drawn["weekdays"], drawn["holidays"],
        ),
        beside_grid=True, order=0, ended_on=None, targets=(),
    )  # fmt: skip


@settings(**LONG)
@given(
    before=st.lists(places, max_size=14),
    published=st.sets(st.integers(0, 3)),
    after=st.lists(places, max_size=6),
    tallies=st.lists(selections(), min_size=1, max_size=4),
    span=st.tuples(dates, dates).map(sorted),
    draft=st.none() | st.integers(0, 3),
)
def test_the_database_counts_what_a_loop_counts(before, published, after, tallies, span, draft) -> None:  # type: ignore[no-untyped-def]
    ward = Ward(tenant_new())
    with ward.tenant.transaction():
        for day in HOLIDAYS:
            holiday_create(day=day, name="Founders", **BY)
        holiday_create(day=LOCAL, name="Monday off", department=ward.surgery, **BY)
    rows = _place(ward, before)
    held = {row.schedule for row in rows}
    for n in published:
        if ward.schedules[n].id in held:
            ward.publish(ward.schedules[n])
    everyone = [row for row in rows if row.schedule in {ward.schedules[n].id for n in published}]
    drafts = rows + _place(ward, after)
    first, last = span
    schedule = ward.schedules[draft] if draft is not None else None
    seen = [row for row in everyone if schedule is None or row.schedule != schedule.id]
    seen += [row for row in drafts if schedule is not None and row.schedule == schedule.id]
    definitions = [_definition(ward, one) for one in tallies]
    people = [person.id for person in ward.people]
    with ward.tenant.transaction():
        info = schedule_info(schedule) if schedule else None
        got = values_of(definitions, Span(first, last, people, info))
        anybody = values_of(definitions, Span(first, last, None, info))
    for n, definition in enumerate(definitions):
        expected = _naive(seen, definition, first, last)
        mine = got[n * len(people) : (n + 1) * len(people)]
        assert {one.person_id: one.value for one in mine if one.value} == {
            person: value for person, value in expected.items() if value
        }
        assert [one.person_id for one in mine] == sorted(people)
    counted = {person for one in definitions for person in _naive(seen, one, first, last)}
    assert {one.person_id for one in anybody} == counted


periods = st.sampled_from(["28_days", "month", "year", "range"])
some_day = st.integers(0, 70).map(lambda n: date(2026, 2, 1) + timedelta(days=n))


@st.composite
def targets(draw: Any) -> Target:
    scope = draw(st.sampled_from([(None, None), (None, 1), (None, 2), (1, None), (2, None)]))
    first, last = sorted([draw(some_day), draw(some_day)])
    period = draw(periods)
    open_first, open_last = (False, False) if period == "range" else (draw(st.booleans()), draw(st.booleans()))
    return Target(
        draw(st.integers(1, 99)), *scope, Decimal(draw(st.integers(0, 900))) / 4, period,
        None if open_first else first, None if open_last else last,
    )  # fmt: skip


@st.composite
def people(draw: Any) -> list[Aimed]:
    made = []
    for number in (1, 2, 3):
        first, last = sorted([draw(some_day), draw(some_day)])
        made.append(
            Aimed(
                number, draw(st.sampled_from([None, 1, 2])), draw(st.sampled_from([None, first])),
                draw(st.sampled_from([None, last])),
            )
        )  # fmt: skip
    return made


@settings(deadline=None, max_examples=300)
@given(
    who=people(),
    given_targets=st.lists(targets(), max_size=5, unique_by=lambda one: one.id),
    span=st.tuples(some_day, some_day).map(sorted),
)
def test_targets_are_the_sum_of_their_days(who, given_targets, span) -> None:  # type: ignore[no-untyped-def]
    got = aims(who, given_targets, *span)
    for person in who:
        total, held = 0, False
        for n in range((span[1] - span[0]).days + 1):
            day = span[0] + timedelta(days=n)
            if (person.active_from and day < person.active_from) or (person.active_to and day > person.active_to):
                continue
            own = [one for one in given_targets if one.person_id == person.id and one.holds_on(day)]
            kind = [
                one for one in given_targets
                if one.personnel_type_id is not None and one.personnel_type_id == person.personnel_type_id
                and one.holds_on(day)
            ]  # fmt: skip
            every = [
                one for one in given_targets
                if one.person_id is None and one.personnel_type_id is None and one.holds_on(day)
            ]  # fmt: skip
            nearest = own or kind or every
            if nearest:
                held = True
                total += max(nearest, key=lambda one: (one.first or date.min, one.id)).share_of(day)
        if not held:
            assert person.id not in got
        else:
            assert abs(float(got[person.id]) - float(total)) <= 0.00501
