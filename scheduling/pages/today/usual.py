"""Whether somebody ought to be on a team that has nobody: its usual hours, and the cover it asks for by weekday."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum

from scheduling.pages.today.moment import Moment
from scheduling.selectors.board import BoardTeam
from tenancy.wall import instant, wall


class Expected(Enum):
    """`ASKED`: the team's cover asks for somebody. `USUAL`: it is within its usual hours, and cover says nothing."""

    ASKED = "asked"
    USUAL = "usual"
    NOT = "not"


def expectation(team: BoardTeam, zone: str, moment: Moment, *, whole_day: bool) -> tuple[Expected, datetime | None]:
    """What is expected of an empty team, and when that changes (for the board of a running clock)."""
    if whole_day:
        return _of_day(team, moment.day), None
    at = moment.at
    local = wall(at, zone)
    found, turn = Expected.NOT, None
    for back in range(team.end_day_offset + 1, -2, -1):
        day = local.date() - timedelta(days=back)
        starts, ends = _hours(team, day)
        if starts <= local < ends:
            found = _stronger(found, _of_day(team, day))
        if moment.live:
            turns = [one for one in (instant(starts, zone), instant(ends, zone)) if one > at]
            turn = min([*turns, *([turn] if turn else [])], default=None)
    return found, turn


def _hours(team: BoardTeam, day: date) -> tuple[datetime, datetime]:
    return (
        datetime.combine(day, team.start_time),
        datetime.combine(day + timedelta(days=team.end_day_offset), team.end_time),
    )


def _of_day(team: BoardTeam, day: date) -> Expected:
    if not team.cover:
        return Expected.USUAL
    return Expected.ASKED if team.cover[day.weekday()] > 0 else Expected.NOT


def _stronger(one: Expected, other: Expected) -> Expected:
    return min(one, other, key=list(Expected).index)
