"""What the schedulers' pages read: schedules with the reader's rights, draft and published shifts of a window, who is eligible."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from scheduling.access import departments_for
from scheduling.models import (
    AssignmentEligibility,
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


def draft_shifts(*, schedule_id: int, first: date, last: date) -> list[ShiftInfo]:
    """The draft's shifts on those dates, by date and start."""
    rows = list(
        Shift.objects.filter(schedule_id=schedule_id, date__gte=first, date__lte=last).order_by(
            "date", "starts_at", "id"
        )
    )
    assignments = assignments_by_id({row.assignment_id for row in rows})
    people = people_by_id({row.person_id for row in rows if row.person_id})
    return [
        shift_info(row, assignments[row.assignment_id], people[row.person_id] if row.person_id else None)
        for row in rows
    ]


def shift_in_schedule(*, schedule_id: int, shift_id: uuid.UUID) -> bool:
    """True if the draft holds that shift."""
    return Shift.objects.filter(schedule_id=schedule_id, public_id=shift_id).exists()


def published_shifts(*, schedule_id: int, first: date, last: date) -> list[PublishedRow]:
    """What everyone may rely on of a schedule's dates."""
    rows = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, schedule_id=schedule_id, date__gte=first, date__lte=last
    )
    return list(joined(rows.order_by("date", "starts_at", "shift_id")))


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


def people_of_department(*, department_id: int, schedule_id: int, ids: Iterable[int] = ()) -> list[PersonInfo]:
    """Who a department schedules: those at home there, those without a home, and those already in the schedule."""
    working = Shift.objects.filter(schedule_id=schedule_id, person__isnull=False).values_list("person_id", flat=True)
    wanted = Q(department_id=department_id) | Q(department=None) | Q(id__in={*working, *ids})
    order = list(
        Person.objects.filter(wanted)
        .order_by("is_placeholder", "last_name", "first_name", "id")
        .values_list("id", flat=True)
    )
    people = people_by_id(order)
    return [people[one] for one in order]


def eligible_people(assignment_id: int) -> frozenset[int]:
    """Ids of the people listed for an assignment."""
    return frozenset(
        AssignmentEligibility.objects.filter(assignment_id=assignment_id).values_list("person_id", flat=True)
    )


def assignments_listing(person_id: int) -> frozenset[int]:
    """Ids of the assignments on whose list a person stands."""
    return frozenset(AssignmentEligibility.objects.filter(person_id=person_id).values_list("assignment_id", flat=True))


def work_of_day(*, schedule_id: int, department_id: int, day: date) -> list[tuple[int, int]]:
    """(person id, assignment id) of everybody's work that day: this draft, and what other departments have published."""
    own = Shift.objects.filter(schedule_id=schedule_id, date=day, person__isnull=False)
    others = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, date=day, person__isnull=False
    ).exclude(department_id=department_id)
    pairs = ("person_id", "assignment_id")
    return [(int(a), int(b)) for a, b in [*own.values_list(*pairs), *others.values_list(*pairs)]]
