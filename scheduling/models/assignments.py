"""What somebody is scheduled for."""

from __future__ import annotations

from django.db import models

from scheduling.models.people import Department, Person
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class AssignmentType(TenantModel):
    """Working, Call, Clinic, Off …: carries the hue. `is_off` marks absence; nobody works while off."""

    public_id = public_id_field()
    name = models.CharField(max_length=80)
    hue = models.CharField(max_length=16, blank=True)
    is_off = models.BooleanField(default=False)
    order = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="scheduling_atype_name")]


class Assignment(TenantModel):
    """OR Call 1, ED Night …: code, name, default wall times (may cross midnight or last days), weight, order.

    `end_day_offset` counts local days from the shift's date to its end: 1 for 21:00–07:00.
    """

    public_id = public_id_field()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    department = TenantForeignKey(Department)
    type = TenantForeignKey(AssignmentType)
    start_time = models.TimeField()
    end_time = models.TimeField()
    end_day_offset = models.SmallIntegerField(default=0)
    information = models.CharField(max_length=400, blank=True)
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    cover = models.JSONField(default=list)  # required people by weekday, Monday first; empty asks for nothing
    eligible_only_listed = models.BooleanField(default=False)
    order = models.IntegerField(default=0)
    ended_on = models.DateField(null=True)
    revision = models.BigIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "department", "code"], name="scheduling_assignment_code"
            ),
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_assignment_public"),
        ]


class AssignmentEligibility(TenantModel):
    """A person who may be placed on an assignment that asks for a list."""

    assignment = TenantForeignKey(Assignment, on_delete=models.CASCADE)
    person = TenantForeignKey(Person, on_delete=models.CASCADE)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "assignment", "person"], name="scheduling_eligibility_once"
            )
        ]
