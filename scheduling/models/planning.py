"""What planning ahead needs: holidays, and patterns that repeat."""

from __future__ import annotations

from django.db import models

from scheduling.models.assignments import Assignment
from scheduling.models.people import Department, Person
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class Holiday(TenantModel):
    """A holiday of the organisation, or (with a department) of that department alone."""

    public_id = public_id_field()
    date = models.DateField()
    name = models.CharField(max_length=80)
    department = TenantForeignKey(Department, null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_holiday_public"),
            # One name for a date and scope: what a column's head can show. Found by date through this index, too.
            models.UniqueConstraint(
                fields=["organization_id", "date", "department"],
                name="scheduling_holiday_once",
                nulls_distinct=False,
            ),
        ]


class Pattern(TenantModel):
    """Some weeks of a department's schedule that repeat: a template.

    Its first week is the week of `anchor`. `rotates`: with every cycle the next of its people takes position 1.
    """

    public_id = public_id_field()
    department = TenantForeignKey(Department)
    name = models.CharField(max_length=120)
    weeks = models.SmallIntegerField()
    anchor = models.DateField(null=True)
    rotates = models.BooleanField(default=False)
    version = models.IntegerField(default=1)
    changed_by = models.CharField(max_length=160)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_pattern_public"),
            models.UniqueConstraint(fields=["organization_id", "department", "name"], name="scheduling_pattern_name"),
        ]


class PatternEntry(TenantModel):
    """One shift of a pattern: a person, a position (1…k) that the pattern's people fill in turn, or open (neither).

    Times are None for the assignment's usual ones.
    """

    pattern = TenantForeignKey(Pattern, on_delete=models.CASCADE)
    assignment = TenantForeignKey(Assignment)
    week = models.SmallIntegerField()  # 0 is the first
    weekday = models.SmallIntegerField()  # 0 is Monday, as datetime.weekday()
    person = TenantForeignKey(Person, null=True)
    position = models.SmallIntegerField(null=True)
    start_time = models.TimeField(null=True)
    end_time = models.TimeField(null=True)
    end_day_offset = models.SmallIntegerField(null=True)
    note = models.CharField(max_length=2000, blank=True)
    call_order = models.SmallIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=True) | models.Q(position__isnull=True),
                name="scheduling_patternentry_who",
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "pattern", "id"], name="scheduling_pattern_entries")]


class PatternPerson(TenantModel):
    """Who fills the positions of a pattern, in order; more people than positions wait for their turn."""

    pattern = TenantForeignKey(Pattern, on_delete=models.CASCADE)
    person = TenantForeignKey(Person)
    order = models.SmallIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "pattern", "order"], name="scheduling_patternperson_order"
            )
        ]
