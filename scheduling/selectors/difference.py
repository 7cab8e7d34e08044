"""What publishing would change: the draft of a range against what an audience has, compared in SQL.

Only the differing rows come back, so the cost follows the change and not the size of the schedule.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection

from scheduling.models import PublishedDay, PublishedShift, Schedule, Shift
from scheduling.selectors.rows import assignments_by_id, people_by_id
from scheduling.types import Audience, Difference, PublishPreview
from tenancy.tenant import current_organization_id
from tenancy.types import NotFoundError

FIELDS = ("assignment_id", "person_id", "date", "start_wall", "end_wall", "note", "call_order", "custom_time")
COMPARED = (*FIELDS, "zone", "starts_at", "ends_at")

_SQL = """
WITH draft AS (
    SELECT public_id AS shift_id, schedule_id, {columns} FROM scheduling_shift
    WHERE organization_id = %(org)s AND schedule_id = %(schedule)s AND date BETWEEN %(first)s AND %(last)s
      AND (%(shifts)s::uuid[] IS NULL OR public_id = ANY(%(shifts)s::uuid[]))
), now_published AS (
    SELECT shift_id, schedule_id, {columns} FROM scheduling_publishedshift
    WHERE organization_id = %(org)s AND audience = %(audience)s AND recorded_to IS NULL
      AND department_id = %(department)s
      AND CASE WHEN %(shifts)s::uuid[] IS NULL THEN date BETWEEN %(first)s AND %(last)s
          ELSE shift_id = ANY(%(shifts)s::uuid[]) END
    UNION
    SELECT shift_id, schedule_id, {columns} FROM scheduling_publishedshift
    WHERE organization_id = %(org)s AND audience = %(audience)s AND recorded_to IS NULL
      AND shift_id IN (SELECT shift_id FROM draft)
)
SELECT d.shift_id, c.shift_id, d.schedule_id, c.schedule_id, {draft_columns}, {current_columns}
FROM draft d FULL JOIN now_published c ON c.shift_id = d.shift_id
WHERE d.shift_id IS NULL OR c.shift_id IS NULL OR d.schedule_id <> c.schedule_id
    OR ({draft_columns}) IS DISTINCT FROM ({current_columns})
ORDER BY COALESCE(d.date, c.date), COALESCE(d.starts_at, c.starts_at), COALESCE(d.shift_id, c.shift_id)
"""


@dataclass(frozen=True, slots=True)
class RawDifference:
    """One differing shift: the draft's side, the published side, or both.

    `adopts`: the draft's shift is a new one that takes over the id readers know, because assignment, date and person match.
    """

    draft_id: uuid.UUID | None
    published_id: uuid.UUID | None
    draft_schedule: int | None
    published_schedule: int | None
    draft: dict[str, Any] | None
    published: dict[str, Any] | None
    adopts: bool = False

    @property
    def kind(self) -> str:
        """added, changed or removed."""
        if self.draft is None:
            return "removed"
        return "added" if self.published is None else "changed"

    @property
    def alike(self) -> bool:
        """True where a reader sees no difference: only the schedule that owns the row, or the draft's own id, is another."""
        return self.draft == self.published

    @property
    def nothing(self) -> bool:
        """True where not even the owning schedule differs: the draft only has to take its id back."""
        return self.alike and self.draft_schedule == self.published_schedule


def raw_differences(
    *,
    schedule: Schedule,
    first: date,
    last: date,
    audience: Audience,
    shift_ids: Collection[uuid.UUID] | None = None,
    adopt: bool = True,
) -> list[RawDifference]:
    """The differing rows of a range (or of a set of shifts), with rows that would go paired with matching new ones (`adopt`)."""
    sql = _SQL.format(
        columns=", ".join(COMPARED),
        draft_columns=", ".join(f"d.{name}" for name in COMPARED),
        current_columns=", ".join(f"c.{name}" for name in COMPARED),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "org": current_organization_id(),
                "schedule": schedule.id,
                "department": schedule.department_id,
                "first": first,
                "last": last,
                "audience": audience.value,
                "shifts": None if shift_ids is None else [str(one) for one in shift_ids],
            },
        )
        rows = cursor.fetchall()
    width = len(COMPARED)
    found = [
        RawDifference(
            draft_id=row[0],
            published_id=row[1],
            draft_schedule=row[2],
            published_schedule=row[3],
            draft=dict(zip(COMPARED, row[4 : 4 + width], strict=True)) if row[0] else None,
            published=dict(zip(COMPARED, row[4 + width :], strict=True)) if row[1] else None,
        )
        for row in rows
    ]
    return _adopt(found, schedule) if adopt else found


def _adopt(found: list[RawDifference], schedule: Schedule) -> list[RawDifference]:
    """Pair a draft that readers do not know with a row that would go, of the same assignment, date and person.

    The row is that of a replaced schedule, or this schedule's own after another had replaced it for the other audience. A shift of
    this schedule that merely moved out of the range keeps its id to itself.
    """
    going = [one.published_id for one in found if one.kind == "removed" and one.published_id is not None]
    held = set(Shift.objects.filter(schedule=schedule, public_id__in=going).values_list("public_id", flat=True))
    taken: dict[tuple[Any, ...], list[RawDifference]] = {}
    for one in found:
        if one.kind == "removed" and one.published is not None and one.published_id not in held:
            taken.setdefault(_match(one.published), []).append(one)
    result: list[RawDifference] = []
    dropped: set[uuid.UUID] = set()
    for one in found:
        if one.kind == "added" and one.draft is not None:
            candidates = taken.get(_match(one.draft))
            if candidates:
                old = candidates.pop(0)
                assert old.published_id is not None  # removed rows have one
                dropped.add(old.published_id)
                one = replace(
                    one,
                    published_id=old.published_id,
                    published_schedule=old.published_schedule,
                    published=old.published,
                    adopts=True,
                )
        result.append(one)
    return [one for one in result if not (one.kind == "removed" and one.published_id in dropped)]


def _match(side: dict[str, Any]) -> tuple[Any, ...]:
    return (side["assignment_id"], side["date"], side["person_id"])


def differences_described(raw: Iterable[RawDifference]) -> tuple[Difference, ...]:
    """The differences with names in place of ids; a row in which readers see no difference is left out."""
    raw = [one for one in raw if not one.alike]
    sides = [side for one in raw for side in (one.draft, one.published) if side]
    people = people_by_id({side["person_id"] for side in sides if side["person_id"]})
    assignments = assignments_by_id({side["assignment_id"] for side in sides})

    def told(side: dict[str, Any] | None) -> dict[str, Any]:
        if side is None:
            return {}
        assignment = assignments[side["assignment_id"]]
        person = people.get(side["person_id"])
        return {
            "assignment": assignment.name,
            "person": person.name if person else "open",
            "date": side["date"].isoformat(),
            "start": side["start_wall"].strftime("%Y-%m-%d %H:%M"),
            "end": side["end_wall"].strftime("%Y-%m-%d %H:%M"),
            "note": side["note"],
            "call_order": side["call_order"],
        }

    described = []
    for one in raw:
        before, after = told(one.published), told(one.draft)
        if one.kind == "changed":
            names = [name for name in after if before[name] != after[name]]
            before, after = {n: before[n] for n in names}, {n: after[n] for n in names}
        side = one.draft or one.published or {}
        assignment = assignments[side["assignment_id"]]
        person = people.get(side["person_id"])
        shift_id = one.published_id or one.draft_id
        assert shift_id is not None  # one side exists
        described.append(
            Difference(
                kind=one.kind,
                shift_id=shift_id,
                date=side["date"],
                assignment_id=assignment.id,
                assignment_code=assignment.code,
                assignment_name=assignment.name,
                person_id=side["person_id"],
                person_name=person.name if person else "open",
                before=before,
                after=after,
            )
        )
    return tuple(described)


def replaced_dates(
    *,
    schedule: Schedule,
    first: date,
    last: date,
    audiences: Collection[Audience],
    days: Collection[date] | None = None,
) -> list[tuple[int, str, date, date]]:
    """(schedule id, name, first date, last date) of other schedules that own dates of the range for one of the audiences.

    With `days` only those dates of the range count.
    """
    owners: dict[int, tuple[str, date, date]] = {}
    found = PublishedDay.objects.filter(
        audience__in=[one.value for one in audiences],
        department_id=schedule.department_id,
        date__gte=first,
        date__lte=last,
    ).exclude(schedule_id=schedule.id)
    if days is not None:
        found = found.filter(date__in=list(days))
    for owner, name, day in found.order_by("date").values_list("schedule_id", "schedule__name", "date"):
        known = owners.get(owner)
        owners[owner] = (name, known[1] if known else day, day)
    return [(owner, *known) for owner, known in owners.items()]


def audiences_reached(audience: Audience) -> tuple[Audience, ...]:
    """Administrators never see less than everyone: publishing to everyone reaches both."""
    return (audience,) if audience is Audience.ADMINISTRATORS else (Audience.ADMINISTRATORS, Audience.EVERYONE)


def publish_preview(
    *,
    schedule_id: uuid.UUID,
    first: date,
    last: date,
    audience: Audience,
    shift_ids: Collection[uuid.UUID] | None = None,
) -> PublishPreview:
    """What publishing would do now. Raises Schedule.DoesNotExist."""
    schedule = Schedule.objects.get(public_id=schedule_id)
    days = None
    if shift_ids:
        days = dates_of_shifts(schedule, shift_ids, audience)
        first, last = days[0], days[-1]
    raw = raw_differences(schedule=schedule, first=first, last=last, audience=audience, shift_ids=shift_ids)
    described = differences_described(raw)
    reached = audiences_reached(audience)
    replaces = replaced_dates(schedule=schedule, first=first, last=last, audiences=reached, days=days)
    return PublishPreview(
        audience=audience,
        from_date=first,
        to_date=last,
        differences=described,
        replaces=tuple((name, start, end) for _, name, start, end in replaces),
        digest=digest_of(described, replaces),
    )


def dates_of_shifts(schedule: Schedule, shift_ids: Collection[uuid.UUID], audience: Audience) -> list[date]:
    """The dates that publishing a set of shifts concerns, in order. Raises NotFoundError when one is not of this schedule.

    A shift's date is the draft's; of one that was removed from the draft, where the audience has it, else where the other one has.
    """
    dates = dict(Shift.objects.filter(schedule=schedule, public_id__in=shift_ids).values_list("public_id", "date"))
    gone = set(shift_ids) - set(dates)
    if gone:
        published = PublishedShift.objects.filter(shift_id__in=gone, schedule_id=schedule.id, recorded_to=None)
        for shift_id, whose, day in published.values_list("shift_id", "audience", "date"):
            if shift_id not in dates or whose == audience.value:
                dates[shift_id] = day
    if set(shift_ids) - set(dates):
        raise NotFoundError("There is no such shift in this schedule.")
    return sorted(set(dates.values()))


def digest_of(differences: Iterable[Difference], replaces: Iterable[tuple[Any, ...]]) -> str:
    """A fingerprint of exactly these records: a confirmation that shows it lapses when anything is altered."""
    content = [[one.kind, str(one.shift_id), dict(one.before), dict(one.after)] for one in differences]
    text = json.dumps([content, [list(map(str, row)) for row in replaces]], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
