"""Rules as data, and what somebody decided to keep although a rule forbids it."""

from __future__ import annotations

from django.db import models

from scheduling.models.assignments import Assignment, AssignmentType
from scheduling.models.people import Department, Person, PersonnelType
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class Rule(TenantModel):
    """A rule of a department, or (without one) of the whole organisation.

    `kind` is a key of scheduling.rules.kinds.KINDS, which says what `parameters` mean; `severity` is hard or soft. `source` and
    `effective_from` say where it comes from and since when; `pack` is the rule pack that made it.
    """

    public_id = public_id_field()
    department = TenantForeignKey(Department, null=True)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    severity = models.CharField(max_length=8)
    parameters = models.JSONField(default=dict)
    source = models.CharField(max_length=400, blank=True)
    effective_from = models.DateField(null=True)
    pack = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)
    revision = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_rule_public"),
        ]


class RuleScope(TenantModel):
    """One thing that a rule is limited to: an assignment, all of a type, a person, or all of a personnel type.

    A CHECK of the migration says: exactly one of them.
    """

    rule = TenantForeignKey(Rule, on_delete=models.CASCADE)
    assignment = TenantForeignKey(Assignment, null=True, on_delete=models.CASCADE)
    assignment_type = TenantForeignKey(AssignmentType, null=True, on_delete=models.CASCADE)
    person = TenantForeignKey(Person, null=True, on_delete=models.CASCADE)
    personnel_type = TenantForeignKey(PersonnelType, null=True, on_delete=models.CASCADE)
    excepted = models.BooleanField(default=False)  # everything but this assignment

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization_id", "rule"], name="scheduling_rule_scope")]


class ShiftOverride(TenantModel):
    """A conflict of a draft shift that somebody keeps, for one person and with a reason.

    It lapses with the person: another person on the shift is another conflict. `against` is the other shift of a conflict of two, so
    that a third one is not kept unseen.
    """

    public_id = public_id_field()
    shift_id = models.UUIDField()
    rule = models.CharField(max_length=80)
    person = TenantForeignKey(Person)
    against = models.UUIDField(null=True)
    reason = models.CharField(max_length=400)
    actor = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "shift_id", "rule", "person", "against"],
                nulls_distinct=False,
                name="scheduling_override_once",
            )
        ]
