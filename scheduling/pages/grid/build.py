"""From facts to the week blocks of the grid. Pure: no database, no clock, no HTML."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scheduling.pages.grid.view import (
    OPEN_ROW,
    Cell,
    Day,
    GridFacts,
    Layout,
    Mark,
    Row,
    ShiftFact,
    ShiftView,
    Week,
    hours_text,
)

CellKey = tuple[uuid.UUID, date]


@dataclass(frozen=True)
class Look:
    """How cells are drawn: the day that counts as today, the layout, times shown everywhere or only where they differ."""

    today: date
    layout: Layout
    show_times: bool
    month: int | None = None  # days of other months step back


@dataclass(frozen=True)
class RowFilter:
    """Which rows are shown: those with an open shift, those with an unpublished change, those whose name holds the text."""

    open_only: bool = False
    changed_only: bool = False
    text: str = ""

    def __bool__(self) -> bool:
        return self.open_only or self.changed_only or bool(self.text)


def weeks_build(
    facts: GridFacts, *, first: date, last: date, look: Look, wanted: RowFilter = RowFilter()
) -> tuple[Week, ...]:
    """The week blocks from `first` to `last`: whole weeks, or less than one in a single block."""
    by_cell = _by_cell(facts.shifts, look.layout)
    opens = _open_by_day(facts.shifts)
    row_keys = _wanted(facts, look.layout, wanted)
    built = []
    for start in range(0, (last - first).days + 1, 7):
        days = [day for n in range(7) if (day := first + timedelta(days=start + n)) <= last]
        rows = tuple(_row(facts, key, days, by_cell, look) for key in row_keys)
        built.append(
            Week(
                number=days[len(days) // 2].isocalendar().week,
                is_current=False,
                is_draft=any(day in facts.draft_days for day in days),
                days=tuple(_day(facts, day, first=n == 0, look=look, opens=opens) for n, day in enumerate(days)),
                rows=_grouped(facts, rows, look.layout),
            )
        )
    return _with_current(built, look.today)


def cells_build(facts: GridFacts, keys: Sequence[CellKey], look: Look) -> list[tuple[CellKey, Cell]]:
    """Some cells alone: what an edit draws again."""
    by_cell = _by_cell(facts.shifts, look.layout)
    return [(key, _cell(facts, *key, by_cell, look)) for key in keys]


def _by_cell(shifts: Sequence[ShiftFact], layout: Layout) -> dict[CellKey, list[ShiftFact]]:
    cells: dict[CellKey, list[ShiftFact]] = defaultdict(list)
    for shift in shifts:
        key = shift.assignment_id if layout == "assignment" else shift.person_id or OPEN_ROW
        cells[key, shift.date].append(shift)
    return cells


def _open_by_day(shifts: Sequence[ShiftFact]) -> dict[date, int]:
    opens: dict[date, int] = defaultdict(int)
    for shift in shifts:
        if shift.person_id is None:
            opens[shift.date] += 1
    return opens


def _wanted(facts: GridFacts, layout: Layout, wanted: RowFilter) -> list[uuid.UUID]:
    keys = list(facts.assignments if layout == "assignment" else facts.people)
    if not wanted:
        return keys
    having = {
        shift.assignment_id if layout == "assignment" else shift.person_id or OPEN_ROW
        for shift in facts.shifts
        if (not wanted.open_only or shift.person_id is None) and (not wanted.changed_only or shift.changed)
    }
    if wanted.open_only or wanted.changed_only:
        keys = [key for key in keys if key in having]
    words = wanted.text.casefold().split()
    return [key for key in keys if all(word in _name(facts, key, layout) for word in words)]


def _name(facts: GridFacts, key: uuid.UUID, layout: Layout) -> str:
    if layout == "assignment":
        one = facts.assignments[key]
        return f"{one.code} {one.name} {one.group}".casefold()
    return facts.people[key].name.casefold()


def _grouped(facts: GridFacts, rows: tuple[Row, ...], layout: Layout) -> tuple[Row, ...]:
    """Marks the first row of every assignment type, or of the placeholders."""
    before: object = None
    marked = []
    for row in rows:
        group: object = (
            facts.assignments[row.id].group if layout == "assignment" else facts.people[row.id].is_placeholder
        )
        marked.append(row if group == before else replace(row, starts_group=True))
        before = group
    return tuple(marked)


def _row(
    facts: GridFacts,
    key: uuid.UUID,
    days: Sequence[date],
    by_cell: Mapping[CellKey, list[ShiftFact]],
    look: Look,
) -> Row:
    cells = tuple(_cell(facts, key, day, by_cell, look) for day in days)
    if look.layout == "assignment":
        assignment = facts.assignments[key]
        return Row(key, assignment.name, assignment.hours, assignment.hue, False, cells)
    return Row(key, facts.people[key].name, "", "", False, cells)


def _cell(facts: GridFacts, key: uuid.UUID, day: date, by_cell: Mapping[CellKey, list[ShiftFact]], look: Look) -> Cell:
    found = by_cell.get((key, day))
    marks = facts.marks
    request = marks.requests.get((key, day)) if look.layout == "person" and not found else None
    lack = marks.lacks.get((key, day)) if look.layout == "assignment" else None
    if found is None:
        return Cell(day, (), _classes(facts, day, look), request, lack)
    shifts = sorted(found, key=lambda s: (s.start, s.call_order or 99))
    return Cell(
        date=day,
        shifts=tuple(_shift(facts, alike, look) for alike in _together(shifts, look.layout)),
        classes=_classes(facts, day, look),
        lack=lack,
    )


def _together(shifts: Sequence[ShiftFact], layout: Layout) -> list[list[ShiftFact]]:
    """Open shifts of one cell that differ in nothing are drawn as one with their number; all others alone."""
    groups: list[list[ShiftFact]] = []
    opens: dict[tuple[object, ...], list[ShiftFact]] = {}
    for shift in shifts:
        plain = shift.person_id is None and not shift.note and not shift.locked and not shift.private
        if layout != "assignment" or not plain:
            groups.append([shift])
            continue
        key = (shift.start, shift.end, shift.call_order, shift.changed)
        if key not in opens:
            opens[key] = []
            groups.append(opens[key])
        opens[key].append(shift)
    return groups


def _classes(facts: GridFacts, day: date, look: Look) -> str:
    names = "cell"
    if day.weekday() >= 5:
        names += " is-weekend"
    if day == look.today:
        names += " is-today"
    elif day < look.today:
        names += " is-past"
    if day in facts.draft_days:
        names += " is-draft"
    if not facts.starts_on <= day <= facts.ends_on:
        names += " is-outside"
    if look.month is not None and day.month != look.month:
        names += " is-other"
    if day in facts.marks.holidays:
        names += " is-holiday"
    return names


def _shift(facts: GridFacts, alike: Sequence[ShiftFact], look: Look) -> ShiftView:
    shift = alike[0]
    by_assignment = look.layout == "assignment"
    assignment = facts.assignments.get(shift.assignment_id)
    person = facts.people.get(shift.person_id) if shift.person_id else None
    is_open = shift.person_id is None
    swap = facts.marks.swaps.get(shift.id)
    if not by_assignment:
        text = assignment.code if assignment else "Ended assignment"
    elif is_open:
        text = f"OPEN {len(alike)}"
    elif swap is not None:
        text = swap
    else:
        text = person.short if person else "Former person"
    is_placeholder = person is not None and person.is_placeholder and by_assignment
    conflict = facts.marks.conflicts.get(shift.id)
    marks = _marks(facts, shift, swap, is_placeholder)
    return ShiftView(
        id=shift.id,
        version=shift.version,
        text=text,
        hue="" if assignment is None or assignment.is_off else assignment.hue,
        time=hours_text(shift.start, shift.end) if shift.custom_time or look.show_times else "",
        is_open=is_open,
        is_placeholder=is_placeholder,
        changed=shift.changed,
        marks=marks,
        is_swap=swap is not None,
        conflict=conflict,
        more=tuple(f"{one.id}:{one.version}" for one in alike[1:]),
    )


def _marks(facts: GridFacts, shift: ShiftFact, swap: str | None, is_placeholder: bool) -> tuple[Mark, ...]:
    marks = []
    if shift.note:
        marks.append(Mark("note", "note"))
    if shift.private:
        marks.append(Mark("note", "private note", "is-private"))
    if shift.custom_time:
        marks.append(Mark("clock", "custom time"))
    if swap is not None:
        marks.append(Mark("swap", f"swap pending: {swap}", "is-info"))
    if is_placeholder:
        marks.append(Mark("phone", "placeholder"))
    if shift.person_id is not None and facts.marks.requests:
        request = facts.marks.requests.get((shift.person_id, shift.date))
        if request is not None and request.granted:
            marks.append(Mark("star", f"granted: {request.text}", "i-star is-ok"))
        elif request is not None:
            marks.append(Mark("question", f"request pending: {request.text}", "is-info"))
    if shift.locked:
        marks.append(Mark("lock", "locked"))
    if shift.changed:
        marks.append(Mark("pencil", "changed since publish"))
    if shift.person_id is None:
        marks.append(Mark("open", "open"))
    return tuple(marks)


def _day(facts: GridFacts, day: date, *, first: bool, look: Look, opens: Mapping[date, int]) -> Day:
    names = [name for name in _classes(facts, day, look).split() if name not in ("cell", "is-draft")]
    return Day(
        date=day,
        weekday=f"{day:%a}",
        text=f"{day:%b} {day.day}" if first or day.day == 1 else str(day.day),
        name=f"{day:%a}, {day:%b} {day.day}",
        classes=" ".join(names),
        is_today=day == look.today,
        open_count=opens.get(day, 0),
        hard_count=facts.marks.hard_days.get(day, 0),
        holiday=facts.marks.holidays.get(day, ""),
    )


def _with_current(weeks: list[Week], today: date) -> tuple[Week, ...]:
    """The week a phone opens at: the one of today, or the first."""
    current = next((n for n, week in enumerate(weeks) if any(day.is_today for day in week.days)), 0)
    return tuple(replace(week, is_current=n == current) for n, week in enumerate(weeks))
