"""Departments and the people who can be scheduled."""

from __future__ import annotations

from django.db import models

from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import Account, TenantModel


class Department(TenantModel):
    """Where work is scheduled. Its zone is the zone of its shifts: hospitals span zones."""

    public_id = public_id_field()
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=40)
    zone = models.CharField(max_length=64)
    parent = TenantForeignKey("self", null=True)
    order = models.IntegerField(default=0)
    ended_on = models.DateField(null=True)
    revision = models.BigIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "code"], name="scheduling_department_code"),
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_department_public"),
        ]


class PersonnelType(TenantModel):
    """Physician, CRNA, Resident, Non-Exempt …: payroll and eligibility ask for it."""

    public_id = public_id_field()
    name = models.CharField(max_length=80)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="scheduling_ptype_name")]


def person_name(last_name: str, first_name: str) -> str:
    """Last, First; a placeholder has its label only."""
    return f"{last_name}, {first_name}" if first_name else last_name


class Person(TenantModel):
    """Somebody who can be scheduled, or a placeholder: a phone, a service, an agency.

    Identifiers are opaque texts: leading zeros and spaces survive. `search_key` is the normalised name for prefix search,
    because under row-level security only plain comparisons use an index.
    """

    public_id = public_id_field()
    unique_id = models.CharField(max_length=80, blank=True)
    custom1 = models.CharField(max_length=120, blank=True)
    custom2 = models.CharField(max_length=120, blank=True)
    custom3 = models.CharField(max_length=120, blank=True)
    custom4 = models.CharField(max_length=120, blank=True)
    employee_id = models.CharField(max_length=80, blank=True)
    npi = models.CharField(max_length=10, blank=True)
    upn = models.CharField(max_length=254, blank=True)
    last_name = models.CharField(max_length=120)
    first_name = models.CharField(max_length=120, blank=True)
    short_name = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=254, blank=True)
    cell = models.CharField(max_length=40, blank=True)
    pager = models.CharField(max_length=40, blank=True)
    office_phone = models.CharField(max_length=40, blank=True)
    is_placeholder = models.BooleanField(default=False)
    personnel_type = TenantForeignKey(PersonnelType, null=True)
    department = TenantForeignKey(Department, null=True)
    active_from = models.DateField(null=True)
    active_to = models.DateField(null=True)
    search_key = models.CharField(max_length=260)
    revision = models.BigIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "unique_id"],
                condition=~models.Q(unique_id=""),
                name="scheduling_person_unique_id",
            ),
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_person_public"),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "search_key"],
                name="scheduling_person_search",
                opclasses=["", "text_pattern_ops"],
            ),
        ]

    @property
    def name(self) -> str:
        """Last, First; a placeholder has its label only."""
        return person_name(self.last_name, self.first_name)


class AccountPerson(TenantModel):
    """The person an account stands for."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE)
    person = TenantForeignKey(Person)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization_id", "account"], name="scheduling_account_person")]


class AccountDepartment(TenantModel):
    """A department in which a scheduler's account may schedule."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE)
    department = TenantForeignKey(Department)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "account", "department"], name="scheduling_account_dept")
        ]
