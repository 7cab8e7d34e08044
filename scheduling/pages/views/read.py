"""Reads what a view shows, inside one tenant transaction: published truth, and nothing of a draft."""

from __future__ import annotations

from datetime import date

from scheduling.pages.views.board import Board, Facts, board_build
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id
from scheduling.selectors.views import assignments_shown, rows_shown
from scheduling.types import PublishedRow
from scheduling.viewing.types import Sight


def board_read(sight: Sight, *, first: date, last: date, today: date, zone: str, contacts: bool) -> Board:
    """A view over some dates. `contacts` is whether this reader may have them; they are shown only where the view has them, too."""
    rows = rows_shown(sight.shown, first, last)
    used = {row.assignment.id for row in rows}
    covered = assignments_by_id(assignments_shown(sight.shown))
    listed = [
        one
        for one in covered.values()
        if one.id in used or (not sight.shown.people and (one.ended_on is None or one.ended_on >= first))
    ]
    people = {row.person.id: row.person for row in rows if row.person}
    people |= people_by_id(sight.shown.people)
    order = sorted(people.values(), key=lambda one: (one.is_placeholder, one.name.casefold()))
    homes = {one.department_id for one in listed}
    facts = Facts(
        rows=rows,
        assignments=sorted(listed, key=lambda one: (one.is_off, one.order, one.code)),
        people=order,
        departments=departments_by_id(homes),
        holidays=holidays_between(first, last),
        first=first,
        last=last,
        today=today,
        zone=zone,
        contacts=contacts and "contacts" in sight.columns,
    )
    return board_build(facts, sight)


def lines_read(sight: Sight, *, first: date, last: date, contacts: bool) -> list[list[str]]:
    """The same as the lines of a file. A column that the reader may not have is not there."""
    contacts = contacts and "contacts" in sight.columns
    head = ["Date", "Department", "Assignment", "Code", "Start", "End", "Zone", "Person"]
    head += ["Call order"] if "order" in sight.columns else []
    head += ["Contact"] if contacts else []
    head += ["Note"] if "notes" in sight.columns else []
    return [head, *(_line(row, sight, contacts) for row in rows_shown(sight.shown, first, last))]


def _line(row: PublishedRow, sight: Sight, contacts: bool) -> list[str]:
    person = row.person
    cells = [
        row.date.isoformat(), row.department.name, row.assignment.name, row.assignment.code,
        f"{row.start_wall:%Y-%m-%d %H:%M}", f"{row.end_wall:%Y-%m-%d %H:%M}", row.zone, person.name if person else "open",
    ]  # fmt: skip
    if "order" in sight.columns:
        cells.append("" if row.call_order is None else str(row.call_order))
    if contacts:
        cells.append(person.contact if person else "")
    if "notes" in sight.columns:
        cells.append(row.note)
    return cells
