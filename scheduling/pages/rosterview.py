"""An import's preview as its page shows it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from scheduling.importing.codes import assignment_named
from scheduling.importing.persons import LABELS
from scheduling.importing.types import RosterChange, RosterPreview
from scheduling.pages.publishing.diffview import DiffGroup, DiffLine, FieldChange
from scheduling.pages.rosterform import CODE, COLUMN, IGNORED, Choices
from scheduling.types import AssignmentInfo

SHOWN_AT_MOST = 300
CODES_AT_MOST = 150

_SIGNS = {
    "added": ("add", "+", "Added"),
    "changed": ("chg", "~", "Changed"),
    "removed": ("del", "−", "Removed"),
    "locked": ("skip", "!", "Locked, kept"),
}
MEANING_LABELS = (
    ("ignore", "Not read"), ("id", "Staff id"), ("name", "Name"), ("last", "Last name"), ("first", "First name"),
    ("email", "E-mail"), ("npi", "NPI"), ("date", "Date"), ("end_date", "End date"), ("code", "Shift"),
    ("start", "Start"), ("end", "End"), ("times", "Start–end"), ("note", "Note"),
)  # fmt: skip
_GRID_MEANINGS = frozenset({"ignore", "id", "name", "last", "first", "email", "npi"})


@dataclass(frozen=True)
class ColumnRow:
    """A column of the file and what it is read as."""

    field: str
    position: str
    header: str
    meaning: str


@dataclass(frozen=True)
class CodeRow:
    """A code of the file: what it stands for, and, if nothing yet, what would be made of it."""

    code: str
    field: str
    count: int
    choice: str
    is_new: bool
    name: str = ""
    start: str = ""
    end: str = ""
    type_name: str = ""
    source: str = ""


def change_groups(changes: Sequence[RosterChange]) -> list[DiffGroup]:
    """By person, in the order of names; at most SHOWN_AT_MOST lines."""
    groups: dict[str, list[DiffLine]] = defaultdict(list)
    # What goes or alters is rarer than what comes, and the reason to look: it is never among the lines left out.
    rank = {"removed": 0, "changed": 1, "locked": 2, "added": 3}
    for change in sorted(changes, key=lambda one: rank[one.kind])[:SHOWN_AT_MOST]:
        groups[change.person_name].append(_line(change))
    return [DiffGroup(name, tuple(groups[name])) for name in sorted(groups)]


def _line(change: RosterChange) -> DiffLine:
    sign, glyph, word = _SIGNS[change.kind]
    changes: tuple[FieldChange, ...] = ()
    detail = change.after.get("times") or change.before.get("times", "")
    if change.kind == "changed":
        changes = tuple(
            FieldChange(name, change.before.get(name, "") or "none", now or "none")
            for name, now in change.after.items()
        )
        detail = ""
    elif change.kind == "locked" and "code" in change.after:
        changes = (FieldChange("the file says", "", change.after["code"]),)
    elif change.after.get("note"):
        detail = f"{detail} · {change.after['note']}"
    place = f"row {change.row}" + (f", column {change.column}" if change.column else "") if change.row else ""
    title = f"{change.date:%a %b} {change.date.day} · {change.code}"
    return DiffLine(sign, glyph, word, title, detail, changes, place)


def column_rows(preview: RosterPreview) -> list[ColumnRow]:
    """Columns with a header that are no dates of a grid."""
    return [
        ColumnRow(f"{COLUMN}{column.header}", column.position, column.header, column.meaning or "ignore")
        for column in preview.parse.columns
        if column.header and not (preview.parse.shape == "grid" and column.meaning == "date")
    ]


def meaning_choices(preview: RosterPreview) -> list[tuple[str, str]]:
    """What a column can mean in a file of this shape."""
    is_grid = preview.parse.shape == "grid"
    return [(value, label) for value, label in MEANING_LABELS if not is_grid or value in _GRID_MEANINGS]


def code_rows(preview: RosterPreview, assignments: Iterable[AssignmentInfo], choices: Choices) -> list[CodeRow]:
    """Every code met, those without an assignment first; then those that are ignored."""
    held = list(assignments)
    new = {one.code: one for one in preview.new_codes}
    rows: list[CodeRow] = []
    for one in preview.parse.codes:
        lacking = new.get(one.code)
        if lacking is None:
            found = assignment_named(held, preview.mapping.codes.get(one.code) or one.code)
            choice = str(found.public_id) if found else ""
            rows.append(CodeRow(one.code, f"{CODE}{one.code}", one.count, choice, is_new=False))
            continue
        said = choices.typed.get(one.code, {})
        proposal = lacking.proposal
        rows.append(
            CodeRow(
                one.code,
                f"{CODE}{one.code}",
                one.count,
                "",
                is_new=True,
                name=proposal.name,
                start=said.get("start") or _clock(proposal.start),
                end=said.get("end") or _clock(proposal.end),
                type_name=proposal.type_name,
                source=lacking.source,
            )
        )
    rows.sort(key=lambda row: not row.is_new)
    for code, count in sorted(preview.parse.ignored_codes.items()):
        rows.append(CodeRow(code, f"{CODE}{code}", count, IGNORED, is_new=False))
    return rows[:CODES_AT_MOST]


def told(preview: RosterPreview, *, only_add: bool) -> dict[str, Any]:
    """The page's sentences and figures about the preview as a whole."""
    counts = {kind: preview.count(kind) for kind in ("added", "changed", "removed", "locked")}
    dates = f"{_day(preview.from_date)} to {_day(preview.to_date)}" if preview.from_date and preview.to_date else ""
    where = preview.schedule_name
    if where and preview.creates_schedule:
        where = f"a new schedule, {where}"
    ticks = set(preview.unticked)
    work = sum(counts[kind] for kind in ("added", "changed", "removed"))
    return {
        "counts": counts,
        # What a tick solves is asked where the tick is.
        "problems": [issue for issue in preview.errors if issue not in ticks],
        "lede": f"{dates}, into {where or 'no schedule yet'}" if dates else "",
        "scope": ""
        if only_add or not dates
        else f"{preview.people} {'person' if preview.people == 1 else 'people'} of the file, {dates}",
        "reading": _reading(preview),
        "reading_open": bool(preview.parse.errors) or not preview.schedule_name,
        "identifier": LABELS[preview.mapping.person_match],
        "submit": f"Import {work:,} {'change' if work == 1 else 'changes'}" if work else "Import",
    }


def _reading(preview: RosterPreview) -> str:
    shapes = {"grid": "a grid of people and days", "list": "a list of shifts", "unknown": "no shape was recognised"}
    by = ", ".join(f"{count} by {LABELS.get(name, name)}" for name, count in preview.matched_by.items())
    return shapes[preview.parse.shape] + (f"; people found: {by}" if by else "")


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def applied_text(counts: Any, file_name: str) -> str:
    """What the schedule's page says after an import."""
    words = [
        f"{count:,} {word}"
        for count, word in (
            (counts.added, "added"),
            (counts.changed, "changed"),
            (counts.removed, "removed"),
            (counts.unchanged, "unchanged"),
            (counts.locked, "locked and kept"),
        )
        if count
    ]
    made = [
        f"{count:,} {one if count == 1 else many}"
        for count, one, many in (
            (counts.people_created, "person", "people"),
            (counts.assignments_created, "assignment", "assignments"),
        )
        if count
    ]
    return f"{file_name}: {', '.join(words) or 'nothing to change'}." + (f" Made {' and '.join(made)}." if made else "")


def _clock(value: time | None) -> str:
    return f"{value:%H:%M}" if value is not None else ""
