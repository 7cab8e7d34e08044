"""What this room's pages share: the schedule one may edit, and a plan as people read it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied

from scheduling.planning.placing import walls
from scheduling.planning.types import Left, Plan, Preview, Result, Wanted
from scheduling.rules.types import Conflict
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.workspace import Access, schedule_visible, schedules_visible
from scheduling.types import DepartmentInfo, PersonInfo, ScheduleInfo
from tenancy.rights import Right

LINES_SHOWN = 300
_REASONS = {
    "filled": "Somebody stands there already",
    "locked": "Locked",
    "outside": "Outside the schedule",
    "ended": "The assignment has ended",
    "inactive": "The person is not active",
    "not_eligible": "The person is not eligible",
    "leave": "The person is on granted leave",
}


def schedule_to_edit(access: Access, schedule_id: uuid.UUID) -> ScheduleInfo:
    """A schedule whose department the account schedules. Raises NotFoundError or PermissionDenied."""
    info = schedule_visible(access, schedule_id)
    if not access.may(Right.EDIT_SCHEDULE, info.department.id):
        raise PermissionDenied("This department is not among those you schedule.")
    return info


def schedules_to_edit(access: Access, department_id: int) -> list[ScheduleInfo]:
    """The schedules of a department that the account may edit, newest first."""
    if not access.may(Right.EDIT_SCHEDULE, department_id):
        return []
    return [one for one in schedules_visible(access) if one.department.id == department_id]


def departments_with(access: Access, right: Right) -> list[DepartmentInfo]:
    """The departments in which the account holds a right, in order."""
    rows = [one for one in departments_by_id().values() if access.may(right, one.id)]
    return sorted(rows, key=lambda one: (one.order, one.name))


def preview_context(preview: Preview) -> dict[str, Any]:
    """For preview.html: counts, what would change day by day, what is left and why, the conflicts it would make."""
    plan = preview.plan
    lines = _lines(plan)
    return {
        "plan": plan,
        "digest": preview.digest,
        "added": len(plan.places),
        "changed": len(plan.changes),
        "removed": len(plan.removes),
        "days": _by_day(lines[:LINES_SHOWN]),
        "not_shown": max(0, len(lines) - LINES_SHOWN),
        "left_groups": left_groups(plan.left),
        "left_count": len(plan.left),
        "opened_groups": left_groups(plan.opened),
        "opened_count": len(plan.opened),
        "conflicts": with_names(preview.conflicts, plan.people),
        "hard": preview.count("hard"),
        "soft": preview.count("soft"),
    }


def left_groups(left: Iterable[Left]) -> list[dict[str, Any]]:
    """What is left, by reason, the most frequent first."""
    groups: dict[str, list[Left]] = defaultdict(list)
    for one in left:
        groups[one.code].append(one)
    found = [
        {"title": _REASONS.get(code, "Refused"), "count": len(rows), "rows": rows[:LINES_SHOWN]}
        for code, rows in groups.items()
    ]
    return sorted(found, key=lambda group: -int(group["count"]))


def result_text(result: Result) -> str:
    """What was done, in one sentence."""
    parts = [(result.added, "added"), (result.changed, "changed"), (result.removed, "removed")]
    said = ", ".join(f"{count:,} {word}" for count, word in parts if count) or "Nothing was changed"
    same = f", {result.same:,} already so" if result.same else ""
    left = f" {len(result.left):,} left as they were." if result.left else ""
    return f"{said}{same}.{left}"


def with_names(conflicts: Sequence[Conflict], people: Iterable[PersonInfo]) -> list[tuple[Conflict, str]]:
    """Each conflict with the name of the person it is about."""
    names = {one.id: one.name for one in people}
    return [(one, names.get(one.person_id or 0, "")) for one in conflicts[:LINES_SHOWN]]


def _lines(plan: Plan) -> list[dict[str, Any]]:
    lines = [_line("add", one.date, one.assignment.name, now=_who(one)) for one in plan.places]
    for pair in plan.changes:
        was = pair.shift.person.name if pair.shift.person else "open"
        words = [name for name in ("note", "call order") if name.replace(" ", "_") in pair.fields]
        words += ["times"] if "start" in pair.fields else []
        line = _line("chg", pair.shift.date, pair.shift.assignment.name, was=was, now=_who(pair.wanted))
        lines.append({**line, "words": ", ".join(words), "same_person": was == pair.wanted.who})
    for one in plan.removes:
        lines.append(_line("del", one.date, one.assignment.name, was=one.person.name if one.person else "open"))
    return sorted(lines, key=lambda line: (line["date"], line["assignment"], line["kind"]))


def _line(kind: str, day: object, assignment: str, *, was: str = "", now: str = "") -> dict[str, Any]:
    sign = {"add": "+", "chg": "~", "del": "−"}[kind]
    return {"kind": kind, "sign": sign, "date": day, "assignment": assignment, "was": was, "now": now}


def _who(one: Wanted) -> str:
    if one.start is None and one.end is None:
        return one.who
    start, end = walls(one)
    return f"{one.who}, {start:%H:%M}–{end:%H:%M}"


def _by_day(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    days: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        days[line["date"]].append(line)
    return [{"date": day, "lines": rows} for day, rows in days.items()]
