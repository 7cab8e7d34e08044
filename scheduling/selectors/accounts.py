"""The person an account stands for, and the accounts that stand for a person or decide for a department."""

from __future__ import annotations

from collections.abc import Collection

from scheduling.models import AccountDepartment, AccountPerson
from scheduling.selectors.rows import people_by_id
from scheduling.types import PersonInfo
from tenancy.models import Account
from tenancy.rights import RIGHTS, Right, Role


def person_of_account(account_id: int) -> PersonInfo | None:
    """The person the account stands for, or None."""
    found = AccountPerson.objects.filter(account_id=account_id).values_list("person_id", flat=True).first()
    return people_by_id([found])[found] if found is not None else None


def accounts_of_people(person_ids: Collection[int]) -> dict[int, int]:
    """Person id → account id, of those that have one."""
    rows = AccountPerson.objects.filter(person_id__in=person_ids)
    return {int(person): int(account) for person, account in rows.values_list("person_id", "account_id")}


def accounts_deciding(right: Right, department_id: int) -> list[int]:
    """Ids of the accounts that hold a right in a department: its schedulers; the administrators when it has none."""
    schedulers = AccountDepartment.objects.filter(department_id=department_id).values_list("account_id", flat=True)
    granted = Account.objects.filter(id__in=list(schedulers), is_active=True)
    found = [row.id for row in granted if right in RIGHTS[Role(row.role)]]
    if found or right not in RIGHTS[Role.ADMINISTRATOR]:
        return found
    return list(
        Account.objects.filter(role=Role.ADMINISTRATOR.value, is_active=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
