"""Drafts: schedules and their shifts, and the roster formats an organisation has taught the import."""

from __future__ import annotations

from django.db import models

from scheduling.models.assignments import Assignment
from scheduling.models.people import Department, Person
from tenancy.fields import TenantForeignKey, WallField, public_id_field
from tenancy.models import TenantModel


class Schedule(TenantModel):
    """One department over a date range, edited as a draft; what is published lives in the log.

    `state`: draft, administrators, everyone, recalled.
    """

    public_id = public_id_field()
    department = TenantForeignKey(Department)
    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=16, default="draft")
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_schedule_public"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="scheduling_schedule_range"
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "department", "starts_on"], name="scheduling_schedule_dept")]


class Shift(TenantModel):
    """One assignment on one local date: a person, a placeholder, or open (no person).

    Wall times are local to the department's zone (`zone`); the instants are computed from them by tenancy.wall.instant.
    `version` counts changes: the second writer of a stale version is refused and told.
    """

    public_id = public_id_field()
    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE)
    department = TenantForeignKey(Department)
    assignment = TenantForeignKey(Assignment)
    person = TenantForeignKey(Person, null=True)
    date = models.DateField()
    start_wall = WallField()
    end_wall = WallField()
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    custom_time = models.BooleanField(default=False)
    note = models.CharField(max_length=2000, blank=True)
    private_note = models.CharField(max_length=2000, blank=True)
    call_order = models.SmallIntegerField(null=True)
    locked = models.BooleanField(default=False)
    source = models.CharField(max_length=16)
    version = models.IntegerField(default=1)
    changed_by = models.CharField(max_length=160)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_shift_public"),
        ]
        indexes = [
            models.Index(fields=["organization_id", "schedule", "date"], name="scheduling_shift_schedule"),
            models.Index(fields=["organization_id", "person", "starts_at"], name="scheduling_shift_person"),
        ]


class RosterFormat(TenantModel):
    """How one department's roster files are read: column and code mapping, remembered from the last import."""

    department = TenantForeignKey(Department, on_delete=models.CASCADE)
    mapping = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "department"], name="scheduling_roster_format")
        ]
