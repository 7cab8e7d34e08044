"""Rights that depend on the department: a scheduler's grants; administrators hold them everywhere."""

from __future__ import annotations

from scheduling.models import AccountDepartment
from tenancy.rights import BY_DEPARTMENT, Right, Role
from tenancy.types import AccountInfo


def departments_for(account: AccountInfo, right: Right) -> frozenset[int] | None:
    """Departments in which the account holds the right; None means all of them."""
    if not account.may(right):
        return frozenset()
    if right not in BY_DEPARTMENT or account.role is not Role.SCHEDULER:
        return None
    granted = AccountDepartment.objects.filter(account_id=account.id).values_list("department_id", flat=True)
    return frozenset(granted)
