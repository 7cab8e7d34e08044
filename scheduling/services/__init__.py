"""Every write of the domain. Each call logs itself in its own transaction."""

from scheduling.services.outbox import data_changed, nudge, outbox_done, outbox_leave
from scheduling.services.pay import (
    PayCalendarFields,
    pay_calendar_change,
    pay_calendar_create,
    pay_calendar_remove,
)
from scheduling.services.people import (
    account_grant_department,
    account_link_person,
    person_change,
    person_create,
    personnel_type_named,
)
from scheduling.services.people_bulk import PeopleChanged, PersonUpdate, people_update
from scheduling.services.publish import schedule_publish
from scheduling.services.shifts import schedule_create, shift_change, shift_place, shift_remove
from scheduling.services.structure import (
    assignment_change,
    assignment_create,
    assignment_eligible_set,
    assignment_type_named,
    department_change,
    department_create,
)

__all__ = [
    "PayCalendarFields",
    "PeopleChanged",
    "PersonUpdate",
    "account_grant_department",
    "account_link_person",
    "assignment_change",
    "assignment_create",
    "assignment_eligible_set",
    "assignment_type_named",
    "data_changed",
    "department_change",
    "department_create",
    "nudge",
    "outbox_done",
    "outbox_leave",
    "pay_calendar_change",
    "pay_calendar_create",
    "pay_calendar_remove",
    "people_update",
    "person_change",
    "person_create",
    "personnel_type_named",
    "schedule_create",
    "schedule_publish",
    "shift_change",
    "shift_place",
    "shift_remove",
]
