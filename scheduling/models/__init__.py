"""The domain's tables. Read them through selectors, write them through services."""

from scheduling.models.assignments import Assignment, AssignmentEligibility, AssignmentType
from scheduling.models.editing import EditChange, EditStep
from scheduling.models.me import CalendarFeed
from scheduling.models.notices import Notice, NoticePreference
from scheduling.models.pay import PayCalendar, PayCalendarScope
from scheduling.models.people import AccountDepartment, AccountPerson, Department, Person, PersonnelType
from scheduling.models.planning import Holiday, Pattern, PatternEntry, PatternPerson
from scheduling.models.publishing import Counter, Outbox, Publication, PublishedDay, PublishedShift
from scheduling.models.requests import Request, RequestPlacement, RequestPolicy, RequestRule, RequestWindow
from scheduling.models.rules import Rule, RuleScope, ShiftOverride
from scheduling.models.schedules import RosterFormat, Schedule, Shift
from scheduling.models.swaps import LinkKnock, Swap, SwapOffer, SwapSettings
from scheduling.models.tallies import Tally, TallyTarget
from scheduling.models.views import ShareLink, ShareVisit, View, ViewAccess

__all__ = [
    "AccountDepartment",
    "AccountPerson",
    "Assignment",
    "AssignmentEligibility",
    "AssignmentType",
    "CalendarFeed",
    "Counter",
    "Department",
    "EditChange",
    "EditStep",
    "Holiday",
    "LinkKnock",
    "Notice",
    "NoticePreference",
    "Outbox",
    "Pattern",
    "PatternEntry",
    "PatternPerson",
    "PayCalendar",
    "PayCalendarScope",
    "Person",
    "PersonnelType",
    "Publication",
    "PublishedDay",
    "PublishedShift",
    "Request",
    "RequestPlacement",
    "RequestPolicy",
    "RequestRule",
    "RequestWindow",
    "RosterFormat",
    "Rule",
    "RuleScope",
    "Schedule",
    "ShareLink",
    "ShareVisit",
    "Shift",
    "ShiftOverride",
    "Swap",
    "SwapOffer",
    "SwapSettings",
    "Tally",
    "TallyTarget",
    "View",
    "ViewAccess",
]
