"""Who works when, pure and the same every time: the least worked of those who are rested and not away comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from config.health_system.wards import Task

_REST = 10 * 60  # minutes between two shifts
_DAY = 24 * 60
_WEEK_HOURS = 76


@dataclass(frozen=True)
class Placed:
    """A task on a day: the number of a person among the ward's, or None where nobody could be found."""

    code: str
    day: date
    person: int | None


@dataclass
class _Worker:
    shifts: list[tuple[int, int]] = field(default_factory=list)  # (start, end) in minutes since the first day
    minutes: int = 0
    days: set[int] = field(default_factory=set)

    def rested(self, start: int, end: int) -> bool:
        return all(end + _REST <= a or b + _REST <= start for a, b in self.shifts[-8:])

    def fresh(self, day: int, start: int, end: int) -> bool:
        """Not the ninth day in a row, and not far over the hours of a week."""
        row = 0
        while day - row - 1 in self.days:
            row += 1
        recent = sum(b - a for a, b in self.shifts[-10:] if a > start - 7 * _DAY)
        return row < 7 and recent + end - start <= _WEEK_HOURS * 60


def rota(
    tasks: Sequence[Task], crews: Mapping[str, Sequence[int]], away: Mapping[int, set[date]], first: date, days: int
) -> list[Placed]:
    """Place every task of every day. `crews` maps a task's code to the people who may do it, `away` a person to days off."""
    workers: dict[int, _Worker] = defaultdict(_Worker)
    keeps: dict[tuple[str, int], tuple[int, int]] = {}  # (task, place) → (person, days left)
    placed = []
    order = sorted(tasks, key=lambda task: (-task.block, len(crews[task.code]), task.code))
    for number in range(days):
        day = first + timedelta(days=number)
        for task in order:
            for place in range(task.need[day.weekday()]):
                start, end = _span(task, number)
                person = _kept(keeps, task, place, day, workers, away, number, start, end)
                if person is None:
                    person = _chosen(crews[task.code], day, workers, away, number, start, end, task)
                    if person is not None and task.block > 1:
                        keeps[task.code, place] = (person, task.block - 1)
                if person is not None:
                    worker = workers[person]
                    worker.shifts.append((start, end))
                    worker.minutes += end - start
                    worker.days.add(number)
                placed.append(Placed(task.code, day, person))
    return placed


def _span(task: Task, number: int) -> tuple[int, int]:
    start = task.start.hour * 60 + task.start.minute
    end = task.end.hour * 60 + task.end.minute
    return number * _DAY + start, number * _DAY + end + (_DAY if end <= start else 0)


def _kept(
    keeps: dict[tuple[str, int], tuple[int, int]],
    task: Task,
    place: int,
    day: date,
    workers: Mapping[int, _Worker],
    away: Mapping[int, set[date]],
    number: int,
    start: int,
    end: int,
) -> int | None:
    """Whoever holds a task for some days keeps it, until the days are over or they are away."""
    person, left = keeps.pop((task.code, place), (None, 0))
    if person is None or left == 0 or _away(away, person, day) or not workers[person].rested(start, end):
        return None
    keeps[task.code, place] = (person, left - 1)
    return person


def _chosen(
    crew: Sequence[int],
    day: date,
    workers: Mapping[int, _Worker],
    away: Mapping[int, set[date]],
    number: int,
    start: int,
    end: int,
    task: Task,
) -> int | None:
    free = [
        person
        for person in crew
        if not any(_away(away, person, day + timedelta(days=n)) for n in range(min(task.block, 7)))
        and workers[person].rested(start, end)
        and workers[person].fresh(number, start, end)
    ]
    if not free:
        return None
    return min(free, key=lambda person: (workers[person].minutes // 240, (person * 7919 + number * 31) % 997))


def _away(away: Mapping[int, set[date]], person: int, day: date) -> bool:
    return day in away.get(person, ())
