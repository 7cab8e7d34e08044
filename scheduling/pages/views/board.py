"""What a view draws: weeks of cells by assignment or by person, or a list. Pure: no database, no clock, no HTML.

Contacts are put in only when the reader may have them: what is not here cannot leave by the page, the print or the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.pages.grid.view import hours_text, short_names
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo, PublishedRow
from scheduling.viewing.types import Sight


@dataclass(frozen=True)
class Item:
    """A shift in a cell: its text, what stands under it, and marks as (glyph, word)."""

    text: str
    title: str
    hue: str
    lines: tuple[str, ...]
    is_open: bool
    is_placeholder: bool
    marks: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cell:
    """A row on a day."""

    classes: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Row:
    """An assignment or a person."""

    label: str
    detail: str
    hue: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """The rows of a department, or all people. `note` says a zone that is not the organization's."""

    label: str
    note: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Day:
    """A column's head."""

    date: date
    weekday: str
    text: str
    classes: str
    is_today: bool
    holiday: str


@dataclass(frozen=True)
class Block:
    """At most seven days side by side."""

    number: int
    days: tuple[Day, ...]
    groups: tuple[Group, ...]
    is_current: bool


@dataclass(frozen=True)
class Entry:
    """A shift of the list."""

    assignment: str
    code: str
    department: str
    hue: str
    times: str
    person: str
    is_open: bool
    is_placeholder: bool
    order: str
    contact: str
    note: str


@dataclass(frozen=True)
class ListDay:
    """A day of the list."""

    day: Day
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Board:
    """Either blocks or list days; `column` is today's place in the current block, for a phone that shows one day."""

    layout: str
    blocks: tuple[Block, ...]
    days: tuple[ListDay, ...]
    column: int
    shifts: int
    contacts: bool
    columns: tuple[str, ...]
    zone_note: str


@dataclass(frozen=True)
class Facts:
    """All that a board draws from. `contacts` says whether the reader may have them."""

    rows: Sequence[PublishedRow]
    assignments: Sequence[AssignmentInfo]
    people: Sequence[PersonInfo]
    departments: Mapping[int, DepartmentInfo]
    holidays: Mapping[date, str]
    first: date
    last: date
    today: date
    zone: str
    contacts: bool


def board_build(facts: Facts, sight: Sight) -> Board:
    """Draw a view over its dates."""
    days = [_day(facts, facts.first + timedelta(days=n), n) for n in range((facts.last - facts.first).days + 1)]
    zones = {one.zone for one in facts.departments.values()} or {facts.zone}
    listed = sight.layout == "list"
    blocks = () if listed else _blocks(facts, sight, days)
    current = next((block for block in blocks if block.is_current), None)
    column = next((n for n, day in enumerate(current.days, start=1) if day.is_today), 1) if current else 1
    return Board(
        layout=sight.layout,
        blocks=blocks,
        days=_list(facts, sight, days) if listed else (),
        column=column,
        shifts=len(facts.rows),
        contacts=facts.contacts,
        columns=sight.columns,
        zone_note="times of each department's zone" if len(zones) > 1 else next(iter(zones)),
    )


def entry_of(row: PublishedRow, *, contacts: bool, columns: Sequence[str]) -> Entry:
    """A shift as the list and the file say it."""
    person = row.person
    return Entry(
        assignment=row.assignment.name,
        code=row.assignment.code,
        department=row.department.name,
        hue="" if row.assignment.is_off else row.assignment.hue,
        times=hours_text(row.start_wall, row.end_wall),
        person=person.name if person else "",
        is_open=person is None,
        is_placeholder=person is not None and person.is_placeholder,
        order=str(row.call_order) if row.call_order is not None and "order" in columns else "",
        contact=person.contact if person is not None and contacts else "",
        note=row.note if "notes" in columns else "",
    )


def _blocks(facts: Facts, sight: Sight, days: Sequence[Day]) -> tuple[Block, ...]:
    names = short_names(
        (one.public_id, one.last_name, one.first_name, one.short_name if one.short_name != one.last_name else "")
        for one in facts.people
    )
    short = {one.id: names[one.public_id] for one in facts.people}
    cells: dict[tuple[int | None, date], list[Item]] = defaultdict(list)
    for row in facts.rows:
        key = row.assignment.id if sight.layout == "assignment" else row.person.id if row.person else None
        cells[key, row.date].append(_item(facts, sight, row, short))
    weeks = [days[n : n + 7] for n in range(0, len(days), 7)]
    current = next((n for n, week in enumerate(weeks) if any(day.is_today for day in week)), 0)
    return tuple(
        Block(
            number=week[min(3, len(week) - 1)].date.isocalendar().week,
            days=tuple(week),
            groups=_groups(facts, sight, week, cells),
            is_current=n == current,
        )
        for n, week in enumerate(weeks)
    )


def _groups(
    facts: Facts, sight: Sight, week: Sequence[Day], cells: Mapping[tuple[int | None, date], list[Item]]
) -> tuple[Group, ...]:
    def row(key: int | None, label: str, detail: str = "", hue: str = "") -> Row:
        drawn = tuple(Cell(f"cell {day.classes}".strip(), tuple(cells.get((key, day.date), ()))) for day in week)
        return Row(label, detail, hue, drawn)

    if sight.layout == "person":
        rows = [row(one.id, one.name) for one in facts.people]
        if any(key is None for key, _ in cells):
            rows.append(row(None, "Open shifts"))
        return (Group("", "", tuple(rows)),)
    grouped: dict[int, list[Row]] = defaultdict(list)
    for one in facts.assignments:
        hours = hours_text_of(one)
        grouped[one.department_id].append(row(one.id, one.name, hours, "" if one.is_off else one.hue))
    homes = sorted(facts.departments.values(), key=lambda one: (one.order, one.name))
    return tuple(
        Group(home.name, "" if home.zone == facts.zone else home.zone, tuple(grouped[home.id]))
        for home in homes
        if grouped.get(home.id)
    )


def hours_text_of(assignment: AssignmentInfo) -> str:
    """The usual times of an assignment."""
    start, end = assignment.start_time, assignment.end_time
    if (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0):
        return "all day"
    if start.minute == 0 and end.minute == 0:
        return f"{start:%H}–{end:%H}"
    return f"{start:%H:%M}–{end:%H:%M}"


def _item(facts: Facts, sight: Sight, row: PublishedRow, short: Mapping[int, str]) -> Item:
    person = row.person
    by_person = sight.layout == "person"
    lines = []
    if row.custom_time or "times" in sight.columns:
        lines.append(hours_text(row.start_wall, row.end_wall))
    if facts.contacts and person is not None and person.contact and not by_person:
        lines.append(person.contact)
    marks = []
    if row.call_order is not None and "order" in sight.columns:
        lines.append(f"call order {row.call_order}")
    if row.note:
        marks.append(("note", "note"))
        if "notes" in sight.columns:
            lines.append(row.note)
    if row.custom_time:
        marks.append(("clock", "custom time"))
    if person is None:
        marks.append(("open", "open"))
    elif person.is_placeholder and not by_person:
        marks.append(("phone", "placeholder"))
    text = row.assignment.code if by_person else short[person.id] if person else "OPEN"
    return Item(
        text=text,
        title=f"{row.assignment.name}: {person.name if person else 'open'}",
        hue="" if row.assignment.is_off else row.assignment.hue,
        lines=tuple(lines),
        is_open=person is None,
        is_placeholder=person is not None and person.is_placeholder and not by_person,
        marks=tuple(marks),
    )


def _list(facts: Facts, sight: Sight, days: Iterable[Day]) -> tuple[ListDay, ...]:
    found: dict[date, list[Entry]] = defaultdict(list)
    for row in facts.rows:
        found[row.date].append(entry_of(row, contacts=facts.contacts, columns=sight.columns))
    return tuple(ListDay(day, tuple(found[day.date])) for day in days if found.get(day.date) or day.is_today)


def _day(facts: Facts, day: date, place: int) -> Day:
    names = ["is-weekend"] if day.weekday() >= 5 else []
    if day == facts.today:
        names.append("is-today")
    elif day < facts.today:
        names.append("is-past")
    return Day(
        date=day,
        weekday=f"{day:%a}",
        text=f"{day:%b} {day.day}" if place % 7 == 0 or day.day == 1 else str(day.day),
        classes=" ".join(names),
        is_today=day == facts.today,
        holiday=facts.holidays.get(day, ""),
    )
