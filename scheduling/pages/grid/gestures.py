"""From what a scheduler does with a range of cells to the edits that say it. Pure but for `Draft.read`.

A cell counts as it was seen: where somebody else has put or taken a shift meanwhile, the cell is left alone and they are named.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduling.pages.grid.names import Names, names_read
from scheduling.pages.grid.posted import RangeCell, Versioned, day_text
from scheduling.pages.grid.view import OPEN_ROW, Layout
from scheduling.selectors.workspace import draft_shifts, shifts_named
from scheduling.services.edits import Change, Edit, Place, Remove, Skipped
from scheduling.types import ScheduleInfo, ShiftInfo


@dataclass(frozen=True)
class Plan:
    """The edits to try, with the number of the cell that each belongs to, and the cells that are left alone without trying."""

    edits: Sequence[Edit] = ()
    groups: Sequence[int] | None = None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class Draft:
    """The shifts that stand in the cells of a range now, and those that are copied or moved into it."""

    layout: Layout
    by_cell: Mapping[tuple[uuid.UUID, Any], Sequence[ShiftInfo]]
    by_id: Mapping[uuid.UUID, ShiftInfo]
    schedule: ScheduleInfo
    names: Names | None = None

    @classmethod
    def read(cls, schedule: ScheduleInfo, cells: Sequence[RangeCell], layout: Layout) -> Draft:
        """In a handful of queries, whatever the range."""
        days = {one.address.date for one in cells}
        rows = {one.address.row for one in cells}
        by_assignment = layout == "assignment"
        standing = draft_shifts(
            schedule_id=schedule.id, first=min(days), last=max(days), days=days,
            assignments=rows if by_assignment else None, people=None if by_assignment else rows - {OPEN_ROW},
            with_open=not by_assignment and OPEN_ROW in rows,
        )  # fmt: skip
        by_cell: dict[tuple[uuid.UUID, Any], list[ShiftInfo]] = {}
        for one in standing:
            by_cell.setdefault((_row(one, layout), one.date), []).append(one)
        wanted = {key for cell in cells for key, _ in (*cell.sources, *cell.seen)}
        by_id = {one.public_id: one for one in standing}
        if missing := wanted - set(by_id):
            by_id |= shifts_named(schedule_id=schedule.id, shift_ids=missing)
        names = names_read(schedule, layout) if any(cell.text for cell in cells) else None
        return cls(layout, by_cell, by_id, schedule, names)

    def there(self, cell: RangeCell) -> Sequence[ShiftInfo]:
        """What stands in the cell."""
        return self.by_cell.get((cell.address.row, cell.address.date), ())

    def unseen(self, cell: RangeCell, moving: frozenset[uuid.UUID] = frozenset()) -> Skipped | None:
        """Why the cell is left alone, when its shifts are not those that were seen."""
        seen = {key for key, _ in cell.seen}
        for one in self.there(cell):
            if one.public_id not in seen and one.public_id not in moving:
                who = one.person.name if one.person else "an open shift"
                text = f"{one.changed_by} put {who} here meanwhile. Yours was not saved."
                return Skipped(Remove(one.public_id, one.version), "stale", self.subject(cell), text, one)
        return None

    def subject(self, cell: RangeCell) -> str:
        """The cell in words."""
        there = self.there(cell)
        day = day_text(cell.address.date)
        if not there:
            return day
        one = there[0]
        return (
            f"{one.assignment.name}, {day}"
            if self.layout == "assignment" or not one.person
            else f"{one.person.name}, {day}"
        )


def clear_plan(draft: Draft, cells: Sequence[RangeCell]) -> Plan:
    """Take every seen shift out."""
    return Plan([Remove(*one) for cell in cells for one in cell.seen])


def lock_plan(draft: Draft, cells: Sequence[RangeCell], *, locked: bool) -> Plan:
    """Lock or unlock every seen shift."""
    return Plan([Change(*one, {"locked": locked}) for cell in cells for one in cell.seen])


def fill_plan(draft: Draft, cells: Sequence[RangeCell], chosen: uuid.UUID | None, *, add: bool) -> Plan:
    """Paint somebody (by person: an assignment) into cells: an open shift is filled, a single one given, else one is added."""
    plan = _Building(draft)
    by_assignment = draft.layout == "assignment"
    name = "person_id" if by_assignment else "assignment_id"
    for cell in cells:
        if plan.leave(cell):
            continue
        there = draft.there(cell)
        if any(_key(one, draft.layout) == chosen for one in there) and not (chosen is None and add):
            continue
        target = next((one for one in there if one.person is None), None) if by_assignment else None
        if target is None and len(there) == 1:
            target = there[0]
        if target is not None and not add:
            plan.add(Change(target.public_id, _seen_version(cell, target), {name: chosen}))
        else:
            plan.place(cell, {}, chosen)
    return plan.done()


def move_plan(draft: Draft, cells: Sequence[RangeCell], moved: Sequence[Versioned]) -> Plan:
    """Carry shifts to one cell, beside what stands there."""
    plan = _Building(draft)
    plan.add(*(Change(*one, plan.where(cells[0])) for one in moved))
    return plan.done()


def paste_plan(draft: Draft, cells: Sequence[RangeCell], *, cut: bool) -> Plan:
    """Make each cell what its source is: a copy of its shifts, or those shifts themselves."""
    plan = _Building(draft)
    moving = frozenset(key for cell in cells for key, _ in cell.sources) if cut else frozenset()
    for cell in cells:
        if plan.leave(cell, moving):
            continue
        sources = [draft.by_id[key] for key, _ in cell.sources if key in draft.by_id]
        versions = dict(cell.sources)
        standing = [one for one in draft.there(cell) if one.public_id not in moving]
        if any(one.locked for one in (*standing, *(sources if cut else ()))):
            plan.locked(cell)
            continue
        if cut:
            plan.add(*(Remove(one.public_id, _seen_version(cell, one)) for one in standing))
            plan.add(*(Change(key, versions[key], plan.where(cell)) for key in versions))
        else:
            plan.become(
                cell, standing, [(_key(one, draft.layout), _copied(one, cell, draft.layout)) for one in sources]
            )
    return plan.done()


def text_plan(draft: Draft, cells: Sequence[RangeCell]) -> Plan:
    """Make each cell what its text names, as pasted from a spreadsheet; an empty text leaves the cell alone."""
    plan = _Building(draft)
    for cell in cells:
        if not cell.text.strip() or draft.names is None or plan.leave(cell):
            continue
        found, wrong = draft.names.read(cell.text)
        if wrong:
            plan.skip(cell, "unknown", wrong)
            continue
        standing = list(draft.there(cell))
        if any(one.locked for one in standing):
            plan.locked(cell)
            continue
        plan.become(cell, standing, [(key, {}) for key in found])
    return plan.done()


@dataclass
class _Building:
    """A plan while it is made."""

    draft: Draft
    edits: list[Edit] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    cell: int = 0

    def done(self) -> Plan:
        return Plan(self.edits, self.groups, tuple(self.skipped))

    def add(self, *edits: Edit) -> None:
        self.edits += edits
        self.groups += [self.cell] * len(edits)

    def leave(self, cell: RangeCell, moving: frozenset[uuid.UUID] = frozenset()) -> bool:
        """True, and told, for a cell in which somebody else has put something meanwhile."""
        self.cell += 1
        unseen = self.draft.unseen(cell, moving)
        self.skipped += [unseen] if unseen else []
        return unseen is not None

    def locked(self, cell: RangeCell) -> None:
        self.skip(cell, "locked", "The shift is locked. Unlock it first.")

    def skip(self, cell: RangeCell, code: str, text: str) -> None:
        there = self.draft.there(cell)
        edit = Remove(there[0].public_id, there[0].version) if there else Place(cell.address.row, cell.address.date)
        self.skipped.append(Skipped(edit, code, self.draft.subject(cell), text))

    def where(self, cell: RangeCell) -> dict[str, Any]:
        """The fields that put a shift into the cell."""
        row = cell.address.row
        if self.draft.layout == "assignment":
            return {"date": cell.address.date, "assignment_id": row}
        return {"date": cell.address.date, "person_id": None if row == OPEN_ROW else row}

    def place(self, cell: RangeCell, more: Mapping[str, Any], chosen: uuid.UUID | None) -> None:
        row, day = cell.address.row, cell.address.date
        if self.draft.layout == "assignment":
            self.add(Place(row, day, chosen, more))
        elif chosen is not None:
            self.add(Place(chosen, day, None if row == OPEN_ROW else row, more))

    def become(
        self, cell: RangeCell, standing: list[ShiftInfo], wanted: list[tuple[uuid.UUID | None, dict[str, Any]]]
    ) -> None:
        """Edit the shifts of a cell until they are the wanted ones, keeping as many of them as can be."""
        name = "person_id" if self.draft.layout == "assignment" else "assignment_id"
        left = list(standing)
        rest: list[tuple[uuid.UUID | None, dict[str, Any]]] = []
        pairs: list[tuple[ShiftInfo, uuid.UUID | None, dict[str, Any]]] = []
        for key, more in wanted:
            same = next((one for one in left if _key(one, self.draft.layout) == key), None)
            if same is None:
                rest.append((key, more))
            else:
                left.remove(same)
                pairs.append((same, key, more))
        pairs += [(one, *pair) for one, pair in zip(left, rest, strict=False)]
        for one, key, more in pairs:
            self.add(Change(one.public_id, _seen_version(cell, one), {name: key, **more}))
        for key, more in rest[len(left) :]:
            self.place(cell, {field: value for field, value in more.items() if value not in (None, "")}, key)
        self.add(*(Remove(one.public_id, _seen_version(cell, one)) for one in left[len(rest) :]))


def _copied(one: ShiftInfo, cell: RangeCell, layout: Layout) -> dict[str, Any]:
    """What a copy takes along: the note, the call order, and its own times where the assignment stays."""
    more: dict[str, Any] = {"note": one.note, "call_order": one.call_order, "start": None, "end": None}
    if one.custom_time and (layout == "person" or one.assignment.public_id == cell.address.row):
        start = datetime.combine(cell.address.date, one.start_wall.time())
        more |= {"start": start, "end": start + (one.end_wall - one.start_wall)}
    return more


def _seen_version(cell: RangeCell, one: ShiftInfo) -> int:
    return dict(cell.seen).get(one.public_id, one.version)


def _row(one: ShiftInfo, layout: Layout) -> uuid.UUID:
    if layout == "assignment":
        return one.assignment.public_id
    return one.person.public_id if one.person else OPEN_ROW


def _key(one: ShiftInfo, layout: Layout) -> uuid.UUID | None:
    """What stands in the cell: the person, or by person the assignment."""
    if layout == "assignment":
        return one.person.public_id if one.person else None
    return one.assignment.public_id
