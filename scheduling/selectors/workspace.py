"""What the schedulers' pages read: schedules with the reader's rights, draft and published shifts of a window, who is eligible."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from scheduling.access import departments_for
from scheduling.models import (
    Assignment,
    Person,
    PublishedDay,
    PublishedShift,
    Schedule,
    Shift,
)
from scheduling.selectors.difference import raw_differences
from scheduling.selectors.published import joined
from scheduling.selectors.rows import assignments_by_id, people_by_id, schedule_info, shift_info
from scheduling.types import Audience, PersonInfo, PublishedRow, ScheduleInfo, ShiftInfo
from tenancy.rights import BY_DEPARTMENT, Right, Role
from tenancy.types import AccountInfo, NotFoundError


@dataclass(frozen=True)
class Access:
    """What an account may do in which department. `granted` is None for those whose rights are not by department."""

    account: AccountInfo
    granted: frozenset[int] | None

    def may(self, right: Right, department_id: int) -> bool:
        """True if the account holds the right in that department."""
        if not self.account.may(right):
            return False
        return self.granted is None or right not in BY_DEPARTMENT or department_id in self.granted


@dataclass(frozen=True)
class DraftState:
    """How a draft stands against what is published: the audience compared with, days published, what differs on them."""

    audience: Audience | None
    published_days: frozenset[date]
    changed: frozenset[uuid.UUID]
    unpublished: int


def access_of(account: AccountInfo) -> Access:
    """The account's rights by department."""
    if account.role is not Role.SCHEDULER:
        return Access(account, None)
    return Access(account, departments_for(account, Right.VIEW_DRAFT))


def schedules_visible(access: Access) -> list[ScheduleInfo]:
    """Schedules the account may open: drafts of its departments, elsewhere what everyone may see; newest first."""
    rows = Schedule.objects.select_related("department").order_by(
        "department__order", "department__name", "-starts_on", "-id"
    )
    return [info for info in map(schedule_info, rows) if _visible(access, info)]


def schedule_visible(access: Access, schedule_id: uuid.UUID) -> ScheduleInfo:
    """One schedule. Raises NotFoundError when there is none, or the account may not know of it."""
    row = Schedule.objects.select_related("department").filter(public_id=schedule_id).first()
    info = schedule_info(row) if row is not None else None
    if info is None or not _visible(access, info):
        raise NotFoundError("There is no such schedule.")
    return info


def _visible(access: Access, schedule: ScheduleInfo) -> bool:
    return schedule.state == Audience.EVERYONE.value or access.may(Right.VIEW_DRAFT, schedule.department.id)


def draft_shifts(
    *,
    schedule_id: int,
    first: date,
    last: date,
    days: Collection[date] | None = None,
    assignments: Collection[uuid.UUID] | None = None,
    people: Collection[uuid.UUID] | None = None,
    with_open: bool = False,
) -> list[ShiftInfo]:
    """The draft's shifts on those dates, by date and start: all, or those of some days, assignments or people.

    `with_open` adds the shifts that nobody holds to those of `people`.
    """
    found = Shift.objects.filter(schedule_id=schedule_id, date__gte=first, date__lte=last)
    if days is not None:
        found = found.filter(date__in=days)
    if assignments is not None:
        ids = Assignment.objects.filter(public_id__in=assignments).values_list("id", flat=True)
        found = found.filter(assignment_id__in=list(ids))
    if people is not None:
        held = Q(person_id__in=list(Person.objects.filter(public_id__in=people).values_list("id", flat=True)))
        found = found.filter(held | Q(person=None) if with_open else held)
    return _infos(list(found.order_by("date", "starts_at", "id")))


def shifts_named(*, schedule_id: int, shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ShiftInfo]:
    """Those shifts of a draft, as far as it has them."""
    rows = Shift.objects.filter(schedule_id=schedule_id, public_id__in=list(shift_ids))
    return {one.public_id: one for one in _infos(list(rows))}


def _infos(rows: list[Shift]) -> list[ShiftInfo]:
    assignments = assignments_by_id({row.assignment_id for row in rows})
    people = people_by_id({row.person_id for row in rows if row.person_id})
    return [
        shift_info(row, assignments[row.assignment_id], people[row.person_id] if row.person_id else None)
        for row in rows
    ]


def published_shifts(*, schedule_id: int, first: date, last: date) -> list[PublishedRow]:
    """What everyone may rely on of a schedule's dates."""
    rows = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, schedule_id=schedule_id, date__gte=first, date__lte=last
    )
    return list(joined(rows.order_by("date", "starts_at", "shift_id")))


def published_shifts_named(*, schedule_id: int, shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, PublishedRow]:
    """Those shifts of a schedule as everyone may rely on them."""
    rows = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, schedule_id=schedule_id, shift_id__in=list(shift_ids)
    )
    return {one.shift_id: one for one in joined(rows)}


def draft_state(schedule: ScheduleInfo, *, first: date | None = None, last: date | None = None) -> DraftState:
    """The draft against the widest audience it was published to, of the whole schedule or of a range of its dates."""
    if schedule.state not in (Audience.EVERYONE.value, Audience.ADMINISTRATORS.value):
        return DraftState(None, frozenset(), frozenset(), 0)
    audience = Audience(schedule.state)
    first, last = first or schedule.starts_on, last or schedule.ends_on
    days = frozenset(
        PublishedDay.objects.filter(
            audience=audience.value, schedule_id=schedule.id, date__gte=first, date__lte=last
        ).values_list("date", flat=True)
    )
    raw = raw_differences(schedule=Schedule.objects.get(id=schedule.id), first=first, last=last, audience=audience)
    counted = [one for one in raw if not one.alike and (one.draft or one.published or {}).get("date") in days]
    return DraftState(
        audience=audience,
        published_days=days,
        changed=frozenset(one.draft_id for one in counted if one.draft_id is not None),
        unpublished=len(counted),
    )


def opens_of_days(*, schedule_id: int, days: Collection[date]) -> dict[date, int]:
    """How many shifts nobody holds on each of those days of a draft."""
    rows = Shift.objects.filter(schedule_id=schedule_id, date__in=days, person=None).values_list("date")
    return dict.fromkeys(days, 0) | dict(rows.annotate(count=Count("id")))


def short_names_of(*, department_id: int, ids: Iterable[int]) -> list[tuple[uuid.UUID, str, str, str]]:
    """(id, last, first, own short name) of everybody among whom a department's short names must be clear."""
    wanted = Q(department_id=department_id) | Q(department=None) | Q(id__in=list(ids))
    rows = Person.objects.filter(wanted).values_list("public_id", "last_name", "first_name", "short_name")
    return [(key, last, first, "" if short == last else short) for key, last, first, short in rows]


def people_of_department(
    *, department_id: int, schedule_id: int | None = None, ids: Iterable[int] = ()
) -> list[PersonInfo]:
    """Who a department schedules: those at home there, those without a home, those named, and those anywhere in a schedule."""
    named = set(ids)
    if schedule_id is not None:
        working = Shift.objects.filter(schedule_id=schedule_id, person__isnull=False)
        named |= set(working.values_list("person_id", flat=True).distinct())
    wanted = Q(department_id=department_id) | Q(department=None) | Q(id__in=named)
    order = list(
        Person.objects.filter(wanted)
        .order_by("is_placeholder", "last_name", "first_name", "id")
        .values_list("id", flat=True)
    )
    people = people_by_id(order)
    return [people[one] for one in order]


def week_of_cell(
    *,
    schedule_id: int,
    first: date,
    last: date,
    assignment_id: int | None,
    person_ids: Collection[int],
    drafts: bool,
) -> list[tuple[int, int | None, date]]:
    """(assignment id, person id, date) of one assignment and of some people: of a draft, or as everyone may rely on it."""
    wanted = Q(person_id__in=person_ids)
    if assignment_id is not None:
        wanted |= Q(assignment_id=assignment_id)
    columns = ("assignment_id", "person_id", "date")
    if drafts:
        rows = Shift.objects.filter(wanted, schedule_id=schedule_id, date__gte=first, date__lte=last)
        return list(rows.order_by("date", "starts_at", "id").values_list(*columns))
    published = PublishedShift.objects.filter(
        wanted,
        schedule_id=schedule_id,
        audience=Audience.EVERYONE.value,
        recorded_to=None,
        date__gte=first,
        date__lte=last,
    )
    return list(published.order_by("date", "starts_at", "shift_id").values_list(*columns))


@dataclass(frozen=True, slots=True)
class ShiftPlace:
    """Where a draft shift stands."""

    shift_id: uuid.UUID
    date: date
    assignment_id: uuid.UUID
    assignment_name: str
    person_id: uuid.UUID | None


def places_of(*, schedule_id: int, shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ShiftPlace]:
    """Where those shifts of a draft stand."""
    rows = Shift.objects.filter(schedule_id=schedule_id, public_id__in=list(shift_ids)).values_list(
        "public_id", "date", "assignment__public_id", "assignment__name", "person__public_id"
    )
    return {row[0]: ShiftPlace(*row) for row in rows}
