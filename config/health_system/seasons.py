"""Six months of schedules: a quarter that has passed, six weeks that everybody relies on, seven that are being made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from config.health_system import rosters
from config.health_system.rota import Placed, rota
from config.health_system.staff import ACTOR, Crew
from scheduling import services
from scheduling.models import Schedule
from scheduling.services.shifts_add import NewShift, shifts_add
from scheduling.types import Audience

PAST_WEEKS, NEAR_WEEKS, LATER_WEEKS = 13, 6, 7
PAID_BY_PERIOD, PAY_DAYS = "LKHM", 14  # its schedules are as long as its pay periods, which payroll asks for
_CALL_ORDERS = {"C1": 1, "C2": 2, "STEMI": 1, "BACK": 2, "TRA": 1, "TRB": 2, "STR": 1, "STB": 2, "LD": 1, "LDB": 2}
_AFTER_CALL = {"C1", "C2", "OB", "LD"}  # in departments that know Post-call, the next day is off


@dataclass(frozen=True)
class Season:
    """A stretch of weeks, and for whom it is published: everyone, some administrators, or nobody yet."""

    first: date
    last: date
    published_at: datetime
    state: str  # everyone, mixed


def seasons(today: date, now: datetime) -> tuple[Season, ...]:
    """The three stretches around today, each from a Monday to a Sunday."""
    monday = today - timedelta(days=today.weekday())
    start = monday - timedelta(weeks=PAST_WEEKS)
    near_end = monday + timedelta(weeks=NEAR_WEEKS, days=-1)
    return (
        Season(start, monday - timedelta(days=1), now - timedelta(weeks=PAST_WEEKS + 2), "everyone"),
        Season(monday, near_end, now - timedelta(days=11, hours=3), "everyone"),
        Season(near_end + timedelta(days=1), near_end + timedelta(weeks=LATER_WEEKS), now - timedelta(days=8), "mixed"),
    )


Drafts = dict[str, list[tuple[Season, Schedule]]]


def schedules_draft(crews: dict[str, Crew], plan: tuple[Season, ...]) -> Drafts:
    """Every department's seasons, as drafts."""
    first, last = plan[0].first, plan[-1].last
    made: Drafts = {}
    for code, crew in crews.items():
        if crew.ward is None:
            made[code] = _emergency(crew, plan)
            continue
        away = absences(crew, first, last)
        placed = rota(
            crew.ward.tasks, crew.eligible, {k: set(v) for k, v in away.items()}, first, (last - first).days + 1
        )
        rows = [*_working(crew, placed), *_absent(crew, away, placed)]
        made[code] = [(part, _schedule(crew, part, rows)) for season in plan for part in _parts(code, season, plan)]
    return made


def _parts(code: str, season: Season, plan: tuple[Season, ...]) -> list[Season]:
    """The schedules of a season: one, or where payroll asks for it one for each pay period of the weeks that are on."""
    if code != PAID_BY_PERIOD or season is not plan[1]:
        return [season]
    days = (season.last - season.first).days + 1
    starts = [season.first + timedelta(days=n) for n in range(0, days, PAY_DAYS)]
    return [replace(season, first=one, last=one + timedelta(days=PAY_DAYS - 1)) for one in starts]


def schedules_publish(schedules: Drafts, plan: tuple[Season, ...]) -> None:
    """Publish them in the order in which that would have happened."""
    for season in plan:
        for place, drafts in enumerate(schedules.values()):
            for part, draft in drafts:
                if season.first <= part.first <= season.last:
                    _publish(draft, part, place)


def absences(crew: Crew, first: date, last: date) -> dict[int, dict[date, str]]:
    """Person → day → code: a week of vacation for most, a few days of conference for some."""
    weeks = (last - first).days // 7
    away: dict[int, dict[date, str]] = {}
    for person in range(len(crew.people)):
        days: dict[date, str] = {}
        for turn in range(2 if person % 4 == 1 else 1 if person % 3 else 0):
            monday = first + timedelta(weeks=(person * 5 + 4 + 13 * turn) % weeks)
            days |= {monday + timedelta(days=n): "VAC" for n in range(7)}
        if person % 9 == 4 and "CME" in crew.assignments:
            start = first + timedelta(weeks=(person * 3 + 8) % weeks, days=2)
            days |= {start + timedelta(days=n): "CME" for n in range(3)}
        away[person] = days
    return away


def _working(crew: Crew, placed: Iterable[Placed]) -> list[NewShift]:
    """The rota; on Sundays a phone holds the second call of Anesthesiology."""
    rows = []
    for one in placed:
        person = None if one.person is None else crew.people[one.person]
        if one.code == "C2" and one.day.weekday() == 6:
            person = crew.placeholders[0]
        rows.append(NewShift(crew.assignments[one.code], one.day, person, call_order=_CALL_ORDERS.get(one.code)))
    return rows


def _absent(crew: Crew, away: dict[int, dict[date, str]], placed: Iterable[Placed]) -> list[NewShift]:
    rows = [
        NewShift(crew.assignments[code], day, crew.people[person])
        for person, days in away.items()
        for day, code in days.items()
    ]
    if "POST" in crew.assignments:
        rows += [
            NewShift(crew.assignments["POST"], one.day + timedelta(days=1), crew.people[one.person])
            for one in placed
            if one.code in _AFTER_CALL and one.person is not None and not (one.code == "C2" and one.day.weekday() == 6)
        ]
    return rows


def _schedule(crew: Crew, season: Season, rows: list[NewShift], *, name: str = "") -> Schedule:
    made_at = season.published_at - timedelta(days=9)
    schedule = services.schedule_create(
        department=crew.department, name=name or _weeks(season.first, season.last), starts_on=season.first, ends_on=season.last,
        actor=ACTOR, now=made_at,
    )  # fmt: skip
    inside = [row for row in rows if season.first <= row.day <= season.last]
    shifts_add(schedule=schedule, shifts=inside, source="template", actor=ACTOR, now=made_at)
    return schedule


def _emergency(crew: Crew, plan: tuple[Season, ...]) -> list[tuple[Season, Schedule]]:
    """The roster file's four weeks, over and over, until this Sunday; from Monday on an empty schedule waits for the import."""
    monday = plan[1].first
    rows = [
        NewShift(crew.assignments[code], day, crew.people[person])
        for person, codes in enumerate(rosters.rows())
        for day, code in _repeated(codes, plan[0].first, monday + timedelta(days=6))
        if code
    ]
    past = _schedule(crew, plan[0], rows)
    week = Season(monday, monday + timedelta(days=6), plan[1].published_at, "everyone")
    here = _schedule(crew, week, rows, name="This week")
    services.schedule_create(
        department=crew.department, name="Emergency, four weeks", starts_on=monday + timedelta(days=7),
        ends_on=monday + timedelta(days=34), actor=ACTOR, now=week.published_at,
    )  # fmt: skip
    return [(plan[0], past), (week, here)]


def _repeated(codes: list[str], first: date, last: date) -> Iterable[tuple[date, str]]:
    return ((first + timedelta(days=n), codes[n % 28]) for n in range((last - first).days + 1))


def _publish(schedule: Schedule, season: Season, place: int) -> None:
    audience = Audience.EVERYONE
    if season.state == "mixed":  # a third is shown to administrators, the rest is still being made
        if place % 3 != 1:
            return
        audience = Audience.ADMINISTRATORS
    at = season.published_at + timedelta(minutes=17 * place)
    services.schedule_publish(schedule_id=schedule.public_id, audience=audience, actor=ACTOR, now=at)


def _weeks(first: date, last: date) -> str:
    return f"Weeks {first.isocalendar().week}–{last.isocalendar().week}"
