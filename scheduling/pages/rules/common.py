"""What the pages of rules share: who may change which rule, and what forms offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from scheduling.access import departments_for
from scheduling.pages.rules.forms import Choices
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.rule_list import assignment_choices, personnel_type_choices, type_choices
from scheduling.types import DepartmentInfo
from tenancy.rights import Right
from tenancy.types import AccountInfo
from tenancy.wall import local_date
from tenancy.web import account_of


@dataclass(frozen=True)
class Reach:
    """The departments whose rules an account manages; `everywhere` also means those of the whole organisation."""

    departments: list[DepartmentInfo]
    everywhere: bool

    @property
    def ids(self) -> frozenset[int] | None:
        """Row ids of the departments; None means all."""
        return None if self.everywhere else frozenset(one.id for one in self.departments)

    def may(self, department_id: int | None) -> bool:
        """True if the account may change the rules of a department, or (None) of the whole organisation."""
        return self.everywhere or any(one.id == department_id for one in self.departments)

    def needed(self, department_id: int | None) -> None:
        """Raises PermissionDenied where it may not."""
        if not self.may(department_id):
            raise PermissionDenied(
                "Only administrators change rules of the whole organization."
                if department_id is None
                else "This department is not among those you schedule."
            )


def reach_of_account(account: AccountInfo) -> Reach:
    """Inside a transaction."""
    granted = departments_for(account, Right.MANAGE_RULES)
    rows = departments_by_id() if granted is None else departments_by_id(granted)
    return Reach(sorted(rows.values(), key=lambda one: (one.order, one.name)), granted is None)


def choices_read(reach: Reach) -> Choices:
    """What rules may be limited to. Inside a transaction."""
    return Choices(type_choices(), assignment_choices(reach.ids), personnel_type_choices())


def today_of(request: HttpRequest) -> date:
    """The organisation's date."""
    return local_date(timezone.now(), account_of(request).organization.zone)
