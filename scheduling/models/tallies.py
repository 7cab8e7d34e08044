"""Tallies: what is counted for people, and what is aimed at."""

from __future__ import annotations

from django.db import models

from scheduling.models.people import Department, Person, PersonnelType
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class Tally(TenantModel):
    """A measure over a selection of shifts, of one department or (without one) of the whole organisation.

    `selection` is the data of scheduling.tallying.types.Selection; it names assignments and types by their ids.
    """

    public_id = public_id_field()
    department = TenantForeignKey(Department, null=True)
    name = models.CharField(max_length=60)
    short = models.CharField(max_length=8)  # the head of a column beside the grid
    measure = models.CharField(max_length=12)  # count, hours, weighted
    selection = models.JSONField(default=dict)
    beside_grid = models.BooleanField(default=True)
    order = models.IntegerField(default=0)
    ended_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_tally_public"),
        ]
        indexes = [models.Index(fields=["organization_id", "department", "order"], name="scheduling_tally_dept")]


class TallyTarget(TenantModel):
    """What somebody should have of a tally: one person, a personnel type, or (neither) everyone, between two dates."""

    public_id = public_id_field()
    tally = TenantForeignKey(Tally, on_delete=models.CASCADE)
    person = TenantForeignKey(Person, null=True)
    personnel_type = TenantForeignKey(PersonnelType, null=True)
    value = models.DecimalField(max_digits=8, decimal_places=2)
    period = models.CharField(max_length=12)  # 28_days, month, year, range
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_target_public"),
            models.UniqueConstraint(
                fields=["organization_id", "tally", "person", "personnel_type", "from_date"],
                nulls_distinct=False,
                name="scheduling_target_once",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=True) | models.Q(personnel_type__isnull=True),
                name="scheduling_target_one_scope",
            ),
        ]
