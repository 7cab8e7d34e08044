"""Pay calendars: when a group of people is paid."""

from __future__ import annotations

from django.db import models

from scheduling.models.people import Department, PersonnelType
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class PayCalendar(TenantModel):
    """Periods of `days` days, one of which begins on `anchor`, for the departments and personnel types in its scope."""

    public_id = public_id_field()
    name = models.CharField(max_length=80)
    anchor = models.DateField()
    days = models.SmallIntegerField()
    revision = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_paycalendar_public"),
            models.UniqueConstraint(fields=["organization_id", "name"], name="scheduling_paycalendar_name"),
            models.CheckConstraint(condition=models.Q(days__gte=1, days__lte=366), name="scheduling_paycalendar_days"),
        ]


class PayCalendarScope(TenantModel):
    """A department or a personnel type that a pay calendar governs; none of a kind means all of it."""

    calendar = TenantForeignKey(PayCalendar, on_delete=models.CASCADE)
    department = TenantForeignKey(Department, null=True)
    personnel_type = TenantForeignKey(PersonnelType, null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "calendar", "department", "personnel_type"],
                nulls_distinct=False,
                name="scheduling_paycalendar_scope_once",
            ),
            models.CheckConstraint(
                condition=models.Q(department__isnull=False, personnel_type__isnull=True)
                | models.Q(department__isnull=True, personnel_type__isnull=False),
                name="scheduling_paycalendar_scope_one",
            ),
        ]
