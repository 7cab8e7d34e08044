"""Patterns: which week a date is in, who fills a position, what is taken from a block, and what applying does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scheduling import services
from scheduling.models import Pattern, PatternEntry, PatternPerson, Schedule, Shift
from scheduling.planning.patterns import Entry, at_position, week_of
from scheduling.planning.types import LapsedError
from scheduling.selectors.patterns import pattern_find
from scheduling.selectors.rows import people_by_id, schedule_info
from scheduling.services.pattern_use import PatternUse, pattern_apply, pattern_preview
from scheduling.services.patterns import (
    BlockTaken,
    pattern_change,
    pattern_create,
    pattern_from_block,
    pattern_remove,
    pattern_settings,
    pattern_week_set,
)
from tenancy.models import ChangeEntry
from tenancy.types import RefusedError
from tests.scheduling.pages.conftest import BY, MONDAY, World


@pytest.mark.parametrize(
    ("day", "week_start", "answer"),
    [
        (MONDAY, 0, (0, 0)),
        (MONDAY + timedelta(6), 0, (0, 0)),
        (MONDAY + timedelta(7), 0, (0, 1)),
        (MONDAY + timedelta(14), 0, (1, 0)),
        (MONDAY - timedelta(1), 0, (-1, 1)),
        (MONDAY + timedelta(6), 6, (0, 1)),  # weeks that begin on Sunday: the next one has begun
        (date(2026, 11, 1), 0, (17, 0)),  # both nights between are days like others
    ],
)
def test_the_week_of_a_date(day: date, week_start: int, answer: tuple[int, int]) -> None:
    assert week_of(day, MONDAY + timedelta(2), weeks=2, week_start=week_start) == answer


def test_with_rotation_the_list_moves_up_by_one_each_cycle() -> None:
    people: Any = [SimpleNamespace(name=name) for name in "ABC"]

    def who(cycle: int, rotates: bool = True) -> str:
        found = [at_position(position, cycle, people, rotates=rotates) for position in (1, 2)]
        return "".join(one.name if one else "-" for one in found)

    assert [who(cycle) for cycle in range(-1, 4)] == ["CA", "AB", "BC", "CA", "AB"]
    assert [who(cycle, False) for cycle in (0, 1)] == ["AB", "AB"]
    assert at_position(4, 0, people, rotates=False) is None


def taken(world: World, who: str = "people", **more: Any) -> Pattern:
    with world.tenant.transaction():
        row = Schedule.objects.select_related("department").get(id=world.schedule.id)
        usual = {"first": MONDAY, "last": MONDAY + timedelta(13), "name": "Two weeks"}
        what = BlockTaken(source=schedule_info(row), who=who, **{**usual, **more})
        return pattern_from_block(taken=what, week_start=0, **BY)


def entries(world: World, pattern: Pattern) -> list[tuple[Any, ...]]:
    with world.tenant.transaction():
        rows = (
            PatternEntry.objects.filter(pattern_id=pattern.id)
            .select_related("assignment", "person")
            .order_by("week", "weekday")
        )
        return [
            (row.week, row.weekday, row.assignment.code, row.person.last_name if row.person else row.position or "open")
            for row in rows
        ]


def fortnight(world: World) -> None:
    world.place(MONDAY, person=world.people[0], note="Keys")
    world.place(MONDAY + timedelta(1), world.night, world.people[1])
    world.place(
        MONDAY + timedelta(9), person=world.people[0], start=datetime(2026, 3, 11, 9), end=datetime(2026, 3, 11, 12)
    )
    world.place(MONDAY + timedelta(10))


@pytest.mark.parametrize(
    ("who", "names"),
    [("people", ["Osei", "Vance", "Osei", "open"]), ("positions", [1, 2, 1, "open"]), ("open", ["open"] * 4)],
)
def test_a_block_becomes_a_pattern(world: World, who: str, names: list[Any]) -> None:
    fortnight(world)
    pattern = taken(world, who, keep_notes=who == "people")
    places = [(0, 0, "D"), (0, 1, "N"), (1, 2, "D"), (1, 3, "D")]
    assert entries(world, pattern) == [(*place, name) for place, name in zip(places, names, strict=True)]
    with world.tenant.transaction():
        detail = pattern_find(pattern.public_id)
        assert [one.last_name for one in detail.people] == (["Osei", "Vance"] if who == "positions" else [])
        assert detail.info.positions == (2 if who == "positions" else 0)
        assert [one.note for one in detail.entries] == ["Keys" if who == "people" else "", "", "", ""]
        timed = detail.entries[2]
        assert (str(timed.start_time), str(timed.end_time), timed.end_day_offset) == ("09:00:00", "12:00:00", 0)
        assert ChangeEntry.objects.get(action="pattern.create").after == {"weeks": 2, "shifts": 4}


def use(world: World, pattern: Pattern, **more: Any) -> PatternUse:
    with world.tenant.transaction():
        row = Schedule.objects.select_related("department").get(id=world.schedule.id)
        detail = pattern_find(pattern.public_id)
        people = people_by_id([one.id for one in world.people])
        people_wanted = tuple(people[world.people[n].id] for n in more.pop("people", ()))
        usual = {
            "pattern": detail, "schedule": schedule_info(row), "first": MONDAY, "last": MONDAY + timedelta(27),
            "anchor": MONDAY, "people": people_wanted, "rotates": False, "week_start": 0,
        }  # fmt: skip
        return PatternUse(**{**usual, **more})


def apply(world: World, pattern: Pattern, **more: Any) -> Any:
    wanted = use(world, pattern, **more)
    with world.tenant.transaction():
        digest = pattern_preview(use=wanted, **BY).digest
        return pattern_apply(use=wanted, digest=digest, **BY)


def call(world: World, weeks: int = 1) -> Pattern:
    """Position 1 has the day on Mondays, position 2 the night."""
    with world.tenant.transaction():
        return pattern_create(
            department=world.department, name="Call", weeks=weeks,
            entries=[
                Entry(0, world.day.id, 0, 0, None, 1), Entry(0, world.night.id, 0, 0, None, 2),
            ],
            **BY,
        )  # fmt: skip


def mondays(world: World, assignment: Any) -> list[str]:
    with world.tenant.transaction():
        rows = Shift.objects.filter(assignment=assignment).select_related("person").order_by("date")
        return [row.person.last_name if row.person else "open" for row in rows]


def test_rotation_through_four_weeks(world: World) -> None:
    result = apply(world, call(world), people=(0, 1, 2), rotates=True)
    assert result.added == 8
    assert mondays(world, world.day) == ["Osei", "Vance", "Iyer", "Osei"]
    assert mondays(world, world.night) == ["Vance", "Iyer", "Osei", "Vance"]


def test_without_rotation_everybody_keeps_a_position_and_a_nameless_one_is_open(world: World) -> None:
    apply(world, call(world), people=(3,))
    assert mondays(world, world.day) == ["Ueda"] * 4
    assert mondays(world, world.night) == ["open"] * 4


def test_the_anchor_carries_the_rotation_on_into_later_dates(world: World) -> None:
    pattern = call(world)
    apply(world, pattern, people=(0, 1, 2), rotates=True, last=MONDAY + timedelta(6))
    apply(world, pattern, people=(0, 1, 2), rotates=True, first=MONDAY + timedelta(7))
    assert mondays(world, world.day) == ["Osei", "Vance", "Iyer", "Osei"]
    with world.tenant.transaction():
        detail = pattern_find(pattern.public_id)
        assert (detail.info.anchor, detail.info.rotates, [one.last_name for one in detail.people]) == (
            MONDAY, True, ["Osei", "Vance", "Iyer"],
        )  # fmt: skip
        assert ChangeEntry.objects.filter(action="pattern.apply").count() == 2
        assert ChangeEntry.objects.filter(action="pattern.change").count() == 1


def test_too_few_people_for_the_rotation_are_refused(world: World) -> None:
    wanted = use(world, call(world), people=(0,), rotates=True)
    with pytest.raises(RefusedError, match="2 positions and 1 people in a row"), world.tenant.transaction():
        pattern_preview(use=wanted, **BY)


def test_a_confirmation_lapses_when_the_template_was_changed(world: World) -> None:
    pattern = call(world)
    wanted = use(world, pattern, people=(0, 1))
    with world.tenant.transaction():
        digest = pattern_preview(use=wanted, **BY).digest
        pattern_week_set(
            pattern_id=pattern.public_id, version=1, week=0, entries=[Entry(0, world.day.id, 0, 0, None, 1)], **BY
        )
    again = use(world, pattern, people=(0, 1))
    with pytest.raises(LapsedError), world.tenant.transaction():
        pattern_apply(use=again, digest=digest, **BY)
    assert mondays(world, world.day) == []


def test_a_pattern_of_a_block_laid_over_its_own_dates_changes_nothing(world: World) -> None:
    fortnight(world)
    pattern = taken(world, keep_notes=True)
    result = apply(world, pattern, last=MONDAY + timedelta(13))
    assert (result.added, result.changed, result.removed, result.same, result.left) == (0, 0, 0, 4, ())
    result = apply(world, pattern, first=MONDAY + timedelta(14))
    assert result.added == 4
    with world.tenant.transaction():
        timed = Shift.objects.get(date=MONDAY + timedelta(23))
        assert (timed.start_wall.hour, timed.end_wall.hour, timed.custom_time) == (9, 12, True)
        assert Shift.objects.get(date=MONDAY + timedelta(14)).note == "Keys"


def test_change_a_week_rename_shorten_and_remove(world: World) -> None:
    fortnight(world)
    pattern = taken(world)
    with world.tenant.transaction():
        kept = pattern_find(pattern.public_id).entries[0]
        new = Entry(0, world.night.id, 0, 6, world.people[2].id, None)
        changed = pattern_week_set(pattern_id=pattern.public_id, version=1, week=0, entries=[kept, new], **BY)
        assert changed.version == 2
        same = [one for one in pattern_find(pattern.public_id).entries if one.week == 0]
        again = pattern_week_set(pattern_id=pattern.public_id, version=2, week=0, entries=same, **BY)
        assert again.version == 2  # nothing differs
        with pytest.raises(RefusedError, match="changed this template meanwhile"):
            pattern_change(pattern_id=pattern.public_id, version=1, name="Other", weeks=1, **BY)
        pattern_change(pattern_id=pattern.public_id, version=2, name="One week", weeks=1, **BY)
    assert entries(world, pattern) == [(0, 0, "D", "Osei"), (0, 6, "N", "Iyer")]
    with world.tenant.transaction():
        rows = ChangeEntry.objects.filter(action="pattern.change").order_by("id")
        assert [(one.before, one.after) for one in rows] == [
            ({"week 1": ["N, day 2: Vance, Roland"]}, {"week 1": ["N, day 7: Iyer, Leela"]}),
            ({"name": "Two weeks", "weeks": 2}, {"name": "One week", "weeks": 1, "shifts removed": 2}),
        ]
        pattern_settings(
            pattern_id=pattern.public_id, person_ids=[world.people[0].id], rotates=False, anchor=None, **BY
        )
        assert pattern_remove(pattern_id=pattern.public_id, **BY) == "One week"
        counts = [model.objects.count() for model in (Pattern, PatternEntry, PatternPerson)]
        assert counts == [0, 0, 0]
        assert Shift.objects.count() == 4


def test_names_are_taken_once_in_a_department(world: World) -> None:
    call(world)
    with pytest.raises(RefusedError, match="has a template 'Call' already"), world.tenant.transaction():
        pattern_create(department=world.department, name=" Call ", weeks=1, **BY)
    with world.tenant.transaction():
        pattern_create(department=world.elsewhere, name="Call", weeks=1, **BY)
        services.department_change(department_id=world.elsewhere.public_id, name="Imaging", code="RAD", **BY)
