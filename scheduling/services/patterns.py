"""Writes of patterns: made new or from a block, changed week by week, renamed, removed."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from scheduling.models import Department, Pattern, PatternEntry, PatternPerson, Person
from scheduling.planning.patterns import Entry, week_of
from scheduling.selectors.patterns import pattern_people
from scheduling.selectors.rows import assignments_by_id, people_by_id
from scheduling.selectors.workspace import draft_shifts
from scheduling.types import ScheduleInfo, ShiftInfo
from tenancy.bulk import rows_insert
from tenancy.changes import change_record, differing
from tenancy.types import Actor, NotFoundError, RefusedError

MOST_WEEKS, MOST_ENTRIES, MOST_POSITIONS = 26, 5_000, 200
PEOPLE, POSITIONS, OPEN = "people", "positions", "open"


@dataclass(frozen=True, slots=True)
class BlockTaken:
    """A block of a draft that becomes a pattern. `who`: its people, positions in the order they appear, or open shifts."""

    source: ScheduleInfo
    first: date
    last: date
    name: str
    who: str
    keep_notes: bool = False
    assignment_ids: Collection[uuid.UUID] | None = None


def pattern_create(
    *,
    department: Department,
    name: str,
    weeks: int,
    actor: Actor,
    now: datetime,
    entries: Sequence[Entry] = (),
    person_ids: Sequence[int | None] = (),
    anchor: date | None = None,
) -> Pattern:
    """Make a pattern."""
    name = _name_or_refuse(name, department.id)
    _weeks_or_refuse(weeks)
    if len(entries) > MOST_ENTRIES:
        raise RefusedError(
            f"A template holds at most {MOST_ENTRIES:,} shifts; these are {len(entries):,}.", field="last"
        )
    pattern = Pattern.objects.create(
        department=department, name=name, weeks=weeks, anchor=anchor, changed_by=actor.label, changed_at=now
    )
    rows_insert([_row(pattern, one) for one in entries])
    _people_write(pattern, person_ids)
    _log(pattern, actor, now, "pattern.create", None, {"weeks": weeks, "shifts": len(entries)})
    return pattern


def pattern_from_block(*, taken: BlockTaken, week_start: int, actor: Actor, now: datetime) -> Pattern:
    """Make a pattern of what stands in a block. Its weeks are the calendar weeks that the block touches."""
    if taken.last < taken.first:
        raise RefusedError("The last date of the block is before its first.", field="last")
    weeks = week_of(taken.last, taken.first, weeks=10_000, week_start=week_start)[1] + 1
    _weeks_or_refuse(weeks, field="last")
    shifts = draft_shifts(schedule_id=taken.source.id, first=taken.first, last=taken.last)
    if taken.assignment_ids is not None:
        shifts = [one for one in shifts if one.assignment.public_id in taken.assignment_ids]
    if not shifts:
        raise RefusedError("There is no shift in these dates to make a template of.", field="first")
    positions: dict[int, int] = {}
    if taken.who == POSITIONS:
        for shift in shifts:
            if shift.person is not None:
                positions.setdefault(shift.person.id, len(positions) + 1)
    entries = [_taken(shift, taken, positions, week_start) for shift in shifts]
    return pattern_create(
        department=Department.objects.get(id=taken.source.department.id), name=taken.name, weeks=weeks, entries=entries,
        person_ids=list(positions), anchor=taken.first, actor=actor, now=now,
    )  # fmt: skip


def pattern_change(
    *, pattern_id: uuid.UUID, version: int, actor: Actor, now: datetime, name: str, weeks: int
) -> Pattern:
    """Rename, lengthen or shorten; the shifts of weeks that go are removed."""
    pattern = _held(pattern_id, version)
    name = _name_or_refuse(name, pattern.department_id, but=pattern)
    _weeks_or_refuse(weeks)
    beyond = PatternEntry.objects.filter(pattern_id=pattern.id, week__gte=weeks)
    before, after = differing({"name": pattern.name, "weeks": pattern.weeks}, {"name": name, "weeks": weeks})
    if after:
        gone = beyond.count()
        beyond.delete()
        pattern.name, pattern.weeks = name, weeks
        _touched(pattern, actor, now)
        _log(pattern, actor, now, "pattern.change", before, {**after, **({"shifts removed": gone} if gone else {})})
    return pattern


def pattern_week_set(
    *, pattern_id: uuid.UUID, version: int, week: int, entries: Iterable[Entry], actor: Actor, now: datetime
) -> Pattern:
    """Make one week of a pattern what `entries` say: those with an id stay, those without are added, the others go."""
    pattern = _held(pattern_id, version)
    if not 0 <= week < pattern.weeks:
        raise RefusedError(f"The template has {pattern.weeks} weeks.", field="week")
    wanted = [replace(one, week=week) for one in entries]
    held = set(PatternEntry.objects.filter(pattern_id=pattern.id, week=week).values_list("id", flat=True))
    gone = held - {one.id for one in wanted}
    new = [one for one in wanted if one.id not in held]
    if len(wanted) + PatternEntry.objects.filter(pattern_id=pattern.id).exclude(week=week).count() > MOST_ENTRIES:
        raise RefusedError(f"A template holds at most {MOST_ENTRIES:,} shifts.")
    if not gone and not new:
        return pattern
    told_gone = _told(PatternEntry.objects.filter(id__in=gone).select_related("assignment", "person"))
    PatternEntry.objects.filter(pattern_id=pattern.id, id__in=gone).delete()
    made = [_row(pattern, one) for one in new]
    rows_insert(made)
    _touched(pattern, actor, now)
    _log(
        pattern, actor, now, "pattern.change",
        {f"week {week + 1}": told_gone}, {f"week {week + 1}": _told_new(new, pattern.department_id)},
    )  # fmt: skip
    return pattern


def pattern_settings(
    *,
    pattern_id: uuid.UUID,
    person_ids: Sequence[int | None],
    rotates: bool,
    anchor: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Remember who fills the positions, in order, whether they rotate, and the date of the first week."""
    pattern = _held(pattern_id, None)
    named = [one for one in person_ids if one is not None]
    if len(named) != len(set(named)):
        raise RefusedError("Somebody stands twice in the list: one place for each.", field="people")
    before = pattern_people(pattern.id)
    names = people_by_id({one for one in (*before, *named) if one is not None})

    def told(ids: Sequence[int | None]) -> list[str]:
        return [names[one].name if one is not None else "open" for one in ids]

    was = {"people": told(before), "rotates": pattern.rotates, "anchor": pattern.anchor}
    now_is = {"people": told(person_ids), "rotates": rotates, "anchor": anchor}
    changed = differing(was, now_is)
    if not changed[1]:
        return
    if list(person_ids) != before:
        PatternPerson.objects.filter(pattern_id=pattern.id).delete()
        _people_write(pattern, person_ids)
    pattern.rotates, pattern.anchor = rotates, anchor
    _touched(pattern, actor, now)
    _log(pattern, actor, now, "pattern.change", *changed)


def pattern_remove(*, pattern_id: uuid.UUID, actor: Actor, now: datetime) -> str:
    """Delete a pattern; schedules that it was applied to stay as they are. Returns its name."""
    pattern = _held(pattern_id, None)
    count = PatternEntry.objects.filter(pattern_id=pattern.id).count()
    _log(pattern, actor, now, "pattern.remove", {"weeks": pattern.weeks, "shifts": count}, None)
    PatternEntry.objects.filter(pattern_id=pattern.id).delete()
    PatternPerson.objects.filter(pattern_id=pattern.id).delete()
    pattern.delete()
    return pattern.name


def _taken(shift: ShiftInfo, taken: BlockTaken, positions: dict[int, int], week_start: int) -> Entry:
    _, week = week_of(shift.date, taken.first, weeks=10_000, week_start=week_start)
    person = shift.person.id if shift.person else None
    entry = Entry(
        id=0, assignment_id=shift.assignment.id, week=week, weekday=shift.date.weekday(),
        person_id=person if taken.who == PEOPLE else None,
        position=positions.get(person) if person is not None else None,
        note=shift.note if taken.keep_notes else "", call_order=shift.call_order,
    )  # fmt: skip
    if not shift.custom_time:
        return entry
    days = (shift.end_wall.date() - shift.date).days
    return replace(entry, start_time=shift.start_wall.time(), end_time=shift.end_wall.time(), end_day_offset=days)


def _row(pattern: Pattern, one: Entry) -> PatternEntry:
    return PatternEntry(
        pattern=pattern, assignment_id=one.assignment_id, week=one.week, weekday=one.weekday, person_id=one.person_id,
        position=one.position, start_time=one.start_time, end_time=one.end_time, end_day_offset=one.end_day_offset,
        note=one.note, call_order=one.call_order,
    )  # fmt: skip


def _people_write(pattern: Pattern, person_ids: Sequence[int | None]) -> None:
    named = [one for one in person_ids if one is not None]
    known = set(Person.objects.filter(id__in=named).values_list("id", flat=True))
    PatternPerson.objects.bulk_create(
        [PatternPerson(pattern=pattern, person_id=one, order=n) for n, one in enumerate(person_ids) if one in known]
    )


def _held(pattern_id: uuid.UUID, version: int | None) -> Pattern:
    pattern = (
        Pattern.objects.select_for_update(of=("self",))
        .select_related("department")
        .filter(public_id=pattern_id)
        .first()
    )
    if pattern is None:
        raise NotFoundError("There is no such template.")
    if version is not None and pattern.version != version:
        raise RefusedError(
            f"{pattern.changed_by} changed this template meanwhile. Yours was not saved: look at it again.",
            code="stale",
        )
    return pattern


def _touched(pattern: Pattern, actor: Actor, now: datetime) -> None:
    pattern.version += 1
    pattern.changed_by, pattern.changed_at = actor.label, now
    pattern.save()


def _name_or_refuse(name: str, department_id: int, but: Pattern | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise RefusedError("A template needs a name of at most 120 characters.", field="name")
    others = Pattern.objects.filter(department_id=department_id, name=name)
    if (others.exclude(id=but.id) if but else others).exists():
        raise RefusedError(f"The department has a template {name!r} already.", field="name")
    return name


def _weeks_or_refuse(weeks: int, *, field: str = "weeks") -> None:
    if not 1 <= weeks <= MOST_WEEKS:
        raise RefusedError(f"A template has 1 to {MOST_WEEKS} weeks; this would be {weeks}.", field=field)


def _told(rows: Iterable[PatternEntry]) -> list[str]:
    said = Counter(
        f"{row.assignment.code}, day {row.weekday + 1}: "
        + (row.person.name if row.person else f"position {row.position}" if row.position else "open")
        for row in rows
    )
    return sorted(said.elements())


def _told_new(entries: Sequence[Entry], department_id: int) -> list[str]:
    assignments = assignments_by_id(department_id=department_id)
    people = people_by_id({one.person_id for one in entries if one.person_id})
    return sorted(
        f"{assignments[one.assignment_id].code}, day {one.weekday + 1}: "
        + (people[one.person_id].name if one.person_id else f"position {one.position}" if one.position else "open")
        for one in entries
    )


def _log(
    pattern: Pattern,
    actor: Actor,
    now: datetime,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="pattern", subject=f"{pattern.department.name}: {pattern.name}",
        subject_id=pattern.public_id, department_id=pattern.department_id, before=before, after=after,
    )  # fmt: skip
