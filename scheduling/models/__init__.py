"""The domain's tables. Read them through selectors, write them through services."""

from scheduling.models.assignments import Assignment, AssignmentEligibility, AssignmentType
from scheduling.models.people import AccountDepartment, AccountPerson, Department, Person, PersonnelType
from scheduling.models.publishing import Counter, Outbox, Publication, PublishedDay, PublishedShift
from scheduling.models.rules import Rule, RuleScope, ShiftOverride
from scheduling.models.schedules import RosterFormat, Schedule, Shift

__all__ = [
    "AccountDepartment",
    "AccountPerson",
    "Assignment",
    "AssignmentEligibility",
    "AssignmentType",
    "Counter",
    "Department",
    "Outbox",
    "Person",
    "PersonnelType",
    "Publication",
    "PublishedDay",
    "PublishedShift",
    "RosterFormat",
    "Rule",
    "RuleScope",
    "Schedule",
    "Shift",
    "ShiftOverride",
]
