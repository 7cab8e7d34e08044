"""What publishing would change, told by person and by day. Pure."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from scheduling.types import Difference

SHOWN_AT_MOST = 500
OPEN = "open"


@dataclass(frozen=True)
class FieldChange:
    """One field's old and new text."""

    name: str
    was: str
    now: str


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference: `sign` is add, chg or del; `word` says it without colour."""

    sign: str
    glyph: str
    word: str
    title: str
    detail: str
    changes: tuple[FieldChange, ...]
    aside: str
    shift_id: uuid.UUID | None = None


@dataclass(frozen=True)
class DiffGroup:
    """A person's or a day's lines."""

    title: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True)
class DayCount:
    """How much changes on one day."""

    label: str
    text: str


_SIGNS = {"added": ("add", "+", "Added"), "changed": ("chg", "~", "Changed"), "removed": ("del", "−", "Removed")}


def by_person(differences: Sequence[Difference]) -> list[DiffGroup]:
    """Grouped by the people concerned: giving a shift to somebody else is a removal and an addition."""
    groups: dict[str, list[DiffLine]] = defaultdict(list)
    for one in differences[:SHOWN_AT_MOST]:
        was, now = one.before.get("person"), one.after.get("person")
        if one.kind == "changed" and was and now:
            groups[_person(was)].append(_line(one, "removed", detail=f"now {_person(now)}", aside=_day(one.date)))
            groups[_person(now)].append(_line(one, "added", detail=f"was {_person(was)}", aside=_day(one.date)))
        else:
            groups[_person(one.person_name)].append(
                _line(one, one.kind, detail=_hours(one), changes=_changes(one), aside=_day(one.date))
            )
    return [DiffGroup(name, tuple(lines)) for name, lines in sorted(groups.items(), key=_open_last)]


def by_day(differences: Sequence[Difference]) -> list[DiffGroup]:
    """Grouped by date."""
    groups: dict[date, list[DiffLine]] = defaultdict(list)
    for one in differences[:SHOWN_AT_MOST]:
        who = "" if "person" in one.before and "person" in one.after else _person(one.person_name)
        groups[one.date].append(_line(one, one.kind, detail=who, changes=_changes(one), aside=_hours(one)))
    return [DiffGroup(f"{day:%A}, {day:%B} {day.day}", tuple(lines)) for day, lines in sorted(groups.items())]


def day_counts(differences: Iterable[Difference], first: date, last: date) -> list[DayCount]:
    """One entry for each day of a short range, with what happens on it; nothing for ranges beyond six weeks."""
    days = (last - first).days + 1
    if days > 42:
        return []
    counts: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in differences:
        counts[one.date][one.kind] += 1
    listed = []
    for n in range(days):
        day = first + timedelta(days=n)
        text = " ".join(f"{_SIGNS[kind][1]}{counts[day][kind]}" for kind in _SIGNS if counts[day][kind])
        listed.append(DayCount(label=f"{day:%a}"[:1] + f" {day.day}", text=text))
    return listed


def people_touched(differences: Iterable[Difference]) -> int:
    """How many people see a change."""
    names: set[str] = set()
    for one in differences:
        names.update(
            (str(one.before.get("person") or one.person_name), str(one.after.get("person") or one.person_name))
        )
    return len(names - {OPEN})


def _line(
    one: Difference, kind: str, *, detail: str = "", changes: tuple[FieldChange, ...] = (), aside: str = ""
) -> DiffLine:
    sign, glyph, word = _SIGNS[kind]
    return DiffLine(sign, glyph, word, one.assignment_name, detail, changes, aside, one.shift_id)


def _person(name: str) -> str:
    return "Open shifts" if name == OPEN else name


def _open_last(item: tuple[str, list[DiffLine]]) -> tuple[bool, str]:
    return item[0] == "Open shifts", item[0].casefold()


def _day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def _hours(one: Difference) -> str:
    side = one.after or one.before
    if one.kind == "changed" or "start" not in side or "end" not in side:
        return ""
    return _span(side)


def _span(side: Mapping[str, Any]) -> str:
    return f"{str(side['start'])[-5:]}–{str(side['end'])[-5:]}"


def _changes(one: Difference) -> tuple[FieldChange, ...]:
    """The fields that differ, start and end of the same day told as times."""
    if one.kind != "changed":
        return ()
    changes = []
    for name in one.after:
        was, now = one.before.get(name), one.after[name]
        if name in ("start", "end"):
            same_day = str(was)[:10] == str(now)[:10]
            was, now = (str(was)[-5:], str(now)[-5:]) if same_day else (str(was), str(now))
            changes.append(FieldChange("starts" if name == "start" else "ends", was, now))
        elif name == "person":
            changes.append(FieldChange("person", _person_cell(was), _person_cell(now)))
        else:
            changes.append(FieldChange(name.replace("_", " "), _text(was), _text(now)))
    return tuple(changes)


def _person_cell(value: Any) -> str:
    return "OPEN" if value == OPEN else str(value)


def _text(value: Any) -> str:
    return "none" if value in (None, "") else str(value)
