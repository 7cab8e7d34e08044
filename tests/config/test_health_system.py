"""The demo's health system: as large as it says, the same every time, and staffed by people who are rested."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import islice

from config.health_system import names, rosters, staff
from config.health_system.rota import Placed, rota
from config.health_system.wards import KINDS, WARDS, Ward

MONDAY = date(2026, 8, 24)
DAYS = 26 * 7


def crew(ward: Ward) -> dict[str, list[int]]:
    places, first = {}, 0
    for kind, count in ward.staff.items():
        places[kind] = list(range(first, first + count))
        first += count
    return {task.code: places[task.who] for task in ward.tasks}


def placed(ward: Ward) -> list[Placed]:
    return rota(ward.tasks, crew(ward), {0: {MONDAY + timedelta(days=n) for n in range(7)}}, MONDAY, DAYS)


def test_it_is_as_large_as_a_health_system_and_speaks_of_nobody_twice() -> None:
    assert len(WARDS) + 1 == 12
    assert sum(sum(ward.staff.values()) for ward in WARDS) + len(rosters.people()) == 342
    assert sum(len(ward.placeholders) for ward in WARDS) == 30
    absences = sum(len(codes) for codes in staff._OFF_OF.values()) + 12
    assert sum(len(ward.tasks) for ward in WARDS) + len(rosters.codes()) + absences == 160
    assert {task.kind for ward in WARDS for task in ward.tasks} <= set(KINDS)
    people = list(islice(names.people(), 306))
    assert len(set(people)) == 306
    assert (
        len({staff.upn_of(*one) for one in [*people, *((last, first) for _, last, first in rosters.people())]}) == 342
    )


def test_the_rota_is_the_same_every_time_and_nobody_is_in_two_places() -> None:
    for ward in WARDS:
        made = placed(ward)
        assert made == placed(ward)
        tasks = {task.code: task for task in ward.tasks}
        asked = Counter(
            (task.code, MONDAY + timedelta(days=n))
            for n in range(DAYS)
            for task in ward.tasks
            for _ in range(task.need[(MONDAY + timedelta(days=n)).weekday()])
        )
        assert Counter((one.code, one.day) for one in made) == asked
        held = defaultdict(list)
        for one in made:
            if one.person is not None:
                task = tasks[one.code]
                start = datetime.combine(one.day, task.start)
                end = datetime.combine(one.day + timedelta(days=task.end <= task.start), task.end)
                held[one.person].append((start, end))
        for shifts in held.values():
            for (_, before), (after, _) in zip(sorted(shifts), sorted(shifts)[1:], strict=False):
                assert after - before >= timedelta(hours=10), ward.code
        assert not any(one.person == 0 and one.day < MONDAY + timedelta(days=7) for one in made), "away is away"
        open_shifts = sum(1 for one in made if one.person is None)
        assert open_shifts < len(made) / 100, f"{ward.code}: {open_shifts} of {len(made)} open"
