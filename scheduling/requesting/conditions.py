"""The conditions that a rule may ask for: each a function from a request and the facts to a sentence with figures, or None."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from scheduling.requesting.facts import Facts
from scheduling.requesting.parameters import Parameter
from scheduling.requesting.types import KINDS, RequestInfo, dates_text
from scheduling.requesting.windows import closed_reason

Settings = Mapping[str, Any]
Holds = Callable[[RequestInfo, date, Facts, Settings], str | None]


@dataclass(frozen=True)
class Condition:
    """An entry of the registry: its name, what it means, its parameters, and whether it holds for a request on a day."""

    key: str
    label: str
    help: str
    holds: Holds
    parameters: tuple[Parameter, ...] = ()
    effect: str = "hold"  # what a new rule offers first


def _days(request: RequestInfo) -> list[date]:
    return [request.first + timedelta(days=n) for n in range(request.days)]


def _listed(parts: Sequence[str], limit: int = 4) -> str:
    shown = list(parts[:limit]) + ([f"{len(parts) - limit} more"] if len(parts) > limit else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _day(day: date) -> str:
    return f"{day:%b} {day.day}"


def _most_off(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    most, personnel, assignment = settings["count"], settings["personnel_type"], settings["assignment"]
    own = str(request.assignment.public_id) if request.assignment else ""
    if (personnel and request.person.personnel_type != personnel) or (assignment and own != assignment):
        return None
    full: dict[date, int] = {}
    for day in _days(request):
        others = {
            one.person_id
            for one in facts.off.get((request.department.id, day), ())
            if one.person_id != request.person.id
            and (not personnel or one.personnel_type == personnel)
            and (str(one.assignment_id) == assignment if assignment else one.request_id is not None)
        }
        if len(others) >= most:
            full[day] = len(others)
    if not full:
        return None
    who = f" of type {personnel}" if personnel else ""
    count = max(full.values())
    days, verb = _listed([_day(day) for day in full]), "is" if count == 1 else "are"
    return f"On {days}, {count} {verb} off already{who}; at most {most} may be."


def _notice(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    ahead = (request.first - today).days
    if ahead >= settings["days"]:
        return None
    asked = f"asked {ahead} day{'' if ahead == 1 else 's'} ahead" if ahead >= 0 else "asked after it began"
    return f"It is {asked}; {settings['days']} days are needed."


def _most_days(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    months, weekdays = {"year": 12, "quarter": 3, "month": 1}[settings["period"]], settings["weekdays"]
    others = [
        one for one in facts.requests.get(request.person.id, ()) if one.kind == request.kind and one.id != request.id
    ]
    taken = {day for one in [*others, request] for day in _days(one) if not weekdays or day.weekday() < 5}
    for first, last, name in _periods(request.first, request.last, months):
        used = sum(1 for day in taken if first <= day <= last)
        if used > settings["days"]:
            what = KINDS[request.kind].label.lower()
            unit = "weekdays" if weekdays else "days"
            return f"With it {request.person.name} has {used} {unit} of {what} in {name}; at most {settings['days']}."
    return None


def _periods(first: date, last: date, months: int) -> Iterator[tuple[date, date, str]]:
    """The calendar periods that a range touches, with their names."""
    start = date(first.year, (first.month - 1) // months * months + 1, 1)
    while start <= last:
        later = start.month - 1 + months
        after = date(start.year + later // 12, later % 12 + 1, 1)
        name = {12: f"{start.year}", 3: f"quarter {start.month // 3 + 1} of {start.year}", 1: f"{start:%B %Y}"}[months]
        yield start, after - timedelta(days=1), name
        start = after


def _longest(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    if request.days <= settings["days"]:
        return None
    return f"It is {request.days} days in a row; at most {settings['days']}."


def _holidays(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    found = [(day, facts.holidays.get((request.department.id, day))) for day in _days(request)]
    named = [f"{_day(day)} is {name}" for day, name in found if name]
    return f"{_listed(named)}." if named else None


def _dates(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    for start, end in settings["dates"]:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        if request.first <= last and first <= request.last:
            return f"It touches {dates_text(first, last)}."
    return None


def _overlap(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    others = [
        one
        for one in facts.requests.get(request.person.id, ())
        if one.id != request.id
        and (one.kind == request.kind or not settings["same_kind"])
        and one.starts_at < request.ends_at
        and request.starts_at < one.ends_at
    ]
    if not others:
        return None
    told = _listed([f"{one.title}, {one.dates} ({one.state_name.lower()})" for one in others], 2)
    return f"It overlaps {request.person.name}'s own: {told}."


def _window_closed(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    windows = facts.windows.get((request.department.id, request.kind))
    return closed_reason(windows, today, request.first, request.last)


def _has_shifts(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    found = [one for one in facts.touched(request) if one.published or settings["where"] == "any"]
    if not found:
        return None
    return f"{request.person.name} has {_listed([f'{one.title} ({one.standing})' for one in found])}."


def _otherwise(request: RequestInfo, today: date, facts: Facts, settings: Settings) -> str | None:
    return "No rule before it decides."


_PERSONNEL = Parameter("personnel_type", "Only people of type", "personnel_type", "Empty: everybody.")
_ASSIGNMENT = Parameter(
    "assignment",
    "Only for the absence",
    "assignment",
    "Counts those placed on it in the schedule, too. Empty: all approved requests."
)  # fmt: skip
CONDITIONS: Mapping[str, Condition] = {
    one.key: one
    for one in (
        Condition(
            "most_off",
            "Too many off at once",
            "Holds when on one of its days that many others of the department are off already.",
            _most_off,
            (Parameter("count", "At most off", "number", default="2", maximum=500), _PERSONNEL, _ASSIGNMENT),
        ),
        Condition(
            "notice",
            "Short notice",
            "Holds when it is asked fewer days ahead.",
            _notice,
            (Parameter("days", "Days ahead", "number", default="14"),),
        ),
        Condition(
            "most_days",
            "Too many days",
            "Holds when the person would have more days of this kind in a period. Waiting ones and parts of a day count.",
            _most_days,
            (
                Parameter("days", "At most days", "number", default="25"),
                Parameter(
                    "period", "In a calendar", "choice", default="year",
                    choices=(("year", "year"), ("quarter", "quarter"), ("month", "month")),
                ),
                Parameter("weekdays", "Count Monday to Friday only", "flag"),
            ),
        ),
        Condition(
            "longest",
            "Too long",
            "Holds when one request has more days in a row.",
            _longest,
            (Parameter("days", "At most days", "number", default="14", minimum=1),),
        ),
        Condition("holidays", "On a holiday", "Holds when one of its days is a holiday of the department.", _holidays),
        Condition(
            "dates",
            "On listed dates",
            "Holds when it touches one of the dates.",
            _dates,
            (Parameter("dates", "Dates", "dates", "One date or range a line: 2026-12-24, or 2026-12-20 to 2027-01-03."),),
        ),
        Condition(
            "overlap",
            "Overlaps another of theirs",
            "Holds when the person has asked for, or was granted, something else at that time.",
            _overlap,
            (Parameter("same_kind", "Only requests of the same kind", "flag"),),
            effect="deny",
        ),
        Condition(
            "window_closed",
            "Window closed",
            "Holds when no window is open for its dates. Without this rule, providers cannot ask for them at all.",
            _window_closed,
            effect="deny",
        ),
        Condition(
            "has_shifts",
            "Already has shifts",
            "Holds when the person works on those days.",
            _has_shifts,
            (
                Parameter(
                    "where", "Shifts", "choice", default="any",
                    choices=(("any", "published or in a draft"), ("published", "published only")),
                ),
            ),
        ),
        Condition("otherwise", "In any case", "Always holds: put it last.", _otherwise, effect="approve"),
    )
}  # fmt: skip
