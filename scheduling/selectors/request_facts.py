"""What the rules of requests look at, read at once for a set of requests: the number of queries does not depend on how many."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from scheduling.models import PublishedDay, PublishedShift, Request, Shift
from scheduling.requesting.facts import Facts, Off, Work
from scheduling.requesting.types import LONGEST, RequestInfo
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.published import LONGEST_SHIFT
from scheduling.selectors.request_rules import windows_by_kind
from scheduling.selectors.requests import request_infos
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id
from scheduling.types import Audience


def facts_for(requests: Sequence[RequestInfo]) -> Facts:
    """The facts that rules need for these requests."""
    if not requests:
        return Facts()
    first, last = min(one.first for one in requests), max(one.last for one in requests)
    departments = sorted({one.department.id for one in requests})
    people = {one.person.id for one in requests}
    return Facts(
        off=off_between(first, last, department_ids=departments),
        requests=_standing(people, date(first.year, 1, 1), date(last.year, 12, 31)),
        work=work_between(first, last, person_ids=people),
        holidays={
            (one, day): name
            for one in departments
            for day, name in holidays_between(first, last, department_id=one).items()
        },
        windows=windows_by_kind(departments),
    )


def _standing(person_ids: Collection[int], first: date, last: date) -> dict[int, tuple[RequestInfo, ...]]:
    """Pending and approved requests of these people, by person."""
    rows = Request.objects.filter(
        person_id__in=person_ids,
        state__in=("pending", "approved"),
        first__lte=last,
        first__gte=first - LONGEST,
        last__gte=first,
    )
    found: dict[int, list[RequestInfo]] = defaultdict(list)
    for one in request_infos(rows.order_by("first", "id")):
        found[one.person.id].append(one)
    return {person: tuple(some) for person, some in found.items()}


def off_between(first: date, last: date, *, department_ids: Collection[int]) -> dict[tuple[int, date], tuple[Off, ...]]:
    """Who is off, by department and date: approved requests to the department, and people placed on an absence there."""
    found: dict[tuple[int, date], list[Off]] = defaultdict(list)
    rows = Request.objects.select_related("assignment", "person__personnel_type").filter(
        department_id__in=department_ids,
        state="approved",
        kind="time_off",
        first__lte=last,
        first__gte=first - LONGEST,
        last__gte=first,
    )
    for row in rows:
        absence = row.assignment.public_id if row.assignment else None
        kind = row.person.personnel_type.name if row.person.personnel_type else ""
        day = max(first, row.first)
        while day <= min(last, row.last):
            found[row.department_id, day].append(Off(row.person_id, kind, absence, row.public_id))
            day += timedelta(days=1)
    for department, day, person, kind, absence in _placed_off(first, last, department_ids):
        found[department, day].append(Off(person, kind, absence, None))
    return {key: tuple(some) for key, some in found.items()}


def _placed_off(
    first: date, last: date, department_ids: Collection[int]
) -> Iterable[tuple[int, date, int, str, uuid.UUID]]:
    """(department, date, person, personnel type, absence) of those who stand on an absence, published or in a live draft."""
    names = ("department_id", "date", "person_id", "person__personnel_type__name", "assignment__public_id")
    wanted = {
        "department_id__in": department_ids, "date__gte": first, "date__lte": last,
        "person__isnull": False, "assignment__type__is_off": True,
    }  # fmt: skip
    published = PublishedShift.objects.filter(audience=Audience.EVERYONE.value, recorded_to=None, **wanted)
    drafts = Shift.objects.filter(**wanted)
    owners = _owners(department_ids, first, last)
    live = [
        row[:5]
        for row in drafts.values_list(*names, "schedule_id", "schedule__state")
        if _is_live(row[0], row[1], row[5], row[6], owners)
    ]
    for department, day, person, kind, absence in {*published.values_list(*names), *live}:
        yield department, day, person, kind or "", absence


def work_between(first: date, last: date, *, person_ids: Collection[int]) -> dict[int, tuple[Work, ...]]:
    """The shifts that touch those dates of people, absences too, by person: what is published, and live drafts."""
    since = datetime.combine(first, time(), UTC) - LONGEST_SHIFT
    until = datetime.combine(last + timedelta(days=2), time(), UTC)
    published = {
        row.shift_id: row
        for row in PublishedShift.objects.filter(
            audience=Audience.EVERYONE.value,
            recorded_to=None,
            person_id__in=person_ids,
            starts_at__gte=since,
            starts_at__lt=until,
        )
    }
    own = Shift.objects.filter(person_id__in=person_ids, starts_at__gte=since, starts_at__lt=until)
    drafts = {row.public_id: row for row in own.select_related("schedule")}
    missing = [one for one in published if one not in drafts]
    others = {row.public_id: row for row in Shift.objects.filter(public_id__in=missing)}
    shown = {
        row.shift_id: row
        for row in PublishedShift.objects.filter(
            audience=Audience.ADMINISTRATORS.value, recorded_to=None, shift_id__in=list(drafts)
        )
    }
    owners = _owners({row.department_id for row in drafts.values()}, first - LONGEST_SHIFT, last + timedelta(days=2))
    pairs: list[tuple[PublishedShift | None, Shift | None]] = []
    for one, draft in drafts.items():
        relied_on = published.get(one) or shown.get(one)
        same = relied_on if relied_on is not None and relied_on.person_id == draft.person_id else None
        if same or _is_live(draft.department_id, draft.date, draft.schedule_id, draft.schedule.state, owners):
            pairs.append((same, draft))
    for one, row in published.items():
        twin = drafts.get(one) or others.get(one)
        if twin is None or twin.person_id != row.person_id:
            pairs.append((row, twin))
    return _works(pairs)


def _works(pairs: Sequence[tuple[PublishedShift | None, Shift | None]]) -> dict[int, tuple[Work, ...]]:
    """What is published of a person's shifts and what the draft says of them, by person; each pair has one or both."""
    rows = [(published or draft, published, draft) for published, draft in pairs]
    departments = departments_by_id({row.department_id for row, _, _ in rows if row is not None})
    assignments = assignments_by_id({row.assignment_id for row, _, _ in rows if row is not None})
    people = people_by_id({draft.person_id for _, draft in pairs if draft is not None and draft.person_id})
    found: dict[int, list[Work]] = defaultdict(list)
    for row, published, draft in rows:
        if row is None or row.person_id is None:
            continue
        found[row.person_id].append(
            Work(
                shift_id=row.shift_id if isinstance(row, PublishedShift) else row.public_id,
                department=departments[row.department_id],
                assignment=assignments[row.assignment_id],
                person_id=row.person_id,
                date=row.date,
                start_wall=row.start_wall,
                end_wall=row.end_wall,
                zone=row.zone,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                published=published.audience if published is not None else "",
                publication=published.recorded_from if published is not None else None,
                schedule_id=row.schedule_id,
                version=draft.version if draft is not None else None,
                drafted_id=draft.person_id if draft is not None else None,
                drafted=people.get(draft.person_id or 0) if draft is not None else None,
            )
        )
    return {
        person: tuple(sorted(some, key=lambda one: (one.starts_at, one.shift_id.hex))) for person, some in found.items()
    }


def _owners(department_ids: Collection[int], first: date, last: date) -> dict[tuple[int, date], int]:
    """(department, date) → the schedule that everyone relies on for it."""
    rows = PublishedDay.objects.filter(
        audience=Audience.EVERYONE.value, department_id__in=department_ids, date__gte=first, date__lte=last
    )
    return {
        (department, day): schedule
        for department, day, schedule in rows.values_list("department_id", "date", "schedule_id")
    }


def _is_live(department_id: int, day: date, schedule_id: int, state: str, owners: dict[tuple[int, date], int]) -> bool:
    """False for what an older schedule still holds of dates that another one has taken over."""
    owner = owners.get((department_id, day), schedule_id)
    return owner == schedule_id or state == "draft"
